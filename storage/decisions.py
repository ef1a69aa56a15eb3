"""What people and the clock do to findings: check the rule, append the event, in one transaction."""

import sqlite3
from collections.abc import Callable
from datetime import datetime

from storage.clock import iso
from storage.model import Event, Finding
from storage.reconcile import record
from storage.rows import load_findings
from storage.rules import lapse

Rule = Callable[[Finding, str, datetime], Event]


def decide(
    connection: sqlite3.Connection, finding_id: str, actor: str, now: datetime, rule: Rule
) -> list[Event]:
    """Apply `rule` to the finding as it is inside this transaction, not as it was when it was drawn.

    A disposition that fell due meanwhile is settled first. Raises RefusedError where the rule refuses.
    """
    events: list[Event] = settle(connection, now, only=finding_id)
    (finding,) = load_findings(connection, "f.id = ?", finding_id)
    events += record(connection, [rule(finding, actor, now)])
    return events


def settle(connection: sqlite3.Connection, now: datetime, only: str = "") -> list[Event]:
    """Write the event of every disposition that fell due, once, dated when it fell due."""
    where = "f.until is not null and f.until <= ? and f.detection = 'present'"
    parameters = [iso(now)]
    if only:
        where, parameters = where + " and f.id = ?", [*parameters, only]
    due = load_findings(connection, where, *parameters)
    found = [event for finding in due if (event := lapse(finding, now))]
    return record(connection, sorted(found, key=lambda event: event.at)) if found else []
