"""The day-0 cohort: what was there when Patrol first looked, and what has become of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo

from storage.figures.definition import Definition, Share
from storage.figures.lens import Lens, end_of
from storage.figures.values import SEVERITIES, Episode, Standing, standing

GOAL_DAYS = 30
COUNTED = (Standing.FIXED, Standing.ACCEPTED, Standing.FALSE_POSITIVE, Standing.OPEN)

COHORT = Definition(
    name="cohort",
    title="Day-0 cohort and its burn-down",
    meaning="Of what was there on the first day: how much is proven fixed, accepted, a false positive, or open.",
    formula="total = fixed + accepted + false_positive + open, each finding once, by how its newest episode stands.",
    counts=(
        "Findings first seen by the end of day 0: the local date of the first full scan of any target"
        " (for one target's own figures: of that target).",
        "Fixed: the newest episode was closed by evidence (a PASS, or gone in two complete scans).",
        "Open: everything else that is there, also while snoozed, claimed or in progress.",
        "A finding that came back is open again.",
    ),
    leaves_out=(
        "What ended without proof (changed control, removed scope, a second person's word) leaves the total as well:"
        " it is neither fixed nor open. The number is kept as `ended`.",
        "Findings of targets, controls and permissions that were added later: they are arrivals, stacked above.",
    ),
    reading_error="The total can shrink when a control changes. A first scan that could not look everywhere makes"
    " the cohort too small, and what it missed appears as arrivals. Fixes are dated by the scan that proved"
    " them, up to one scan interval late.",
    why="A fixed set of findings is the only thing whose share can't be moved by scanning less.",
)
SHARES = Definition(
    name="shares",
    title="Decided share and fixed share",
    meaning="How much of the day-0 cohort has an end state backed by evidence or an approver, and how much of it is fixed.",
    formula="fixed share = fixed / total; decided share = (fixed + accepted + false_positive) / total.",
    counts=("The day-0 cohort, as above. Always both shares side by side.",),
    leaves_out=("Requests that still wait for an approver.", "Snoozes: they decide nothing."),
    reading_error="A decided share can reach 100 % without one fix; that is why the fixed share stands beside it."
    " Percentages are rounded down, and below five findings there are none.",
)


@dataclass(frozen=True, slots=True)
class Cohort:
    """What became of the findings of day 0 by an instant; `ended` is outside of the total."""

    fixed: int = 0
    accepted: int = 0
    false_positive: int = 0
    open: int = 0
    ended: int = 0

    @property
    def total(self) -> int:
        """All that still belongs to the cohort."""
        return self.fixed + self.accepted + self.false_positive + self.open

    @property
    def fixed_share(self) -> Share:
        """Proven fixed, of the total."""
        return Share(self.fixed, self.total)

    @property
    def decided_share(self) -> Share:
        """With an end state, of the total."""
        return Share(self.total - self.open, self.total)


def marks(episode: Episode, state: Standing, lens: Lens) -> list[str]:
    """The labels under which an episode is counted here."""
    if not episode.newest:
        return []
    return [f"cohort.{lens.bucket(episode)}.{episode.severity._value_}.{state._value_}"]


def names(buckets: Sequence[str], state: Standing, severities: Iterable[str] = SEVERITIES) -> list[str]:
    """The labels that make up one number of the cohort."""
    return [f"cohort.{bucket}.{severity}.{state}" for bucket in buckets for severity in severities]


def cohort_of(
    counts: Mapping[str, int], buckets: Sequence[str], severities: Sequence[str] = SEVERITIES
) -> Cohort:
    """The cohort from counted labels; `severities` narrows it."""
    found = {
        str(state): sum(counts.get(name, 0) for name in names(buckets, state, severities))
        for state in Standing
    }
    return Cohort(**found)


@dataclass(frozen=True, slots=True)
class BurnDay:
    """One day of the burn-down. `arrived` is what was first seen after day 0 and is open then.

    `ideal` is how many of the cohort would be open on a straight line to none on day 30. `cohort` is None on a day
    of which no snapshot was taken.
    """

    day: date
    cohort: Cohort | None
    arrived: int
    ideal: float
    marks: tuple[str, ...] = ()


def ideal(total: int, day0: date, day: date) -> float:
    """How many of `total` would be open on `day`, going straight down to none on day 30."""
    passed = min(max((day - day0).days, 0), GOAL_DAYS)
    return total * (1 - passed / GOAL_DAYS)


def burn_down(
    episodes: Iterable[Episode], day0: date, days: Sequence[date], zone: tzinfo,
    events: Mapping[date, Sequence[str]] | None = None,
) -> list[BurnDay]:  # fmt: skip
    """The burn-down at the end of each of `days`, from episodes that were read after the last of them.

    `events` are the marks to set (a new control, an outage of a scanner). For the page, the days come from
    frozen snapshots; this is the same from the episodes, to check them.
    """
    ends = [end_of(day, zone) for day in days]
    states = [dict.fromkeys(Standing, 0) for _ in days]
    arrived = [0] * len(days)
    first = end_of(day0, zone)
    for episode in episodes:
        for index, end in enumerate(ends):
            if not _there(episode, end):
                continue
            state = standing(episode, end - timedelta(microseconds=1))
            if episode.first_seen < first:
                states[index][state] += 1
            elif state is Standing.OPEN:
                arrived[index] += 1
    cohorts = [Cohort(**{str(state): count for state, count in found.items()}) for found in states]
    return [
        BurnDay(day, cohort, late, ideal(cohort.total, day0, day), tuple((events or {}).get(day, ())))
        for day, cohort, late in zip(days, cohorts, arrived, strict=True)
    ]


def _there(episode: Episode, end: datetime) -> bool:
    """True where this episode is the newest of its finding just before `end`."""
    return episode.opened_at < end and (episode.came_back is None or episode.came_back >= end)
