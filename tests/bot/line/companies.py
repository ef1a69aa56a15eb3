"""One process between two sandbox workspaces that must not see each other."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as StopSignal
from typing import Any

from bot.process import Http, Process
from bot.sandbox.slack import Delivery, SandboxSlack, acme_workspace, globex_workspace
from bot.sandbox.slack.payloads import event, interactive
from bot.sandbox.slack.workspace import from_manifest
from bot.settings import Settings
from bot.settings_workspaces import Workspace
from commands.model import Progress
from commands.people import Organisation, Team
from scanners.model import Scan, Target
from storage.store import Store
from tests.bot.line.stage import ROOT
from tests.bot.messages import stage as words

ACME, GLOBEX = "T0ACME", "T0GLOBEX"
PAYMENTS, SHOP = "C0PAYMENTS", "C0GLXSHOP"
DANA, SAM, INES, YUKI = "U0DEV1", "U0SEC", "U0GLXDEV", "U0GLXSEC"
ORGANISATION = Organisation(
    teams=(
        Team("payments", PAYMENTS, ("U0LEAD",), (DANA, "U0DEV2"), workspace=ACME),
        Team("platform", "C0PLATFORM", workspace=ACME),
        Team("shop", SHOP, ("U0GLXLEAD",), (INES,), workspace=GLOBEX, aliases=("tills",)),
    ),
    targets=(Target("prod", "aws", "payments"), Target("counter", "aws", "shop")),
    # Yuki is security too, by name: so that acme's refusals could name somebody of globex.
    security=("S0SECURITY", SAM, YUKI),
    workspaces=(ACME, GLOBEX),
)
BUCKETS = {"prod": "acme-payroll", "counter": "globex-receipts"}
SECRETS = {
    ACME: ("acme-payroll", "payments", "platform", "prod", PAYMENTS, DANA, "Dana", "U0LEAD", SAM, ACME),
    GLOBEX: ("globex-receipts", "shop", "counter", SHOP, INES, "Ines", "U0GLXLEAD", YUKI, GLOBEX),
}


class Companies:
    """Two workspaces, two teams, two targets, one store; a process that can be killed and started again."""

    def __init__(self, folder: Path, *, http: bool = False, one_app: bool = False) -> None:
        made = (acme_workspace(), globex_workspace())
        self.acme, self.globex = (SandboxSlack(from_manifest(one, ROOT / "manifest.yml")) for one in made)
        self.path, self._http, self._one_app = folder / "patrol.db", http, one_app
        self.process: Process | None = None
        self.tokens: dict[str, str] = {}
        self._lock, self._scans = threading.Lock(), 0

    def slack(self, workspace: str) -> SandboxSlack:
        """The sandbox of that workspace."""
        return self.acme if workspace == ACME else self.globex

    @property
    def settings(self) -> Settings:
        """As patrol.toml and the environment would have it. One app has one app-level token and one secret."""
        served = []
        for name, slack in ((ACME, self.acme), (GLOBEX, self.globex)):
            app = self.acme if self._one_app else slack
            served.append(
                Workspace(
                    name,
                    f"SLACK_BOT_TOKEN_{name}",
                    api_url=slack.base_url,
                    bot_token=self.tokens.get(name, slack.bot_token),
                    app_token=app.app_token,
                    signing_secret=app.signing_secret,
                )
            )
        return Settings(store=self.path, organisation=ORGANISATION, workspaces=tuple(served))

    def scanner(
        self, target: Target, controls: tuple[str, ...], *, only_resource: str = "", trigger: str = "command",
        progress: Progress | None = None, cancel: StopSignal | None = None,
    ) -> Scan:  # fmt: skip
        """The one bucket of each target is public."""
        with self._lock:
            self._scans += 1
            number = self._scans
        account = "aws/123456789012" if target.name == "prod" else "aws/210987654321"
        said = replace(words.verdict(BUCKETS[target.name]), scope=f"{account}/eu-west-1")
        made = words.scan(number * 1_000_003 + id(self) % 997, datetime.now(UTC), [said], only=only_resource)
        return replace(made, target=target.name, identity=account)

    def start(self) -> Process:
        """A (new) process on the same store."""
        http = Http("127.0.0.1", 0) if self._http else None
        self.process = Process(self.settings, Store(self.path), self.scanner, lambda: datetime.now(UTC), http)
        self.process.start()
        for slack in (self.acme, self.globex):
            if http:
                port = getattr(self.process.way_in, "port")  # noqa: B009  # only HttpMode has one
                slack.deliver_to(f"http://127.0.0.1:{port}/slack/events")
            elif slack is self.acme or not self._one_app:
                slack.wait_for(lambda one=slack: one.connections, 10, "a connection")
        return self.process

    def stop(self) -> None:
        """As SIGTERM."""
        if self.process is not None:
            self.process.stop()
            self.process = None

    def scan(self) -> None:
        """Each company scans its own, and its message is there, with its place in Slack noted down."""
        assert self.type(self.acme, DANA, PAYMENTS, "scan prod").acked
        assert self.type(self.globex, INES, SHOP, "scan counter").acked
        placed = "select 1 from posts where kind in ('control', 'scan') and ts <> '' and wanted = drawn"
        self.acme.wait_for(lambda: len(self.rows(placed)) == len(BUCKETS) or None, 20, "the messages")

    def type(self, slack: SandboxSlack, user: str, channel: str, text: str) -> Delivery:
        """A slash command; of an app that is installed twice it comes by the one connection there is."""
        if not self._one_app or slack is self.acme:
            return slack.command(user, channel, text)
        made = slack._do(_typed(slack, user, channel, f"/patrol {text}"))
        return self.acme._do(self.acme._deliveries.deliver("command", made))

    def deliver(self, slack: SandboxSlack, kind: str, payload: Mapping[str, Any]) -> Delivery:
        """A payload as it stands, forged or not."""
        return slack._do(slack._deliveries.deliver(kind, dict(payload)))

    def rows(self, sql: str) -> list[Any]:
        """What the store holds."""
        assert self.process is not None
        with self.process.store.read() as connection:
            return connection.execute(sql).fetchall()

    def finding(self, target: str) -> str:
        """The id of that target's finding."""
        return str(self.rows(f"select id from findings where target = '{target}'")[0][0])

    def kept(self) -> list[tuple[Any, ...]]:
        """Every row that a person's word could change."""
        tables = ("findings", "events", "jobs", "resource_owners", "selections", "episodes", "holds")
        return [(table, *row) for table in tables for row in self.rows(f"select * from {table}")]


async def _typed(slack: SandboxSlack, user: str, channel: str, line: str) -> dict[str, Any]:
    """The payload of a command, made but not delivered."""
    held: list[dict[str, Any]] = []
    people, deliver = slack._people, slack._deliveries.deliver

    async def hold(_kind: str, payload: dict[str, Any]) -> Delivery:
        held.append(payload)
        return Delivery(True, 0.0, 1, payload)

    slack._deliveries.deliver = hold  # type: ignore[method-assign]
    try:
        await people.command(user, channel, line)
    finally:
        slack._deliveries.deliver = deliver  # type: ignore[method-assign]
    return held[0]


def pressed(slack: SandboxSlack, user: str, channel: str, action: str, value: str) -> dict[str, Any]:
    """A click whose value the person made up; with a space in `action` the choice of a menu."""
    name, _, menu = action.partition(" ")
    chosen = {"selected_option": {"value": value}} if menu else {"value": value}
    return slack._see(
        lambda: {
            **interactive(slack._state, "block_actions", user),
            "actions": [{"action_id": name, "block_id": "b", "action_ts": slack._state.next_ts(), **chosen}],
            "channel": {"id": channel}, "container": {"type": "message", "channel_id": channel},
            "response_url": slack._people._response_url(user, channel),
            "trigger_id": slack._state.new_trigger(user),
        }
    )  # fmt: skip


def submitted(slack: SandboxSlack, user: str, callback: str, carried: Any, **typed: str) -> dict[str, Any]:
    """A dialog that the person made up: what it carries and what was put in."""
    meta = carried if isinstance(carried, str) else json.dumps(carried)
    values = {name: {name: {"type": "plain_text_input", "value": text}} for name, text in typed.items()}
    view = {"id": "V0FORGED", "type": "modal", "callback_id": callback, "private_metadata": meta,
            "state": {"values": values}, "blocks": []}  # fmt: skip
    return slack._see(
        lambda: {
            **interactive(slack._state, "view_submission", user),
            "trigger_id": slack._state.new_trigger(user), "view": view, "response_urls": [],
        }
    )  # fmt: skip


def opened_home(slack: SandboxSlack, user: str) -> dict[str, Any]:
    """The event of a person who opens the Home tab."""
    return slack._see(lambda: event(slack._state, {"type": "app_home_opened", "user": user, "tab": "home"}))


@contextmanager
def open_companies(folder: Path, **given: bool) -> Iterator[Companies]:
    """Both sandboxes run; the process is not started yet."""
    made = Companies(folder, **given)
    with made.acme, made.globex:
        try:
            yield made
        finally:
            made.stop()


def new_words(slack: SandboxSlack, user: str, act: Callable[[], object]) -> str:
    """What only `user` is shown for what `act` does: everything new, whatever kind it is.

    But not the picture below a summary: it comes when it is drawn, and would be taken for the next answer.
    """

    def seen() -> list[Any]:
        shown = (m for m in slack.ephemerals(user) if "is running the command" not in str(m))
        return [m for m in shown if not is_picture(m)]

    before, open_before = len(seen()), [v["id"] for v in slack.views(user)]
    act()

    def told() -> list[Any]:
        fresh = [v for v in slack.views(user) if v["id"] not in open_before]
        return [*seen()[before:], *fresh]

    slack.wait_for(lambda: told() or None, 10, "an answer")
    return json.dumps([_said(one) for one in told()])


def is_picture(message: Mapping[str, Any]) -> bool:
    """True for what shows an image."""
    return any(block["type"] == "image" for block in message.get("blocks", ()))


def _said(shown: Mapping[str, Any]) -> Any:
    return {key: shown[key] for key in ("text", "blocks", "title", "private_metadata") if key in shown}
