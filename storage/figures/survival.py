"""Time to fix and time to the first human action: Kaplan-Meier medians, which do not leave out what is still open.

The interval is Brookmeyer and Crowley's (Biometrics 38, 1982) on the log-log scale with Greenwood's variance, as
SAS's LIFETEST gives by default and R's survfit with conf.type = "log-log": all t at which the 95 % band of the
curve holds one half.
"""

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from math import exp, log, sqrt

from storage.figures.definition import Definition
from storage.figures.values import PROVEN, Episode, decided_at

Z95 = 1.959963984540054
HOUR, DAY_H = timedelta(hours=1), 24
CLOSED_MEAN_FROM_DAY = 90
KEPT_DAYS = 365

TIME_TO_FIX = Definition(
    name="time_to_fix",
    title="Time to fix",
    meaning="After how many days half of the findings of a severity are proven fixed.",
    formula="the first t at which the Kaplan-Meier curve S(t) = prod (1 - fixes / at risk) is one half or less; the 95 %"
    " interval holds all t at which the band exp(-exp(log(-log S) +- 1.96 se)) holds one half, se by Greenwood.",
    counts=(
        "Every episode opened within the last 365 days, open ones too, from its opening to its proven fix.",
        "Each episode by itself: what came back counts again. Durations are whole hours, rounded down.",
        "The severity that the episode has now or had when it closed.",
    ),
    leaves_out=(
        "Nothing is left out; these are censored, which means known to have lasted at least so long:"
        " what is open (at now); what was accepted or called a false positive (when that was first decided);"
        " what ended by a changed control, a removed scope or a second person's word (when it ended).",
        "Time is not stopped under an acceptance: the curve ends there for that episode.",
    ),
    reading_error="Time starts when Patrol first saw the flaw, so for the day-0 cohort it is too short by what went"
    " before. A fix is dated by the scan that proved it, late by up to one scan interval."
    " Censoring assumes that what was accepted would have been fixed at the pace of the rest; where the hard"
    " ones are accepted, the median looks better than it is. Episodes fixed together by one change are not"
    " independent, so the interval is too narrow for teams that fix in bulk.",
    why="A mean of the closed ones looks splendid as long as the hard ones are open; so it is not shown before day 90.",
)
FIRST_ACTION = Definition(
    name="first_action",
    title="Time to first human action",
    meaning="After how many days half of the findings have had any word from a person.",
    formula="Kaplan-Meier as above, to the first event of the episode that a person caused.",
    counts=(
        "Acknowledging, starting, snoozing, asking, claiming, noting, passing on; also one that was undone.",
    ),
    leaves_out=(
        "Episodes that closed without any: censored when they closed.",
        "Reading, which leaves no event.",
    ),
    reading_error="People who fix at once without a word to Patrol look as if nobody had acted.",
)


@dataclass(slots=True)
class Lives:
    """Durations in whole hours: those that ended in the event, those cut short, and those still running.

    `longest_open_h` is the longest of those still running, which are among `cut` too.
    """

    ended: "array[int]" = field(default_factory=lambda: array("i"))
    cut: "array[int]" = field(default_factory=lambda: array("i"))
    open: int = 0
    longest_open_h: int = 0

    def add(self, start: datetime, end: datetime, happened: bool, running: bool = False) -> None:
        """One duration. A negative one (an older scan closed it) counts as nought."""
        hours = max(0, (end - start) // HOUR)
        (self.ended if happened else self.cut).append(hours)
        if running:
            self.open += 1
            self.longest_open_h = max(self.longest_open_h, hours)

    def join(self, other: "Lives") -> None:
        """Take in everything of `other`."""
        self.ended.extend(other.ended)
        self.cut.extend(other.cut)
        self.open += other.open
        self.longest_open_h = max(self.longest_open_h, other.longest_open_h)


@dataclass(frozen=True, slots=True)
class Median:
    """A median in days with its 95 % interval; None where it, or an end of the interval, is not reached.

    `n` durations, of which `events` ended in the event and `open` are still running, the longest for
    `longest_open_days`.
    """

    days: float | None
    low: float | None
    high: float | None
    n: int
    events: int
    open: int
    longest_open_days: float

    def __str__(self) -> str:
        """ "12.5 d (95 %: 9 to 20)", or "not reached (7 open, longest 31 d)"."""
        if self.days is None:
            return f"not reached ({self.open} open, longest {int(self.longest_open_days)} d)"
        high = "?" if self.high is None else f"{self.high:g}"
        low = "?" if self.low is None else f"{self.low:g}"
        return f"{self.days:g} d (95 %: {low} to {high})"


@dataclass(frozen=True, slots=True)
class Step:
    """The curve from `t` on: its height and its 95 % band, None where the band is not defined."""

    t: float
    survival: float
    low: float | None
    high: float | None


def curve(ended: Iterable[float], cut: Iterable[float]) -> Iterator[Step]:
    """The steps of the Kaplan-Meier curve. At a tie, the event comes before the cut, as is the custom."""
    events, cuts = Counter(ended), sorted(Counter(cut).items())
    at_risk = events.total() + sum(count for _t, count in cuts)
    survival, spread, gone = 1.0, 0.0, 0
    for t, fell in sorted(events.items()):
        while gone < len(cuts) and cuts[gone][0] < t:
            at_risk -= cuts[gone][1]
            gone += 1
        if fell == at_risk:
            yield Step(t, 0.0, None, None)
            return
        survival *= 1 - fell / at_risk
        spread += fell / (at_risk * (at_risk - fell))
        at_risk -= fell
        width = Z95 * sqrt(spread) / log(survival)  # negative
        centre = log(-log(survival))
        yield Step(t, survival, exp(-exp(centre - width)), exp(-exp(centre + width)))


def median(lives: Lives) -> Median:
    """The median of `lives` in days, to the hundredth."""
    middle, low, high = (_days(at) for at in quantile(curve(lives.ended, lives.cut)))
    n = len(lives.ended) + len(lives.cut)
    return Median(middle, low, high, n, len(lives.ended), lives.open, round(lives.longest_open_h / DAY_H, 2))


def quantile(steps: Iterable[Step]) -> list[float | None]:
    """Where the curve, the lower and the upper end of its band come down to one half; None where they do not."""
    found: list[float | None] = [None, None, None]
    for step in steps:
        heights = (step.survival, 0.0 if step.survival == 0 else step.low, step.high)
        for place, height in enumerate(heights):
            # A hair's breadth above one half is rounding: (1 - 1/2) can come out as 0.5000000000000001.
            if found[place] is None and height is not None and height <= 0.5 + 1e-12:
                found[place] = step.t
        if found[2] is not None:
            break
    return found


def _days(hours: float | None) -> float | None:
    return None if hours is None else round(hours / DAY_H, 2)


def closed_mean(lives: Lives, day: int) -> float | None:
    """The mean days of the closed ones alone; None before day 90, when it flatters."""
    if day < CLOSED_MEAN_FROM_DAY or not lives.ended:
        return None
    return round(sum(lives.ended) / len(lives.ended) / DAY_H, 2)


def add_fix(lives: Lives, episode: Episode, as_of: datetime) -> None:
    """The time to fix of one episode: to its proof, or cut short by a decision, an end without proof, or now."""
    decided = decided_at(episode) if episode.spans else None
    closed = episode.closed_at
    if decided is not None and (closed is None or decided <= closed):
        lives.add(episode.opened_at, decided, happened=False)
    elif closed is not None:
        lives.add(episode.opened_at, closed, happened=episode.cause in PROVEN)
    else:
        lives.add(episode.opened_at, as_of, happened=False, running=True)


def add_action(lives: Lives, episode: Episode, as_of: datetime) -> None:
    """The time to the first human action of one episode."""
    if episode.acted_at is not None:
        lives.add(episode.opened_at, episode.acted_at, happened=True)
    elif episode.closed_at is not None:
        lives.add(episode.opened_at, episode.closed_at, happened=False)
    else:
        lives.add(episode.opened_at, as_of, happened=False, running=True)
