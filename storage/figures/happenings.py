"""What a reader of the burn-down must know of a day: a control that is new, a target that is, a scanner that was out."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from storage.figures.coverage import FRESH, ScanNote
from storage.figures.definition import Definition

NEW_CONTROL, NEW_TARGET, OUTAGE = "new control", "new target", "outage"

HAPPENINGS = Definition(
    name="marks",
    title="Marks on the burn-down",
    meaning="Days on which the numbers moved although nobody's work did.",
    formula="by the full scans of the last 24 hours beside those of the days before.",
    counts=(
        "New control: a scan speaks of a control that no scan of the target in the 7 days before spoke of.",
        "New target: its first full scan began within the last 24 hours.",
        "Outage: a target that was scanned before has no pair conclusively checked in the last 24 hours.",
    ),
    leaves_out=("Single permissions that are refused: those are gaps of the coverage.", "Day 0 itself."),
    reading_error="A control that was switched off for more than a week and on again is marked as new.",
)


@dataclass(frozen=True, slots=True, order=True)
class Happening:
    """`what` is "new control", "new target" or "outage"; `name` the control or target."""

    what: str
    name: str


def happenings(
    notes: Iterable[ScanNote], first: Mapping[str, datetime], as_of: datetime, start: datetime | None
) -> tuple[Happening, ...]:
    """What happened in the 24 hours up to `as_of`; `first` is each target's first scan, `start` the first of all."""
    since = as_of - FRESH
    if start is None or start > since:
        return ()
    fresh: dict[str, list[ScanNote]] = {}
    before: dict[str, list[ScanNote]] = {}
    for note in notes:
        if note.started <= as_of:
            (fresh if note.started > since else before).setdefault(note.target, []).append(note)
    found = {Happening(NEW_TARGET, target) for target in fresh if first.get(target, as_of) > since}
    for target, older in before.items():
        newer = fresh.get(target, [])
        found |= {Happening(NEW_CONTROL, name) for name in _controls(newer) - _controls(older)}
        if not any(part.status == "complete" for note in newer for part in note.checks):
            found.add(Happening(OUTAGE, target))
    return tuple(sorted(found))


def _controls(notes: Iterable[ScanNote]) -> set[str]:
    return {control for note in notes for part in note.checks for control in part.controls}
