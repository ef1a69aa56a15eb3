"""One pass over all episodes, in little memory: every figure's counts, kept per (team, target), joined per view.

A number is the count of a label; the list behind it is made of the episodes that carry the label. Both come from
`labels`, so they cannot differ.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import nsmallest
from typing import TypeVar

from scanners.model import Severity
from storage.figures import attention, cohort, dates, flow
from storage.figures.forecast import PACE_DAYS, Pace, hours_left
from storage.figures.forecast import SEVERITIES as FORESEEN
from storage.figures.lens import Lens
from storage.figures.score import weight
from storage.figures.sla import due_of
from storage.figures.survival import KEPT_DAYS, Lives, add_action, add_fix
from storage.figures.values import (
    ACCEPTED,
    FIXED,
    OPEN,
    SEVERITIES,
    Episode,
    Item,
    Standing,
    View,
    decided_at,
    standing,
)

Marks = Callable[[Episode, Standing, Lens], list[str]]
AT_ONCE = 2000
_KEPT, _PACE, _NO_TIME = timedelta(days=KEPT_DAYS), timedelta(days=PACE_DAYS), timedelta()
NAMED = 5  # how many of the oldest, and of the best fixes, are kept by name
_THERE = (OPEN, ACCEPTED)


@dataclass(frozen=True, slots=True, order=True)
class Old:
    """An open finding by age; the order is oldest first."""

    opened_at: datetime
    finding: str
    team: str
    severity: str


@dataclass(frozen=True, slots=True, order=True)
class Heavy:
    """A finding by what its fix would give; the order is best first (so the numbers are negative)."""

    minus_exploited: int
    minus_weight: int
    due: datetime
    finding: str
    team: str
    severity: str


Kept = TypeVar("Kept", Old, Heavy)


@dataclass(slots=True)
class Cell:
    """The counts of one team in one target, or, joined, of a view."""

    counts: Counter[str] = field(default_factory=Counter)
    uncounted: list[str] = field(default_factory=list)
    lives: dict[Severity, Lives] = field(
        default_factory=lambda: {severity: Lives() for severity in SEVERITIES}
    )
    acts: Lives = field(default_factory=Lives)
    load: int = 0
    exploited: int = 0
    oldest: list[Old] = field(default_factory=list)
    heaviest: list[Heavy] = field(default_factory=list)
    left: Counter[tuple[Severity, int]] = field(default_factory=Counter)
    fixes: Counter[Severity] = field(default_factory=Counter)
    exposure_s: Counter[Severity] = field(default_factory=Counter)
    occasions: set[tuple[Severity, str, str, int]] = field(default_factory=set)

    def count(self) -> None:
        """Count the labels that wait: many at once take a tenth of the time of each by itself."""
        self.counts.update(self.uncounted)
        self.uncounted.clear()

    def join(self, other: "Cell") -> None:
        """Take in everything of `other`, which must be counted."""
        self.counts.update(other.counts)
        for severity, lives in other.lives.items():
            self.lives[severity].join(lives)
        self.acts.join(other.acts)
        self.load += other.load
        self.exploited += other.exploited
        self.oldest = nsmallest(NAMED, [*self.oldest, *other.oldest])
        self.heaviest = nsmallest(NAMED, [*self.heaviest, *other.heaviest])
        self.left.update(other.left)
        self.fixes.update(other.fixes)
        self.exposure_s.update(other.exposure_s)
        self.occasions |= other.occasions

    def pace(self, severity: Severity) -> Pace:
        """What the last 30 days have shown of a severity."""
        occasions = sum(1 for one in self.occasions if one[0] is severity)
        return Pace(self.fixes[severity], occasions, self.exposure_s[severity])

    def number(self, names: Iterable[str]) -> int:
        """The number that the labels `names` make up."""
        return sum(self.counts[name] for name in names)


@dataclass(slots=True)
class Tally:
    """Everything counted once, by (team, target)."""

    lens: Lens
    cells: dict[tuple[str, str], Cell] = field(default_factory=dict)

    def view(self, view: View) -> Cell:
        """The counts of a view."""
        whole = Cell()
        for (team, target), cell in sorted(self.cells.items()):
            if view.holds(team, target):
                whole.join(cell)
        return whole

    def left(self, view: View, severity: Severity) -> dict[str, Counter[int]]:
        """Team -> hours left to the due date -> how many open findings of the view have them."""
        found: dict[str, Counter[int]] = {}
        for (team, target), cell in sorted(self.cells.items()):
            if view.holds(team, target):
                hours = {left: count for (of, left), count in cell.left.items() if of is severity}
                found.setdefault(team, Counter()).update(hours)
        return found

    def teams(self) -> list[str]:
        """Every team that has or had an episode, "" for nobody's."""
        return sorted({team for team, _target in self.cells})

    def targets(self, team: str | None = None) -> list[str]:
        """Every target with an episode (of `team`)."""
        return sorted({target for owner, target in self.cells if team is None or owner == team})


def labels(episode: Episode, lens: Lens) -> Iterator[str]:
    """Every label under which an episode counts; one that counts twice is given twice."""
    state = standing(episode, lens.as_of)
    for marks in MARKS:
        yield from marks(episode, state, lens)


def behind(episodes: Iterable[Episode], lens: Lens, names: Collection[str], view: View) -> Iterator[Item]:
    """The list behind the number that `names` make up in `view`: as long as the number is great."""
    wanted = frozenset(names)
    for episode in episodes:
        if view.holds(episode.team, episode.target):
            for label in labels(episode, lens):
                if label in wanted:
                    yield Item(episode.finding, episode.number, episode.team)


def tally(episodes: Iterable[Episode], lens: Lens) -> Tally:
    """Count every episode once."""
    made = Tally(lens)
    cells = made.cells
    for episode in episodes:
        key = (episode.team, episode.target)
        cell = cells.get(key)
        if cell is None:
            cell = cells[key] = Cell()
        _add(cell, episode, lens)
        if len(cell.uncounted) > AT_ONCE:
            cell.count()
    for cell in cells.values():
        cell.count()
    return made


def _add(cell: Cell, episode: Episode, lens: Lens) -> None:
    state = standing(episode, lens.as_of)
    for marks in MARKS:
        cell.uncounted += marks(episode, state, lens)
    if episode.opened_at > lens.as_of - _KEPT:
        add_fix(cell.lives[episode.severity], episode, lens.as_of)
        add_action(cell.acts, episode, lens.as_of)
    if state in _THERE:
        _weigh(cell, episode, state, lens)
    if episode.severity in FORESEEN:
        _pace(cell, episode, state, lens)


def _of_control(episode: Episode, state: Standing, lens: Lens) -> list[str]:
    """What the table per control shows: open now, and fixed within 30 days."""
    if state is OPEN:
        return [f"control.{episode.control}.open"]
    if state is FIXED and episode.closed_at is not None and episode.closed_at > lens.since[1][1]:
        return [f"control.{episode.control}.fixed"]
    return []


def _weigh(cell: Cell, episode: Episode, state: Standing, lens: Lens) -> None:
    due = due_of(episode, lens.sla, lens.as_of)
    # Also under an acceptance: it moves no date that has passed, and raises no score.
    heavy = weight(episode.severity, late=due <= lens.as_of)
    cell.load += heavy
    cell.exploited += episode.exploited
    name = (episode.finding, episode.team, str(episode.severity))
    _keep(cell.heaviest, Heavy(-int(episode.exploited), -heavy, due, *name))
    if state is OPEN:
        _keep(cell.oldest, Old(episode.opened_at, *name))
        if due > lens.as_of and episode.severity in FORESEEN:
            cell.left[episode.severity, hours_left((due - lens.as_of).total_seconds())] += 1


def _keep(kept: list[Kept], one: Kept) -> None:
    """Keep the first few in order; most of a million are turned away by one comparison."""
    if len(kept) < NAMED or one < kept[-1]:
        kept.append(one)
        kept.sort()
        del kept[NAMED:]


def _pace(cell: Cell, episode: Episode, state: Standing, lens: Lens) -> None:
    since = lens.as_of - _PACE
    end, closed = lens.as_of, episode.closed_at
    if closed is not None and closed < end:
        end = closed
    decided = decided_at(episode) if episode.spans else None
    if decided is not None and decided < end:
        end = decided
    if end <= since:
        return
    opened = episode.opened_at
    at_risk = end - (opened if opened > since else since)
    if at_risk > _NO_TIME:
        cell.exposure_s[episode.severity] += int(at_risk.total_seconds())
    if state is FIXED and closed is not None and end == closed:
        day = int(closed.timestamp()) // 86400
        cell.fixes[episode.severity] += 1
        cell.occasions.add((episode.severity, episode.control, episode.target, day))


MARKS: Sequence[Marks] = (cohort.marks, flow.marks, dates.marks, attention.marks, _of_control)


def controls(counts: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    """Control -> how many of it are open, and how many were fixed within 30 days."""
    found: dict[str, list[int]] = {}
    for label, count in counts.items():
        if label.startswith("control."):
            control, _, what = label.removeprefix("control.").rpartition(".")
            found.setdefault(control, [0, 0])[what == "fixed"] += count
    return {control: (opened, fixed) for control, (opened, fixed) in sorted(found.items())}
