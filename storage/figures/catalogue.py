"""Every figure's definition, and docs/metrics.md written from them."""

from collections.abc import Iterable

from storage.figures.attention import EXPIRING, LAPSED, RECURRENCE, REFUTED
from storage.figures.cohort import COHORT, SHARES
from storage.figures.comparison import COMPARISON
from storage.figures.coverage import COVERAGE
from storage.figures.dates import AGES
from storage.figures.definition import Definition
from storage.figures.flow import FLOW
from storage.figures.forecast import FORECAST
from storage.figures.happenings import HAPPENINGS
from storage.figures.score import SCORE
from storage.figures.sla import COMPLIANCE
from storage.figures.survival import FIRST_ACTION, TIME_TO_FIX

CATALOGUE: tuple[Definition, ...] = (
    COHORT, SHARES, HAPPENINGS, TIME_TO_FIX, FIRST_ACTION, FLOW, COMPLIANCE, AGES, RECURRENCE, REFUTED, LAPSED,
    EXPIRING, COVERAGE, SCORE, FORECAST, COMPARISON,
)  # fmt: skip
_HEAD = """# What the figures mean

Written from the definitions in `storage/figures/`; `python -m storage.figures.catalogue` prints it anew.

Rules for all of them: the ledger is the source, so each can be worked out again. Daily snapshots are frozen; a day on
which none was taken is marked, not filled in. Every number leads to the list behind it, and the list is as long as
the number. Denominators are printed. Below five there is no percentage. They speak of teams, never of persons.
"Open" is what is there and was neither accepted nor called a false positive: also what is snoozed, claimed or being
worked on. A window of n days is the n times 24 hours up to the instant of the figures; days and weeks begin at
midnight in the company's time zone.
"""


def page(definitions: Iterable[Definition] = CATALOGUE) -> str:
    """The text of docs/metrics.md."""
    return "\n".join([_HEAD, *map(_section, definitions)])


def _section(one: Definition) -> str:
    lines = [f"## {one.title}", "", one.meaning, "", f"- **Formula:** {one.formula}", "- **Counts:**"]
    lines += [f"  - {words}" for words in one.counts]
    lines += ["- **Does not count:**", *(f"  - {words}" for words in one.leaves_out)]
    lines.append(f"- **How it misleads:** {one.reading_error}")
    if one.why:
        lines.append(f"- **Why so:** {one.why}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(page(), end="")
