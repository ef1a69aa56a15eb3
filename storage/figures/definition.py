"""What a figure means, as data beside its function; docs/metrics.md is written from these. And shares."""

from dataclasses import dataclass

FEWEST_FOR_PERCENT = 5


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure in words, for people who must trust it.

    `counts` and `leaves_out` are what is in it and what is not, `reading_error` how it misleads where it is
    read carelessly, `why` the choice that was made where the field has several.
    """

    name: str
    title: str
    meaning: str
    formula: str
    counts: tuple[str, ...]
    leaves_out: tuple[str, ...]
    reading_error: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """`part` of `of`. Below five it is never a percentage: "75 %" of four is a sentence about one finding."""

    part: int
    of: int

    def __post_init__(self) -> None:
        if not 0 <= self.part <= self.of:
            raise ValueError(f"{self.part} is no part of {self.of}")

    @property
    def percent(self) -> int | None:
        """Whole percent, rounded down so that 100 means all of it; None below five, where none is shown."""
        return None if self.of < FEWEST_FOR_PERCENT else 100 * self.part // self.of

    def __str__(self) -> str:
        """ "3 of 4", or "75 % (30 of 40)": the denominator is always there."""
        plain = f"{self.part} of {self.of}"
        percent = self.percent
        if percent is None:
            return plain
        shown = "under 1 %" if percent == 0 and self.part else f"{percent} %"
        return f"{shown} ({plain})"
