"""Things that must happen once: a delivery from Slack, a slot of a schedule."""

import sqlite3
from datetime import datetime, timedelta

from storage.clock import iso

REMEMBERED = timedelta(days=2)


def first_delivery(connection: sqlite3.Connection, key: str, now: datetime) -> bool:
    """True the first time `key` (an event_id, an action_ts with its user) is seen; Slack delivers again."""
    connection.execute("delete from deliveries where at < ?", (iso(now - REMEMBERED),))
    made = connection.execute("insert or ignore into deliveries (key, at) values (?, ?)", (key, iso(now)))
    return made.rowcount == 1


def first_run(connection: sqlite3.Connection, schedule: str, slot: str, now: datetime) -> bool:
    """True the first time a schedule takes a slot (its local date and time).

    When the clocks go back 02:30 comes twice on one date; the slot comes once.
    """
    made = connection.execute(
        "insert or ignore into schedule_runs (schedule, slot, at) values (?, ?, ?)",
        (schedule, slot, iso(now)),
    )
    return made.rowcount == 1


def last_slot(connection: sqlite3.Connection, schedule: str) -> str:
    """The newest slot that `schedule` took, "" where none."""
    row = connection.execute("select max(slot) from schedule_runs where schedule = ?", (schedule,)).fetchone()
    return row[0] or ""
