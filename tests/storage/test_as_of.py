"""A scan may be told of an earlier moment than its own (IAM's credential report): that is evidence of then, not of now."""

from dataclasses import replace
from datetime import datetime, timedelta

from scanners.model import Scan, Verdict
from storage.model import Cause, Kind
from tests.storage.world import PASS, World, kinds, verdict


def _told(world: World, made: datetime, *verdicts: Verdict) -> Scan:
    """A scan an hour later whose list and verdicts are all of `made`."""
    world.later(hours=1)
    scan = world.scan(*(replace(one, as_of=made) for one in verdicts))
    return replace(scan, coverage=tuple(replace(cover, as_of=made) for cover in scan.coverage))


def test_a_report_from_before_the_fix_does_not_reopen(world: World) -> None:
    world.see(verdict("a"))
    made = world.now
    world.see(verdict("a", PASS), only=verdict("a").resource.arn)
    assert kinds(world.record(_told(world, made, verdict("a")))) == []
    assert world.state("a") == "fixed"
    assert kinds(world.record(_told(world, world.now, verdict("a")))) == [Kind.REGRESSED]


def test_a_report_from_before_the_fault_does_not_close(world: World) -> None:
    made = world.now
    world.see(verdict("a"))
    assert kinds(world.record(_told(world, made, verdict("a", PASS)))) == []
    assert world.state("a") == "open"
    assert kinds(world.record(_told(world, world.now, verdict("a", PASS)))) == [Kind.FIXED]


def test_a_report_from_before_a_clean_scan_opens_nothing(world: World) -> None:
    made = world.now
    world.see()
    assert kinds(world.record(_told(world, made, verdict("a")))) == []


def test_the_first_report_opens_however_old_it_is(world: World) -> None:
    assert kinds(world.record(_told(world, world.now - timedelta(hours=4), verdict("a")))) == [Kind.OPENED]


def test_a_list_from_before_says_nothing_of_what_came_since(world: World) -> None:
    made = world.now
    world.see(verdict("a"))
    for _ in range(3):
        assert kinds(world.record(_told(world, made))) == []
    assert world.state("a") == "open"


def test_the_same_list_told_twice_is_one_look(world: World) -> None:
    world.see(verdict("a"))
    made = world.later(minutes=10)
    for _ in range(3):
        assert kinds(world.record(_told(world, made))) == []
    assert kinds(world.record(_told(world, world.later(minutes=5)))) == [Kind.FIXED]
    assert world.finding("a").cause == Cause.GONE


def test_a_report_from_before_the_claim_refutes_nothing(world: World) -> None:
    world.see(verdict("a"))
    made = world.later(minutes=10)
    world.later(minutes=10)
    world.claim("a")
    assert kinds(world.record(_told(world, made, verdict("a")))) == []
    assert world.state("a") == "fix_claimed"
    assert kinds(world.record(_told(world, world.later(minutes=5), verdict("a")))) == [Kind.REFUTED]


def test_a_report_that_says_it_is_of_tomorrow_is_of_the_scan(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.record(_told(world, world.now + timedelta(days=1), verdict("a", PASS)))) == [
        Kind.FIXED
    ]
    world.see(verdict("a"))
    assert world.state("a") == "regressed"
