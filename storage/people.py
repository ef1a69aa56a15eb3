"""The people whom Patrol has met: a name for the history, a time zone for dates."""

import sqlite3
from datetime import datetime

from storage.clock import iso


def meet(connection: sqlite3.Connection, person: str, name: str, timezone: str, now: datetime) -> None:
    """Keep the name and IANA time zone of `person` (a Slack user id)."""
    connection.execute(
        "insert into people (id, name, timezone, seen_at) values (?, ?, ?, ?) on conflict (id) do update"
        " set name = excluded.name, timezone = excluded.timezone, seen_at = excluded.seen_at",
        (person, name, timezone, iso(now)),
    )


def last_met(connection: sqlite3.Connection, person: str) -> str:
    """When the name of `person` was last asked for (ISO 8601), "" for a stranger."""
    row = connection.execute("select seen_at from people where id = ?", (person,)).fetchone()
    return row[0] if row else ""
