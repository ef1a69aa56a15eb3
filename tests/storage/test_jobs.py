"""Jobs are rows: joined, brought forward, taken once, and found again after a crash."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from storage import jobs
from storage.pictures import Connection
from storage.store import Store
from tests.storage.world import START

MINUTE = timedelta(minutes=1)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    """One write transaction on a fresh store."""
    store = Store(tmp_path / "patrol.db")
    with store.write() as opened:
        yield opened
    store.close()


def _ask(
    connection: Connection, kind: str = "scan", subject: str = "prod", **given: object
) -> tuple[int, bool]:
    return jobs.enqueue(connection, kind, subject, "U0DEV1", START, **given)  # type: ignore[arg-type]


def test_a_second_request_joins_the_first(connection: Connection) -> None:
    first, made = _ask(connection)
    assert made
    assert _ask(connection) == (first, False)
    jobs.take(connection, START)
    assert _ask(connection) == (first, False)
    assert _ask(connection, subject="staging")[1]


def test_a_finished_job_is_joined_by_nobody(connection: Connection) -> None:
    first, _made = _ask(connection)
    jobs.take(connection, START)
    jobs.finish(connection, first, START + MINUTE, scan="scan-1")
    again, made = _ask(connection)
    assert made
    assert again != first
    ended = jobs.get(connection, first)
    assert ended is not None
    assert (ended.status, ended.scan, ended.finished) == ("done", "scan-1", START + MINUTE)


def test_a_waiting_retry_is_brought_forward_when_somebody_asks_now(connection: Connection) -> None:
    retry, _made = _ask(connection, "check", "pf1_a", run_after=START + 30 * MINUTE, attempt=3)
    assert jobs.take(connection, START) is None
    assert _ask(connection, "check", "pf1_a") == (retry, False)
    taken = jobs.take(connection, START)
    assert taken is not None
    assert (taken.id, taken.attempt) == (retry, 0)


def test_a_retry_does_not_put_off_what_is_due(connection: Connection) -> None:
    job, _made = _ask(connection, "check", "pf1_a")
    assert _ask(connection, "check", "pf1_a", run_after=START + 5 * MINUTE, attempt=2) == (job, False)
    waiting = jobs.get(connection, job)
    assert waiting is not None
    assert (waiting.run_after, waiting.attempt) == (START, 0)


def test_checks_go_before_scans_then_the_one_that_waits_longest(connection: Connection) -> None:
    _ask(connection)
    late, _ = _ask(connection, "check", "pf1_late", run_after=START + MINUTE)
    check, _ = _ask(connection, "check", "pf1_a", run_after=START)
    now = START + 2 * MINUTE
    order = [jobs.take(connection, now) for _ in range(4)]
    assert [job.id if job else None for job in order[:2]] == [check, late]
    assert order[2] is not None
    assert order[2].kind == "scan"
    assert order[3] is None


def test_a_lane_takes_its_own_kinds_only(connection: Connection) -> None:
    _ask(connection)
    assert jobs.take(connection, START, ("check",)) is None
    assert jobs.take(connection, START, ("scan",)) is not None


def test_a_job_is_taken_once(connection: Connection) -> None:
    job, _made = _ask(connection)
    assert jobs.take_this(connection, job, START) is not None
    assert jobs.take_this(connection, job, START) is None
    assert jobs.take(connection, START) is None


def test_what_was_running_when_the_process_died_is_queued_again(connection: Connection) -> None:
    job, _made = _ask(connection)
    waiting, _made = _ask(connection, "check", "pf1_a", run_after=START + MINUTE)
    jobs.take(connection, START, ("scan",))
    assert jobs.recover(connection, START + MINUTE) == 1
    again = jobs.take(connection, START + MINUTE, ("scan",))
    assert again is not None
    assert (again.id, again.started) == (job, START + MINUTE)
    assert [j.id for j in jobs.active(connection)] == [job, waiting]


def test_the_next_due_job_is_known(connection: Connection) -> None:
    assert jobs.next_due(connection) is None
    _ask(connection, run_after=START + MINUTE)
    _ask(connection, "check", "pf1_a", run_after=START + 5 * MINUTE)
    assert jobs.next_due(connection) == START + MINUTE


def test_a_failure_is_told_until_the_same_thing_goes_well(connection: Connection) -> None:
    job, _made = _ask(connection)
    jobs.take(connection, START)
    jobs.finish(connection, job, START, error="AWS refused the key")
    assert [(j.subject, j.error) for j in jobs.last_failures(connection)] == [("prod", "AWS refused the key")]
    again, _made = _ask(connection)
    assert jobs.last_failures(connection) != []
    jobs.take(connection, START)
    jobs.finish(connection, again, START, scan="scan-2")
    assert jobs.last_failures(connection) == []


def test_progress_and_data_are_kept(connection: Connection) -> None:
    job, _made = _ask(connection, data={"why": "night"}, channel="C1")
    jobs.progress(connection, job, "3 of 40 lists read")
    kept = jobs.get(connection, job)
    assert kept is not None
    assert (kept.progress, kept.data, kept.channel) == ("3 of 40 lists read", {"why": "night"}, "C1")
    assert jobs.get(connection, job + 1) is None
