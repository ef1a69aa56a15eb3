"""Teams side by side, where that is switched on: what is proven fixed, by weight, evened out by the size of the estate."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from scanners.model import Json, Severity
from storage.figures.definition import FEWEST_FOR_PERCENT, Definition
from storage.figures.score import WEIGHTS
from storage.figures.values import SEVERITIES, Standing

THERE = (Standing.OPEN, Standing.ACCEPTED, Standing.FALSE_POSITIVE)
HANDICAP = 10 * WEIGHTS[Severity.HIGH]

COMPARISON = Definition(
    name="comparison",
    title="Teams compared",
    meaning="Of all that was found since the first day, how much is proven fixed, by weight, for each team beside the"
    " others. Only where `[summary] compare` or a team's own `compare` is true, and of teams, never of persons.",
    formula="share = (F + 100 * c) / (F + R + 100). F = weight of what is proven fixed and has stayed so, R = weight of"
    " what is there (critical 40, high 10, medium 3, low 1, unknown 3), c = F / (F + R) of all compared teams together."
    " The 100 are the handicap: as if each team had ten more highs, fixed at the pace of all.",
    counts=(
        "Each finding once, by how its newest episode stands: what came back is there again.",
        "What was accepted, called a false positive, snoozed, claimed or muted is there like anything else.",
    ),
    leaves_out=(
        "What ended without proof: a changed control, a removed scope, a second person's word.",
        "Teams with fewer than five findings: for them there is no figure.",
    ),
    reading_error="It says how far a team has come with what Patrol sees, not how hard the way was: findings that one"
    " change fixes at once weigh as much as those that take a week each. Removing a target takes its findings out.",
    why="Only a proven fix raises it. Without the handicap a team with six findings would lead or trail by one fix; a large"
    " estate hardly feels the 100, a small one is drawn to the middle.",
)


@dataclass(frozen=True, slots=True)
class Compared:
    """One team: `fixed` of `of` findings are proven fixed; `percent` is its share (whole, rounded down).

    `percent` is None where there are fewer than five findings.
    """

    team: str
    fixed: int
    of: int
    percent: int | None


def compare(reports: Mapping[str, Mapping[str, Json]]) -> list[Compared]:
    """The teams of `reports` (team -> its figures), the furthest first; empty where fewer than two have findings."""
    weighed = {team: _weighed(report["standing"]) for team, report in reports.items()}
    weighed = {team: found for team, found in weighed.items() if found[1]}
    if len(weighed) < 2:  # one alone is no comparison
        return []
    done, whole = (sum(found[at] for found in weighed.values()) for at in (2, 3))
    pace = Fraction(done, whole)
    shares = {
        team: (mine + HANDICAP * pace) / (all_of_it + HANDICAP)
        for team, (_fixed, _of, mine, all_of_it) in weighed.items()
    }
    found = [
        Compared(team, fixed, of, None if of < FEWEST_FOR_PERCENT else int(100 * shares[team]))
        for team, (fixed, of, _mine, _all) in weighed.items()
    ]
    return sorted(found, key=lambda one: (one.percent is None, -shares[one.team], one.team))


def _weighed(standing: Mapping[str, Mapping[str, int]]) -> tuple[int, int, int, int]:
    """How many are fixed, how many there are in all, and the same by weight."""
    fixed = standing[str(Standing.FIXED)]
    there = {str(s): sum(standing[str(state)][str(s)] for state in THERE) for s in SEVERITIES}
    mine, rest = (sum(WEIGHTS[s] * part[str(s)] for s in SEVERITIES) for part in (fixed, there))
    number = sum(fixed.values())
    return number, number + sum(there.values()), mine, mine + rest
