"""A scan that is stopped from elsewhere ends soon, is recorded as stopped, and says who did it."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from bot.cli import held
from bot.cli.held import Held
from bot.worker import Worker
from commands.model import Context
from commands.people import Person
from commands.reply import ScanQueued, ScanStopping
from scanners.errors import RefusedError
from scanners.model import Coverage, CoverageStatus, Scan, Target
from scanners.stop import StopSignal, reason_of
from storage import jobs
from storage.store import Store
from tests.commands.office import PROD, Office
from tests.storage.world import CONTROL, SCOPE, verdict

LONG_S = 20.0


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    """An office whose scans run until they are told to stop."""
    made = Office(Store(tmp_path / "patrol.db"))
    yield made
    made.store.close()


class Slow:
    """A scanner that reads until it is stopped; of the bucket it says nothing then."""

    def __init__(self, office: Office) -> None:
        self.office, self.begun = office, threading.Event()

    def __call__(
        self, target: Target, _controls: tuple[str, ...], *, cancel: Event | None = None, **_given: Any
    ) -> Scan:
        assert cancel is not None
        started = self.office.now
        self.begun.set()
        assert cancel.wait(LONG_S), "it was never stopped"
        cover = Coverage(CONTROL, SCOPE, CoverageStatus.SKIPPED, reason_of(cancel))
        account = SCOPE.rpartition("/")[0]
        return Scan(
            "slow", target.name, "aws", account, started, self.office.now, (), (cover,), cancelled=True
        )


def _context(office: Office, scanner: Slow) -> Context:
    return replace(office.context(Person("schedule")), scanner=scanner)


def test_the_bots_scan_is_stopped_by_whoever_asks_and_closes_nothing(office: Office) -> None:
    office.see(verdict("a"))
    office.later(hours=1)
    office.say("scan prod")
    slow = Slow(office)
    ended: list[jobs.Job] = []
    over = threading.Event()
    worker = Worker(
        lambda _person: _context(office, slow), lambda: None, lambda job: (ended.append(job), over.set())
    )  # type: ignore[arg-type, return-value, func-returns-value]
    worker.start()
    assert slow.begun.wait(LONG_S)
    reply = office.say("scan stop prod", "U0LEAD")
    assert isinstance(reply, ScanStopping)
    assert reply.began
    worker.wake()
    assert over.wait(LONG_S)
    worker.stop(LONG_S)
    assert office.state() == "open"
    with office.store.read() as connection:
        job = jobs.get(connection, ended[0].id)
        scan = connection.execute("select cancelled, id from scans where id = 'slow'").fetchone()
        gap = connection.execute("select status, reason from coverage where scan = 'slow'").fetchone()
    assert job is not None
    assert (job.status, job.scan, scan["cancelled"]) == ("done", "slow", 1)
    assert tuple(gap) == ("skipped", "stopped by U0LEAD")


def test_a_terminals_scan_holds_its_target_and_hears_a_stop_from_elsewhere(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held, "LOOK_S", 0.02)
    context = office.context("U0DEV1", "terminal")
    cancel = StopSignal()
    with Held(context, PROD, cancel) as row:
        row.progress("310 calls", 3, 40)
        with pytest.raises(RefusedError, match="U0DEV1 asked for it"), Held(context, PROD, StopSignal()):
            pass
        joined = office.say("scan prod", "U0DEV2")
        assert isinstance(joined, ScanQueued)
        assert joined.joined
        office.say("scan stop prod", "U0DEV2")
        assert cancel.wait(LONG_S)
        assert reason_of(cancel) == "stopped by U0DEV2"
        (job,) = office.waiting()
        assert job.progress == "3 of 40 lists read, 310 calls"
        row.scan = "scan-1"
    with office.store.read() as connection:
        ended = jobs.get(connection, job.id)
    assert ended is not None
    assert (ended.status, ended.scan) == ("done", "scan-1")


def test_a_terminals_scan_that_breaks_lets_its_target_go(office: Office) -> None:
    context = office.context("U0DEV1", "terminal")
    with pytest.raises(KeyboardInterrupt), Held(context, PROD, StopSignal()):
        raise KeyboardInterrupt
    assert office.waiting() == []
    with Held(context, PROD, StopSignal()):
        pass
