"""What came and what went: new, fixed and regressed in a window, and the net flow per week."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.figures.definition import Definition
from storage.figures.lens import Lens, within
from storage.figures.values import FIXED, Episode, Standing, decided_at

FLOW = Definition(
    name="flow",
    title="New, fixed, regressed; net flow per week",
    meaning="What came and what went within the window; per week, what is left over.",
    formula="net = new + regressed - fixed, per week from Monday 00:00 local time.",
    counts=(
        "New: first episodes that opened within the window, after the end of day 0.",
        "Regressed: later episodes that opened within the window.",
        "Fixed: episodes whose closing, within the window, was proven by a scan.",
        "A finding that was fixed twice within the window counts twice, and is on its list twice.",
    ),
    leaves_out=(
        "The day-0 cohort is not new: it was there before Patrol looked.",
        "Accepted, called a false positive, snoozed: nothing of this is a fix.",
        "Closings without proof: changed controls, removed scopes, a second person's word.",
    ),
    reading_error="A new control, target or permission makes a wave of new findings that nobody caused this week;"
    " see the marks on the burn-down. The current week is not over.",
)

AGAIN = "again"  # the bucket of later episodes


@dataclass(frozen=True, slots=True)
class Week:
    """One week from its Monday (ISO date)."""

    monday: str
    arrived: int
    fixed: int

    @property
    def net(self) -> int:
        """Above nought: the pile has grown."""
        return self.arrived - self.fixed


def marks(episode: Episode, state: Standing, lens: Lens) -> list[str]:
    """The labels under which an episode is counted here."""
    found: list[str] = []
    came = lens.bucket(episode) if episode.number == 1 else AGAIN
    if window := lens.window(episode.opened_at):
        found.append(f"new.{came}.{window}")
    if week := lens.week(episode.opened_at):
        found.append(f"week.{week}.in.{came}")
    if state is FIXED and episode.closed_at is not None:
        if window := lens.window(episode.closed_at):
            found.append(f"fixed.{window}")
        if week := lens.week(episode.closed_at):
            found.append(f"week.{week}.out")
    decided = decided_at(episode) if episode.spans else None
    if decided is not None and (window := lens.window(decided)):
        found.append(f"decided.{window}")
    return found


def new(buckets: Sequence[str], days: int) -> list[str]:
    """The labels of what is new; `buckets` are those after day 0."""
    return [name for bucket in buckets for name in within(f"new.{bucket}", days)]


def regressed(days: int) -> list[str]:
    """The labels of what came back."""
    return within(f"new.{AGAIN}", days)


def weeks(counts: Mapping[str, int], lens: Lens, buckets: Sequence[str]) -> list[Week]:
    """The net flow of each week that is kept, oldest first; `buckets` are those after day 0."""
    return [
        Week(
            monday,
            sum(counts.get(f"week.{monday}.in.{bucket}", 0) for bucket in (*buckets, AGAIN)),
            counts.get(f"week.{monday}.out", 0),
        )
        for monday in lens.weeks
    ]
