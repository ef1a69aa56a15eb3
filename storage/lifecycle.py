"""What a person may do to a finding, as pure rules: (finding, actor, now, ...) -> Event, or RefusedError.

Source: design.md, the table under "Three axes". Who has which role is the caller's to check; here stands what
the state, the clock and the caps allow. Every refusal says what stands in the way and what to do instead.
"""

from datetime import UTC, datetime, timedelta, tzinfo

from scanners.errors import RefusedError
from scanners.model import Severity
from storage.clock import iso
from storage.model import FIXES, Disposition, Event, Finding, Kind, State, short
from storage.rules import (
    ACCEPTANCE_CAP,
    ACKNOWLEDGE_LAPSE,
    REQUEST_LAPSE,
    SHORTEST_REASON,
    SNOOZE_DAYS_LEAD,
    SNOOZES_IN_A_ROW,
    SUPPRESSED,
    WORK_LAPSE,
    is_live,
    is_requested,
    shown_state,
)

SETTLED = (State.FIXED, State.OUT_OF_SCOPE)
DECIDED = (State.RISK_ACCEPTED, State.FALSE_POSITIVE)
REQUESTS = (Disposition.RISK_ACCEPTED, Disposition.FALSE_POSITIVE)
LABELS = {
    Disposition.ACKNOWLEDGED: "acknowledgement",
    Disposition.IN_PROGRESS: "work in progress",
    Disposition.SNOOZED: "snooze",
    Disposition.RISK_ACCEPTED: "risk acceptance",
    Disposition.FALSE_POSITIVE: "false positive",
}


def acknowledge(finding: Finding, actor: str, now: datetime) -> Event:
    """Somebody has seen it. Open and regressed findings only.

    Raises RefusedError with the state that stands in the way.
    """
    state = shown_state(finding, now)
    if state not in (State.OPEN, State.REGRESSED):
        raise _refusal("acknowledge", finding, state, actor)
    until = now + ACKNOWLEDGE_LAPSE[finding.severity]
    return Event(now, Kind.ACKNOWLEDGED, finding.id, actor, {"until": iso(until)})


def start(finding: Finding, actor: str, now: datetime, link: str = "") -> Event:
    """Work on it has begun; saying it again renews it. `link` is a ticket or pull request.

    Raises RefusedError for what is settled, or suppressed by an approver's decision.
    """
    state = shown_state(finding, now)
    if state in (*SETTLED, *DECIDED):
        raise _refusal("start work on", finding, state, actor)
    data = {"until": iso(now + WORK_LAPSE)} | ({"link": link} if link else {})
    return Event(now, Kind.STARTED, finding.id, actor, data)


def snooze(finding: Finding, actor: str, now: datetime, days: int, most_days: int) -> Event:
    """Hide it for `days`; `most_days` is what the actor's role allows.

    Raises RefusedError for a known-exploited flaw, the third snooze in a row, or too many days.
    """
    state = shown_state(finding, now)
    if state in (*SETTLED, *DECIDED):
        raise _refusal("snooze", finding, state, actor)
    if finding.exploited:
        raise RefusedError(
            f"Can't snooze {short(finding.id)}: attackers are known to use this flaw. Fix it, or ask for a risk"
            f" acceptance with `accept {short(finding.id)}`."
        )
    if finding.decision.snoozes >= SNOOZES_IN_A_ROW:
        raise RefusedError(
            f"Can't snooze {short(finding.id)}: it was snoozed {SNOOZES_IN_A_ROW} times in a row already. Start work on it,"
            " or ask for a risk acceptance."
        )
    if not 1 <= days <= most_days:
        more = f"; leads and security may for {SNOOZE_DAYS_LEAD}" if most_days < SNOOZE_DAYS_LEAD else ""
        raise RefusedError(
            f"Can't snooze {short(finding.id)} for {days} days: you may for 1 to {most_days}{more}.", "days"
        )
    until = now + timedelta(days=days)
    return Event(now, Kind.SNOOZED, finding.id, actor, {"until": iso(until), "days": days})


def request(
    finding: Finding, actor: str, now: datetime, what: Disposition, reason: str,
    until: datetime | None = None, zone: tzinfo = UTC,
) -> Event:  # fmt: skip
    """Ask for `what` (a risk acceptance until `until`, or a false positive). Changes no state by itself.

    `zone` is where the one who asks reads dates. Raises RefusedError for a short reason, a date beyond the cap
    of the severity, or a request that waits.
    """
    state = shown_state(finding, now)
    verb = (
        "ask for a risk acceptance of" if what is Disposition.RISK_ACCEPTED else "ask for a false positive of"
    )
    if state in (*SETTLED, *DECIDED):
        raise _refusal(verb, finding, state, actor)
    if is_requested(finding, now):
        label = LABELS[Disposition(finding.request)]
        raise RefusedError(
            f"Can't {verb} {short(finding.id)}: a {label} was asked for already, by @{finding.request_by}, and waits for"
            " its answer."
        )
    words = " ".join(reason.split())
    why = "the risk can be borne" if what is Disposition.RISK_ACCEPTED else "nothing is wrong here"
    if len(words) < SHORTEST_REASON:
        raise RefusedError(
            f"A reason needs {SHORTEST_REASON} characters or more; this one has {len(words)}. Say why"
            f" {why}, so that whoever approves can judge it.",
            "reason",
        )
    if what is Disposition.RISK_ACCEPTED:
        _check_until(finding, now, until, zone)
    asked = {"until": iso(until)} if until else {}
    data = {"what": str(what), "reason": words, "lapses": iso(now + REQUEST_LAPSE)} | asked
    return Event(now, Kind.REQUESTED, finding.id, actor, data)


def approve(finding: Finding, actor: str, now: datetime) -> Event:
    """Grant the request that waits. Never by the one who asked.

    Raises RefusedError where nothing waits, or where the date asked for is no longer allowed.
    """
    _check_request("approve", finding, now)
    if actor == finding.request_by:
        raise RefusedError(
            f"You asked for this yourself, so somebody else must decide on {short(finding.id)}."
        )
    what = Disposition(finding.request)
    until = now + ACCEPTANCE_CAP[finding.severity]
    if what is Disposition.RISK_ACCEPTED:
        until = _still_allowed(finding, now, finding.decision.asked_until)
    data = {
        "what": str(what),
        "until": iso(until),
        "requested_by": finding.request_by,
        "reason": finding.decision.asked_reason,
    }
    return Event(now, Kind.APPROVED, finding.id, actor, data)


def reject(finding: Finding, actor: str, now: datetime, reason: str = "") -> Event:
    """Refuse the request that waits; by the one who asked, it is taken back. Raises RefusedError."""
    _check_request("reject", finding, now)
    data = {"what": finding.request, "requested_by": finding.request_by}
    return Event(now, Kind.REJECTED, finding.id, actor, data | ({"reason": reason} if reason else {}))


def revoke(finding: Finding, actor: str, now: datetime, reason: str = "") -> Event:
    """End a snooze, an acceptance or a false positive before its time. Raises RefusedError where none holds."""
    if shown_state(finding, now) not in SUPPRESSED.values():
        raise RefusedError(
            f"Can't revoke {short(finding.id)}: it is neither snoozed nor accepted nor a false positive."
        )
    data = {"was": str(finding.disposition)} | ({"reason": reason} if reason else {})
    return Event(now, Kind.REVOKED, finding.id, actor, data)


def note(finding: Finding, actor: str, now: datetime, text: str) -> Event:
    """A word for the history. Work in progress counts it as a sign of life."""
    renewed = finding.disposition is Disposition.IN_PROGRESS and is_live(finding, now)
    data = {"text": text} | ({"until": iso(now + WORK_LAPSE)} if renewed else {})
    return Event(now, Kind.NOTED, finding.id, actor, data)


def claim(finding: Finding, actor: str, now: datetime) -> Event:
    """ "I fixed it": a claim until a scan proves it. Changes nothing about detection.

    Saying it again while a claim waits renews it, so that a check that could not decide is tried again.
    Raises RefusedError where there is nothing to fix.
    """
    state = shown_state(finding, now)
    if state in SETTLED:
        raise _refusal("claim a fix for", finding, state, actor)
    return Event(now, Kind.CLAIMED, finding.id, actor, {})


def latest_until(severity: Severity, now: datetime) -> datetime:
    """How far off an acceptance of this severity may end, as of `now`."""
    return now + ACCEPTANCE_CAP[severity]


def _still_allowed(finding: Finding, now: datetime, until: datetime | None) -> datetime:
    """The date that was asked for; time has passed since, and the severity may be another."""
    again = f"`reject {short(finding.id)}` it, so that it can be asked for anew."
    if until is None or until <= now:
        raise RefusedError(f"Can't approve {short(finding.id)}: the date asked for has passed. {again}")
    if until > latest_until(finding.severity, now):
        raise RefusedError(
            f"Can't approve {short(finding.id)}: it is {finding.severity} now, and the date asked for is more than"
            f" {ACCEPTANCE_CAP[finding.severity].days} days away. {again}"
        )
    return until


def _check_until(finding: Finding, now: datetime, until: datetime | None, zone: tzinfo) -> None:
    most = ACCEPTANCE_CAP[finding.severity]
    if until is None or until <= now:
        raise RefusedError("An acceptance needs a date to come at which it ends.", "until")
    if until > now + most:
        raise RefusedError(
            f"A {finding.severity} finding can be accepted for {most.days} days at most, so until"
            f" {latest_until(finding.severity, now).astimezone(zone).date()}. Choose that day or an earlier one.",
            "until",
        )


def _check_request(verb: str, finding: Finding, now: datetime) -> None:
    state = shown_state(finding, now)
    if state in SETTLED:
        raise _refusal(f"{verb} anything for", finding, state, "")
    if not is_requested(finding, now):
        lapsed = " (the request has lapsed)" if finding.request else ""
        raise RefusedError(
            f"Can't {verb} {short(finding.id)}: nothing was asked for that still waits{lapsed}."
            f" `show {short(finding.id)}` tells its history."
        )


def _refusal(verb: str, finding: Finding, state: State, actor: str) -> RefusedError:
    who = "you" if actor and finding.disposition_by == actor else f"@{finding.disposition_by}"
    until = f" until {finding.until:%Y-%m-%d %H:%M} UTC" if finding.until else ""
    claimant = "you" if actor and finding.claim_by == actor else f"@{finding.claim_by}"
    reasons = {
        State.FIXED: "it is fixed already: a scan proved it"
        if finding.cause in FIXES
        else "it is closed already",
        State.OUT_OF_SCOPE: "it is out of scope",
        State.FIX_CLAIMED: f"a fix was claimed by {claimant}; a check decides",
        State.ACKNOWLEDGED: f"it is acknowledged already, by {who}{until}",
        State.IN_PROGRESS: f"work on it has started, by {who}",
        State.SNOOZED: f"it is snoozed by {who}{until}",
        State.RISK_ACCEPTED: f"its risk is accepted{until}; a lead or security can `revoke` that",
        State.FALSE_POSITIVE: f"it is marked a false positive{until}; a lead or security can `revoke` that",
    }
    why = reasons.get(state, f"it is {state}")
    return RefusedError(
        f"Can't {verb} {short(finding.id)}: {why}. `show {short(finding.id)}` tells its history."
    )
