"""What people and the clock do to findings: check the rule, append the event, in one transaction."""

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from scanners.errors import RefusedError
from scanners.model import Json
from storage.clock import iso
from storage.lapses import due_events
from storage.ledger import history
from storage.model import Event, Finding, Kind, short
from storage.reconcile import record
from storage.rows import load_findings
from storage.rules import WORK_LAPSE, WORK_SILENT

Rule = Callable[[Finding, str, datetime], Event]
# What a person would want to know of before a decision that was begun earlier takes effect.
NEWS = frozenset(Kind) - {
    Kind.SCAN_RECORDED, Kind.HELD, Kind.RELEASED, Kind.INCONCLUSIVE, Kind.CONTROL_CHANGED, Kind.RETAGGED, Kind.NUDGED,
}  # fmt: skip


class ChangedError(RefusedError):
    """The finding changed since the person looked; `events` say how, oldest first."""

    def __init__(self, finding: Finding, events: list[Event]) -> None:
        self.finding, self.events = finding, events
        super().__init__(
            f"{short(finding.id)} changed while you were deciding, so nothing was done. Look again, then decide."
        )


def decide(
    connection: sqlite3.Connection, finding_id: str, actor: str, now: datetime, rule: Rule, *,
    behind: str = "", batch: str = "", seen: int | None = None,
) -> list[Event]:  # fmt: skip
    """Apply `rule` to the finding as it is inside this transaction, not as it was when it was drawn.

    What fell due meanwhile is settled first. `behind` is the operator who acts for `actor`, `batch` the bulk
    action that this belongs to, `seen` the number of the newest event that the person had before them (None
    where that is not known). Raises RefusedError where the rule refuses, ChangedError where news came in.
    """
    events: list[Event] = settle(connection, now, only=finding_id)
    (finding,) = load_findings(connection, "f.id = ?", finding_id)
    if seen is not None:
        news = [e for e in history(connection, finding_id) if e.seq > seen and e.kind in NEWS]
        if news:
            raise ChangedError(finding, news)
    events += record(connection, [told(rule(finding, actor, now), behind, batch)])
    return events


def told(event: Event, behind: str = "", batch: str = "") -> Event:
    """The event with who acted for whom, and which bulk action it belongs to."""
    more: Mapping[str, Json] = {k: v for k, v in (("behind", behind), ("batch", batch)) if v}
    return replace(event, data={**event.data, **more}) if more else event


# Work that was silent is nudged before it lapses, so that is looked at that much earlier. Each of the three
# parts is answered from a partial index; a test holds the plan.
DUE = (
    "f.detection = 'present' and not f.out_of_scope and (f.request_until <= ?1 or f.until <= ?1"
    " or (f.until <= ?2 and f.disposition = 'in_progress'))"
)


def _instants(now: datetime) -> tuple[str, str]:
    return iso(now), iso(now + (WORK_LAPSE - WORK_SILENT))


def something_due(connection: sqlite3.Connection, now: datetime) -> bool:
    """True where `settle` would write an event. Reads only."""
    return any(due_events(finding, now) for finding in load_findings(connection, DUE, *_instants(now)))


def settle(connection: sqlite3.Connection, now: datetime, only: str = "") -> list[Event]:
    """Write the event of everything that fell due, once, dated when it fell due."""
    where, parameters = DUE, [*_instants(now)]
    if only:
        where, parameters = where + " and f.id = ?3", [*parameters, only]
    found = [
        event
        for finding in load_findings(connection, where, *parameters)
        for event in due_events(finding, now)
    ]
    return record(connection, sorted(found, key=lambda event: event.at)) if found else []


def newest_seq(connection: sqlite3.Connection, finding_id: str) -> int:
    """The number of the newest event of the finding: what a dialog notes down when it is opened."""
    row = connection.execute("select max(seq) from events where finding = ?", (finding_id,)).fetchone()
    return int(row[0] or 0)
