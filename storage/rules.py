"""The state rules as pure functions: shown state, clocks, what a person may do, what an event does.

Source of every number: design.md, "Three axes, one shown state". The only place that changes a finding
is `apply`; the live path and the replay of the ledger both go through it, so they cannot drift apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from scanners.errors import RefusedError
from scanners.model import Json, Severity
from storage.clock import iso, parse
from storage.model import Cause, Detection, Disposition, Event, Finding, Kind, State, short

SLA_DAYS: Mapping[Severity, int] = {
    Severity.CRITICAL: 7,
    Severity.HIGH: 30,
    Severity.MEDIUM: 90,
    Severity.LOW: 120,
    Severity.UNKNOWN: 90,
}
ACKNOWLEDGE_LAPSE: Mapping[Severity, timedelta] = {
    Severity.CRITICAL: timedelta(hours=24),
    Severity.HIGH: timedelta(days=3),
    Severity.MEDIUM: timedelta(days=7),
    Severity.LOW: timedelta(days=14),
    Severity.UNKNOWN: timedelta(days=7),
}
STALE_FLOOR = timedelta(days=7)
CLAIM_RETRY_MINUTES = (1, 5, 30)
REFUTATIONS_ASK_LEAD = 3

_SUPPRESSED = {
    Disposition.RISK_ACCEPTED: State.RISK_ACCEPTED,
    Disposition.FALSE_POSITIVE: State.FALSE_POSITIVE,
    Disposition.SNOOZED: State.SNOOZED,
}
_WORKED = {Disposition.IN_PROGRESS: State.IN_PROGRESS, Disposition.ACKNOWLEDGED: State.ACKNOWLEDGED}


def due_date(opened_at: datetime, severity: Severity) -> datetime:
    """When the SLA of an episode ends: 7, 30, 90 or 120 days after it opened."""
    return opened_at + timedelta(days=SLA_DAYS[severity])


def is_live(finding: Finding, now: datetime) -> bool:
    """True while the disposition holds: it has no end, or its end is not reached."""
    return finding.disposition is not Disposition.NONE and (finding.until is None or now < finding.until)


def shown_state(finding: Finding, now: datetime) -> State:
    """The one state shown, as of `now`: a lapse holds from its instant, whoever ran meanwhile."""
    if finding.out_of_scope:
        return State.OUT_OF_SCOPE
    if finding.detection is Detection.ABSENT:
        return State.FIXED
    live = is_live(finding, now)
    if live and finding.disposition in _SUPPRESSED:
        return _SUPPRESSED[finding.disposition]
    if finding.claim_at is not None:
        return State.FIX_CLAIMED
    if live:
        return _WORKED[finding.disposition]
    return State.REGRESSED if finding.episode > 1 else State.OPEN


def is_stale(last_checked: datetime, now: datetime, scan_interval: timedelta = timedelta(days=1)) -> bool:
    """True when not conclusively checked for more than max(2 x scan interval, 7 days)."""
    return now - last_checked > max(2 * scan_interval, STALE_FLOOR)


def acknowledge(finding: Finding, actor: str, now: datetime) -> Event:
    """Somebody has seen it. Open and regressed findings only.

    Raises RefusedError with the state that stands in the way.
    """
    state = shown_state(finding, now)
    if state not in (State.OPEN, State.REGRESSED):
        raise RefusedError(_refusal("acknowledge", finding, state))
    until = now + ACKNOWLEDGE_LAPSE[finding.severity]
    return Event(now, Kind.ACKNOWLEDGED, finding.id, actor, {"until": iso(until)})


def claim(finding: Finding, actor: str, now: datetime) -> Event:
    """ "I fixed it": a claim until a scan proves it. Changes nothing about detection.

    Saying it again while a claim waits renews it, so that a check that could not decide is tried again.
    Raises RefusedError where there is nothing to fix.
    """
    state = shown_state(finding, now)
    if state in (State.FIXED, State.OUT_OF_SCOPE):
        raise RefusedError(_refusal("claim a fix for", finding, state))
    return Event(now, Kind.CLAIMED, finding.id, actor, {})


def lapse(finding: Finding, now: datetime) -> Event | None:
    """The event of a disposition that fell due, dated when it fell due; None where none did."""
    if finding.disposition is Disposition.NONE or finding.until is None or now < finding.until:
        return None
    return Event(finding.until, Kind.LAPSED, finding.id, "clock", {"was": str(finding.disposition)})


def _refusal(verb: str, finding: Finding, state: State) -> str:
    who = finding.disposition_by or finding.claim_by
    reasons = {
        State.FIXED: "it is fixed already: a scan proved it",
        State.OUT_OF_SCOPE: "it is out of scope",
        State.FIX_CLAIMED: f"a fix was claimed by {finding.claim_by}; a check decides",
        State.ACKNOWLEDGED: f"it is acknowledged already, by {who}",
        State.IN_PROGRESS: f"work on it has started, by {who}",
        State.SNOOZED: f"it is snoozed, by {who}",
        State.RISK_ACCEPTED: "its risk is accepted",
        State.FALSE_POSITIVE: "it is marked a false positive",
    }
    why = reasons.get(state, f"it is {state}")
    return f"Can't {verb} {short(finding.id)}: {why}. `show {short(finding.id)}` tells its history."


def apply(finding: Finding | None, event: Event) -> Finding:
    """What the finding is after the event. `opened` is the only event that may start from None."""
    if event.kind is Kind.OPENED:
        return _opened(event)
    if finding is None:
        raise ValueError(
            f"event {event.seq} ({event.kind}) speaks of {event.finding}, which was never opened"
        )
    return _CHANGES[event.kind](finding, event)


def _opened(event: Event) -> Finding:
    data = event.data
    severity = Severity(data["severity"])
    return Finding(
        id=event.finding,
        control=data["control"],
        scope=data["scope"],
        target=data["target"],
        resource=data["resource"],
        resource_id=data["resource_id"],
        resource_type=data["resource_type"],
        region=data["region"],
        locus=data["locus"],
        severity=severity,
        team=data["team"],
        detection=Detection.PRESENT,
        first_seen=event.at,
        opened_at=event.at,
        due=due_date(event.at, severity),
        control_version=data["version"],
        tags=data["tags"],
    )


# What a person did to an episode ends with it.
_CLEARED: Mapping[str, Any] = {
    "disposition": Disposition.NONE,
    "disposition_by": "",
    "disposition_at": None,
    "until": None,
    "claim_by": "",
    "claim_at": None,
    "refutations": 0,
}


def _regressed(finding: Finding, event: Event) -> Finding:
    severity = Severity(event.data["severity"])
    return replace(
        finding,
        **_CLEARED,
        detection=Detection.PRESENT,
        episode=finding.episode + 1,
        opened_at=event.at,
        severity=severity,
        due=due_date(event.at, severity),
        control_version=event.data["version"],
        fixed_at=None,
        fixed_by="",
        cause="",
        out_of_scope=False,
    )


def _fixed(finding: Finding, event: Event) -> Finding:
    return replace(
        finding,
        **_CLEARED,
        detection=Detection.ABSENT,
        fixed_at=event.at,
        # Rule 4: nobody is credited with what a changed control closed.
        fixed_by="" if event.data["cause"] == Cause.CONTROL_CHANGED else finding.claim_by,
        cause=event.data["cause"],
    )


def _severity(finding: Finding, event: Event) -> Finding:
    severity = Severity(event.data["to"])
    return replace(finding, severity=severity, due=due_date(finding.opened_at, severity))


def _acknowledged(finding: Finding, event: Event) -> Finding:
    return replace(
        finding,
        disposition=Disposition.ACKNOWLEDGED,
        disposition_by=event.actor,
        disposition_at=event.at,
        until=parse(event.data["until"]),
    )


def _lapsed(finding: Finding, _event: Event) -> Finding:
    return replace(finding, disposition=Disposition.NONE, disposition_by="", disposition_at=None, until=None)


def _same(finding: Finding, _event: Event) -> Finding:
    return finding


def _text(data: Mapping[str, Json], key: str) -> str:
    return str(data[key])


_CHANGES: Mapping[Kind, Callable[[Finding, Event], Finding]] = {
    Kind.REGRESSED: _regressed,
    Kind.FIXED: _fixed,
    Kind.REFUTED: lambda f, _e: replace(f, claim_by="", claim_at=None, refutations=f.refutations + 1),
    Kind.INCONCLUSIVE: _same,
    Kind.SEVERITY_CHANGED: _severity,
    Kind.EVIDENCE_CHANGED: _same,
    Kind.CONTROL_CHANGED: lambda f, e: replace(f, control_version=_text(e.data, "to")),
    Kind.OWNER_CHANGED: lambda f, e: replace(f, team=_text(e.data, "to")),
    Kind.ACKNOWLEDGED: _acknowledged,
    Kind.CLAIMED: lambda f, e: replace(f, claim_by=e.actor, claim_at=e.at),
    Kind.LAPSED: _lapsed,
    Kind.OUT_OF_SCOPE: lambda f, _e: replace(f, **_CLEARED, out_of_scope=True),
}
