"""What was conclusively checked within a day, and what was not: the gaps are printed first when they matter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.figures.definition import Definition, Share

FRESH = timedelta(hours=24)
EXPECTED = timedelta(days=7)
NO_SCAN = "no full scan in the last 24 hours"

COVERAGE = Definition(
    name="coverage",
    title="Coverage",
    meaning="Of everything that should be looked at, how much was looked at, conclusively, in the last 24 hours.",
    formula="checked / of, over pairs of (control, scope) of each target.",
    counts=(
        "Of: every pair that a scan of the target (not of one resource) spoke of within the 7 days up to its newest one.",
        "Checked: such a scan that began within the last 24 hours covered the pair completely, the answers came from"
        " the right account, and the scan was not stopped.",
        "A target that was not scanned at all keeps all of its pairs, as gaps.",
    ),
    leaves_out=(
        "Checks of a single resource after a claim.",
        "Targets that were never scanned in full: what they hold is not known.",
    ),
    reading_error="Denied for one bucket makes the pair a gap, though all other buckets were checked. A daily scan that"
    " begins a few minutes late looks like a gap until it is done. Pairs are counted, not resources.",
)


@dataclass(frozen=True, slots=True)
class Checks:
    """Pairs that ended alike in one scan: each of `controls` in each of `scopes`."""

    status: str
    reason: str
    controls: tuple[str, ...]
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ScanNote:
    """What one scan of a target, not of one resource, covered.

    The `status` of its checks is "complete" only where it proves something.
    """

    target: str
    started: datetime
    checks: tuple[Checks, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """One (control, scope) of a target that was not conclusively checked in 24 hours, and why."""

    control: str
    scope: str
    target: str
    reason: str


@dataclass(frozen=True, slots=True)
class Covered:
    """How much was checked, out of how much; `gaps` is the list of the rest."""

    checked: int
    gaps: tuple[Gap, ...] = ()

    @property
    def of(self) -> int:
        """All pairs that should be checked."""
        return self.checked + len(self.gaps)

    @property
    def share(self) -> Share:
        """Checked, of all."""
        return Share(self.checked, self.of)


def coverage(notes: Iterable[ScanNote], as_of: datetime) -> dict[str, Covered]:
    """Target -> how it was covered in the 24 hours up to `as_of`, from the notes of its full scans."""
    by_target: dict[str, list[ScanNote]] = {}
    for note in notes:
        if note.started <= as_of:
            by_target.setdefault(note.target, []).append(note)
    return {target: _target(target, found, as_of) for target, found in by_target.items()}


def _target(target: str, notes: Sequence[ScanNote], as_of: datetime) -> Covered:
    newest_first = sorted(notes, key=lambda note: note.started, reverse=True)
    oldest = newest_first[0].started - EXPECTED
    checked: set[tuple[str, str]] = set()
    missing: dict[tuple[str, str], str] = {}
    for note in newest_first:
        if note.started < oldest:
            break
        fresh = note.started > as_of - FRESH
        for group in note.checks:
            pairs = ((control, scope) for control in group.controls for scope in group.scopes)
            if fresh and group.status == "complete":
                checked.update(pairs)
                continue
            reason = (group.reason or group.status) if fresh else NO_SCAN
            for pair in pairs:
                missing.setdefault(pair, reason)
    gaps = sorted(pair for pair in missing if pair not in checked)
    return Covered(len(checked), tuple(Gap(c, s, target, missing[c, s]) for c, s in gaps))


def joined(parts: Mapping[str, Covered], targets: Iterable[str]) -> Covered:
    """The coverage of several targets together, in the order of their names."""
    found = [parts[target] for target in sorted(set(targets)) if target in parts]
    return Covered(sum(part.checked for part in found), tuple(gap for part in found for gap in part.gaps))
