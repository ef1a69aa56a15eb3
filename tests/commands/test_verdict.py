"""One word and its reason: the worst that is true decides."""

from datetime import date, timedelta
from typing import Any

import pytest

from commands.summary_model import AT_RISK, BEHIND, ON_TRACK, UNKNOWN
from commands.verdict import verdict

DAY0 = date(2026, 11, 1)
SEVERITIES = ("critical", "high", "medium", "low", "unknown")


def report(
    total: int = 30, still: int = 0, *, late: dict[str, int] | None = None, likely: int = 0, checked: int = 9,
    day0: date | None = DAY0,
) -> dict[str, Any]:  # fmt: skip
    """Figures in which `still` of the first day's `total` highs are open."""
    none = {"fixed": 0, "accepted": 0, "false_positive": 0, "open": 0}
    cohort = dict.fromkeys(SEVERITIES, none) | {"high": {**none, "fixed": total - still, "open": still}}
    return {
        "day0": day0.isoformat() if day0 else None, "coverage": {"checked": checked, "of": 9},
        "breached": dict.fromkeys(SEVERITIES, 0) | (late or {}), "cohort": {"severities": cohort},
        "forecast": {"critical": {"likely": 0}, "high": {"likely": likely}},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("figures", "day", "word", "reason"),
    [
        (report(day0=None), 0, UNKNOWN, "nothing has been scanned in full yet."),
        (report(checked=0, late={"low": 1}), 9, UNKNOWN, "nothing could be checked in the last 24 hours."),
        (report(late={"low": 1}), 9, BEHIND, "1 low is past its date."),
        (report(late={"critical": 3, "high": 1, "low": 2}), 9, BEHIND, "3 critical, 1 high and 2 low are past their date."),
        (report(30, 21, likely=2), 10, BEHIND, "21 of the first day's 30 critical and high findings are still open"
         " on day 10 of 30; to be done by then, 20 would be."),
        (report(30, 1), 30, BEHIND, "1 of the first day's 30 critical and high findings is still open, 30 days on."),
        (report(30, 20, likely=1), 10, AT_RISK, "nothing is late, but at this pace 1 high is likely to be."),
        (report(30, 20), 10, ON_TRACK, "nothing is late, and 10 of the first day's 30 critical and high findings are"
         " fixed or decided on day 10 of 30."),
        (report(30, 0), 40, ON_TRACK, "nothing is late, and each of the first day's 30 critical and high findings is"
         " fixed or decided."),
        (report(0), 3, ON_TRACK, "nothing is late, and nothing critical or high was there on the first day."),
    ],
)  # fmt: skip
def test_the_worst_that_is_true_decides(figures: dict[str, Any], day: int, word: str, reason: str) -> None:
    assert verdict(figures, DAY0 + timedelta(days=day)) == (word, reason)


def test_the_line_is_never_stricter_than_a_whole_finding() -> None:
    """Three findings on day 1: two and nine tenths would be open, and three are allowed."""
    assert verdict(report(3, 3), DAY0 + timedelta(days=1))[0] == ON_TRACK
