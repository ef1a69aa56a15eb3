"""Frozen selections: "these 14, as listed". A bulk action works on these findings and never on a query."""

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanners.errors import UsageError
from storage.clock import iso, parse
from storage.identity import storable

PREFIX = "sel_"
KEPT = timedelta(days=1)
MOST = 500


@dataclass(frozen=True, slots=True)
class Selection:
    """Findings that `by` listed with `words`, by id, in the order listed."""

    id: str
    by: str
    words: str
    findings: tuple[str, ...]
    at: datetime


def freeze(
    connection: sqlite3.Connection, findings: Sequence[str], by: str, words: str, now: datetime
) -> Selection:
    """Keep the list for a day. Raises UsageError for an empty or too long one. Must run inside `Store.write`."""
    if not findings:
        raise UsageError("Nothing fits, so there is nothing to select.")
    if len(findings) > MOST:
        raise UsageError(
            f"That is {len(findings):,} findings; {MOST} at once are the most. Add a filter, such as control:ID."
        )
    connection.execute("delete from selections where at < ?", (iso(now - KEPT),))
    seed = json.dumps([by, words, iso(now), list(findings)])
    identity = PREFIX + hashlib.sha256(seed.encode("utf-8", "backslashreplace")).hexdigest()[:8]
    connection.execute(
        "insert or replace into selections (id, by, words, findings, at) values (?, ?, ?, ?, ?)",
        (identity, by, words.encode("utf-8", "backslashreplace").decode(), json.dumps(list(findings)), iso(now)),
    )  # fmt: skip
    return Selection(identity, by, words, tuple(findings), now)


def get(connection: sqlite3.Connection, identity: str, by: str, now: datetime) -> Selection:
    """The selection that `by` froze. Raises UsageError for one that is unknown, old, or somebody else's."""
    row = connection.execute(
        "select * from selections where id = ? and by = ? and at >= ?",
        (storable(identity), by, iso(now - KEPT)),
    ).fetchone()
    if row is None:
        raise UsageError(
            f"There is no selection {identity[:20]} of yours from the last day. List the findings again with"
            " `findings ... --select`."
        )
    return Selection(row["id"], row["by"], row["words"], tuple(json.loads(row["findings"])), parse(row["at"]))
