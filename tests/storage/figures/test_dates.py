"""Promised dates, kept and broken; business days; ages; the cohort; what came and went."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.model import Severity
from storage.figures import attention, cohort, dates, flow
from storage.figures.cohort import Cohort, burn_down, cohort_of
from storage.figures.lens import Lens, end_of
from storage.figures.sla import Calendar, Sla, business_day, due_of
from storage.figures.tally import behind, labels, tally
from storage.figures.values import COMPANY, OUT_OF_SCOPE, Episode, Standing, View, standing
from storage.model import Cause, Disposition
from tests.examples import examples
from tests.storage.figures.made import NOW, START, accepted, at, episode, episodes, span

BERLIN = ZoneInfo("Europe/Berlin")
LENS = Lens(NOW, starts=(START.date(),))
QUICK = settings(max_examples=examples(50), deadline=None)
DAYS = [START.date() + timedelta(days=n) for n in range(40)]


def counts(*made: Episode, lens: Lens = LENS) -> Counter[str]:
    return Counter(label for one in made for label in labels(one, lens))


@pytest.mark.parametrize(
    ("severity", "days"), [("critical", 7), ("high", 30), ("medium", 90), ("low", 120), ("unknown", 90)]
)
def test_an_episode_is_due_by_its_severity(severity: str, days: int) -> None:
    assert due_of(episode(severity=Severity(severity)), Sla(), NOW) == at(days)


def test_the_table_of_days_can_be_another() -> None:
    mine = Sla(days={**Sla().days, Severity.HIGH: 14})
    assert due_of(episode(), mine, NOW) == at(14)
    assert counts(episode(opened=20), lens=Lens(NOW, sla=mine))["breached.high"] == 1


@pytest.mark.parametrize(
    ("opened", "days", "due"),
    [
        ("2026-03-06T15:00", 1, "2026-03-09T15:00"),  # a Friday: Monday at the same time
        ("2026-03-07T15:00", 1, "2026-03-10T00:00"),  # a Saturday counts from Monday 00:00
        ("2026-03-27T15:00", 1, "2026-03-30T15:00"),  # over the change to summer time, the clock's time stays
        ("2026-04-02T09:00", 2, "2026-04-08T09:00"),  # Good Friday and Easter Monday are holidays
        ("2026-03-02T09:00", 30, "2026-04-15T09:00"),
        ("2026-03-04T09:00", 0, "2026-03-04T09:00"),
    ],
)
def test_business_days_skip_weekends_and_holidays_and_keep_the_local_time(
    opened: str, days: int, due: str
) -> None:
    calendar = Calendar(holidays=frozenset({date(2026, 4, 3), date(2026, 4, 6)}))
    sla = Sla({**Sla().days, Severity.HIGH: days}, calendar, BERLIN)
    local = datetime.fromisoformat(opened).replace(tzinfo=BERLIN)
    assert sla.due(local.astimezone(UTC), Severity.HIGH) == datetime.fromisoformat(due).replace(tzinfo=BERLIN)


def test_a_calendar_without_a_working_day_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one working day"):
        Calendar(frozenset(range(7)))


@QUICK
@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(0, 60))
def test_between_a_working_day_and_its_due_day_lie_just_so_many_working_days(day: date, days: int) -> None:
    calendar = Calendar(holidays=frozenset({date(2026, 12, 25)}))
    due = business_day(calendar, day, days)
    start = next(d for n in range(9) if calendar.works(d := day + timedelta(days=n)))
    passed = [start + timedelta(days=n) for n in range(1, (due - start).days + 1)]
    assert calendar.works(due)
    assert sum(calendar.works(one) for one in passed) == days


def test_an_acceptance_stops_the_clock_and_a_snooze_does_not() -> None:
    assert due_of(episode(spans=(accepted(5, 15),)), Sla(), NOW) == at(40)
    assert due_of(episode(spans=(accepted(5, 90),)), Sla(), NOW) == at(30) + (NOW - at(5))
    assert due_of(episode(spans=(span(Disposition.SNOOZED, 5, 15),)), Sla(), NOW) == at(30)
    assert due_of(episode(own_due=at(3)), Sla(), NOW) == at(3)


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (episode(closed=29), {"met": 1}),
        (episode(closed=30), {"met": 1}),
        (episode(closed=31), {"missed": 1}),
        (episode(), {"missed": 1, "breached": 1}),
        (episode(opened=20, closed=25), {}),  # fixed, but not due yet: counted on its day
        (episode(opened=15), {"due_soon": 1}),
        (episode(opened=20), {}),
        (episode(spans=(accepted(20, 90),)), {}),
        (episode(spans=(accepted(35, 90),)), {"missed": 1}),
        (episode(spans=(span(Disposition.FALSE_POSITIVE, 20, 90),)), {}),
        (episode(closed=20, cause=OUT_OF_SCOPE), {}),
        (episode(closed=20, cause=str(Cause.CONTROL_CHANGED)), {}),
        (episode(spans=(span(Disposition.SNOOZED, 25, 45),)), {"missed": 1, "breached": 1}),
    ],
)
def test_each_promise_is_counted_once_on_the_day_it_falls_due(made: Episode, wanted: dict[str, int]) -> None:
    kept = dates.kept(counts(made), "high", 30)
    found = {name: getattr(kept, name) for name in ("met", "missed", "breached", "due_soon")}
    assert {name: count for name, count in found.items() if count} == wanted


def test_compliance_names_how_many_fell_due() -> None:
    made = [episode(f"pf1_{n}", closed=20 if n else 35) for n in range(4)]
    assert str(dates.compliance(counts(*made), 30)) == "3 of 4"


@pytest.mark.parametrize(
    ("days", "band"),
    [(0, "0-7"), (7.9, "0-7"), (8, "8-30"), (30.9, "8-30"), (31, "31-90"), (90.9, "31-90"), (91, "90+")],
)
def test_ages_fall_into_bands_by_whole_days(days: float, band: str) -> None:
    assert dates.band(NOW - timedelta(days=days), NOW) == band


def test_what_was_there_on_day_0_is_the_cohort_and_what_came_later_is_new() -> None:
    made = [
        episode("pf1_1", closed=9), episode("pf1_2", spans=(accepted(3, 90),)), episode("pf1_3"),
        episode("pf1_4", spans=(span(Disposition.FALSE_POSITIVE, 3, 90),)),
        episode("pf1_5", closed=4, cause=str(Cause.CONTROL_CHANGED)), episode("pf1_6", opened=20),
    ]  # fmt: skip
    found = counts(*made)
    assert cohort_of(found, LENS.buckets_by(START.date())) == Cohort(1, 1, 1, 1, ended=1)
    assert sum(found[name] for name in flow.new(LENS.buckets_after(START.date()), 30)) == 1
    whole = Cohort(1, 1, 1, 1, ended=1)
    assert (whole.total, str(whole.fixed_share), str(whole.decided_share)) == (4, "1 of 4", "3 of 4")


def test_a_finding_of_the_cohort_that_came_back_is_open_again() -> None:
    first = episode(closed=5, came_back=at(9))
    again = episode(opened=9, number=2, first_seen=START, fixed_before=at(5))
    found = counts(first, again)
    assert cohort_of(found, LENS.buckets_by(START.date())) == Cohort(open=1)
    assert sum(found[name] for name in flow.regressed(90)) == 1


def test_the_net_flow_of_a_week_leaves_the_cohort_out() -> None:
    made = [
        episode("pf1_1", closed=16),
        episode("pf1_2", opened=15),
        episode("pf1_3", opened=15.5, closed=17),
    ]
    week = next(w for w in flow.weeks(counts(*made), LENS, LENS.buckets_after(START.date())) if w.arrived)
    assert (week.monday, week.arrived, week.fixed, week.net) == ("2026-03-16", 2, 2, 0)


def test_a_fix_counts_for_recurrence_once_it_is_thirty_days_old() -> None:
    held, back = episode("pf1_1", closed=5), episode("pf1_2", closed=5, came_back=at(12))
    late, young = episode("pf1_3", closed=2, came_back=at(35)), episode("pf1_4", closed=20, came_back=at(21))
    assert str(attention.recurrence(counts(held, back, late, young), 90)) == "1 of 3"


def test_lapses_refutations_expiries_and_waiting_decisions_are_counted() -> None:
    made = episode(
        spans=(span(Disposition.ACKNOWLEDGED, 1, 4, ran_out=True), span(Disposition.ACKNOWLEDGED, 5, 6),
               accepted(30, 45)), refuted=(at(20), at(38)), pending="risk_accepted", pending_until=at(42),
    )  # fmt: skip
    found = counts(made)
    assert (found["expiring"], found["waiting"], found["lapsed.90"]) == (1, 1, 1)
    assert (found["refuted.7"], found["refuted.30"]) == (1, 1)


def test_an_acceptance_that_has_expired_is_open_again_from_that_instant() -> None:
    made = episode(spans=(accepted(5, 15),))
    assert [standing(made, at(day)) for day in (4.9, 5, 14.9, 15)] == [
        Standing.OPEN, Standing.ACCEPTED, Standing.ACCEPTED, Standing.OPEN,
    ]  # fmt: skip


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Auckland"])
def test_a_local_day_ends_at_local_midnight_also_when_the_clocks_change(zone: str) -> None:
    for day in (date(2026, 3, 29), date(2026, 10, 25), date(2026, 3, 8), date(2026, 4, 5)):
        end = end_of(day, ZoneInfo(zone))
        assert end.astimezone(ZoneInfo(zone)).date() == day + timedelta(days=1)
        assert (end - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date() == day


@QUICK
@given(episodes())
def test_the_burn_down_of_the_last_day_is_the_counted_cohort(made: list[Episode]) -> None:
    now = end_of(DAYS[-1], UTC)
    lens = Lens(now - timedelta(microseconds=1), starts=(START.date(),))
    days = burn_down(made, START.date(), DAYS, UTC, {DAYS[3]: ["outage: prod"]})
    assert days[-1].cohort == cohort_of(counts(*made, lens=lens), lens.buckets_by(START.date()))
    assert days[-1].arrived == sum(
        counts(*made, lens=lens)[n] for n in cohort.names(["later"], cohort.Standing.OPEN)
    )
    assert days[3].marks == ("outage: prod",)
    assert days[30].ideal == 0


@QUICK
@given(episodes(), st.sampled_from([COMPANY, View("team", "web"), View("target", "prod")]))
def test_the_list_behind_each_number_is_as_long_as_the_number(made: list[Episode], view: View) -> None:
    cell = tally(made, LENS).view(view)
    for label in {*cell.counts, "breached.critical", "waiting"}:
        assert len(list(behind(made, LENS, [label], view))) == cell.number([label])
    assert cell.counts.total() == len(list(behind(made, LENS, set(cell.counts), view)))
