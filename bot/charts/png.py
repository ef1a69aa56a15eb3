"""The burn-down as a PNG of 1440 x 1080, made to be read at 360 pixels width: all type is 10 pixels or more there.

matplotlib is loaded here, when a picture is asked for, and without pyplot: that keeps state for a person at a
screen, and is not safe in threads.
"""

from datetime import date
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any

from bot.charts.colours import BAND, GRID, GROUND, INK, LANE, MISSING, SOFT_INK
from bot.charts.picture import BANDS, MISSED, Column, Picture
from bot.charts.spacing import spaced
from scanners.errors import PatrolError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH, HEIGHT, DPI = 7.2, 5.4, 200
TITLE, TEXT = 21, 15.5
LEFT, RIGHT, BOTTOM, TOP = 0.115, 0.985, 0.095, 0.805
LANE_HEIGHT = 0.055
# A letter's usual width, as a share of the type's size: so much room the labels' column is given.
LETTER = 0.58
BARE_HEIGHT = 1.25
LONGEST_TITLE = 38


def burn_down_png(picture: Picture) -> bytes:
    """The picture as PNG. Raises PatrolError where matplotlib (the extra `charts`) is not installed."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise PatrolError(
            f"A picture needs more than Patrol itself ({error.name}). Install patrol-bot[charts]."
        ) from error
    height = BARE_HEIGHT if picture.is_bare else HEIGHT
    figure = Figure(figsize=(WIDTH, height), dpi=DPI, facecolor=GROUND)
    FigureCanvasAgg(figure)
    _words(figure, LEFT / 3, 1 - 0.42 / height, _short(picture.title), TITLE, INK, weight="bold")
    _words(figure, LEFT / 3, 1 - 0.80 / height, picture.subtitle, TEXT, SOFT_INK)
    if not picture.is_bare:
        _plot(figure, picture)
    written = BytesIO()
    figure.savefig(written, format="png", metadata={"Software": None})
    return written.getvalue()


def _plot(figure: "Figure", picture: Picture) -> None:
    top = TOP - LANE_HEIGHT * len(picture.lanes)
    axes = figure.add_axes((LEFT, BOTTOM, RIGHT - LEFT, top - BOTTOM))
    axes.set_facecolor(GROUND)
    last = (picture.columns[-1].day - picture.start).days + 1
    length = (picture.end - picture.start).days + 1
    right = max(float(length), last / (1 - _beside(picture)))
    axes.set_xlim(0, right)
    axes.set_ylim(0, picture.top * 1.04)
    _scales(axes, picture, length)
    for run in picture.runs:
        _bands(axes, run, picture.start)
    _ideal(axes, picture)
    _labels(axes, picture, last, right)
    for row, lane in enumerate(reversed(picture.lanes)):
        _lane(figure, axes, top + LANE_HEIGHT * (row + 0.75), lane, picture.start, last, right)


def _beside(picture: Picture) -> float:
    """The share of the axis that the longest label takes, with the line that leads to it."""
    return (picture.longest_words * TEXT * LETTER / 72 + 0.38) / (WIDTH * (RIGHT - LEFT))


def _scales(axes: "Axes", picture: Picture, length: int) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(SOFT_INK)
    axes.tick_params(length=0, labelsize=TEXT, labelcolor=SOFT_INK, pad=6)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 2.5, 5, 10]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda number, _at: _compact(number)))
    axes.grid(axis="y", color=GRID, linewidth=1)
    axes.set_axisbelow(True)
    step = 10 if length <= 45 else 30
    days = range(0, length, step)
    axes.set_xticks([day + 0.5 for day in days], [f"day {day}" if not day else str(day) for day in days])


def _compact(number: float) -> str:
    if number >= 10_000:
        return f"{number / 1000:g}k"
    return f"{number:,.0f}" if number else ""


def _bands(axes: "Axes", run: list[Column], start: date) -> None:
    """One run of days without a gap, each day as wide as a day; hair lines of the ground part the bands."""
    first = (run[0].day - start).days
    edges = [*range(first, first + len(run)), first + len(run)]
    floor = [0] * len(run)
    for index, band in enumerate(BANDS):
        tops = [below + column.counts[index] for below, column in zip(floor, run, strict=True)]
        if tops != floor:
            low, high = ([*heights, heights[-1]] for heights in (floor, tops))
            axes.fill_between(edges, low, high, step="post", color=BAND[band], linewidth=0)
            axes.step(edges, high, where="post", color=GROUND, linewidth=1.2, solid_capstyle="butt")
        floor = tops


def _ideal(axes: "Axes", picture: Picture) -> None:
    if not picture.ideal:
        return
    days = [(day - picture.start).days + 0.5 for day, _open in picture.ideal]
    heights = [height for _day, height in picture.ideal]
    axes.plot(days, heights, color=GROUND, linewidth=5, solid_capstyle="butt", zorder=4)
    axes.plot(days, heights, color=INK, linewidth=2.2, dashes=(3.2, 1.8), zorder=5)


def _labels(axes: "Axes", picture: Picture, last: int, right: float) -> None:
    if not picture.labels:
        return
    low, high = axes.get_ylim()
    points = axes.get_position().height * HEIGHT * 72
    unit = (high - low) / points
    line = TEXT * 1.42 * unit
    places = spaced([label.height for label in picture.labels], line, low + line / 2, high - line / 3)
    gap = right / 60
    for label, place in zip(picture.labels, places, strict=True):
        axes.plot(
            [last + gap * 0.3, last + gap * 1.4, last + gap * 2], [label.height, place, place],
            color=BAND[label.band], linewidth=2.4, solid_capstyle="round", zorder=6, clip_on=False,
        )  # fmt: skip
        _words(axes, last + gap * 2.6, place, label.text, TEXT, INK, halo=True, va="center", zorder=7)


def _lane(
    figure: "Figure", axes: "Axes", height: float, lane: Any, start: date, last: int, right: float
) -> None:
    """A row above the picture: a block a day, and the words where the labels of the bands stand."""
    from matplotlib.transforms import blended_transform_factory

    across = blended_transform_factory(axes.transData, figure.transFigure)
    axes.plot([0, last], [height, height], color=GRID, linewidth=1, transform=across, clip_on=False)
    for day in lane.days:
        at = (day - start).days
        axes.plot(
            [at + 0.12, at + 0.88], [height, height], color=MISSING if lane.what == MISSED else LANE, linewidth=7,
            solid_capstyle="butt", transform=across, clip_on=False,
        )  # fmt: skip
    _words(
        axes,
        last + right / 60 * 2.6,
        height,
        lane.text,
        TEXT,
        SOFT_INK,
        va="center",
        transform=across,
        halo=True,
    )


def _words(
    where: Any, x: float, y: float, text: str, size: float, colour: str, *, halo: bool = False, **more: Any
) -> None:
    """Text as it stands: never as mathematics (`$`), on one line, what the font lacks as "?"."""
    from matplotlib.patheffects import withStroke

    effects = [withStroke(linewidth=4, foreground=GROUND)] if halo else None
    where.text(
        x, y, _drawable(text), fontsize=size, color=colour, parse_math=False, path_effects=effects, **more
    )


def _short(title: str) -> str:
    """A title that fits: a long name of a team gives way, the numbers stay."""
    if len(title) <= LONGEST_TITLE:
        return title
    name, colon, rest = title.rpartition(":")
    return f"{name[: max(6, LONGEST_TITLE - len(rest) - 4)]}...{colon}{rest}"


def _drawable(text: str) -> str:
    glyphs = _glyphs()
    return "".join(letter if ord(letter) in glyphs else "?" for letter in " ".join(text.split()))


@lru_cache(maxsize=1)
def _glyphs() -> frozenset[int]:
    from matplotlib.font_manager import FontProperties, findfont
    from matplotlib.ft2font import FT2Font

    return frozenset(FT2Font(findfont(FontProperties())).get_charmap())
