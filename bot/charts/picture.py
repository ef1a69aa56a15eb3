"""What the burn-down shows, as a plain value: every number, label and mark, before anything is drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from scanners.model import Json
from storage.figures.cohort import GOAL_DAYS, ideal
from storage.figures.happenings import NEW_CONTROL, NEW_TARGET, OUTAGE
from storage.progress_snapshots import Snapshot

# From the bottom up: what is left to do stands on the ground, so that its edge can be held against the ideal line.
BANDS: Mapping[str, str] = {
    "open": "open",
    "accepted": "accepted",
    "false_positive": "false positive",
    "fixed": "fixed",
    "arrived": "new and open",
}
_ALWAYS = ("open", "fixed")
MISSED = "missed"


@dataclass(frozen=True, slots=True)
class Column:
    """One day: how many findings each band holds, in the order of `BANDS`."""

    day: date
    counts: tuple[int, ...]

    @property
    def cohort(self) -> int:
        """All of day 0, without what came later."""
        return sum(self.counts[:-1])

    @property
    def open(self) -> int:
        """What of day 0 is open."""
        return self.counts[0]


@dataclass(frozen=True, slots=True)
class Label:
    """Words at the end of a band: "33 open"; `height` is the middle of the band, in findings."""

    band: str
    text: str
    height: float


@dataclass(frozen=True, slots=True)
class Lane:
    """A row of marks above the picture: `days` on which it holds, `text` that says what."""

    what: str
    text: str
    days: tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole burn-down. `columns` are the days that were recorded, `end` the last day on the axis.

    `ideal` is the line as (day, open findings), empty where there was nothing on day 0. Without columns there is
    only the title.
    """

    title: str
    subtitle: str
    start: date
    end: date
    columns: tuple[Column, ...] = ()
    ideal: tuple[tuple[date, float], ...] = ()
    labels: tuple[Label, ...] = ()
    lanes: tuple[Lane, ...] = ()

    @property
    def top(self) -> int:
        """The highest stack; 1 where nothing was ever there."""
        return max([sum(column.counts) for column in self.columns], default=0) or 1

    @property
    def longest_words(self) -> int:
        """Letters of the longest label or lane: what the column beside the bands must hold."""
        words = [*(label.text for label in self.labels), *(lane.text for lane in self.lanes)]
        return max(map(len, words), default=0)

    @property
    def is_bare(self) -> bool:
        """True where no day has anything to draw: there are only words."""
        return not any(sum(column.counts) for column in self.columns)

    @property
    def runs(self) -> list[list[Column]]:
        """The columns in runs of days without a gap."""
        found: list[list[Column]] = []
        for column in self.columns:
            if found and column.day - found[-1][-1].day == timedelta(days=1):
                found[-1].append(column)
            else:
                found.append([column])
        return found


def burn_down(series: Sequence[Snapshot], team: str) -> Picture:
    """The burn-down of one view from its snapshots (`storage.progress_snapshots.series`), oldest first.

    `team` is what people call the view: "payments", "the company". Days before day 0 are left out.
    """
    told = [(one.day, one.data) for one in series if one.data and one.data["day0"]]
    if not told:
        start = series[0].day if series else date.min
        return Picture(f"{team}: nothing recorded yet", "The first full scan begins the count", start, start)
    newest = told[-1][1]
    day0 = date.fromisoformat(newest["day0"])
    columns = tuple(_column(day, data) for day, data in told if day >= day0)
    if not columns:
        return Picture(f"{team}: nothing recorded yet", "Day 0 is still to come", day0, day0)
    last, total = columns[-1], columns[-1].cohort
    return Picture(
        title=f"{team}: {_state(columns)}",
        subtitle=_subtitle(last, day0),
        start=day0,
        end=max(last.day, day0 + timedelta(days=GOAL_DAYS)),
        columns=columns,
        ideal=_ideal(total, day0) if total else (),
        labels=tuple(_labels(last)),
        lanes=tuple(_lanes(series, day0, last.day)),
    )


def _state(columns: Sequence[Column]) -> str:
    last = columns[-1]
    if last.cohort:
        return f"{last.open:,} of {last.cohort:,} open"
    ended = any(column.cohort for column in columns)
    return "nothing left of day 0" if ended else "nothing found on day 0"


def _column(day: date, data: Mapping[str, Json]) -> Column:
    counts = {**data["cohort"], "arrived": data["arrived_open"]}
    return Column(day, tuple(counts[band] for band in BANDS))


def _subtitle(last: Column, day0: date) -> str:
    number = (last.day - day0).days
    where = f"day {number} of {GOAL_DAYS}" if number <= GOAL_DAYS else f"day {number}"
    return f"{_pace(last, day0, number)}, {where}"


def _pace(last: Column, day0: date, number: int) -> str:
    if not last.cohort:
        return f"{last.counts[-1]:,} new and open since" if last.counts[-1] else "Nothing since"
    if not last.open:
        return "All of day 0 is decided"
    if number == 0:
        return "The count begins"
    off = last.open - round(ideal(last.cohort, day0, last.day))
    if off == 0:
        return "Right on an even pace (dashed)"
    return f"{abs(off):,} {'behind' if off > 0 else 'ahead of'} an even pace (dashed)"


def _ideal(total: int, day0: date) -> tuple[tuple[date, float], ...]:
    return ((day0, float(total)), (day0 + timedelta(days=GOAL_DAYS), 0.0))


def _labels(last: Column) -> Iterable[Label]:
    below = 0
    for (band, words), number in zip(BANDS.items(), last.counts, strict=True):
        if number or (band in _ALWAYS and last.cohort):
            yield Label(band, f"{number:,} {words}", below + number / 2)
        below += number


def _lanes(series: Sequence[Snapshot], day0: date, last: date) -> Iterable[Lane]:
    inside = [one for one in series if day0 <= one.day <= last]
    missed = tuple(one.day for one in inside if one.data is None)
    for what, one_name, several in (
        (NEW_CONTROL, "new control", "new controls"),
        (NEW_TARGET, "new target", "new targets"),
        (OUTAGE, "scanner out", "scanner outages"),
    ):
        named = {one.day: names for one in inside if (names := _named(one, what))}
        many = len({name for names in named.values() for name in names})
        if named:
            yield Lane(what, one_name if many == 1 else several, tuple(named))
    if missed:
        yield Lane(MISSED, "not recorded", missed)


def _named(one: Snapshot, what: str) -> list[str]:
    return [mark["name"] for mark in (one.data or {}).get("marks", ()) if mark["what"] == what]
