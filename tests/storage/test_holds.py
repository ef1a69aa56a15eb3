"""Closings that wait: per scope, until a second complete run agrees or security says so."""

import pytest

from scanners.model import Scan
from storage.holds import limit, waiting
from storage.model import Cause, Detection, Kind
from storage.rebuild import compare
from storage.release import Released, release
from tests.storage.world import (
    COMPLETE,
    CONTROL,
    DENIED,
    FAIL,
    OTHER,
    PARTIAL,
    PASS,
    SCOPE,
    UNKNOWN,
    World,
    arn,
    kinds,
    verdict,
)

NAMES = [f"b{at}" for at in range(40)]


@pytest.fixture
def held(world: World) -> World:
    """Forty failed; then all forty passed at once."""
    world.see(*map(verdict, NAMES))
    world.see(*(verdict(name, PASS) for name in NAMES))
    return world


def let(world: World, actor: str = "U0SEC") -> Released:
    """Security's word."""
    with world.store.write() as connection:
        return release(connection, "prod", actor, world.later(hours=1))


def held_now(world: World) -> list[tuple[str, int, int]]:
    with world.store.read() as connection:
        return [(hold.scope, hold.closings, hold.open_count) for hold in waiting(connection)]


def absent(world: World) -> int:
    return sum(world.finding(name).detection is Detection.ABSENT for name in NAMES)


@pytest.mark.parametrize(
    ("open_count", "most"), [(0, 25), (25, 25), (125, 25), (130, 26), (134, 26), (1000, 200)]
)
def test_the_limit_is_twenty_five_or_a_fifth(open_count: int, most: int) -> None:
    assert limit(open_count) == most


def test_a_hold_is_in_the_ledger_with_its_numbers(held: World) -> None:
    told = held.store.connection.execute("select data from events where kind = 'held'").fetchall()
    assert len(told) == 1
    assert '"closings":40' in told[0]["data"]
    assert '"open":40' in told[0]["data"]
    assert held_now(held) == [(SCOPE, 40, 40)]


def test_each_scope_has_its_own_limit(world: World) -> None:
    there = [verdict(f"o{at}", scope=OTHER) for at in range(5)]
    world.see(*map(verdict, NAMES), *there)
    outcome = world.see(
        *(verdict(name, PASS) for name in NAMES), *(verdict(f"o{at}", PASS, scope=OTHER) for at in range(5))
    )
    assert kinds(outcome).count(Kind.FIXED) == 5
    assert [hold.scope for hold in outcome.held] == [SCOPE]


def test_things_that_are_merely_gone_are_held_too(world: World) -> None:
    world.see(*map(verdict, NAMES))
    world.see()
    assert kinds(world.see()) == [Kind.HELD]
    assert kinds(world.see()).count(Kind.FIXED) == 40


def test_closings_by_a_changed_control_are_held_too(world: World) -> None:
    world.see(*map(verdict, NAMES))
    assert kinds(world.see(*(verdict(name, PASS) for name in NAMES), version="2")) == [Kind.HELD]


def test_an_older_complete_run_that_arrives_late_is_no_second_one(world: World) -> None:
    world.see(*map(verdict, NAMES))
    late = world.scan(*(verdict(name, PASS) for name in NAMES), at=world.later(hours=1))
    world.see(*(verdict(name, PASS) for name in NAMES))
    assert Kind.FIXED not in kinds(world.record(late))
    assert absent(world) == 0


def test_what_failed_since_the_hold_needs_two_runs_of_its_own(held: World) -> None:
    held.see(*map(verdict, NAMES))
    assert held_now(held) == []
    assert kinds(held.see(*(verdict(name, PASS) for name in NAMES))) == [Kind.HELD]


def test_a_part_that_failed_since_stays_open_when_the_rest_passes(held: World) -> None:
    held.see(*(verdict(name, FAIL if at < 10 else UNKNOWN) for at, name in enumerate(NAMES)), covers=PARTIAL)
    outcome = held.see(*(verdict(name, FAIL if at < 10 else PASS) for at, name in enumerate(NAMES)))
    assert kinds(outcome).count(Kind.FIXED) == 30
    assert held_now(held) == []
    assert outcome.settled == {SCOPE}


def test_too_many_that_failed_since_are_held_anew_when_the_rest_passes(held: World) -> None:
    held.see(*(verdict(name, FAIL if at < 30 else UNKNOWN) for at, name in enumerate(NAMES)), covers=PARTIAL)
    outcome = held.see(*(verdict(name, PASS) for name in NAMES))
    assert kinds(outcome).count(Kind.FIXED) == 10
    assert outcome.held[0].closings == 30


def test_a_targeted_check_of_one_held_finding_settles_it_alone(held: World) -> None:
    assert kinds(held.see(verdict("b0", PASS), only=arn("b0"))) == [Kind.FIXED]
    assert absent(held) == 1
    assert held_now(held) == [(SCOPE, 40, 40)]


def test_a_denied_run_in_between_changes_nothing(held: World) -> None:
    held.see(covers=DENIED)
    assert held_now(held) == [(SCOPE, 40, 40)]
    assert kinds(held.see(*(verdict(name, PASS) for name in NAMES))).count(Kind.FIXED) == 40


# -- security's word -------------------------------------------------------------------------------


def test_security_lets_what_is_held_take_effect_at_once(held: World) -> None:
    saw = held.now
    done = let(held)
    found = held.finding("b0")
    assert absent(held) == 40
    assert (found.cause, found.fixed_at) == (Cause.PROVEN, saw)
    assert [event.kind for event in done.events] == [Kind.RELEASED, *[Kind.FIXED] * 40]
    assert (done.events[0].actor, done.events[0].data["closings"]) == ("U0SEC", 40)
    assert done.events[1].data["released_by"] == "U0SEC"
    assert held_now(held) == []
    with held.store.read() as connection:
        assert compare(connection).equal


def test_a_release_is_taken_once(held: World) -> None:
    let(held)
    before = held.count("events")
    assert let(held) == Released()
    assert held.count("events") == before


def test_where_nothing_waits_nothing_is_released(world: World) -> None:
    world.see(verdict("a"))
    assert let(world) == Released()
    assert world.state("a") == "open"


def test_another_targets_hold_is_not_released(held: World) -> None:
    with held.store.write() as connection:
        assert release(connection, "staging", "U0SEC", held.now) == Released()
    assert absent(held) == 0


def test_what_was_seen_failing_since_is_not_released(held: World) -> None:
    held.see(verdict("b7"), only=arn("b7"))
    let(held)
    assert absent(held) == 39
    assert held.state("b7") == "open"
    assert held_now(held) == []


def test_what_was_gone_and_is_seen_again_is_not_released(world: World) -> None:
    world.see(*map(verdict, NAMES))
    world.see()
    world.see()
    world.see(verdict("b7", UNKNOWN), only=arn("b7"), covers=PARTIAL)
    let(world)
    assert absent(world) == 39
    assert world.state("b7") == "open"
    assert world.finding("b0").cause == Cause.GONE


def test_a_released_finding_comes_back_by_a_newer_failure_only(held: World) -> None:
    late = _late(held)
    let(held)
    assert kinds(held.record(late)) == []
    assert kinds(held.see(verdict("b0"))) == [Kind.REGRESSED]


def _late(world: World) -> Scan:
    return world.scan(verdict("b0"), at=world.scans[-1].started, covers={(CONTROL, SCOPE): COMPLETE})


def test_two_holds_of_one_scope_close_each_finding_once(held: World) -> None:
    more = [f"n{at}" for at in range(40)]
    held.see(*map(verdict, more), covers=PARTIAL)
    held.see(*(verdict(name, PASS) for name in [*NAMES, *more]), covers=PARTIAL)
    done = let(held)
    closed = [event.finding for event in done.events if event.kind is Kind.FIXED]
    assert len(closed) == len(set(closed)) == 80


def test_a_hold_of_an_older_patrol_waits_for_its_second_run(held: World) -> None:
    """It kept no evidence, so there is nothing that a word could put into effect."""
    held.store.connection.execute("update holds set closings = '{}'")
    assert let(held) == Released()
    assert kinds(held.see(*(verdict(name, PASS) for name in NAMES))).count(Kind.FIXED) == 40
