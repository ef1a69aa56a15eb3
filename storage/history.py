"""The ledger as the figures' input: episodes and notes of scans as of an instant, streamed.

Two bounds make a past reading exact: `as_of` leaves out what is dated later, `upto` (the number of the newest
event that was known then) leaves out what was dated earlier but came later: a scan that arrived late.
"""

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from scanners.model import CoverageStatus
from storage.clock import iso, parse
from storage.figures.coverage import EXPECTED, Checks, ScanNote
from storage.figures.fold import SILENT, fold
from storage.figures.values import Episode

_EVERYTHING = 2**63 - 1
_MARKS = ", ".join(f"'{kind}'" for kind in SILENT)
_TOLD = f"(actor not in ('scan', 'clock') or kind not in ({_MARKS}))"
# Most of what an opening says is of no use here: taken out by SQLite, it is neither sorted nor parsed by Python.
_UNUSED = (
    "evidence",
    "tags",
    "resource",
    "resource_id",
    "resource_type",
    "region",
    "locus",
    "version",
    "scan",
)
_PATHS = ", ".join(f"'$.{name}'" for name in _UNUSED)
_READ = f"iif(kind = 'opened', json_remove(data, {_PATHS}), data)"
_TOLD_OF = itemgetter(1, 2, 3, 4)
# Read in the table's order and sorted by SQLite (beyond its cache in a temporary file): by way of the index, each of
# five million events would be looked up on a page of its own, which takes twice as long.
_EVENTS = f"""select finding, at, kind, actor, {_READ} from events not indexed
    where finding > '' and seq <= ? and at <= ? and {_TOLD} order by finding, seq"""  # noqa: S608
_SOME = f"""select finding, at, kind, actor, {_READ} from events indexed by events_by_finding
    where finding in (select value from json_each(?)) and seq <= ? and at <= ? and {_TOLD}
    order by finding, seq"""  # noqa: S608
_SCANS = """select at, data from events indexed by events_by_finding
    where finding = '' and kind = 'scan_recorded' and seq <= ? and at <= ? order by seq"""


def newest_seq(connection: sqlite3.Connection) -> int:
    """The number of the newest event, 0 where there is none."""
    return int(connection.execute("select coalesce(max(seq), 0) from events").fetchone()[0])


def episodes(
    connection: sqlite3.Connection, as_of: datetime, upto: int | None = None, only: list[str] | None = None
) -> Iterator[Episode]:
    """Every episode (of the findings `only`) as the ledger told it by `as_of`, by finding id, oldest first.

    Streamed: one finding at a time is in memory. Read it to its end inside one `Store.read`.
    """
    bounds: tuple[Any, ...] = (_EVERYTHING if upto is None else upto, iso(as_of))
    cursor = connection.cursor()
    cursor.row_factory = None
    if only is None:
        cursor.execute(_EVENTS, bounds)
    else:
        cursor.execute(_SOME, (json.dumps(only), *bounds))
    for finding, rows in groupby(cursor, key=itemgetter(0)):
        yield from fold(finding, map(_TOLD_OF, rows), as_of)


@dataclass(frozen=True, slots=True)
class Scans:
    """What the full scans of each target covered lately (`notes`), and when each target's first one began."""

    notes: tuple[ScanNote, ...]
    first: dict[str, datetime]


def scans(connection: sqlite3.Connection, as_of: datetime, upto: int | None = None) -> Scans:
    """The notes of full scans that were recorded by `as_of`, of the last days up to each target's newest."""
    first: dict[str, datetime] = {}
    recent: dict[str, list[ScanNote]] = {}
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute(_SCANS, (_EVERYTHING if upto is None else upto, iso(as_of)))
    for at, text in cursor:
        data = json.loads(text)
        if data["only_resource"]:
            continue
        target, started = data["target"], parse(data.get("started", at))
        if not data.get("chosen"):
            first.setdefault(target, started)
        kept = recent.setdefault(target, [])
        kept.append(_note(connection, data, started))
        newest = max(note.started for note in kept)
        recent[target] = [note for note in kept if note.started > newest - EXPECTED]
    return Scans(tuple(note for target in sorted(recent) for note in recent[target]), first)


def _note(connection: sqlite3.Connection, data: dict[str, Any], started: datetime) -> ScanNote:
    if "checks" in data:
        found = [
            Checks(part["status"], part["reason"], tuple(part["controls"]), tuple(part["scopes"]))
            for part in data["checks"]
        ]
        return ScanNote(data["target"], started, tuple(found))
    return ScanNote(data["target"], started, _from_table(connection, data["scan"]))


def _from_table(connection: sqlite3.Connection, scan: str) -> tuple[Checks, ...]:
    """Scans that were recorded before their event said what they covered."""
    rows = connection.execute(
        "select c.control, c.scope, c.status, c.reason, s.identity, s.cancelled from coverage c"
        " join scans s on s.id = c.scan where c.scan = ? order by c.control, c.scope",
        (scan,),
    ).fetchall()
    found = [Checks(row["status"], row["reason"], (row["control"],), (row["scope"],)) for row in rows]
    proves = [
        row["identity"] and (row["scope"] + "/").startswith(row["identity"] + "/") and not row["cancelled"]
        for row in rows
    ]
    complete = str(CoverageStatus.COMPLETE)
    return tuple(
        one if proof or one.status != complete else replace(one, status="unproven")
        for one, proof in zip(found, proves, strict=True)
    )


def owners(connection: sqlite3.Connection) -> dict[str, str]:
    """Target -> the team that owns it, "" for nobody."""
    return {row[0]: row[1] for row in connection.execute("select name, owner from targets order by name")}
