"""What the clock does: decisions and requests that end, work that was silent for too long. Pure functions."""

from datetime import datetime

from storage.model import Disposition, Event, Finding, Kind
from storage.rules import WORK_LAPSE, WORK_SILENT

REQUEST = "request"


def lapse(finding: Finding, now: datetime) -> Event | None:
    """The event of a disposition that fell due, dated when it fell due; None where none did."""
    if finding.disposition is Disposition.NONE or finding.until is None or now < finding.until:
        return None
    data = {"was": str(finding.disposition), "by": finding.disposition_by}
    return Event(finding.until, Kind.LAPSED, finding.id, "clock", data)


def due_events(finding: Finding, now: datetime) -> list[Event]:
    """Everything that fell due by `now`, each dated when it did, in that order."""
    found: list[Event] = []
    if finding.disposition is Disposition.IN_PROGRESS and finding.until and not finding.decision.nudged:
        silent = finding.until - (WORK_LAPSE - WORK_SILENT)
        if now >= silent:
            data = {"by": finding.disposition_by}
            found.append(Event(silent, Kind.NUDGED, finding.id, "clock", data))
    if ended := lapse(finding, now):
        found.append(ended)
    if finding.request and finding.request_until and now >= finding.request_until:
        data = {"was": REQUEST, "what": finding.request, "by": finding.request_by}
        found.append(Event(finding.request_until, Kind.LAPSED, finding.id, "clock", data))
    return sorted(found, key=lambda event: event.at)
