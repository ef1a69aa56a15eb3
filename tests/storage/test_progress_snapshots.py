"""What was told of a day stays as it was told."""

import sqlite3
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.model import CoverageStatus, Severity, Target
from storage import progress_snapshots as snapshots
from storage.figures.sla import Calendar
from storage.figures.summary import summary
from storage.figures.values import COMPANY, View
from storage.progress_snapshots import Settings
from storage.scans import save_target
from tests.examples import examples
from tests.storage.figures.test_fold import RULES, act
from tests.storage.world import DENIED, FAIL, PASS, World, open_world, verdict

TODAY = date(2026, 11, 2)
EVENING = datetime(2026, 11, 2, 22, 30, tzinfo=UTC)


def take(world: World, day: date, now: datetime, how: Settings | None = None) -> bool:
    with world.store.write() as connection:
        return snapshots.take(connection, day, now, how)


def told(world: World, view: View = COMPANY) -> list[tuple[str, int | None]]:
    """Each day that is known, with how many of the cohort are open; None on a day that was missed."""
    with world.store.read() as connection:
        found = snapshots.series(connection, view, TODAY)
    return [(one.day.isoformat(), one.data and one.data["cohort"]["open"]) for one in found]


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("update snapshots set data = '{}'", "never changed"),
        ("delete from snapshots", "never removed"),
        ("insert or replace into snapshots select day, scope, '{}', taken_at from snapshots", "has one already"),
        ("insert into snapshots select day, scope, '{}', taken_at from snapshots where true on conflict do update"
         " set data = excluded.data", "has one already"),
    ],
)  # fmt: skip
def test_the_file_itself_refuses_to_change_what_was_told(world: World, sql: str, why: str) -> None:
    world.see(verdict("a"))
    take(world, TODAY, EVENING)
    with pytest.raises(sqlite3.IntegrityError, match=why), world.store.write() as connection:
        connection.execute(sql)


def test_a_day_is_taken_once_and_the_second_time_changes_nothing(world: World) -> None:
    world.see(verdict("a"))
    assert take(world, TODAY, EVENING - timedelta(hours=2)) is True
    world.see(verdict("a"), verdict("b"))
    assert take(world, TODAY, EVENING) is False
    assert told(world) == [("2026-11-02", 1)]


def test_missed_days_are_marked_and_not_made_up(world: World) -> None:
    world.see(verdict("a"))
    take(world, TODAY, EVENING)
    assert take(world, TODAY + timedelta(days=3), EVENING + timedelta(days=3)) is True
    assert told(world) == [("2026-11-02", 1), ("2026-11-03", None), ("2026-11-04", None), ("2026-11-05", 1)]


def test_a_day_that_is_over_can_only_be_marked(world: World) -> None:
    world.see(verdict("a"))
    assert take(world, TODAY, EVENING + timedelta(days=1)) is False
    assert told(world) == [("2026-11-02", None)]
    assert take(world, TODAY, EVENING + timedelta(days=1)) is False


def test_a_day_to_come_is_refused(world: World) -> None:
    with pytest.raises(ValueError, match="still to come"):
        take(world, TODAY + timedelta(days=1), EVENING)


def test_the_day_is_the_companys_own(world: World) -> None:
    tokyo = Settings(zone="Asia/Tokyo")
    world.see(verdict("a"))
    assert take(world, TODAY + timedelta(days=1), EVENING, tokyo) is True
    with world.store.read() as connection:
        snapshot = snapshots.newest(connection, COMPANY)
    assert snapshot is not None and snapshot.day == TODAY + timedelta(days=1)


def test_a_scan_that_arrives_late_changes_no_past_figure_and_is_told(world: World) -> None:
    world.see(verdict("a"), verdict("b"))
    late = world.scan(verdict("a", PASS), verdict("b"), at=EVENING - timedelta(hours=1), name="late")
    take(world, TODAY, EVENING)
    before = told(world)
    world.now = EVENING + timedelta(hours=9)
    world.record(late)
    assert told(world) == before == [("2026-11-02", 2)]
    with world.store.read() as connection:
        assert snapshots.changed_since(connection, TODAY) == ["company", "target:prod", "team:payments"]
        assert snapshots.changed_since(connection, TODAY, late=False) == []


def test_a_scan_of_chosen_controls_is_no_day_0(world: World) -> None:
    world.record(replace(world.scan(verdict("a")), chosen=True))
    take(world, TODAY, EVENING)
    world.now = EVENING + timedelta(days=1)
    world.see(verdict("a"), verdict("b"))
    take(world, world.now.date(), world.now)
    with world.store.read() as connection:
        found = snapshots.series(connection, COMPANY, TODAY)
    assert [one.data and one.data["day0"] for one in found] == [None, "2026-11-03"]
    assert [one.data and one.data["cohort"]["total"] for one in found] == [0, 2]


def test_a_view_of_each_team_and_target_is_taken_and_they_add_up(world: World) -> None:
    with world.store.write() as connection:
        save_target(connection, Target("stage", "aws", "web"))
    world.see(verdict("a"), verdict("b"))
    take(world, TODAY, EVENING)
    with world.store.read() as connection:
        scopes = [row[0] for row in connection.execute("select scope from snapshots order by scope")]
    assert scopes == ["basis", "company", "target:prod", "team:payments", "team:web"]
    assert told(world, View("target", "prod")) == told(world, View("team", "payments")) == told(world)
    assert told(world, View("team", "web")) == [("2026-11-02", 0)]


def test_what_was_never_checked_has_a_question_mark_for_a_score(world: World) -> None:
    world.see(verdict("a"))
    world.see(covers=DENIED)
    take(world, TODAY, EVENING + timedelta(hours=1))
    world.now = EVENING + timedelta(days=2)
    world.see(covers=CoverageStatus.ERROR)
    take(world, world.now.date(), world.now)
    with world.store.read() as connection:
        snapshot = snapshots.newest(connection, COMPANY)
    assert snapshot is not None and snapshot.data is not None
    document = summary(snapshot.data)
    assert document["score"] is None
    assert (document["coverage"]["checked"], document["coverage"]["of"]) == (0, 1)


def test_an_empty_store_has_figures_too(world: World) -> None:
    assert take(world, TODAY, EVENING) is True
    with world.store.read() as connection:
        snapshot = snapshots.newest(connection, COMPANY)
        assert snapshots.newest(connection, View("team", "x")) is None
        assert snapshots.basis_of(connection, TODAY - timedelta(days=1)) is None
    assert snapshot is not None and snapshot.data is not None
    document = summary(snapshot.data)
    assert (document["cohort"]["day0"], document["cohort"]["total"], document["score"]) == (None, 0, None)


def test_the_settings_of_the_day_are_kept_so_that_it_can_be_worked_out_again(world: World) -> None:
    how = Settings(
        "Europe/Berlin", {**Settings().sla_days, Severity.HIGH: 3}, Calendar(holidays=frozenset({TODAY})),
        {"team:payments": date(2026, 10, 1)},
    )  # fmt: skip
    world.see(verdict("a"))
    take(world, TODAY, EVENING, how)
    with world.store.read() as connection:
        basis = snapshots.basis_of(connection, TODAY)
        assert basis is not None and basis.settings == how
        assert snapshots.changed_since(connection, TODAY) == []
    assert told(world, View("team", "payments")) == [("2026-11-02", 0)]


STEP = st.tuples(
    st.sampled_from([*RULES, "undo", "pass", "fail", "fail worse", "settle", "snapshot", "snapshot"]),
    st.sampled_from(["U0DEV1", "U0LEAD"]),
    st.sampled_from([0.1, 3.0, 30.0, 200.0]),
)


@settings(max_examples=examples(25), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=14))
def test_where_nothing_arrives_late_each_day_comes_out_of_the_ledger_as_it_was_told(
    steps: list[tuple[str, str, float]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = open_world(Path(folder))
        world.see(verdict("a", FAIL), verdict("b", FAIL))
        days: list[date] = []
        for what, actor, hours in steps:
            world.later(hours=hours)
            if what == "snapshot":
                if take(world, world.now.date(), world.now):
                    days.append(world.now.date())
            else:
                act(world, what, actor)
        _come_out_the_same(world, days, snapshots.changed_since)
        world.store.close()


def _come_out_the_same(world: World, days: list[date], changed: Callable[..., list[str]]) -> None:
    with world.store.read() as connection:
        for day in days:
            assert changed(connection, day) == changed(connection, day, late=False) == []
