"""Frozen daily snapshots of every figure: once per local day, never changed, and a missed day is told as missed.

A day has one row of scope "basis" (how it was worked out) and one per view. What was told stays; whether the ledger
says otherwise since, because a scan arrived late, can be asked (`changed_since`).
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from scanners.model import Json, Severity
from storage import history
from storage.clock import iso, parse
from storage.figures.coverage import coverage
from storage.figures.happenings import happenings
from storage.figures.lens import Lens, starts_of
from storage.figures.report import Estate, reports
from storage.figures.sla import Calendar, Sla
from storage.figures.tally import tally
from storage.figures.values import COMPANY, View
from storage.identity import canonical_text

BASIS = "basis"


@dataclass(frozen=True)
class Settings:
    """How figures are worked out: the company's time zone (IANA), SLA days, calendar, and days 0 that were set.

    `day0` maps a view's key ("company", "team:payments") to its day 0; without one, it is the day of the first full scan.
    """

    zone: str = "UTC"
    sla_days: Mapping[Severity, int] = field(default_factory=lambda: dict(Sla().days))
    calendar: Calendar | None = None
    day0: Mapping[str, date] = field(default_factory=dict)


@dataclass(frozen=True)
class Basis:
    """What a reading rests on: the instant, the newest event known then, the settings, who owned which target."""

    as_of: datetime
    seq: int
    settings: Settings
    owners: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One day of one view; `data` is None for a day on which no snapshot was taken."""

    day: date
    data: Mapping[str, Json] | None


@dataclass(frozen=True)
class Measured:
    """The figures of every view, by its key, and what they rest on."""

    basis: Basis
    views: Mapping[str, Mapping[str, Json]]


def measure(connection: sqlite3.Connection, now: datetime, settings: Settings | None = None) -> Measured:
    """Every figure as of `now`. Reads the whole ledger: call it inside `Store.read`, not while others wait to write."""
    return recompute(
        connection,
        Basis(now, history.newest_seq(connection), settings or Settings(), history.owners(connection)),
    )


def recompute(connection: sqlite3.Connection, basis: Basis, *, late: bool = False) -> Measured:
    """The figures as of `basis.as_of`; with `late`, also by what was dated earlier and came in later."""
    upto = None if late else basis.seq
    scans = history.scans(connection, basis.as_of, upto)
    lens, estate = _look(basis, scans)
    tallied = tally(history.episodes(connection, basis.as_of, upto), lens)
    return Measured(basis, reports(tallied, estate))


def look(connection: sqlite3.Connection, basis: Basis) -> tuple[Lens, Estate]:
    """The lens and the estate of a basis: to make the list behind a number."""
    return _look(basis, history.scans(connection, basis.as_of, basis.seq))


def _look(basis: Basis, scans: history.Scans) -> tuple[Lens, Estate]:
    settings = basis.settings
    zone = ZoneInfo(settings.zone)
    first = {target: at.astimezone(zone).date() for target, at in scans.first.items()}
    company = settings.day0.get("company", min(first.values(), default=None))
    day0 = {View("target", target): day for target, day in first.items()}
    day0 |= {_view(key): day for key, day in settings.day0.items()}
    lens = Lens(
        basis.as_of,
        zone,
        Sla(settings.sla_days, settings.calendar, zone),
        starts_of([company, *day0.values()]),
    )
    start = min(scans.first.values(), default=None)
    estate = Estate(
        coverage(scans.notes, basis.as_of), basis.owners, company, day0,
        happenings(scans.notes, scans.first, basis.as_of, start),
    )  # fmt: skip
    return lens, estate


def _view(key: str) -> View:
    kind, _, name = key.partition(":")
    return View(kind, name) if name or kind == "team" else COMPANY


def take(
    connection: sqlite3.Connection, day: date, now: datetime, settings: Settings | None = None,
    measured: Measured | None = None,
) -> bool:  # fmt: skip
    """Freeze the figures of `day`, a local date; True where a snapshot was taken. Must run inside `Store.write`.

    A day that has one already is left alone. A day that is over is marked as missed, and so is every day since the
    newest one: what was not looked at then is not made up now. Pass `measured` to have done the reading before.
    Raises ValueError for a day to come.
    """
    settings = settings or Settings()
    today = now.astimezone(ZoneInfo(settings.zone)).date()
    if day > today:
        raise ValueError(f"{day} is still to come: it is {today} in {settings.zone}")
    if is_known(connection, day):
        return False
    _mark_missed(connection, day, now)
    if day < today:
        _write(connection, day, now, {BASIS: {"missed": True}})
        return False
    found = measured or measure(connection, now, settings)
    _write(connection, day, now, {BASIS: _basis_json(found.basis), **found.views})
    return True


def is_known(connection: sqlite3.Connection, day: date) -> bool:
    """True where the day has a snapshot, or is marked as missed."""
    found = connection.execute(
        "select 1 from snapshots where day = ? and scope = ?", (day.isoformat(), BASIS)
    )
    return found.fetchone() is not None


def _mark_missed(connection: sqlite3.Connection, day: date, now: datetime) -> None:
    row = connection.execute("select max(day) from snapshots where day < ?", (day.isoformat(),)).fetchone()
    if row[0] is None:
        return
    missed = date.fromisoformat(row[0]) + timedelta(days=1)
    while missed < day:
        _write(connection, missed, now, {BASIS: {"missed": True}})
        missed += timedelta(days=1)


def _write(
    connection: sqlite3.Connection, day: date, now: datetime, views: Mapping[str, Mapping[str, Json]]
) -> None:
    connection.executemany(
        "insert into snapshots (day, scope, data, taken_at) values (?, ?, ?, ?)",
        [(day.isoformat(), scope, canonical_text(data), iso(now)) for scope, data in views.items()],
    )


def series(connection: sqlite3.Connection, view: View, since: date) -> list[Snapshot]:
    """One entry per day from `since` to the newest, oldest first; days that were missed have no data.

    Where a view did not exist yet on a day, that day has no entry.
    """
    rows = connection.execute(
        "select b.day, s.data, json_extract(b.data, '$.missed') as missed from snapshots b"
        " left join snapshots s on s.day = b.day and s.scope = ? where b.scope = ? and b.day >= ? order by b.day",
        (str(view), BASIS, since.isoformat()),
    ).fetchall()
    return [
        Snapshot(date.fromisoformat(row["day"]), json.loads(row["data"]) if row["data"] else None)
        for row in rows
        if row["data"] or row["missed"]
    ]


def newest(connection: sqlite3.Connection, view: View) -> Snapshot | None:
    """The newest snapshot of a view, None where there is none."""
    row = connection.execute(
        "select day, data from snapshots where scope = ? order by day desc limit 1", (str(view),)
    ).fetchone()
    return Snapshot(date.fromisoformat(row["day"]), json.loads(row["data"])) if row else None


def of_day(connection: sqlite3.Connection, view: View, day: date) -> Mapping[str, Json] | None:
    """What was told of a view on a day; None where nothing was."""
    row = connection.execute(
        "select data from snapshots where day = ? and scope = ?", (day.isoformat(), str(view))
    ).fetchone()
    return json.loads(row["data"]) if row else None


def newest_day(connection: sqlite3.Connection) -> date | None:
    """The newest day of which a snapshot was taken."""
    row = connection.execute("select max(day) from snapshots where scope = ?", (str(COMPANY),)).fetchone()
    return date.fromisoformat(row[0]) if row[0] else None


def basis_of(connection: sqlite3.Connection, day: date) -> Basis | None:
    """What the snapshots of a day rest on; None where none were taken."""
    row = connection.execute(
        "select data from snapshots where day = ? and scope = ?", (day.isoformat(), BASIS)
    ).fetchone()
    data = json.loads(row["data"]) if row else {"missed": True}
    return None if data.get("missed") else _basis_of(data)


def changed_since(connection: sqlite3.Connection, day: date, *, late: bool = True) -> list[str]:
    """The views of which the ledger now tells that day otherwise: a scan arrived late. Empty where none.

    With `late` false it checks the snapshot itself: by what was known then, it must come out the same.
    """
    basis = basis_of(connection, day)
    if basis is None:
        return []
    told = _told(connection, day)
    now = {
        scope: canonical_text(data) for scope, data in recompute(connection, basis, late=late).views.items()
    }
    return sorted(scope for scope in told.keys() | now.keys() if told.get(scope) != now.get(scope))


def _told(connection: sqlite3.Connection, day: date) -> dict[str, str]:
    rows: Iterable[sqlite3.Row] = connection.execute(
        "select scope, data from snapshots where day = ? and scope <> ?", (day.isoformat(), BASIS)
    )
    return {row["scope"]: row["data"] for row in rows}


def _basis_json(basis: Basis) -> dict[str, Json]:
    settings = basis.settings
    calendar = settings.calendar
    return {
        "as_of": iso(basis.as_of),
        "seq": basis.seq,
        "zone": settings.zone,
        "sla_days": {str(severity): days for severity, days in settings.sla_days.items()},
        "calendar": calendar
        and {
            "weekend": sorted(calendar.weekend),
            "holidays": sorted(d.isoformat() for d in calendar.holidays),
        },
        "day0": {key: day.isoformat() for key, day in settings.day0.items()},
        "owners": dict(basis.owners),
    }


def _basis_of(data: Mapping[str, Json]) -> Basis:
    days = data["calendar"]
    calendar = days and Calendar(
        frozenset(days["weekend"]), frozenset(map(date.fromisoformat, days["holidays"]))
    )
    settings = Settings(
        data["zone"],
        {Severity(name): count for name, count in data["sla_days"].items()},
        calendar,
        {key: date.fromisoformat(day) for key, day in data["day0"].items()},
    )
    return Basis(parse(data["as_of"]), data["seq"], settings, data["owners"])
