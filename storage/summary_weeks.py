"""Which team's weekly summary was posted or skipped for which week; once a week, whatever the clock does."""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scanners.model import Json
from storage.clock import iso, parse
from storage.noise import Route
from storage.post_rows import want


@dataclass(frozen=True, slots=True)
class SummaryWeek:
    """One week's summary. `slot` is the local date and time at which it was due ("2026-11-23T09:00").

    `post` is the message, None where it was skipped, and then `skipped` says why. `mark` tells whether anything
    has changed since.
    """

    team: str
    slot: str
    at: datetime
    mark: str
    post: int | None
    skipped: str


def last_week(connection: sqlite3.Connection, team: str) -> SummaryWeek | None:
    """The newest summary of the team, posted or skipped."""
    row = connection.execute(
        "select * from summary_weeks where team = ? order by slot desc limit 1", (team,)
    ).fetchone()
    if row is None:
        return None
    return SummaryWeek(row["team"], row["slot"], parse(row["at"]), row["mark"], row["post"], row["skipped"])


def keep(
    connection: sqlite3.Connection, route: Route, slot: str, now: datetime, *, data: Mapping[str, Json], mark: str,
    skipped: str,
) -> bool:  # fmt: skip
    """Post a week's summary and its thread, or note why it is skipped; False where that was done before.

    Must run inside `Store.write`.
    """
    last = last_week(connection, route.team)
    if last is not None and last.slot >= slot:
        return False
    made = None if skipped else _post(connection, route, slot, now, data)
    connection.execute(
        "insert into summary_weeks (team, slot, at, mark, post, skipped) values (?, ?, ?, ?, ?, ?)",
        (route.team, slot, iso(now), mark, made, skipped),
    )
    return True


def _post(
    connection: sqlite3.Connection, route: Route, slot: str, now: datetime, data: Mapping[str, Json]
) -> int:
    team, day = route.team, slot[:10]
    made = want(connection, route.channel, "weekly", team, day, team, now, dict(data))
    for kind in ("weekly_more", "weekly_files"):
        below = want(connection, route.channel, kind, str(made), day, team, now, {"of": made})
        connection.execute("update posts set parent = ? where id = ?", (made, below))
    return made
