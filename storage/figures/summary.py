"""`patrol.summary/1`: what a lead is told, as one JSON document that anyone can work out again from the events."""

from collections.abc import Mapping

from scanners.model import Json
from storage.figures.cohort import COUNTED
from storage.figures.dates import BAND_NAMES
from storage.figures.lens import WINDOWS
from storage.figures.values import SEVERITIES


def summary(report: Mapping[str, Json], days: int = 30) -> dict[str, Json]:
    """The document of one view from its figures (`storage.figures.report`), for a window of 7, 30 or 90 days.

    `team` is the team's name, "all" for the company, "target:<name>" for a target. Times are ISO 8601 in UTC,
    `score` is 0 to 100 with one decimal, null where nothing could be checked. Raises ValueError for another window.
    """
    if days not in WINDOWS:
        raise ValueError(f"a summary looks back {', '.join(map(str, WINDOWS))} days, not {days}")
    window, cohort, coverage = report["windows"][str(days)], report["cohort"], report["coverage"]
    return {
        "as_of": report["as_of"],
        "team": _team(report["view"]),
        "days": days,
        "cohort": {
            "day0": report["day0"],
            "total": cohort["total"],
            **{str(state): cohort[str(state)] for state in COUNTED},
        },
        "new": window["new"],
        "fixed": window["fixed"],
        "regressed": window["regressed"],
        "time_to_fix": {str(s): _time_to_fix(report["time_to_fix"][s]) for s in SEVERITIES},
        "sla": {
            str(s): {
                "due_met": window["due_met"][s],
                "breached": report["breached"][s],
                "due_7d": report["due_7d"][s],
            }
            for s in SEVERITIES
        },
        "ages": {name: report["ages"][name] for name in BAND_NAMES},
        "coverage": {"checked": coverage["checked"], "of": coverage["of"], "gaps": list(coverage["gaps"])},
        "score": None if report["score"] is None else report["score"] / 10,
    }


def _team(view: str) -> str:
    return "all" if view == "company" else view.removeprefix("team:")


def _time_to_fix(median: Mapping[str, Json]) -> dict[str, Json]:
    return {
        "median_days": median["days"],
        "ci95": [median["low"], median["high"]],
        "n": median["n"],
        "open": median["open"],
    }
