"""The thirty days in counts: a pure sorting, and what it reads."""

from datetime import timedelta

import pytest

from scanners.model import Status
from storage.clock import iso
from storage.progress import Cohort, cohort, thirty_days
from tests.storage.world import World, verdict


@pytest.mark.parametrize(
    ("ending", "part"),
    [
        ((False, "absent", "proven", "none"), "fixed"),
        ((False, "absent", "gone", "none"), "fixed"),
        ((False, "absent", "confirmed", "none"), "confirmed"),
        ((False, "absent", "control_changed", "none"), "dropped"),
        ((True, "present", "", "none"), "dropped"),
        ((False, "present", "", "risk_accepted"), "accepted"),
        ((False, "present", "", "false_positive"), "accepted"),
        ((False, "present", "", "snoozed"), "open"),
        ((False, "present", "", ""), "open"),
        ((False, "present", "", "acknowledged"), "open"),
    ],
)
def test_every_ending_counts_once(ending: tuple[bool, str, str, str], part: str) -> None:
    made = cohort([(ending, 3)])
    assert made.total == getattr(made, part) == 3
    assert made == Cohort(total=3, **{part: 3})


def test_what_is_counted_was_open_then_whatever_came_of_it(world: World) -> None:
    world.see(*(verdict(name) for name in ("a", "b", "c", "d")))
    world.later(days=1)
    world.see(verdict("a", Status.PASS), *(verdict(name) for name in ("b", "c", "d")))  # closed before "then"
    world.later(days=30, hours=1)
    world.see(
        verdict("a", Status.PASS), verdict("b", Status.PASS), verdict("c"), verdict("d"), verdict("new")
    )
    with world.store.read() as connection:
        assert thirty_days(connection, ["payments"], world.now) == Cohort(3, fixed=1, open=2)
        assert thirty_days(connection, ["nobody"], world.now) == Cohort()


def test_what_came_back_is_open_and_a_lapsed_acceptance_too(world: World) -> None:
    world.see(verdict("a"), verdict("b"))
    world.later(days=31)
    world.see(verdict("a", Status.PASS), verdict("b"))
    world.later(hours=1)
    world.see(verdict("a"), verdict("b"))
    with world.store.write() as connection:
        connection.execute(
            "update findings set disposition = 'risk_accepted', until = ? where resource_id = 'b'",
            (iso(world.now - timedelta(days=1)),),
        )
    with world.store.read() as connection:
        assert thirty_days(connection, ["payments"], world.now) == Cohort(2, open=2)
