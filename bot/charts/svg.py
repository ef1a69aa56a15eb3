"""The burn-down as SVG inside a page: the page's style gives the colours, so it follows its dark mode and its print."""

from collections.abc import Iterable
from datetime import date
from html import escape

from bot.charts.alt import burn_down_alt
from bot.charts.picture import BANDS, MISSED, Column, Lane, Picture
from bot.charts.spacing import spaced

WIDE, NARROW = 720, 400
LEFT, BASE, TOP = 46, 300, 12
LANE, LINE, LETTER = 20, 19, 8.2
_STEPS = (1, 2, 5)


def burn_down_svg(picture: Picture, width: int = WIDE) -> str:
    """An `<svg>` with classes and no style of its own; the alt text is its label. Empty where nothing was ever there.

    `width` is in units of which the type takes 15, so a page for a phone asks for `NARROW`.
    """
    if picture.is_bare:
        return ""
    parts = "\n".join(_Drawing(picture, width).parts())
    return (
        f'<svg class="burn" viewBox="0 0 {width} {BASE + 28}" role="img" aria-label="{escape(burn_down_alt(picture))}">'
        f"\n{parts}\n</svg>"
    )


class _Drawing:
    """The picture's scales, and everything drawn by them."""

    def __init__(self, picture: Picture, width: int) -> None:
        self.picture, self.width = picture, width
        self.days = (picture.end - picture.start).days + 1
        self.last = (picture.columns[-1].day - picture.start).days + 1
        room = picture.longest_words * LETTER + 34
        self.per_day = min((width - LEFT) / self.days, (width - LEFT - room) / self.last)
        self.top = TOP + LANE * len(picture.lanes)
        self.per_finding = (BASE - self.top - 6) / picture.top

    def x(self, day: float) -> float:
        return round(LEFT + day * self.per_day, 1)

    def y(self, findings: float) -> float:
        return round(BASE - findings * self.per_finding, 1)

    def parts(self) -> Iterable[str]:
        yield from self._scales()
        for run in self.picture.runs:
            yield from self._bands(run)
        if self.picture.ideal:
            yield from self._ideal()
        yield from self._labels()
        for row, lane in enumerate(self.picture.lanes):
            yield from self._lane(lane, TOP + LANE * row)

    def _scales(self) -> Iterable[str]:
        step = tick(self.picture.top)
        for number in range(step, self.picture.top + 1, step):
            yield _line("grid", LEFT, self.y(number), self.width, self.y(number))
            yield _text("tick", LEFT - 8, self.y(number) + 5, f"{number:,}", 'text-anchor="end"')
        yield _line("base", LEFT, BASE, self.width, BASE)
        for day in range(0, self.days, 10 if self.days <= 45 else 30):
            yield _text(
                "tick", self.x(day + 0.5), BASE + 20, str(day) if day else "day 0", 'text-anchor="middle"'
            )

    def _bands(self, run: list[Column]) -> Iterable[str]:
        floor = [0] * len(run)
        first = self._number(run[0].day)
        for index, band in enumerate(BANDS):
            tops = [below + column.counts[index] for below, column in zip(floor, run, strict=True)]
            if tops != floor:
                there = " ".join(f"{self.x(d)},{self.y(n)}" for d, n in _steps(first, tops))
                back = " ".join(f"{self.x(d)},{self.y(n)}" for d, n in reversed(_steps(first, floor)))
                yield f'<polygon class="{band}" points="{there} {back}"/><polyline class="edge" points="{there}"/>'
            floor = tops

    def _ideal(self) -> Iterable[str]:
        (start, high), (end, low) = self.picture.ideal
        ends = (self.x(self._number(start) + 0.5), self.y(high), self.x(self._number(end) + 0.5), self.y(low))
        yield _line("halo", *ends)
        yield _line("ideal", *ends)

    def _labels(self) -> Iterable[str]:
        # Downwards on the page is upwards in findings: space them by distance from the ground.
        wanted = [BASE - self.y(label.height) for label in self.picture.labels]
        x = self.x(self.last)
        for label, place, high in zip(
            self.picture.labels, spaced(wanted, LINE, LINE / 2, BASE - TOP), wanted, strict=True
        ):
            y = round(BASE - place, 1)
            points = f"{x + 3},{round(BASE - high, 1)} {x + 12},{y} {x + 18},{y}"
            yield f'<polyline class="lead {label.band}" points="{points}"/>'
            yield _text("label", x + 24, y + 5, label.text)

    def _lane(self, lane: Lane, y: float) -> Iterable[str]:
        yield _line("grid", LEFT, y, self.x(self.last), y)
        for day in lane.days:
            at = self._number(day)
            kind = "missing" if lane.what == MISSED else "mark"
            yield _line(kind, self.x(at + 0.12), y, self.x(at + 0.88), y)
        yield _text("tick", self.x(self.last) + 24, y + 5, lane.text)

    def _number(self, day: date) -> int:
        return (day - self.picture.start).days


def tick(top: int) -> int:
    """The step of a scale up to `top` that gives two to five lines: 1, 2 or 5 times a power of ten."""
    power = 1
    while True:
        for step in _STEPS:
            if top <= step * power * 5:
                return step * power
        power *= 10


def _steps(first: int, heights: list[int]) -> list[tuple[int, int]]:
    return [(first + at + edge, height) for at, height in enumerate(heights) for edge in (0, 1)]


def _line(kind: str, x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line class="{kind}" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}"/>'


def _text(kind: str, x: float, y: float, words: str, more: str = "") -> str:
    return f'<text class="{kind}" x="{round(x, 1)}" y="{round(y, 1)}" {more}>{escape(words)}</text>'
