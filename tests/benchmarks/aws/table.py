"""The figures as a table: figure, Prowler, Patrol, ratio, bar, met or not."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """`bar` is the most that the ratio may be where there is a figure of Prowler's, else that Patrol's own may be."""

    name: str
    unit: str
    prowler: float | None
    patrol: float
    bar: float

    @property
    def ratio(self) -> float | None:
        """Patrol's part of Prowler's."""
        return self.patrol / self.prowler if self.prowler else None

    @property
    def met(self) -> bool:
        """Whether the bar is kept."""
        return (self.patrol if self.ratio is None else self.ratio) <= self.bar


def printed(figures: Sequence[Figure]) -> str:
    """The table as text."""
    rows = [("figure", "Prowler", "Patrol", "ratio", "bar", "met?")]
    for each in figures:
        bar = f"<= {each.bar:.2f}x" if each.ratio is not None else f"<= {_number(each.bar, each.unit)}"
        ratio = f"{each.ratio:.2f}x" if each.ratio is not None else "-"
        theirs = "-" if each.prowler is None else _number(each.prowler, each.unit)
        rows.append(
            (each.name, theirs, _number(each.patrol, each.unit), ratio, bar, "yes" if each.met else "NO")
        )
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def _number(value: float, unit: str) -> str:
    written = f"{value:,.0f}" if value == round(value) or value >= 100 else f"{value:.1f}"
    return f"{written} {unit}".strip()
