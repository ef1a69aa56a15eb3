"""The dates that a configured SLA gives: written into the events that begin an episode or change its severity.

The ledger holds each date itself, so a table that is changed later moves nothing that was promised before. Where no SLA
is configured nothing is written, and the usual days count (`storage.rules`).
"""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import cache

from scanners.model import Severity
from storage.clock import iso, parse
from storage.figures.sla import Sla
from storage.model import Event, Kind

SlaOf = Callable[[str], Sla | None]  # a team's configured SLA, "" for nobody's


def usual(_team: str) -> Sla | None:
    """No SLA is configured."""
    return None


def date(connection: sqlite3.Connection, events: list[Event], sla_of: SlaOf) -> None:
    """Give each of `events` that needs one its date, in place. Must run before they are appended.

    A severity that changes moves the date of the whole episode: it is counted from the opening, by the table of today.
    """
    if sla_of is usual:
        return
    once = cache(sla_of)  # a first scan has ten thousand openings and a few teams
    for index, event in enumerate(events):
        due = _due(connection, event, once)
        if due is not None:
            events[index] = replace(event, data={**event.data, "sla_due": iso(due)})


def _due(connection: sqlite3.Connection, event: Event, sla_of: SlaOf) -> datetime | None:
    if event.kind in (Kind.OPENED, Kind.REGRESSED):
        sla = sla_of(event.data["team"])
        return sla.due(event.at, Severity(event.data["severity"])) if sla else None
    if event.kind is not Kind.SEVERITY_CHANGED:
        return None
    row = connection.execute("select team, opened_at from findings where id = ?", (event.finding,)).fetchone()
    sla = sla_of(row["team"]) if row else None
    return sla.due(parse(row["opened_at"]), Severity(event.data["to"])) if sla else None
