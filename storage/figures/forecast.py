"""At this pace, which open findings will miss their date: an honest guess with an interval. Pure and repeatable."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, exp, log, sqrt
from random import Random

from scanners.model import Severity
from storage.figures.definition import Definition
from storage.rules import SLA_DAYS

SEVERITIES = (Severity.CRITICAL, Severity.HIGH)
PACE_DAYS = 30
DRAWS = 1000
HOUR_S = 3600
LIKELY = 0.5
LOW, HIGH = 0.1, 0.9

FORECAST = Definition(
    name="forecast",
    title="Forecast: which will miss their date",
    meaning="If the team goes on at the pace of the last 30 days, how many of the open criticals and highs are still"
    " open when they fall due.",
    formula="pace = fixes / finding-days at risk within 30 days, as a Gamma distribution: shape 1 + fixes / clump, rate"
    " 1 / company pace + days at risk / clump, where clump = fixes per occasion (same control, target and day)."
    " P(miss) = (rate / (rate + days left)) ^ shape. Expected = the sum of P. The interval (80 %) is from 1,000 draws of"
    " the pace, and of which clumps miss.",
    counts=("Open findings whose due date is still to come.", "Likely late: P(miss) is one half or more."),
    leaves_out=(
        "What is breached already: that is no forecast.",
        "Accepted and false positives.",
        "Findings yet to come.",
    ),
    reading_error="A pace knows nothing of holidays, of a fix that is half done, or that the easy ones go first."
    " With little history the company's pace speaks, and the interval is wide.",
    why="One pace per team and severity, drawn towards the company's where the team has little history: more detail"
    " would be made up. Fixes come in clumps, so they are not counted as if each were news.",
)


@dataclass(frozen=True, slots=True)
class Pace:
    """What 30 days have shown: proven fixes, on how many occasions, over how many finding-seconds at risk."""

    fixes: int = 0
    occasions: int = 0
    exposure_s: int = 0

    @property
    def clump(self) -> float:
        """Fixes per occasion, at least 1."""
        return max(1.0, self.fixes / self.occasions) if self.occasions else 1.0


@dataclass(frozen=True, slots=True)
class Rate:
    """A Gamma distribution of fixes per finding-day: `shape`, and `rate` in finding-days; `clump` as of the pace."""

    shape: float
    rate: float
    clump: float = 1.0

    def misses(self, hours_left: int) -> float:
        """The probability that a finding with that much time left is still open when it is due."""
        return float((self.rate / (self.rate + hours_left / 24)) ** self.shape)


@dataclass(frozen=True, slots=True)
class Forecast:
    """Of `of` open findings, `expected` will be late, with 80 % probability `low` to `high`; `likely` of them
    more probably than not.
    """

    of: int
    expected: float
    low: int
    high: int
    likely: int


def hours_left(seconds: float) -> int:
    """Whole hours to a due date, rounded up."""
    return ceil(seconds / HOUR_S)


def rate_of(pace: Pace, company: Pace, severity: Severity) -> Rate:
    """The team's pace, drawn towards the company's by the weight of one fix."""
    # Where the company has fixed nothing yet: half of them by their due date.
    typical = (company.fixes + log(2)) / (company.exposure_s / 86400 + SLA_DAYS[severity])
    return Rate(
        shape=1 + pace.fixes / pace.clump,
        rate=1 / typical + pace.exposure_s / 86400 / pace.clump,
        clump=max(pace.clump, company.clump if not pace.occasions else 1.0),
    )


def forecast(rate: Rate, left: Mapping[int, int], seed: int = 0) -> Forecast:
    """How many will be late; `left` is hours left -> how many open findings have them."""
    waiting = sorted((hours, count) for hours, count in left.items() if count > 0)
    chances = [(rate.misses(hours), count) for hours, count in waiting]
    expected = sum(chance * count for chance, count in chances)
    totals = sorted(_draws(rate, waiting, Random(seed)))  # noqa: S311  # a simulation, no secret
    of = sum(count for _hours, count in waiting)
    if not totals:
        return Forecast(0, 0.0, 0, 0, 0)
    return Forecast(
        of=of,
        expected=round(expected, 1),
        low=totals[int(LOW * len(totals))],
        high=totals[ceil(HIGH * len(totals)) - 1],
        likely=sum(count for chance, count in chances if chance >= LIKELY),
    )


def _draws(rate: Rate, waiting: Sequence[tuple[int, int]], random: Random) -> list[int]:
    if not waiting:
        return []
    found: list[int] = []
    together = _clumped(waiting, rate.clump)
    for _ in range(DRAWS):
        pace = random.gammavariate(rate.shape, 1 / rate.rate)
        late = (_late(count, rate.clump, exp(-pace * hours / 24), random) for hours, count in together)
        found.append(sum(late))
    return found


def _clumped(waiting: Sequence[tuple[int, int]], clump: float) -> list[tuple[int, int]]:
    """Findings that are due within the same day are fixed together, where fixes come in clumps."""
    if clump <= 1:
        return list(waiting)
    days: dict[int, int] = {}
    for hours, count in waiting:
        days[ceil(hours / 24) * 24] = days.get(ceil(hours / 24) * 24, 0) + count
    return sorted(days.items())


def _late(count: int, clump: float, chance: float, random: Random) -> int:
    """How many of `count` are late, going late by the clump."""
    groups = count / clump
    if groups > 20:
        spread = sqrt(groups * chance * (1 - chance)) * clump
        return min(count, max(0, round(random.gauss(count * chance, spread))))
    late, rest = 0, count
    while rest > 0:
        size = min(rest, max(1, round(clump)))
        rest -= size
        late += size if random.random() < chance else 0
    return late
