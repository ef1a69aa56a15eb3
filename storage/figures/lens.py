"""The instant, time zone and windows through which episodes are read; made once, used for every episode."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from storage.figures.sla import Sla
from storage.figures.values import Episode

WINDOWS = (7, 30, 90)
WEEKS = 13
SOON = timedelta(days=7)
LATER = "later"


def end_of(day: date, zone: tzinfo) -> datetime:
    """The first instant that is no longer `day` in `zone`, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


@dataclass(frozen=True)
class Lens:
    """How to look: `as_of` when, in which `zone`, by which `sla`.

    `starts` are the days 0 of all views, ascending: an episode's `bucket` says by the end of which of them its
    finding was first seen. A window of n days is (as_of - n * 24 h, as_of].
    """

    as_of: datetime
    zone: tzinfo = UTC
    sla: Sla = field(default_factory=Sla)
    starts: tuple[date, ...] = ()
    since: tuple[tuple[str, datetime], ...] = field(init=False)
    _ends: tuple[datetime, ...] = field(init=False)
    _buckets: tuple[str, ...] = field(init=False)
    _mondays: tuple[datetime, ...] = field(init=False)
    weeks: tuple[str, ...] = field(init=False)
    soon: datetime = field(init=False)

    def __post_init__(self) -> None:
        made = object.__setattr__
        made(self, "since", tuple((str(days), self.as_of - timedelta(days=days)) for days in WINDOWS))
        made(self, "soon", self.as_of + SOON)
        made(self, "_buckets", (*(day.isoformat() for day in self.starts), LATER))
        made(self, "_ends", tuple(end_of(day, self.zone) for day in self.starts))
        today = self.as_of.astimezone(self.zone).date()
        monday = today - timedelta(days=today.weekday())
        mondays = [monday - timedelta(weeks=back) for back in range(WEEKS - 1, -1, -1)]
        made(self, "weeks", tuple(day.isoformat() for day in mondays))
        made(self, "_mondays", tuple(end_of(day - timedelta(days=1), self.zone) for day in mondays))

    def bucket(self, episode: Episode) -> str:
        """The first day 0 by whose end the finding was seen; "later" where by none."""
        return self._buckets[bisect_right(self._ends, episode.first_seen)]

    def window(self, at: datetime) -> str:
        """The shortest window in which `at` lies; "" where it lies in none."""
        for name, since in self.since:
            if at > since:
                return name
        return ""

    def week(self, at: datetime) -> str:
        """The local Monday of the week in which `at` lies; "" before the weeks that are kept."""
        index = bisect_right(self._mondays, at)
        return self.weeks[index - 1] if index else ""

    def buckets_by(self, day0: date | None) -> list[str]:
        """The buckets of what was seen by the end of `day0`."""
        return [day.isoformat() for day in self.starts if day0 is not None and day <= day0]

    def buckets_after(self, day0: date | None) -> list[str]:
        """The buckets of what was first seen after `day0`."""
        return [day.isoformat() for day in self.starts if day0 is None or day > day0] + [LATER]


def within(label: str, days: int) -> list[str]:
    """The labels `label`.<window> that make up a window of `days`: each instant is counted in its shortest window."""
    return [f"{label}.{window}" for window in WINDOWS if window <= days]


def starts_of(days: Iterable[date | None]) -> tuple[date, ...]:
    """Every day 0 once, ascending."""
    return tuple(sorted({day for day in days if day is not None}))
