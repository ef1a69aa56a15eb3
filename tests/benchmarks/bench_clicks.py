"""A hundred people click for one minute, through a whole Slack over Socket Mode: how long until each click is taken,
and whether each has an outcome that its person sees. Printed; the bars are those of the design.
"""

import os
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from bot.sandbox.slack import SandboxSlack, User, acme_workspace
from bot.sandbox.slack.workspace import from_manifest
from commands.model import Context
from commands.people import Organisation, Person, Team
from commands.scan import keep
from scanners.model import Scan
from storage.ledger import verify
from storage.rebuild import compare
from storage.store import Store
from tests.bot.messages import stage

ROOT = Path(__file__).parents[2]
USERS, FINDINGS, THINK_S = 100, 40, 4.0
SECONDS = float(os.environ.get("BENCH_CLICKS_SECONDS", "60"))
CHANNEL = "C0PAYMENTS"
PEOPLE = tuple(f"U0CLICK{at:03d}" for at in range(USERS))
VERBS = (
    "acknowledge {}", "start {} --link PAY-7", "snooze {} --days 2", "note {} on it since this morning", "undo",
    'false-positive {} --reason "The bucket holds the public price list"', "show {}", "findings",
)  # fmt: skip


@dataclass
class Tally:
    """What one person did: seconds until each click was acknowledged, and those that were not."""

    acks: list[float] = field(default_factory=list)
    lost: int = 0

    def add(self, delivery: Any) -> None:
        """One click."""
        self.acks.append(delivery.seconds)
        self.lost += not delivery.acked


def _findings(path: Path) -> list[str]:
    """A store in which one scan has found some buckets, with their message waiting to be sent."""
    store = Store(path)
    team = Team("payments", CHANNEL, members=PEOPLE)

    def no_scanner(*_args: object, **_given: object) -> Scan:
        raise AssertionError("the scan is handed in")

    context = Context(
        store, Organisation((team,), (stage.PROD,)), Person("schedule"), lambda: datetime.now(UTC), no_scanner,
        "schedule",
    )  # fmt: skip
    said = [stage.verdict(f"acme-{at:03d}") for at in range(FINDINGS)]
    keep(context, stage.PROD, stage.scan(1, datetime.now(UTC), said))
    with store.read() as connection:
        found = [str(row["id"]) for row in connection.execute("select id from findings order by id")]
    store.close()
    return found


def _config() -> str:
    members = ", ".join(f'"{person}"' for person in PEOPLE)
    return (
        f'[[team]]\nname = "payments"\nchannel = "{CHANNEL}"\nmembers = [{members}]\n'
        '[[target]]\nname = "prod"\nkind = "aws"\nowner = "payments"\nregions = ["eu-west-1"]\n'
    )


def _person(slack: SandboxSlack, number: int, findings: list[str], until: float) -> Tally:
    """Clicks and types until the minute is over, with a few seconds of thought between."""
    dice, mine = Random(number), Tally()  # noqa: S311  # dice, no secret
    time.sleep(dice.random() * THINK_S)
    while time.monotonic() < until:
        button = _button(slack, dice)
        if button and dice.random() < 0.3:
            mine.add(slack.click(PEOPLE[number], CHANNEL, *button))
        else:
            words = dice.choice(VERBS).format(dice.choice(findings))
            mine.add(slack.command(PEOPLE[number], CHANNEL, words))
        time.sleep(THINK_S * (0.5 + dice.random()))
    return mine


def _button(slack: SandboxSlack, dice: Random) -> tuple[str, str] | None:
    """Any "Acknowledge" of the messages in the channel: the message and the action."""
    found = [
        (str(message["ts"]), str(element["action_id"]))
        for message in slack.messages(CHANNEL)
        for block in message.get("blocks", ())
        for element in block.get("elements", ())
        if str(element.get("action_id", "")).startswith("acknowledge")
    ]
    return dice.choice(found) if found else None


def _settled(look: Any, seconds: float = 30.0) -> int:
    """The last value of `look` once it no longer grows."""
    until, before = time.monotonic() + seconds, -1
    while time.monotonic() < until:
        now = look()
        if now == before:
            break
        before = now
        time.sleep(1.5)
    return before


def test_a_hundred_people_click_for_a_minute(tmp_path: Path) -> None:
    findings = _findings(tmp_path / "patrol.db")
    (tmp_path / "patrol.toml").write_text(_config())
    workspace = acme_workspace()
    extra = tuple(User(person, person.lower(), f"Person {at}") for at, person in enumerate(PEOPLE))
    workspace = from_manifest(replace(workspace, users=(*workspace.users, *extra)), ROOT / "manifest.yml")
    log = tmp_path / "log"
    with SandboxSlack(workspace) as slack, log.open("w") as errors:
        environ = os.environ | {
            "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.base_url,
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve", "--store", "patrol.db"],
            cwd=tmp_path,
            env=environ,
            stderr=errors,
        )
        try:
            slack.wait_for(lambda: slack.connections, 20, "a connection")
            slack.wait_for(lambda: slack.messages(CHANNEL), 20, "the message of the findings")
            until = time.monotonic() + SECONDS
            with ThreadPoolExecutor(USERS) as pool:
                tallies = list(pool.map(lambda at: _person(slack, at, findings, until), range(USERS)))
            told = _settled(lambda: sum(len(slack.ephemerals(person)) for person in PEOPLE))
            drained = time.monotonic() - until
            shown = {person: len(slack.ephemerals(person)) for person in PEOPLE}
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    acks = sorted(seconds for tally in tallies for seconds in tally.acks)
    uneven = sum(shown[PEOPLE[at]] != len(tally.acks) for at, tally in enumerate(tallies))
    words = log.read_text()
    store = Store(tmp_path / "patrol.db")
    with store.read() as connection:
        events = connection.execute("select count(*) from events where actor like 'U0CLICK%'").fetchone()[0]
        whole = verify(connection).broken_at is None and compare(connection).equal
    store.close()
    print(
        f"\n{USERS} people, {SECONDS:.0f} s, {len(acks):,} clicks: ack p50 {statistics.median(acks) * 1000:.0f} ms,"
        f" p99 {acks[int(len(acks) * 0.99) - 1] * 1000:.0f} ms, longest {acks[-1] * 1000:.0f} ms (bar 1,000);"
        f" not acknowledged {sum(tally.lost for tally in tallies)} (bar 0); outcomes shown {told:,} of {len(acks):,},"
        f" people with one too few or too many {uneven} (bar 0);"
        f" decisions kept {events:,}; lock errors {words.count('another process holds it') + words.count('locked')} (bar 0);"
        f" failures in the log {words.count('failed')} (bar 0); ledger and findings agree: {whole};"
        f" the last outcome {max(0.0, drained):.1f} s after the minute; threads left {threading.active_count()}"
    )
