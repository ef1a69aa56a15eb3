"""A slice of the ledger for an auditor, read as streams: nothing here holds more than one finding's history.

Events are dated when the thing happened and numbered when it was written: a scan's events carry its start, a
lapse its due time. So a slice is cut by number, where the ledger first reaches a date. Slices of neighbouring
ranges then join without gap or overlap, and a slice never changes once its end is reached
(docs/decisions/0014-evidence-export.md).
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from json.encoder import encode_basestring as quoted

from scanners.errors import StoreError
from scanners.model import Json
from storage.changes import apply
from storage.clock import iso
from storage.ledger import GENESIS, event_of, verify
from storage.model import FIXES, Disposition, Event, Finding, Kind
from storage.rows import FINDING_COLUMNS, finding_row
from storage.rules import shown_state

_COLUMNS = "seq, at, kind, finding, actor, data, prev, hash"
_FAILING = (Kind.OPENED, Kind.REGRESSED, Kind.EVIDENCE_CHANGED, Kind.REFUTED)
_JSON_COLUMNS = ("tags", "decision")
Row = Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Slice:
    """The events numbered `after` + 1 to `last`; none where the two are equal.

    `prev` and `hash` are the hashes of the events `after` and `last`, `newest` and `newest_hash` the ledger's
    tail when it was read. `dated_before` counts events in the slice that are dated before `since`,
    `written_later` events behind it that are dated within.
    """

    since: datetime
    until: datetime
    after: int
    last: int
    prev: str
    hash: str
    newest: int
    newest_hash: str
    dated_before: int
    written_later: int

    @property
    def count(self) -> int:
        """How many events."""
        return self.last - self.after


def find_slice(connection: sqlite3.Connection, since: datetime, until: datetime) -> Slice:
    """The slice of [since, until), after the whole ledger was verified. Must run inside `Store.read`.

    Raises StoreError where the chain is broken: nothing is proven by a piece of it.
    """
    audit = verify(connection)
    if audit.broken_at is not None:
        raise StoreError(
            f"The ledger is broken at event {audit.broken_at}: {audit.reason}. Nothing was exported; restore a"
            " backup made by `patrol store backup`, and find out who wrote to the file."
        )
    newest = audit.events
    first = _reached(connection, 1, since, newest)
    end = _reached(connection, first, until, newest)
    early = "select count(*) from events where seq >= ? and seq < ? and at < ?"
    late = "select count(*) from events where seq >= ? and at >= ? and at < ?"
    return Slice(
        since=since,
        until=until,
        after=first - 1,
        last=end - 1,
        prev=_hash(connection, first - 1),
        hash=_hash(connection, end - 1),
        newest=newest,
        newest_hash=_hash(connection, newest),
        dated_before=int(connection.execute(early, (first, end, iso(since))).fetchone()[0]),
        written_later=int(connection.execute(late, (end, iso(since), iso(until))).fetchone()[0]),
    )


def _reached(connection: sqlite3.Connection, start: int, moment: datetime, newest: int) -> int:
    """The first number from `start` whose event is dated `moment` or later; one past the newest where none is."""
    found = connection.execute(
        "select seq from events where seq >= ? and at >= ? order by seq limit 1", (start, iso(moment))
    ).fetchone()
    return int(found[0]) if found else newest + 1


def _hash(connection: sqlite3.Connection, seq: int) -> str:
    found = connection.execute("select hash from events where seq = ?", (seq,)).fetchone()
    return str(found[0]) if found else GENESIS


def event_lines(connection: sqlite3.Connection, part: Slice) -> Iterator[str]:
    """Each event as one line of JSON, every value spelled as it was hashed. `data` is the stored text itself."""
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute(
        f"select {_COLUMNS} from events where seq > ? and seq <= ? order by seq",  # noqa: S608
        (part.after, part.last),
    )
    for seq, at, kind, finding, actor, data, prev, digest in cursor:
        yield (
            f'{{"seq":{seq},"at":{quoted(at)},"kind":{quoted(kind)},"finding":{quoted(finding)},'
            f'"actor":{quoted(actor)},"data":{data},"prev":"{prev}","hash":"{digest}"}}\n'
        )


def fixes(connection: sqlite3.Connection, part: Slice) -> Iterator[Row]:
    """Each closing in the slice, in its order, with what was seen before it and what closed it.

    `before` is the newest failing evidence in the ledger, which may be older than the slice. `is_fix` is false
    for what a changed control or a person's word closed.
    """
    with _readable():
        for event in _of_kind(connection, Kind.FIXED, part.after, part.last):
            opened, before, episode = _until_fixed(_history(connection, event.finding, event.seq - 1))
            data = event.data
            yield {
                "seq": event.seq,
                "at": iso(event.at),
                "finding": event.finding,
                **{name: opened.data[name] for name in ("control", "scope", "target", "resource", "locus")},
                "episode": episode,
                "before": {
                    "seq": before.seq, "at": iso(before.at), "kind": str(before.kind),
                    "evidence": before.data["evidence"],
                },
                "after": data["evidence"],
                "scan": data["scan"],
                "claimant": data["claimed_by"],
                "cause": data["cause"],
                "released_by": data.get("released_by", ""),
                "is_fix": data["cause"] in FIXES,
            }  # fmt: skip


def _until_fixed(history: Iterator[Event]) -> tuple[Event, Event, int]:
    """The event that opened the finding, the newest with failing evidence, and the number of the episode."""
    opened = before = next(history)
    episode = 1
    for event in history:
        episode += event.kind is Kind.REGRESSED
        before = event if event.kind in _FAILING else before
    return opened, before, episode


def approvals(connection: sqlite3.Connection, part: Slice) -> Iterator[Row]:
    """Each acceptance and false positive that was approved in the slice, or before it and still held in it.

    `end` is None for what still held at the end of the slice.
    """
    with _readable():
        for event in _of_kind(connection, Kind.APPROVED, 0, part.last):
            asked, end = _course(connection, event, part.last)
            if end and end.seq <= part.after:
                continue
            yield {
                "seq": event.seq,
                "at": iso(event.at),
                "finding": event.finding,
                "request": event.data["what"],
                "reason": event.data["reason"],
                "requester": event.data["requested_by"],
                "requested": {"seq": asked.seq, "at": iso(asked.at)},
                "approver": event.actor,
                "until": event.data["until"],
                "end": {"seq": end.seq, "at": iso(end.at), "kind": str(end.kind), "by": end.actor}
                if end
                else None,
            }


def _course(connection: sqlite3.Connection, approval: Event, last: int) -> tuple[Event, Event | None]:
    """The request that was approved, and the event that ended the approval by `last`."""
    finding: Finding | None = None
    asked, end = approval, None
    for event in _history(connection, approval.finding, last):
        finding = apply(finding, event)
        if event.seq < approval.seq:
            asked = event if event.kind is Kind.REQUESTED else asked
        elif _holds(finding, approval):
            end = None  # an undone revocation puts it back
        else:
            end = end or event
    return asked, end


def _holds(finding: Finding, approval: Event) -> bool:
    given = (Disposition(approval.data["what"]), approval.actor, approval.at)
    return (finding.disposition, finding.disposition_by, finding.disposition_at) == given


def coverage(connection: sqlite3.Connection, part: Slice) -> Iterator[Row]:
    """What each scan recorded in the slice could check and what not, in the order in which they were recorded.

    Raises StoreError where the table does not hold as many rows as the ledger counted.
    """
    with _readable():
        for event in _of_kind(connection, Kind.SCAN_RECORDED, part.after, part.last):
            scan = event.data["scan"]
            found: Counter[str] = Counter()
            for row in connection.execute(
                "select s.target, s.started, s.finished, c.control, c.scope, c.status, c.reason,"
                " c.missing_permission from scans s join coverage c on c.scan = s.id where s.id = ?"
                " order by c.control, c.scope",
                (scan,),
            ):
                found[row["status"]] += 1
                yield {"seq": event.seq, "scan": scan, **dict(row)}
            if found != Counter(event.data["coverage"]):
                raise StoreError(
                    f"The coverage of scan {scan} is not what event {event.seq} of the ledger counted. Nothing was"
                    " exported; restore a backup made by `patrol store backup`."
                )


def findings(connection: sqlite3.Connection, part: Slice, as_of: datetime) -> Iterator[Row]:
    """Each finding that the slice speaks of, by id: as the ledger up to the slice's end tells it, at `as_of`."""
    # Along the index, which has the order already: else all the ids would be sorted in memory.
    touched = connection.execute(
        "select distinct finding from events indexed by events_by_finding"
        " where finding > '' and seq > ? and seq <= ? order by finding",
        (part.after, part.last),
    )
    with _readable():
        for (identity,) in touched:
            finding: Finding | None = None
            last = 0
            for event in _history(connection, identity, part.last):
                finding, last = apply(finding, event), event.seq
            assert finding is not None, "a finding that the slice speaks of has a history"
            columns: dict[str, Json] = dict(zip(FINDING_COLUMNS, finding_row(finding), strict=True))
            columns |= {name: json.loads(columns[name]) for name in _JSON_COLUMNS}
            yield {"last_seq": last, "state": str(shown_state(finding, as_of)), **columns}


def _of_kind(connection: sqlite3.Connection, kind: Kind, after: int, last: int) -> Iterator[Event]:
    found = connection.execute(
        f"select {_COLUMNS} from events where seq > ? and seq <= ? and kind = ? order by seq",  # noqa: S608
        (after, last, str(kind)),
    )
    return (event_of(row) for row in found)


def _history(connection: sqlite3.Connection, finding: str, last: int) -> Iterator[Event]:
    found = connection.execute(
        f"select {_COLUMNS} from events where finding = ? and seq <= ? order by seq",  # noqa: S608
        (finding, last),
    )
    return (event_of(row) for row in found)


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError, StopIteration) as error:
        raise StoreError(
            f"The ledger is whole, but this Patrol cannot read an event in it ({error!r}). Nothing was exported;"
            " use the version that wrote it, or a newer one."
        ) from error
