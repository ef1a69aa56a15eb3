"""What is handed to the drawing: every number, label and mark of the burn-down, never its pixels."""

from dataclasses import asdict
from datetime import date, timedelta

import pytest

from bot.charts import burn_down, burn_down_alt, burn_down_svg
from tests.bot.charts.cases import CASES, DAY0, day, missed, month


def test_a_day_is_handed_over_whole() -> None:
    series = [
        day(0, open_=10),
        day(
            1, fixed=4, accepted=1, false_positive=1, open_=4, arrived=2, marks=[("new control", "s3.public")]
        ),
    ]
    assert asdict(burn_down(series, "payments")) == {
        "title": "payments: 4 of 10 open",
        "subtitle": "6 ahead of an even pace (dashed), day 1 of 30",
        "start": DAY0,
        "end": DAY0 + timedelta(days=30),
        "columns": (
            {"day": DAY0, "counts": (10, 0, 0, 0, 0)},
            {"day": DAY0 + timedelta(days=1), "counts": (4, 1, 1, 4, 2)},
        ),
        "ideal": ((DAY0, 10.0), (DAY0 + timedelta(days=30), 0.0)),
        "labels": (
            {"band": "open", "text": "4 open", "height": 2.0},
            {"band": "accepted", "text": "1 accepted", "height": 4.5},
            {"band": "false_positive", "text": "1 false positive", "height": 5.5},
            {"band": "fixed", "text": "4 fixed", "height": 8.0},
            {"band": "arrived", "text": "2 new and open", "height": 11.0},
        ),
        "lanes": ({"what": "new control", "text": "new control", "days": (DAY0 + timedelta(days=1),)},),
    }


def test_a_missed_week_is_a_gap_and_a_lane_and_no_number_is_made_up() -> None:
    picture = burn_down(CASES["missed_week"], "payments")
    assert [(len(run), run[0].day.day) for run in picture.runs] == [(9, 3), (15, 19)]
    lane = picture.lanes[-1]
    assert (lane.text, len(lane.days), lane.days[0]) == ("not recorded", 7, date(2026, 10, 12))


def test_marks_of_a_kind_share_a_lane_and_days_before_day_0_are_left_out() -> None:
    early = day(-1, open_=1, marks=[("outage", "old")])
    picture = burn_down([early, *month()], "web")
    assert picture.columns[0].day == DAY0
    assert [(lane.text, len(lane.days)) for lane in picture.lanes] == [
        ("new control", 1),
        ("scanner outages", 2),
    ]


@pytest.mark.parametrize(
    ("case", "title", "subtitle"),
    [
        ("nothing_open", "web: 0 of 60 open", "All of day 0 is decided, day 20 of 30"),
        ("one_day", "web: 83 of 83 open", "The count begins, day 0 of 30"),
        ("ten_thousand", "web: 2,385 of 10,000 open", "2,385 behind an even pace (dashed), day 30 of 30"),
        ("all_accepted", "web: 0 of 40 open", "All of day 0 is decided, day 11 of 30"),
        ("nothing_found", "web: nothing found on day 0", "Nothing since, day 3 of 30"),
        ("all_ended", "web: nothing left of day 0", "Nothing since, day 1 of 30"),
        ("never_scanned", "web: nothing recorded yet", "The first full scan begins the count"),
        ("ninety_days", "web: 3 of 150 open", "3 behind an even pace (dashed), day 90"),
    ],
)
def test_the_title_says_how_it_stands(case: str, title: str, subtitle: str) -> None:
    picture = burn_down(CASES[case], "web")
    assert (picture.title, picture.subtitle) == (title, subtitle)


def test_all_accepted_says_that_nothing_was_fixed() -> None:
    assert [label.text for label in burn_down(CASES["all_accepted"], "web").labels] == [
        "0 open",
        "40 accepted",
        "0 fixed",
    ]


def test_a_series_of_missed_days_only_is_no_error() -> None:
    assert burn_down([missed(1), missed(2)], "web").columns == ()


def test_the_alt_text_says_what_the_picture_shows() -> None:
    assert burn_down_alt(burn_down(CASES["missed_week"], "payments")) == (
        "payments: 37 of 150 open. 37 behind an even pace (dashed), day 30 of 30."
        " On 2 Nov 2026: 37 open, 7 accepted, 3 false positive, 103 fixed, 23 new and open."
        " On 3 Oct 2026, 150 of 150 were open. The dashed line of an even pace falls from 150 to none on day 30."
        " Marked: scanner outages on 2 days. Marked: not recorded on 7 days."
    )


def test_the_alt_text_fits_in_slack_whatever_a_team_is_called() -> None:
    assert len(burn_down_alt(burn_down(month(), "x" * 5_000))) <= 900


@pytest.mark.parametrize("case", CASES)
def test_the_svg_is_drawn_for_every_case_and_carries_nothing_raw(case: str) -> None:
    from xml.etree import ElementTree

    drawn = burn_down_svg(burn_down(CASES[case], '<script>"&'))
    assert "<script" not in drawn
    if drawn:
        assert ElementTree.fromstring(drawn).tag == "svg"  # noqa: S314  # our own
