"""What was checked within a day, what was not, and what the days' marks say of it."""

from datetime import timedelta

import pytest

from storage.figures.coverage import NO_SCAN, Checks, Covered, Gap, ScanNote, coverage, joined
from storage.figures.happenings import Happening, happenings
from tests.storage.figures.made import NOW


def note(hours: float, *parts: tuple[str, str], target: str = "prod", reason: str = "") -> ScanNote:
    """A scan `hours` ago; each part is a control and how it ended, in one scope."""
    checks = tuple(Checks(status, reason, (control,), ("eu",)) for control, status in parts)
    return ScanNote(target, NOW - timedelta(hours=hours), checks)


def test_a_pair_is_checked_where_any_scan_of_the_day_covered_it_completely() -> None:
    found = coverage(
        [note(20, ("a", "complete"), ("b", "denied")), note(2, ("a", "error"), ("b", "denied"))], NOW
    )
    assert found["prod"] == Covered(1, (Gap("b", "eu", "prod", "denied"),))


def test_an_outage_leaves_every_pair_as_a_gap_however_long_it_lasts() -> None:
    found = coverage([note(24 * 40, ("a", "complete"), ("b", "complete"))], NOW)["prod"]
    assert (found.checked, found.of) == (0, 2)
    assert {gap.reason for gap in found.gaps} == {NO_SCAN}


def test_a_control_that_no_scan_spoke_of_for_a_week_is_no_longer_expected() -> None:
    found = coverage([note(24 * 9, ("old", "complete")), note(1, ("a", "complete"))], NOW)["prod"]
    assert (found.checked, found.of) == (1, 1)


def test_a_scan_of_a_few_controls_does_not_hide_the_others() -> None:
    found = coverage([note(30, ("a", "complete"), ("b", "complete")), note(1, ("a", "complete"))], NOW)[
        "prod"
    ]
    assert (found.checked, [gap.control for gap in found.gaps]) == (1, ["b"])


@pytest.mark.parametrize("status", ["unproven", "partial", "denied", "error", "skipped"])
def test_nothing_but_complete_is_checked(status: str) -> None:
    found = coverage([note(1, ("a", status), reason="why")], NOW)["prod"]
    assert (found.checked, found.gaps) == (0, (Gap("a", "eu", "prod", "why"),))


def test_a_scan_from_the_future_says_nothing_of_now() -> None:
    assert coverage([note(-1, ("a", "complete"))], NOW) == {}


def test_the_coverage_of_several_targets_is_their_sum() -> None:
    parts = coverage([note(1, ("a", "complete")), note(1, ("a", "error"), target="stage")], NOW)
    whole = joined(parts, ["stage", "prod", "unknown"])
    assert (whole.checked, whole.of, str(whole.share)) == (1, 2, "1 of 2")


def test_new_controls_new_targets_and_outages_are_marked_and_day_0_is_not() -> None:
    notes = [
        note(24 * 5, ("a", "complete")), note(2, ("a", "complete"), ("b", "complete")),
        note(2, ("a", "complete"), target="fresh"), note(24 * 3, ("a", "complete"), target="dark"),
        note(1, ("a", "error"), target="dark"),
    ]  # fmt: skip
    first = {
        "prod": NOW - timedelta(days=5),
        "fresh": NOW - timedelta(hours=2),
        "dark": NOW - timedelta(days=3),
    }
    found = happenings(notes, first, NOW, NOW - timedelta(days=5))
    assert found == (
        Happening("new control", "b"),
        Happening("new target", "fresh"),
        Happening("outage", "dark"),
    )
    assert happenings(notes, first, NOW, NOW - timedelta(hours=3)) == ()
