"""Patrol's whole process between a sandbox workspace and a scripted scanner: faults are put in at the wire."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event as StopSignal
from typing import Any

from bot.process import Http, Process
from bot.sandbox.slack import SandboxSlack, User, acme_workspace
from bot.sandbox.slack.workspace import from_manifest
from bot.settings import Schedule, Settings
from commands.model import Context, Progress
from commands.people import Organisation, Person, Team
from commands.scan import keep
from scanners.errors import PatrolError
from scanners.model import Coverage, CoverageStatus, Scan, Status, Target
from storage.scans import last_scans
from storage.store import Store
from tests.bot.messages import stage as words

ROOT = Path(__file__).parents[3]
CHANNEL, PLATFORM = "C0PAYMENTS", "C0PLATFORM"
DANA, LEAD, GUEST = "U0DEV1", "U0LEAD", "U0GUEST"


class ScriptedScanner:
    """Says of each bucket what `buckets` says; `error` is raised instead where it is set."""

    def __init__(self) -> None:
        self.buckets: dict[str, Status] = {"acme-invoices": Status.FAIL}
        self.controls: tuple[str, ...] = ("s3.public",)
        self.error: PatrolError | None = None
        self.gate = threading.Event()
        self.gate.set()
        self.scans = 0

    def __call__(
        self, target: Target, controls: tuple[str, ...], *, only_resource: str = "", trigger: str = "command",
        progress: Progress | None = None, cancel: StopSignal | None = None,
    ) -> Scan:  # fmt: skip
        """One scan of the bucket list."""
        self.scans += 1
        started = datetime.now(UTC)
        while not self.gate.wait(0.05):
            if cancel is not None and cancel.is_set():
                break
        if self.error is not None:
            raise self.error
        chosen = [n for n in self.buckets if only_resource in ("", f"arn:aws:s3:::{n}")]
        said = [words.verdict(n, self.buckets[n], control=c) for n in chosen for c in self.controls]
        return words.scan(self.scans * 1_000_003 + id(self) % 997, started, said, only=only_resource)


class Line:
    """The sandbox, the store, and a process that can be killed and started again."""

    def __init__(self, folder: Path, *, http: bool = False, schedules: tuple[Schedule, ...] = ()) -> None:
        workspace = acme_workspace()
        # A guest is anybody whom patrol.toml does not name.
        workspace = replace(workspace, users=(*workspace.users, User(GUEST, "gus", "Gus Guest")))
        self.slack = SandboxSlack(from_manifest(workspace, ROOT / "manifest.yml"))
        self.scanner = ScriptedScanner()
        self.path = folder / "patrol.db"
        self._schedules, self._http = schedules, http
        self.process: Process | None = None

    @property
    def settings(self) -> Settings:
        """Two teams, one target."""
        teams = (
            Team("payments", CHANNEL, (LEAD,), (DANA, "U0DEV2")),
            Team("platform", PLATFORM),
        )
        return Settings(
            store=self.path, organisation=Organisation(teams, (words.PROD,), ("S0SECURITY",)),
            schedules=self._schedules, bot_token=self.slack.bot_token, app_token=self.slack.app_token,
            signing_secret=self.slack.signing_secret, slack_api_url=self.slack.base_url,
        )  # fmt: skip

    def start(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Process:
        """A (new) process on the same store and workspace."""
        http = Http("127.0.0.1", 0) if self._http else None
        self._clean_first(now())
        self.process = Process(self.settings, Store(self.path), self.scanner, now, http)
        self.process.start()
        if http:
            port = getattr(self.process.way_in, "port")  # noqa: B009  # only HttpMode has one
            self.slack.deliver_to(f"http://127.0.0.1:{port}/slack/events")
        else:
            self.slack.wait_for(lambda: self.slack.connections, 10, "a connection")
        return self.process

    def _clean_first(self, now: datetime) -> None:
        """The target was scanned before, and was clean: a first scan has one summary, later news its own messages."""
        store = Store(self.path)
        with store.read() as connection:
            known = last_scans(connection)
        if not known:
            context = Context(
                store, self.settings.organisation, Person("schedule"), lambda: now, self.scanner
            )
            covers = [
                Coverage(c, words.SCOPE, CoverageStatus.COMPLETE) for c in ("s3.public", "s3.versioning")
            ]
            keep(context, words.PROD, words.scan(0, now - timedelta(hours=1), (), covers))
        store.close()

    def stop(self) -> None:
        """As SIGTERM."""
        if self.process is not None:
            self.process.stop()
            self.process = None

    def scan(self) -> None:
        """Dana scans, and the message about the bucket is there."""
        assert self.slack.command(DANA, CHANNEL, "scan prod").acked
        self.slack.wait_for(self.post, 15, "the finding's message")

    def post(self) -> dict[str, object] | None:
        """The message of the control, the newest one."""
        found = [
            m
            for m in self.slack.messages(CHANNEL)
            if "Buckets must not be public" in m["text"].split("\n")[0]
        ]
        return found[-1] if found else None

    def posts(self) -> list[dict[str, object]]:
        """Every message of the control."""
        return [
            m
            for m in self.slack.messages(CHANNEL)
            if "Buckets must not be public" in m["text"].split("\n")[0]
        ]

    def told(self) -> str:
        """The words of the newest message of the control."""
        post = self.post()
        return str(post["text"]) if post else ""

    def press(self, action: str, user: str = DANA) -> None:
        """A button of that message."""
        post = self.post()
        assert post is not None
        assert self.slack.click(user, CHANNEL, str(post["ts"]), action).acked

    def heard(self, words: str, user: str = DANA) -> bool:
        """True where `user` was shown `words` alone."""
        return self.answer(words, user) is not None

    def answer(self, words: str, user: str = DANA) -> dict[str, Any] | None:
        """The newest message with `words` that `user` alone was shown."""
        return next((m for m in reversed(self.slack.ephemerals(user)) if words in m["text"]), None)

    def problems(self) -> tuple[str, ...]:
        """What does not work now."""
        return self.process.features.problems() if self.process else ()

    def wait(self, check: Callable[[], object], what: str, seconds: float = 12) -> None:
        """Wait for a condition."""
        self.slack.wait_for(lambda: check() or None, seconds, what)


@contextmanager
def open_line(folder: Path, **given: object) -> Iterator[Line]:
    """A line that is not started yet."""
    line = Line(folder, **given)  # type: ignore[arg-type]
    with line.slack:
        try:
            yield line
        finally:
            line.stop()
