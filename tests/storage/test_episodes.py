"""Episodes: a finding that comes back has a clock and a history of its own."""

from datetime import timedelta

from storage.model import Cause, Kind
from tests.storage.world import FAIL, PASS, World, kinds, verdict


def test_a_new_version_that_still_fails_is_told_once_and_its_pass_is_a_fix(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.see(verdict("a"), version="2")) == [Kind.CONTROL_CHANGED]
    assert kinds(world.see(verdict("a"), version="2")) == []
    world.see(verdict("a", PASS), version="2")
    assert world.finding("a").cause == Cause.PROVEN


def test_each_episode_keeps_its_own_times(world: World) -> None:
    for status in (FAIL, PASS, FAIL, PASS, FAIL):
        world.see(verdict("a", status))
    with world.store.read() as connection:
        told = connection.execute("select episode, opened_at, closed_at, cause from episodes").fetchall()
    assert [row["episode"] for row in told] == [1, 2, 3]
    assert [row["cause"] for row in told] == ["proven", "proven", None]
    assert all(row["closed_at"] > row["opened_at"] for row in told[:2])
    assert told[2]["closed_at"] is None


def test_a_decision_ends_with_its_episode(world: World) -> None:
    world.see(verdict("a"))
    world.acknowledge("a")
    world.see(verdict("a", PASS))
    world.see(verdict("a"))
    assert (world.state("a"), world.finding("a").disposition_by) == ("regressed", "")


def test_a_failure_newer_than_the_closing_evidence_starts_a_new_episode(world: World) -> None:
    world.see(verdict("a"))
    world.see(verdict("a", PASS))
    assert kinds(world.see(verdict("a"))) == [Kind.REGRESSED]
    found = world.finding("a")
    assert (found.episode, world.state("a"), found.opened_at) == (2, "regressed", world.now)
    assert found.due == world.now + timedelta(days=30)
    assert found.first_seen < found.opened_at


def test_a_changed_controls_absence_is_no_fix_either(world: World) -> None:
    world.see(verdict("a"))
    world.see(version="2")
    world.see(version="2")
    assert world.finding("a").cause == Cause.CONTROL_CHANGED
