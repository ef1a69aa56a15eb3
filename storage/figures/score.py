"""The security score, 0 to 100, in exact whole tenths, with what each fix would add."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scanners.model import Severity
from storage.figures.definition import Definition

WEIGHTS: Mapping[Severity, int] = {
    Severity.CRITICAL: 40,
    Severity.HIGH: 10,
    Severity.MEDIUM: 3,
    Severity.LOW: 1,
    Severity.UNKNOWN: 3,
}
LATE = 2
BASE = 50
CAP_TENTHS = 490

SCORE = Definition(
    name="score",
    title="Security score",
    meaning="One number for how much known risk there is beside how much was looked at.",
    formula="score = 100 * C / (C + L), rounded down to a tenth. C = 50 per target at least partly checked + the number"
    " of (control, scope) pairs conclusively checked in 24 h. L = the sum of the weights of what is there:"
    " critical 40, high 10, medium 3, low 1, unknown 3; double where past its due date."
    " At most 49 while a known-exploited flaw is there. '?' where nothing could be checked.",
    counts=(
        "What is open, and what was accepted just the same: an acceptance changes who answers for a risk, not the risk.",
        "For a team: the targets that it owns, and what is there of its findings.",
    ),
    leaves_out=("Approved false positives.", "What is fixed, or ended otherwise."),
    reading_error="It speaks of what Patrol can check and nothing else, and it falls when less is checked. Scores of"
    " targets with different controls can't be compared. In a large estate one critical flaw moves it little:"
    " read the breaches first.",
    why="Nothing but a fix, a false positive that was approved, or a closer look can raise it: an acceptance, a snooze"
    " or a mute can't. The company's score lies between those of its targets.",
)


@dataclass(frozen=True, slots=True)
class Load:
    """What a score is made of: the capacity C, the load L, and how many known-exploited flaws are there."""

    capacity: int
    load: int = 0
    exploited: int = 0

    def plus(self, weight: int, exploited: bool) -> "Load":
        """With one flaw more (or, by a negative weight, one less)."""
        sign = 1 if weight > 0 else -1
        return Load(self.capacity, self.load + weight, self.exploited + sign * int(exploited))


def weight(severity: Severity, late: bool) -> int:
    """What one flaw weighs."""
    return WEIGHTS[severity] * (LATE if late else 1)


def capacity(checked: Iterable[int]) -> int:
    """C, from the number of pairs conclusively checked in each target."""
    return sum(BASE + pairs for pairs in checked if pairs)


def tenths(load: Load) -> int | None:
    """The score in tenths; None where nothing could be checked."""
    if load.capacity <= 0:
        return None
    plain = 1000 * load.capacity // (load.capacity + load.load)
    return min(plain, CAP_TENTHS) if load.exploited else plain


def delta_tenths(load: Load, weight: int, exploited: bool) -> int:
    """What fixing one flaw of that weight, among those in `load`, would add: recomputed, not estimated."""
    now, then = tenths(load), tenths(load.plus(-weight, exploited))
    return 0 if now is None or then is None else then - now


def shown(score: int | None) -> str:
    """ "87.5", or "?"."""
    return "?" if score is None else f"{score / 10:.1f}"


def shown_delta(delta: int) -> str:
    """ "fix this: +6.2"."""
    return f"fix this: +{delta / 10:.1f}"
