"""How the events of each target fare: what came in, what became of it, and why a queue can't be read."""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.clock import iso, parse_or_none
from storage.touched import waiting


@dataclass(frozen=True, slots=True)
class Health:
    """How the events of a target fare. `counts` is by outcome of a message; `error` says why the queue is not read."""

    target: str
    messages: int
    counts: Mapping[str, int]
    waiting: int
    storms: int
    storm: bool
    last: datetime | None
    error: str


def count(connection: sqlite3.Connection, target: str, outcomes: Sequence[str], now: datetime) -> None:
    """Remember what became of so many messages."""
    before = connection.execute("select counts from event_queues where target = ?", (target,)).fetchone()
    counts = Counter(json.loads(before["counts"]) if before else {})
    counts.update(outcomes)
    connection.execute(
        "insert into event_queues (target, messages, counts, last_at) values (?, ?, ?, ?) on conflict (target) do update"
        " set messages = messages + excluded.messages, counts = excluded.counts, last_at = excluded.last_at",
        (target, len(outcomes), json.dumps(counts, sort_keys=True), iso(now)),
    )  # fmt: skip


def unread(connection: sqlite3.Connection, target: str, error: str) -> bool:
    """Why the queue can't be read, "" where it can again; True where that is news."""
    before = connection.execute("select error from event_queues where target = ?", (target,)).fetchone()
    if (before["error"] if before else "") == error:
        return False
    connection.execute(
        "insert into event_queues (target, error) values (?, ?) on conflict (target) do update set error = excluded.error",
        (target, error),
    )
    return True


def healths(connection: sqlite3.Connection) -> list[Health]:
    """Every target whose queue was ever read, by name."""
    found = connection.execute("select * from event_queues order by target").fetchall()
    return [
        Health(
            row["target"], row["messages"], json.loads(row["counts"]), waiting(connection, row["target"]),
            row["storms"], row["storm_at"] is not None, parse_or_none(row["last_at"]), row["error"],
        )
        for row in found
    ]  # fmt: skip


def accounts_seen(connection: sqlite3.Connection, target: str) -> frozenset[str]:
    """The accounts of `target` that a scan has seen whole at least in part."""
    found = connection.execute(
        "select distinct c.scope from scope_checks c join scans s on s.id = c.scan where s.target = ?",
        (target,),
    )
    return frozenset(row["scope"].split("/")[1] for row in found)
