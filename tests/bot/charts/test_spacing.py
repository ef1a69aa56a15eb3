"""Labels at line ends: they never touch, never change places, and stay where they belong if they can."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.charts.spacing import spaced

PLACES = st.lists(st.floats(0, 100), min_size=1, max_size=5).map(sorted)


def test_labels_with_room_stay_where_they_belong() -> None:
    assert spaced([10, 30, 60], 5, 0, 100) == [10, 30, 60]


def test_two_that_end_together_move_apart_evenly() -> None:
    assert spaced([50, 50], 10, 0, 100) == [45, 55]


def test_those_at_the_edge_stay_inside() -> None:
    assert spaced([0, 0, 100], 10, 5, 95) == [5, 15, 95]


@given(PLACES)
def test_labels_never_touch_and_stay_inside(wanted: list[float]) -> None:
    placed = spaced(wanted, 12, 6, 94)
    assert all(after - before >= 12 - 1e-6 for before, after in pairwise(placed))
    assert placed[0] >= 6 - 1e-6
    assert placed[-1] <= 94 + 1e-6
