"""The summary as one page for those without Slack: no outside request, prints on A4, follows dark mode."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from bot.charts.colours import BAND
from bot.charts.picture import Picture
from bot.charts.svg import NARROW, burn_down_svg
from scanners.model import Json
from storage.figures.definition import Share

if TYPE_CHECKING:
    from jinja2 import Template

MOST_GAPS, MOST_NAMES = 10, 8
# From this share on a gap in what was checked says more than any other number, and stands first.
GAPS_FIRST = 0.05
# The style stands in the page, so it is allowed; nothing else is: no script, no picture, no font, no request.
CSP = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_BANDS = ("fixed", "accepted", "false_positive", "open")


@dataclass(frozen=True, slots=True)
class _Part:
    band: str
    words: str
    number: int
    percent: float


def summary_html(
    document: Mapping[str, Json], verdict: str, picture: Picture | None = None,
    longest: Mapping[str, float] | None = None,
) -> str:  # fmt: skip
    """A `patrol.summary/1` document as a whole HTML page.

    `verdict` is the sentence that stands first, `picture` the burn-down. `longest` is, by severity, for how many
    days the oldest open finding has been open; it completes "not reached". All text is escaped.
    """
    gaps: Sequence[Mapping[str, str]] = document["coverage"]["gaps"]
    checked, of = document["coverage"]["checked"], document["coverage"]["of"]
    return _template().render(
        csp=CSP,
        colours=BAND,
        doc=document,
        name="The company" if document["team"] == "all" else document["team"],
        as_of=_utc(document["as_of"]),
        verdict=verdict,
        parts=_parts(document["cohort"]),
        fixed=str(Share(document["cohort"]["fixed"], document["cohort"]["total"])),
        severities=[
            s for s in document["sla"] if any(document["sla"][s].values()) or document["time_to_fix"][s]["n"]
        ],
        ttf={s: _time_to_fix(one, (longest or {}).get(s)) for s, one in document["time_to_fix"].items()},
        ages=_ages(document["ages"]),
        coverage=str(Share(checked, of)) if of else "nothing",
        gaps=_grouped(gaps),
        gaps_first=not of or len(gaps) > GAPS_FIRST * of,
        svg=burn_down_svg(picture) if picture else "",
        narrow=burn_down_svg(picture, NARROW) if picture else "",
        picture=picture,
    )


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.from_string(Path(__file__).with_name("summary.html.j2").read_text(encoding="utf-8"))


def _parts(cohort: Mapping[str, int]) -> list[_Part]:
    total = cohort["total"] or 1
    return [
        _Part(band, band.replace("_", " "), cohort[band], round(100 * cohort[band] / total, 2))
        for band in _BANDS
    ]


def _time_to_fix(median: Mapping[str, Json], longest: float | None) -> str:
    """ "4.5 d (3 to 7)", or "not reached (12 open, longest 30 d)"; a dash where there was nothing."""
    if not median["n"]:
        return "–"  # noqa: RUF001  # a dash, as in any table
    if median["median_days"] is None:
        oldest = f", longest {int(longest)} d" if longest is not None else ""
        return f"not reached ({median['open']:,} open{oldest})"
    low, high = median["ci95"]
    if low is None:
        return f"{_days(median['median_days'])} d"
    end = "or more" if high is None else f"to {_days(high)}"
    return f"{_days(median['median_days'])} d ({_days(low)} {end})"


def _days(number: float) -> str:
    return f"{number:.1f}".removesuffix(".0")


def _ages(ages: Mapping[str, int]) -> list[tuple[str, int, float]]:
    most = max(ages.values(), default=0) or 1
    return [(band, number, round(100 * number / most, 1)) for band, number in ages.items()]


def _grouped(gaps: Sequence[Mapping[str, str]]) -> list[tuple[str, str, int]]:
    """(reason, targets, how many pairs), most first: hundreds of pairs of one outage are one line."""
    targets: dict[str, set[str]] = {}
    pairs: Counter[str] = Counter()
    for gap in gaps:
        targets.setdefault(gap["reason"], set()).add(gap["target"])
        pairs[gap["reason"]] += 1
    lines = [(reason, _names(targets[reason]), number) for reason, number in pairs.most_common()]
    left = sum(number for _reason, _targets, number in lines[MOST_GAPS:])
    return lines[:MOST_GAPS] + ([(f"{len(lines) - MOST_GAPS:,} more reasons", "", left)] if left else [])


def _names(targets: set[str]) -> str:
    named = sorted(targets)
    more = f" and {len(named) - MOST_NAMES:,} more" if len(named) > MOST_NAMES else ""
    return ", ".join(named[:MOST_NAMES]) + more


def _utc(text: str) -> str:
    moment = datetime.fromisoformat(text)
    return f"{moment.day} {moment:%B %Y, %H:%M} UTC"
