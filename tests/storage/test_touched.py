"""The pace of checks that events call for."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from storage.touched import MINUTE, earliest
from tests.examples import examples
from tests.storage.world import START

_AT = st.integers(0, 300_000).map(lambda ms: START + timedelta(milliseconds=ms))


@settings(max_examples=examples(100), deadline=None)
@given(st.lists(_AT, max_size=40), st.integers(1, 5))
def test_however_checks_come_no_minute_holds_more_than_the_bound(wanted: list, most: int) -> None:  # type: ignore[type-arg]
    taken: list = []  # type: ignore[type-arg]
    for moment in wanted:
        found = earliest(sorted(taken), moment, most)
        assert found >= moment
        taken.append(found)
    times = sorted(taken)
    assert all(later - first >= MINUTE for first, later in zip(times, times[most:], strict=False))


def test_what_has_room_is_not_put_off() -> None:
    later = [START + timedelta(minutes=5, seconds=n) for n in range(3)]
    assert earliest(later, START, 3) == START
