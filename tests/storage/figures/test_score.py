"""The score: more wrong never raises it, a fix never lowers it, and each delta is what working it out again gives."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.model import Severity
from storage.figures import score
from storage.figures.coverage import Covered, Gap
from storage.figures.lens import Lens
from storage.figures.report import Estate, load_of, reports, views
from storage.figures.score import Load
from storage.figures.tally import tally
from storage.figures.values import COMPANY, Episode, Standing, View, standing
from tests.examples import examples
from tests.storage.figures.made import NOW, accepted, episode, episodes

ESTATE = Estate(
    {"prod": Covered(40), "stage": Covered(7, (Gap("c", "s", "stage", "denied"),))},
    {"prod": "payments"},
    None,
)
LENS = Lens(NOW)


QUICK = settings(max_examples=examples(40), deadline=None)


def told(made: list[Episode], estate: Estate = ESTATE) -> dict[str, int | None]:
    """View -> score in tenths."""
    tallied = tally(made, LENS)
    return {
        str(view): score.tenths(load_of(tallied.view(view), estate, estate.targets_of(view)))
        for view in views(tallied, estate)
    }


def lower(after: dict[str, int | None], before: dict[str, int | None]) -> bool:
    """True where no score that both have is higher after; a view without any finding stands at its best."""
    return all(
        (found := after[view]) is None or found <= score_
        for view, score_ in before.items()
        if view in after and score_ is not None
    )


@QUICK
@given(episodes(), st.sampled_from(list(Severity)), st.sampled_from(["payments", "web"]),
       st.sampled_from(["prod", "stage"]), st.booleans(), st.floats(0, 39))  # fmt: skip
def test_one_finding_more_never_raises_a_score(
    made: list[Episode], severity: Severity, team: str, target: str, exploited: bool, opened: float
) -> None:
    one = episode("pf1_new", opened, severity=severity, team=team, target=target, exploited=exploited)
    before, after = told(made), told([*made, one])
    assert lower(after, before)
    assert (None in before.values()) == (None in after.values())


@QUICK
@given(episodes(), st.data())
def test_a_fix_never_lowers_a_score(made: list[Episode], data: st.DataObject) -> None:
    there = [one for one in made if standing(one, NOW) in (Standing.OPEN, Standing.ACCEPTED)]
    if not there:
        return
    gone = data.draw(st.sampled_from(there))
    assert lower(told(made), told([one for one in made if one is not gone]))


@QUICK
@given(episodes())
def test_the_delta_of_a_fix_is_what_working_it_out_without_the_finding_gives(made: list[Episode]) -> None:
    for view, data in reports(tally(made, LENS), ESTATE).items():
        for fix in data["fixes"]:
            without = told([one for one in made if one.finding != fix["finding"]])
            if data["score"] is not None and view in without:
                assert without[view] - data["score"] == fix["delta"]  # type: ignore[operator]


@QUICK
@given(episodes(), st.randoms())
def test_the_order_of_findings_changes_no_figure(made: list[Episode], random: "st.Random") -> None:  # type: ignore[name-defined]
    assert reports(tally(random.sample(made, len(made)), LENS), ESTATE) == reports(tally(made, LENS), ESTATE)


@QUICK
@given(episodes())
def test_the_companys_score_lies_between_those_of_its_targets(made: list[Episode]) -> None:
    plain = [one for one in made if not one.exploited]
    found = told(plain)
    parts = [found["target:prod"], found["target:stage"]]
    assert min(parts) <= found["company"] <= max(parts)  # type: ignore[type-var, operator]


def test_it_is_capped_at_49_while_a_known_exploited_flaw_is_there_and_freed_by_its_fix() -> None:
    load = Load(capacity=1000, load=10, exploited=1)
    assert score.tenths(load) == 490
    assert score.delta_tenths(load, 10, True) == 1000 - 490
    assert score.delta_tenths(Load(1000, 20, 2), 10, True) == 0


def test_nothing_checked_is_a_question_mark_and_not_a_hundred() -> None:
    dark = Estate({"prod": Covered(0, (Gap("c", "s", "prod", "error"),))}, {}, None)
    found = told([episode()], dark)
    assert found["company"] is None
    assert score.shown(None) == "?"
    assert score.shown_delta(62) == "fix this: +6.2"


def test_a_team_is_measured_by_the_targets_it_owns_and_by_all_where_it_owns_none() -> None:
    assert ESTATE.targets_of(View("team", "payments")) == ["prod"]
    assert ESTATE.targets_of(View("team", "web")) == ["prod", "stage"]
    assert ESTATE.targets_of(COMPANY) == ["prod", "stage"]
    assert ESTATE.targets_of(View("target", "stage")) == ["stage"]


def test_an_acceptance_and_a_snooze_raise_nothing() -> None:
    assert told([episode(opened=20, spans=(accepted(30, 90),))]) == told([episode(opened=20)])
    assert told([episode(opened=0, spans=(accepted(35, 90),))]) == told([episode(opened=0)])


def test_a_hundred_is_never_told_while_anything_is_there() -> None:
    assert score.tenths(Load(10_000_000, 1)) == 999


def test_being_late_doubles_the_weight() -> None:
    late = episode(opened=0, severity=Severity.HIGH)
    young = episode(opened=(NOW - late.opened_at) / timedelta(days=1) - 1, severity=Severity.HIGH)
    assert reports(tally([late], LENS), ESTATE)["company"]["load"]["load"] == 20
    assert reports(tally([young], LENS), ESTATE)["company"]["load"]["load"] == 10
