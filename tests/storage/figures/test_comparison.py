"""Teams compared: only a proven fix raises a team's share; decisions, snoozes and new findings never do."""

from dataclasses import replace
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.model import Severity
from storage.figures.cohort import COUNTED, names
from storage.figures.comparison import Compared, compare
from storage.figures.lens import Lens
from storage.figures.tally import tally
from storage.figures.values import SEVERITIES, Episode, View
from storage.model import Disposition
from tests.examples import examples
from tests.storage.figures.made import NOW, episode, episodes, span

LENS = Lens(NOW)
TEAMS = ("payments", "web")
MUTES = (Disposition.RISK_ACCEPTED, Disposition.FALSE_POSITIVE, Disposition.SNOOZED, Disposition.ACKNOWLEDGED)


def told(made: list[Episode]) -> dict[str, Compared]:
    tallied = tally(made, LENS)
    everything = LENS.buckets_after(None)
    cells = {team: tallied.view(View("team", team)) for team in TEAMS}
    standing = {
        team: {
            str(state): {str(s): cell.number(names(everything, state, [s])) for s in SEVERITIES}
            for state in COUNTED
        }
        for team, cell in cells.items()
    }
    return {one.team: one for one in compare({team: {"standing": part} for team, part in standing.items()})}


def several(team: str, number: int, fixed: int, severity: Severity = Severity.HIGH) -> list[Episode]:
    return [
        episode(f"pf1_{team}{at}", 0, 5 if at < fixed else None, severity=severity, team=team)
        for at in range(number)
    ]


@settings(max_examples=examples(30), deadline=None)
@given(episodes(), st.data())
def test_a_decision_changes_no_share(made: list[Episode], data: st.DataObject) -> None:
    open_ones = [at for at, one in enumerate(made) if one.closed_at is None]
    what = data.draw(st.sampled_from(MUTES))
    muted = list(made)
    for at in data.draw(st.sets(st.sampled_from(open_ones))) if open_ones else ():
        muted[at] = replace(made[at], spans=(span(what, 38, 60),))
    assert told(muted) == told(made)


@settings(max_examples=examples(30), deadline=None)
@given(episodes(), st.data())
def test_a_fix_never_lowers_a_share_and_a_finding_more_never_raises_its_teams(
    made: list[Episode], data: st.DataObject
) -> None:
    before = told(made)
    more = told([*made, episode("pf1_new", 3, team=data.draw(st.sampled_from(TEAMS)), severity=Severity.LOW)])
    fixed = [replace(one, closed_at=NOW, cause="proven") if one.closed_at is None else one for one in made]
    for team, one in told(fixed).items():
        if team in before and None not in (one.percent, before[team].percent):
            assert (one.percent or 0) >= (before[team].percent or 0)
    for team, one in before.items():
        grew = more[team].of > one.of
        if grew and None not in (one.percent, more[team].percent):
            assert (more[team].percent or 0) <= (one.percent or 0)


def test_the_handicap_draws_a_small_estate_to_the_pace_of_all() -> None:
    found = told([*several("payments", 100, 50), *several("web", 5, 5)])
    pace = Fraction(550, 1050)
    assert found["web"].percent == int(100 * (50 + 100 * pace) / 150)
    assert found["payments"].percent == int(100 * (500 + 100 * pace) / 1100)


def test_a_critical_weighs_as_much_as_four_highs() -> None:
    mixed = [*several("payments", 4, 0), *several("web", 4, 0)]
    mixed += [episode("pf1_c", 0, 5, severity=Severity.CRITICAL, team="payments")]
    mixed += [episode("pf1_d", 0, 5, team="web")]
    found = told(mixed)
    assert found["payments"].percent > found["web"].percent  # type: ignore[operator]
    assert (found["payments"].fixed, found["payments"].of) == (1, 5)


def test_fewer_than_five_have_no_figure_and_one_team_alone_no_comparison() -> None:
    found = told([*several("payments", 9, 3), *several("web", 4, 4)])
    assert found["web"] == Compared("web", 4, 4, None)
    assert list(found) == ["payments", "web"]
    assert told(several("payments", 9, 3)) == {}
