"""The forecast, tried on teams whose future is known."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.model import Severity
from storage.figures.forecast import Forecast, Pace, forecast, rate_of
from storage.figures.lens import Lens
from storage.figures.report import Estate, reports
from storage.figures.tally import tally
from tests.examples import examples
from tests.storage.figures.generated import TODAY, Truth, company, known_today
from tests.storage.figures.made import at

COMPANIES = 25
LEFT = st.dictionaries(st.integers(1, 720), st.integers(1, 40), max_size=20)
PACES = st.builds(Pace, st.integers(0, 60), st.integers(0, 60), st.integers(0, 10**9))


def late(made: list[Truth], team: str) -> int:
    """How many that are open on day 30 will in truth still be open 30 days after they opened."""
    waiting = [
        one
        for one in made
        if one.team == team and one.opened <= TODAY < one.fixed and one.opened + 30 > TODAY
    ]
    return sum(one.fixed > one.opened + 30 for one in waiting)


def test_on_teams_whose_future_is_known_the_interval_holds_as_often_as_it_says() -> None:
    found: list[tuple[Forecast, int]] = []
    whole: list[tuple[Forecast, int]] = []
    for seed in range(COMPANIES):
        made = company(seed)
        told = reports(tally(known_today(made), Lens(at(TODAY))), Estate({}, {}, None))
        teams = sorted({one.team for one in made})
        parts = [(Forecast(**told[f"team:{team}"]["forecast"]["high"]), late(made, team)) for team in teams]
        found += [(guess, truth) for guess, truth in parts if guess.of]
        whole.append((Forecast(**told["company"]["forecast"]["high"]), sum(truth for _, truth in parts)))
    held = sum(guess.low <= truth <= guess.high for guess, truth in found) / len(found)
    whole_held = sum(guess.low <= truth <= guess.high for guess, truth in whole) / len(whole)
    expected, came = sum(guess.expected for guess, _ in found), sum(truth for _, truth in found)
    print(
        f"\nforecast of {len(found)} teams: {expected:.0f} late expected, {came} came late;"
        f" the 80 % interval held for {held:.0%} of the teams and {whole_held:.0%} of the companies"
    )
    assert 0.72 <= held <= 0.95
    assert whole_held >= 0.65
    assert 0.8 <= expected / came <= 1.25


@settings(max_examples=examples(40), deadline=None)
@given(PACES, PACES, LEFT)
def test_it_is_repeatable_within_bounds_and_more_time_never_makes_later(
    pace: Pace, others: Pace, left: dict[int, int]
) -> None:
    rate = rate_of(pace, others, Severity.HIGH)
    guess = forecast([(rate, left)])
    assert guess == forecast([(rate, dict(reversed(left.items())))])
    assert 0 <= guess.low <= guess.high <= guess.of == sum(left.values())
    assert 0 <= guess.likely <= guess.of
    longer = forecast([(rate, {hours + 24: count for hours, count in left.items()})])
    assert longer.expected <= guess.expected


def test_a_team_that_fixes_nothing_is_expected_to_miss_and_a_quick_one_is_not() -> None:
    others = Pace(50, 50, 1000 * 86400)
    slow = forecast([(rate_of(Pace(0, 0, 600 * 86400), others, Severity.HIGH), {24 * 10: 20})])
    quick = forecast([(rate_of(Pace(80, 70, 200 * 86400), others, Severity.HIGH), {24 * 10: 20})])
    assert slow.low >= 15 and slow.likely == 20
    assert quick.high <= 3 and quick.likely == 0


def test_fixes_in_bulk_make_the_interval_wider() -> None:
    others = Pace(60, 60, 1000 * 86400)
    left = Counter({24 * 12: 30})
    steady = forecast([(rate_of(Pace(60, 60, 1000 * 86400), others, Severity.HIGH), left)])
    bulky = forecast([(rate_of(Pace(60, 6, 1000 * 86400), others, Severity.HIGH), left)])
    assert bulky.high - bulky.low > steady.high - steady.low


@pytest.mark.parametrize("left", [{}, {24: 0}])
def test_where_nothing_falls_due_nothing_is_foretold(left: dict[int, int]) -> None:
    rate = rate_of(Pace(), Pace(), Severity.HIGH)
    assert forecast([(rate, left)]) == Forecast(0, 0.0, 0, 0, 0)
