"""Are we on track? One word and the reason, from the figures of one view."""

from collections.abc import Mapping
from datetime import date

from commands.summary_model import AT_RISK, BEHIND, ON_TRACK, UNKNOWN
from scanners.model import Json, Severity
from storage.figures.cohort import COUNTED, GOAL_DAYS
from storage.figures.values import Standing

GRAVE = (str(Severity.CRITICAL), str(Severity.HIGH))


def verdict(report: Mapping[str, Json], today: date) -> tuple[str, str]:
    """The word (`ON_TRACK` and so on) and its reason. `today` is the local date of the figures.

    The worst that is true decides: nothing checked, a date that has passed, the first day's criticals and highs
    above the straight line to day 30, dates that will likely be missed.
    """
    if report["day0"] is None:
        return UNKNOWN, "nothing has been scanned in full yet."
    if not report["coverage"]["checked"]:
        return UNKNOWN, "nothing could be checked in the last 24 hours."
    late = {name: number for name, number in report["breached"].items() if number}
    if late:
        one = sum(late.values()) == 1
        return BEHIND, f"{_split(late)} {'is past its date' if one else 'are past their date'}."
    day0 = date.fromisoformat(report["day0"])
    total, still = _grave(report)
    passed = (today - day0).days
    line = _line(total, passed)
    if still > line:
        return BEHIND, _above(total, still, passed, line)
    likely = {name: part["likely"] for name, part in report["forecast"].items() if part["likely"]}
    if likely:
        verb = "is" if sum(likely.values()) == 1 else "are"
        return AT_RISK, f"nothing is late, but at this pace {_split(likely)} {verb} likely to be."
    return ON_TRACK, _well(total, still, passed)


def _grave(report: Mapping[str, Json]) -> tuple[int, int]:
    """How many criticals and highs were there on the first day, and how many of them are open."""
    parts = [report["cohort"]["severities"][name] for name in GRAVE]
    total = sum(part[str(state)] for part in parts for state in COUNTED)
    return total, sum(part[str(Standing.OPEN)] for part in parts)


def _line(total: int, passed: int) -> int:
    """How many may be open on that day, going straight down to none on day 30; a part of a finding counts whole."""
    left = GOAL_DAYS - min(max(passed, 0), GOAL_DAYS)
    return -(-total * left // GOAL_DAYS)


def _above(total: int, still: int, passed: int, line: int) -> str:
    said = f"{still:,} of the first day's {total:,} critical and high findings are still open"
    if still == 1:
        said = f"1 of the first day's {total:,} critical and high findings is still open"
    if passed >= GOAL_DAYS:
        return f"{said}, {passed:,} days on."
    return f"{said} on day {passed} of {GOAL_DAYS}; to be done by then, {line:,} would be."


def _well(total: int, still: int, passed: int) -> str:
    if not total:
        return "nothing is late, and nothing critical or high was there on the first day."
    if not still:
        return f"nothing is late, and each of the first day's {total:,} critical and high findings is fixed or decided."
    return (
        f"nothing is late, and {total - still:,} of the first day's {total:,} critical and high findings are fixed"
        f" or decided on day {passed} of {GOAL_DAYS}."
    )


def _split(counts: Mapping[str, int]) -> str:
    """ "3 critical and 1 high", worst first."""
    said = [f"{counts[name]:,} {name}" for name in map(str, Severity) if counts.get(name)]
    return " and ".join(filter(None, (", ".join(said[:-1]), said[-1])))
