"""Medians that do not leave out what is still open, held against lifelines, SAS and a slow way of counting."""

import json
from math import exp, log, sqrt
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from storage.figures.survival import Lives, add_fix, closed_mean, curve, median, quantile
from storage.figures.values import OUT_OF_SCOPE
from storage.model import Cause, Disposition
from tests.examples import examples
from tests.storage.figures.made import NOW, accepted, at, episode, span

# Numbers of lifelines 0.30 (see "made_with" in the file): its own 435 MB stay out of the development extra.
REFERENCE = json.loads((Path(__file__).parent / "survival_reference.json").read_text("utf-8"))
CASES = [name for name in REFERENCE if name != "made_with"]
QUICK = settings(max_examples=examples(50), deadline=None)
TIMES = st.lists(st.integers(0, 40), max_size=25)


@pytest.mark.parametrize("name", CASES)
def test_the_curve_and_its_band_are_those_of_lifelines(name: str) -> None:
    case = REFERENCE[name]
    steps = list(curve(case["ended"], case["cut"]))
    assert [step.t for step in steps] == [row[0] for row in case["curve"]]
    for step, (_t, height, low, high) in zip(steps, case["curve"], strict=True):
        assert step.survival == pytest.approx(height, abs=1e-8)
        if low is not None:
            assert (step.low, step.high) == (pytest.approx(low, abs=1e-8), pytest.approx(high, abs=1e-8))


@pytest.mark.parametrize("name", CASES)
def test_the_median_and_its_interval_are_those_of_lifelines(name: str) -> None:
    case = REFERENCE[name]
    middle, low, high = quantile(curve(case["ended"], case["cut"]))
    assert (middle, low) == (case["median"], case["low"])
    # Where the curve falls to nought lifelines ends the interval; R and this leave it open, for no band is defined.
    falls = bool(case["curve"]) and case["curve"][-1][1] == 0
    assert high == case["high"] or (falls and high is None and case["high"] == case["curve"][-1][0])


def test_the_published_interval_of_the_leukaemia_trial_comes_out() -> None:
    # Freireich et al., Blood 21 (1963), in weeks; SAS LIFETEST (log-log): 23 (13, .) and 8 (4, 11).
    drug, placebo = REFERENCE["freireich_6mp"], REFERENCE["freireich_placebo"]
    assert quantile(curve(drug["ended"], drug["cut"])) == [23, 13, None]
    assert quantile(curve(placebo["ended"], placebo["cut"])) == [8, 4, 11]


def slow(ended: list[int], cut: list[int]) -> list[float | None]:
    """The same from the words of the textbook: for every instant, count who is still there."""
    everyone = [(t, True) for t in ended] + [(t, False) for t in cut]
    found: list[float | None] = [None, None, None]
    for now in range(0, 41):
        height, spread = 1.0, 0.0
        for t in range(0, now + 1):
            there = sum(1 for until, _ in everyone if until >= t)
            fell = sum(1 for until, event in everyone if event and until == t)
            if fell:
                height *= 1 - fell / there
                spread += fell / (there * (there - fell)) if there > fell else 0
        band: list[float | None] = [1.0, 1.0]
        if height == 0:
            band = [0.0, None]
        elif height < 1:
            error = 1.959963984540054 * sqrt(spread / log(height) ** 2)
            band = [exp(-exp(log(-log(height)) + error)), exp(-exp(log(-log(height)) - error))]
        for place, value in enumerate((height, *band)):
            if found[place] is None and value is not None and value <= 0.5 + 1e-12:
                found[place] = now
    return found


@QUICK
@given(TIMES, TIMES)
def test_it_is_what_counting_at_every_instant_gives(ended: list[int], cut: list[int]) -> None:
    assert quantile(curve(ended, cut)) == slow(ended, cut)


@QUICK
@given(TIMES, TIMES, st.randoms())
def test_order_never_matters_and_what_is_open_longer_never_lowers_the_median(
    ended: list[int],
    cut: list[int],
    random: "st.Random",  # type: ignore[name-defined]
) -> None:
    mixed = random.sample(ended, len(ended))
    assert quantile(curve(mixed, cut)) == quantile(curve(ended, cut))
    before, after = quantile(curve(ended, cut))[0], quantile(curve(ended, [*cut, 41]))[0]
    assert after is None or (before is not None and after >= before)


def _lives(*made: object) -> Lives:
    lives = Lives()
    for one in made:
        add_fix(lives, one, NOW)  # type: ignore[arg-type]
    return lives


def test_what_is_open_keeps_the_median_unreached_and_is_told_with_the_longest() -> None:
    lives = _lives(episode(closed=2), episode(opened=0), episode(opened=30), episode(opened=35))
    assert str(median(lives)) == "not reached (3 open, longest 40 d)"


def test_a_reached_median_is_told_with_its_interval() -> None:
    lives = _lives(*(episode(closed=day) for day in range(1, 22)))
    assert str(median(lives)) == "11 d (95 %: 6 to 15)"


@pytest.mark.parametrize(
    ("made", "hours", "happened"),
    [
        (episode(closed=10), 240, True),
        (episode(closed=10, cause=str(Cause.GONE)), 240, True),
        (episode(closed=10, cause=str(Cause.CONTROL_CHANGED)), 240, False),
        (episode(closed=10, cause=str(Cause.CONFIRMED)), 240, False),
        (episode(closed=10, cause=OUT_OF_SCOPE), 240, False),
        (episode(spans=(accepted(5, 90),)), 120, False),
        (episode(closed=30, spans=(accepted(5, 20),)), 120, False),
        (episode(spans=(span(Disposition.FALSE_POSITIVE, 7, 90),)), 168, False),
        (episode(closed=9, spans=(span(Disposition.SNOOZED, 1, 8),)), 216, True),
        (episode(), 960, False),
    ],
)
def test_only_a_proven_fix_is_an_event_and_a_decision_cuts_short(
    made: object, hours: int, happened: bool
) -> None:
    lives = _lives(made)
    assert (list(lives.ended), list(lives.cut)) == (([hours], []) if happened else ([], [hours]))


def test_a_mean_of_the_closed_ones_is_never_told_before_day_90() -> None:
    lives = Lives()
    lives.add(at(0), at(4), happened=True)
    assert closed_mean(lives, 89) is None
    assert closed_mean(lives, 90) == 4
    assert closed_mean(Lives(), 90) is None
