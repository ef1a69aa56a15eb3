"""Rule 3: a run may not close more than max(25, 20 % of what is open in a scope) at once.

A scanner that broke in a way nobody foresaw looks exactly like a great day. So the closings wait for a
second complete run that agrees, or for the word of security.
"""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from scanners.model import Json, Scan
from storage.clock import iso
from storage.identity import canonical_text
from storage.model import Event, Kind
from storage.scans import Covered, conclusive, cover_of, covered

HOLD_FLOOR = 25
HOLD_SHARE = 0.20


class Closing(Protocol):
    """What `admit` needs of a finding that would close."""

    @property
    def id(self) -> str: ...
    @property
    def control(self) -> str: ...
    @property
    def scope(self) -> str: ...
    @property
    def checked_at(self) -> str: ...


C = TypeVar("C", bound=Closing)


@dataclass(frozen=True, slots=True)
class Hold:
    """Closings that wait: how many in which scope, out of how many open."""

    scope: str
    target: str
    closings: int
    open_count: int


@dataclass(frozen=True, slots=True)
class Admission:
    """Which closings wait, and the events that say so."""

    kept_open: frozenset[str]
    events: tuple[Event, ...]
    holds: tuple[Hold, ...]


def limit(open_count: int) -> int:
    """How many findings one run may close in a scope where `open_count` are open."""
    return int(max(HOLD_FLOOR, HOLD_SHARE * open_count))


def admit(
    connection: sqlite3.Connection, scan: Scan, closings: Sequence[tuple[C, Event]], now: datetime
) -> Admission:
    """Decide scope by scope; a second complete run that agrees releases what the first one held."""
    by_scope: dict[str, list[C]] = defaultdict(list)
    for closing, _event in closings:
        by_scope[closing.scope].append(closing)
    kept: set[str] = set()
    events: list[Event] = []
    held: list[Hold] = []
    started, covers = iso(scan.started), covered(scan)
    for scope, proposed in sorted(by_scope.items()):
        agreed = _agreed(connection, scope, started)
        fresh = [c.id for c in proposed if not _agrees(scan, covers, c, agreed.get(c.id, ""))]
        open_count = _open_count(connection, scope)
        if len(fresh) <= limit(open_count):
            continue
        kept.update(fresh)
        held.append(Hold(scope, scan.target, len(fresh), open_count))
        said = {event.finding: dict(event.data) for _closing, event in closings}
        events.append(_hold(connection, scan, scope, {i: said[i] for i in fresh}, open_count, now))
    return Admission(frozenset(kept), tuple(events), tuple(held))


def _agreed(connection: sqlite3.Connection, scope: str, started: str) -> dict[str, str]:
    """Finding id -> start of the newest held run that would have closed it."""
    waiting = connection.execute(
        "select started, findings from holds where scope = ? and ended_by = '' and started < ?"
        " order by started",
        (scope, started),
    )
    return {identity: row["started"] for row in waiting for identity in json.loads(row["findings"])}


def _agrees(scan: Scan, covers: Covered, closing: Closing, held_at: str) -> bool:
    """True where a complete check repeats what a held run said, and nothing spoke against it since."""
    cover = cover_of(covers, closing.control, closing.scope)
    # A failure seen since the hold takes back what that run had said of this finding.
    return closing.checked_at < held_at and cover is not None and conclusive(scan, cover)


def _open_count(connection: sqlite3.Connection, scope: str) -> int:
    row = connection.execute(
        "select count(*) from findings where scope = ? and detection = 'present' and not out_of_scope",
        (scope,),
    ).fetchone()
    return int(row[0])


def _hold(
    connection: sqlite3.Connection, scan: Scan, scope: str, fresh: Mapping[str, Json], open_count: int,
    now: datetime,
) -> Event:  # fmt: skip
    connection.execute(
        "insert into holds (scope, target, scan, at, started, findings, open_count, closings)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            scope, scan.target, scan.id, iso(now), iso(scan.started), json.dumps(list(fresh)), open_count,
            canonical_text(fresh),
        ),
    )  # fmt: skip
    data = {
        "scope": scope,
        "target": scan.target,
        "scan": scan.id,
        "closings": len(fresh),
        "open": open_count,
    }
    return Event(now, Kind.HELD, "", "scan", data)


def end_settled(connection: sqlite3.Connection, scan_id: str) -> frozenset[str]:
    """End the holds of which nothing waits any more: each finding was closed, or seen failing since.

    Returns the scopes in which one ended.
    """
    ended = connection.execute(
        "update holds set ended_by = ? where ended_by = '' and not exists ("
        " select 1 from json_each(holds.findings) h join findings f on f.id = h.value"
        " join observations o on o.finding = f.id where f.detection = 'present' and not f.out_of_scope"
        " and o.checked_at < holds.started) returning scope",
        (f"scan {scan_id}",),
    )
    return frozenset(row["scope"] for row in ended.fetchall())


def waiting(connection: sqlite3.Connection) -> list[Hold]:
    """The holds that nobody and no second run has ended, one a scope (the newest)."""
    found = connection.execute(
        "select scope, target, findings, open_count from holds h where ended_by = '' and not exists"
        " (select 1 from holds n where n.scope = h.scope and n.ended_by = '' and n.id > h.id) order by scope"
    )
    return [
        Hold(row["scope"], row["target"], len(json.loads(row["findings"])), row["open_count"])
        for row in found
    ]
