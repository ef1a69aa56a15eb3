"""A configured SLA: the ledger holds each date, and a table that is changed moves nothing that was promised."""

from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from scanners.model import Severity
from storage import history, lifecycle, rebuild
from storage.decisions import decide
from storage.figures.sla import Calendar, Sla, due_of
from storage.model import Disposition
from tests.storage.world import PASS, World, identity, verdict

DAY = timedelta(days=1)
SHORT = Sla({**Sla().days, Severity.HIGH: 3, Severity.CRITICAL: 1})
LONG = Sla({**Sla().days, Severity.HIGH: 60})


@pytest.fixture
def short(world: World) -> World:
    world.sla_of = lambda team: SHORT if team == "payments" else None
    return world


def _agreed(world: World, *names: str) -> None:
    """The table, the ledger replayed and the figures' own reading tell the same dates."""
    with world.store.read() as connection:
        assert not rebuild.compare(connection).differing
        told = {
            one.finding: due_of(one, Sla(), world.now)
            for one in history.episodes(connection, world.now)
            if one.newest
        }
    assert [world.finding(name).due for name in names] == [told[identity(name)] for name in names]


def test_a_team_has_its_own_days_and_a_changed_table_moves_no_promise(short: World) -> None:
    short.see(verdict("old"))
    opened = short.now
    short.sla_of = lambda _team: LONG
    short.see(verdict("old"), verdict("new"))
    assert short.finding("old").due == opened + 3 * DAY
    assert short.finding("new").due == short.now + 60 * DAY
    short.sla_of = lambda _team: None
    short.see(verdict("old"), verdict("new"), verdict("usual"))
    assert short.finding("usual").due == short.now + 30 * DAY
    _agreed(short, "old", "new", "usual")


def test_a_changed_severity_is_counted_from_the_opening_and_a_return_anew(short: World) -> None:
    short.see(verdict("a"), verdict("b"))
    opened = short.now
    short.see(verdict("a", severity=Severity.CRITICAL), verdict("b"))
    assert short.finding("a").due == opened + DAY
    short.see(verdict("a", PASS), verdict("b"))
    assert short.finding("a").due == opened + DAY
    short.see(verdict("a"), verdict("b"))
    assert short.finding("a").due == short.now + 3 * DAY
    short.sla_of = lambda _team: None
    short.see(verdict("a", severity=Severity.CRITICAL), verdict("b"))
    _agreed(short, "a", "b")


def test_a_promise_outlives_an_acceptance_and_an_undo(short: World) -> None:
    short.see(verdict("a"))
    opened = short.now
    ask = partial(
        lifecycle.request, what=Disposition.RISK_ACCEPTED, reason="the bucket goes away next week, it is empty",
        until=short.now + 20 * DAY,
    )  # fmt: skip
    short.later(minutes=1)
    with short.store.write() as connection:
        decide(connection, identity("a"), "U0DEV1", short.now, ask)
        decide(connection, identity("a"), "U0SEC", short.now, lifecycle.approve)
    accepted = short.now
    short.later(hours=5)
    with short.store.write() as connection:
        decide(connection, identity("a"), "U0SEC", short.now, lifecycle.revoke)
    assert short.finding("a").due == opened + 3 * DAY + (short.now - accepted)
    _agreed(short, "a")


def test_business_days_end_on_a_working_day(world: World) -> None:
    sla = Sla({**Sla().days, Severity.HIGH: 2}, Calendar(holidays=frozenset({date(2026, 11, 16)})))
    world.now, world.sla_of = datetime(2026, 11, 13, 8, tzinfo=UTC), lambda _team: sla
    world.see(verdict("a"))
    assert world.finding("a").due == datetime(2026, 11, 18, 9, tzinfo=UTC)
    _agreed(world, "a")
