"""Figures about dates: SLA kept and broken, and how old what is open has become."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.figures.definition import Definition, Share
from storage.figures.lens import Lens, within
from storage.figures.sla import due_of
from storage.figures.values import FIXED, OPEN, SEVERITIES, Episode, Standing, standing

BANDS: Sequence[tuple[str, int]] = (("0-7", 7), ("8-30", 30), ("31-90", 90))
OLDEST_BAND = "90+"
_AT_DUE = {FIXED: "met", OPEN: "missed"}
BAND_NAMES = (*(name for name, _most in BANDS), OLDEST_BAND)

AGES = Definition(
    name="ages",
    title="Age bands and the oldest",
    meaning="How long what is open has been open.",
    formula="age = whole days from the opening of the episode to now; bands 0-7, 8-30, 31-90, over 90.",
    counts=("Open episodes, also while snoozed, claimed or in progress.",),
    leaves_out=("Accepted and false positives: an approver answers for their age.",),
    reading_error="A finding that came back is young again: its episode is. And nothing can be older than Patrol's"
    " first scan.",
)


@dataclass(frozen=True, slots=True)
class Kept:
    """How the promises of one severity stand."""

    met: int
    missed: int
    breached: int
    due_soon: int

    @property
    def share(self) -> Share:
        """Met, of what fell due within the window."""
        return Share(self.met, self.met + self.missed)


def marks(episode: Episode, state: Standing, lens: Lens) -> list[str]:
    """The labels under which an episode is counted here."""
    due = due_of(episode, lens.sla, lens.as_of)
    severity = episode.severity._value_
    if state is not OPEN:
        return _fell_due(episode, due, severity, lens) if due <= lens.as_of else []
    found = [f"age.{band(episode.opened_at, lens.as_of)}"]
    if due <= lens.as_of:
        found.append(f"breached.{severity}")
        return found + _fell_due(episode, due, severity, lens)
    if due <= lens.soon:
        found.append(f"due.{severity}")
    return found


def _fell_due(episode: Episode, due: datetime, severity: str, lens: Lens) -> list[str]:
    window = lens.window(due)
    word = _AT_DUE.get(standing(episode, due)) if window else None
    return [f"{word}.{severity}.{window}"] if word else []


def band(opened_at: datetime, as_of: datetime) -> str:
    """The age band of what opened then."""
    days = (as_of - opened_at).days
    return next((name for name, most in BANDS if days <= most), OLDEST_BAND)


def kept(counts: Mapping[str, int], severity: str, days: int) -> Kept:
    """The promises of one severity in a window of `days`."""
    return Kept(
        met=sum(counts.get(name, 0) for name in within(f"met.{severity}", days)),
        missed=sum(counts.get(name, 0) for name in within(f"missed.{severity}", days)),
        breached=counts.get(f"breached.{severity}", 0),
        due_soon=counts.get(f"due.{severity}", 0),
    )


def compliance(counts: Mapping[str, int], days: int) -> Share:
    """Met, of everything that fell due within the window, whatever its severity."""
    each = [kept(counts, severity, days) for severity in SEVERITIES]
    met = sum(one.met for one in each)
    return Share(met, met + sum(one.missed for one in each))


def ages(counts: Mapping[str, int]) -> dict[str, int]:
    """How many are open in each band."""
    return {name: counts.get(f"age.{name}", 0) for name in BAND_NAMES}
