"""Schedules run once per local date and time, across daylight saving, restarts and missed days."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.scheduler import Scheduler
from bot.settings import Schedule
from scanners.errors import UsageError
from storage.store import Store

BERLIN = Schedule("scan prod", "30 2 * * *", "Europe/Berlin")


class Clock:
    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store(tmp_path / "patrol.db")
    yield made
    made.close()


def _walk(store: Store, schedule: Schedule, start: datetime, hours: int) -> list[datetime]:
    """When it ran, looking every ten minutes."""
    clock, ran = Clock(start), []
    scheduler = Scheduler((schedule,), store, lambda _words: ran.append(clock.now), clock)
    for _ in range(hours * 6):
        clock.now += timedelta(minutes=10)
        scheduler.tick(schedule)
    return ran


def test_it_runs_once_when_the_clocks_go_back(store: Store) -> None:
    ran = _walk(store, BERLIN, datetime(2026, 10, 24, 12, tzinfo=UTC), 24)  # 02:30 comes twice on 25 October
    assert len(ran) == 1


def test_it_runs_on_the_day_when_the_clocks_go_forward(store: Store) -> None:
    ran = _walk(store, BERLIN, datetime(2026, 3, 28, 12, tzinfo=UTC), 24)  # 02:30 does not come on 29 March
    assert len(ran) <= 1
    assert len(_walk(store, BERLIN, datetime(2026, 3, 29, 12, tzinfo=UTC), 24)) == 1


def test_it_runs_daily(store: Store) -> None:
    assert len(_walk(store, BERLIN, datetime(2026, 11, 2, 12, tzinfo=UTC), 24 * 5)) == 5


def test_a_new_schedule_does_not_run_at_once(store: Store) -> None:
    clock, ran = Clock(datetime(2026, 11, 2, 12, tzinfo=UTC)), []
    Scheduler((BERLIN,), store, ran.append, clock).tick(BERLIN)
    assert ran == []


def test_three_missed_days_are_caught_up_once(store: Store) -> None:
    _walk(store, BERLIN, datetime(2026, 11, 2, 12, tzinfo=UTC), 24)
    clock, ran = Clock(datetime(2026, 11, 7, 12, tzinfo=UTC)), []
    for _restart in range(3):
        Scheduler((BERLIN,), store, ran.append, clock).tick(BERLIN)
    assert ran == ["scan prod"]


def test_words_that_fail_do_not_stop_the_scheduler(store: Store) -> None:
    clock = Clock(datetime(2026, 11, 2, 12, tzinfo=UTC))

    def fail(_words: str) -> None:
        raise UsageError("there is no target")

    scheduler = Scheduler((BERLIN,), store, fail, clock)
    clock.now += timedelta(days=1)
    assert scheduler.tick(BERLIN)
    assert not scheduler.tick(BERLIN)


def test_a_beat_that_breaks_is_told_and_the_next_one_comes(store: Store) -> None:
    clock, beats = Clock(datetime(2026, 11, 2, 12, tzinfo=UTC)), []

    def heart(began: datetime) -> None:
        beats.append(began)
        raise UsageError("the store is locked") if len(beats) == 1 else ZeroDivisionError

    scheduler = Scheduler((), store, lambda _words: None, clock, heart)
    clock.now += timedelta(minutes=1)
    for _ in range(3):
        scheduler.beat()
    assert beats == [datetime(2026, 11, 2, 12, tzinfo=UTC)] * 3  # when the process began, not when it beats


def test_it_beats_at_once_when_it_starts(store: Store) -> None:
    """What fell due while no process ran is not left waiting for the first half minute."""
    beats: list[datetime] = []
    scheduler = Scheduler(
        (), store, lambda _words: None, Clock(datetime(2026, 11, 2, 12, tzinfo=UTC)), beats.append
    )
    scheduler.start()
    scheduler.stop()
    assert len(beats) == 1
