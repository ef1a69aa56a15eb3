"""The ledger: append-only, hash-chained events.

hash = SHA-256 of the canonical JSON (sorted keys, no spaces, UTF-8) of
[seq, at, kind, finding, actor, data, prev]; prev of the first event is 64 zeros.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring

from storage.clock import iso, parse
from storage.identity import canonical_text
from storage.model import Event, Kind

GENESIS = "0" * 64
_COLUMNS = "seq, at, kind, finding, actor, data, prev, hash"


def event_hash(seq: int, at: str, kind: str, finding: str, actor: str, data: str, prev: str) -> str:
    """The hash of one event. `data` is its canonical JSON text, hashed as a value inside the list."""
    # Put together by hand, for speed; a test holds it against `canonical` of the whole list.
    words = ",".join(map(encode_basestring, (at, kind, finding, actor)))
    text = f'[{seq},{words},{data},"{prev}"]'
    return hashlib.sha256(text.encode("utf-8", "backslashreplace")).hexdigest()


def append(connection: sqlite3.Connection, events: Sequence[Event]) -> list[Event]:
    """Write `events` behind the newest one, in order, and return them with seq, prev and hash.

    Must run inside `Store.write`: the chain has one tail.
    """
    last = connection.execute("select hash from events order by seq desc limit 1").fetchone()
    # Counted on from what was ever written, so that a tail cut off leaves a gap that no later event closes.
    seq, prev = _written(connection), last["hash"] if last else GENESIS
    written: list[Event] = []
    records: list[tuple[object, ...]] = []
    for event in events:
        seq += 1
        at, data = iso(event.at), canonical_text(dict(event.data))
        digest = event_hash(seq, at, event.kind, event.finding, event.actor, data, prev)
        records.append((seq, at, str(event.kind), event.finding, event.actor, data, prev, digest))
        written.append(Event(event.at, event.kind, event.finding, event.actor, event.data, seq, prev, digest))
        prev = digest
    connection.executemany(f"insert into events ({_COLUMNS}) values (?, ?, ?, ?, ?, ?, ?, ?)", records)  # noqa: S608
    return written


def _written(connection: sqlite3.Connection) -> int:
    """The highest seq that was ever committed, whether or not its row is still there."""
    row = connection.execute("select seq from sqlite_sequence where name = 'events'").fetchone()
    return int(row[0]) if row else 0


def event_of(row: sqlite3.Row) -> Event:
    """An event from its row."""
    return Event(
        at=parse(row["at"]),
        kind=Kind(row["kind"]),
        finding=row["finding"],
        actor=row["actor"],
        data=json.loads(row["data"]),
        seq=row["seq"],
        prev=row["prev"],
        hash=row["hash"],
    )


def events(connection: sqlite3.Connection, *, after: int = 0) -> Iterator[Event]:
    """Every event with a seq above `after`, oldest first, streamed."""
    cursor = connection.execute(f"select {_COLUMNS} from events where seq > ? order by seq", (after,))  # noqa: S608
    return (event_of(row) for row in cursor)


def history(connection: sqlite3.Connection, finding: str) -> list[Event]:
    """What happened to one finding, oldest first."""
    found = connection.execute(
        f"select {_COLUMNS} from events where finding = ? order by seq",  # noqa: S608
        (finding,),
    )
    return [event_of(row) for row in found]


@dataclass(frozen=True, slots=True)
class Audit:
    """What `verify` found: `broken_at` is the seq of the first bad link, None where the chain is whole."""

    events: int
    broken_at: int | None
    reason: str


def verify(connection: sqlite3.Connection) -> Audit:
    """Walk the whole chain and name the first link that does not hold."""
    cursor = connection.execute(f"select {_COLUMNS} from events order by seq")  # noqa: S608
    audit = _walk(tuple(row) for row in cursor)
    written = _written(connection)
    if audit.broken_at is None and audit.events != written:
        reason = f"events up to {written} were written, and the last one that is there is {audit.events}"
        return Audit(audit.events, audit.events + 1, reason)
    return audit


def _walk(records: Iterable[tuple[object, ...]]) -> Audit:
    count, prev = 0, GENESIS
    for record in records:
        seq, at, kind, finding, actor, data, linked, digest = record
        count += 1
        reason = ""
        if seq != count:
            reason = f"event {count} is missing: the next one that is there is {seq}"
        elif linked != prev:
            reason = "it does not follow from the event before it"
        elif event_hash(count, str(at), str(kind), str(finding), str(actor), str(data), prev) != digest:
            reason = "its content does not match its hash"
        if reason:
            return Audit(count, count, reason)
        prev = str(digest)
    return Audit(count, None, "")
