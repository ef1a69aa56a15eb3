"""What an event does to a finding. The only place that changes one: the live path and the replay of the ledger
both go through `apply`, so they cannot drift apart.
"""

from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from operator import attrgetter
from typing import Any

from scanners.model import Json, Severity
from storage.clock import iso, parse, parse_or_none
from storage.lapses import REQUEST
from storage.model import NO_DECISION, Cause, Decision, Detection, Disposition, Event, Finding, Kind
from storage.rows import decision_from, decision_part
from storage.rules import due_date, due_of


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
    own_due, sla_due = parse_or_none(data.get("due")), parse_or_none(data.get("sla_due"))
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
        due=own_due or sla_due or due_date(event.at, severity),
        control_version=data["version"],
        tags=data["tags"],
        exploited="exploited" in data,
        decision=replace(NO_DECISION, own_due=own_due, sla_due=sla_due)
        if own_due or sla_due
        else NO_DECISION,
    )


# What a person did to an episode ends with it.
_CLEARED: dict[str, Any] = {
    "disposition": Disposition.NONE,
    "disposition_by": "",
    "disposition_at": None,
    "until": None,
    "claim_by": "",
    "claim_at": None,
    "refutations": 0,
    "request": "",
    "request_by": "",
    "request_until": None,
}
_NO_REQUEST: Mapping[str, Any] = {"request": "", "request_by": "", "request_until": None}
_NO_DISPOSITION: Mapping[str, Any] = {
    "disposition": Disposition.NONE, "disposition_by": "", "disposition_at": None, "until": None,
}  # fmt: skip


def _promised(sla_due: datetime | None) -> Decision:
    """No decision, and the date that the SLA gave."""
    return NO_DECISION if sla_due is None else replace(NO_DECISION, sla_due=sla_due)


def _cleared(finding: Finding) -> dict[str, Any]:
    return {**_CLEARED, "decision": _promised(finding.decision.sla_due)}


_FIELDS = [field.name for field in fields(Finding)]
_PLACE = {name: at for at, name in enumerate(_FIELDS)}
_VALUES = attrgetter(*_FIELDS)


def _changed(finding: Finding, changes: Mapping[str, Any]) -> Finding:
    """As `replace`, in half the time: a scan may close tens of thousands."""
    values = list(_VALUES(finding))
    for name, value in changes.items():
        values[_PLACE[name]] = value
    return Finding(*values)


def _regressed(finding: Finding, event: Event) -> Finding:
    severity = Severity(event.data["severity"])
    sla_due = parse_or_none(event.data.get("sla_due"))
    return replace(
        finding,
        **_CLEARED,
        decision=_promised(sla_due),
        detection=Detection.PRESENT,
        episode=finding.episode + 1,
        opened_at=event.at,
        severity=severity,
        due=sla_due or due_date(event.at, severity),
        control_version=event.data["version"],
        team=event.data.get("team", finding.team),
        exploited="exploited" in event.data,
        fixed_at=None,
        fixed_by="",
        cause="",
        out_of_scope=False,
    )


def _fixed(finding: Finding, event: Event) -> Finding:
    # The episode keeps its due date: the days of an acceptance that was under way belong to it.
    stopped = min(event.at, finding.until or event.at)
    return _changed(
        _ended(finding, stopped) if finding.decision.paused_at else finding,
        _cleared(finding)
        | {
            "detection": Detection.ABSENT,
            "fixed_at": event.at,
            # Rule 4: nobody is credited with what a changed control closed.
            "fixed_by": "" if event.data["cause"] == Cause.CONTROL_CHANGED else finding.claim_by,
            "cause": event.data["cause"],
        },
    )


def _severity(finding: Finding, event: Event) -> Finding:
    """The ledger holds the date by the new severity where an SLA is configured; without one the usual days count."""
    sla_due = parse_or_none(event.data.get("sla_due"))
    decision = finding.decision
    if sla_due != decision.sla_due:
        decision = replace(decision, sla_due=sla_due)
    return _with_due(replace(finding, severity=Severity(event.data["to"]), decision=decision))


def _with_due(finding: Finding) -> Finding:
    return replace(finding, due=due_of(finding))


def _decided(disposition: Disposition) -> Callable[[Finding, Event], Finding]:
    """A disposition that a person took for themselves: it replaces the one before and its words."""

    def change(finding: Finding, event: Event) -> Finding:
        before = finding.decision
        snoozes = {Disposition.SNOOZED: before.snoozes + 1, Disposition.IN_PROGRESS: 0}
        same_work = disposition is finding.disposition is Disposition.IN_PROGRESS
        decision = replace(
            before,
            reason="",
            requested_by="",
            link=event.data.get("link", before.link if same_work else ""),
            snoozes=snoozes.get(disposition, before.snoozes),
            nudged=False,
        )
        return replace(
            finding,
            disposition=disposition,
            disposition_by=event.actor,
            disposition_at=event.at,
            until=parse(event.data["until"]),
            decision=decision,
        )

    return change


def _requested(finding: Finding, event: Event) -> Finding:
    data = event.data
    asked = replace(
        finding.decision, asked_reason=data["reason"], asked_until=parse_or_none(data.get("until"))
    )
    return replace(
        finding, request=data["what"], request_by=event.actor, request_until=parse(data["lapses"]),
        decision=asked,
    )  # fmt: skip


def _no_request(finding: Finding) -> Finding:
    return replace(
        finding, **_NO_REQUEST, decision=replace(finding.decision, asked_reason="", asked_until=None)
    )


def _approved(finding: Finding, event: Event) -> Finding:
    data = event.data
    what = Disposition(data["what"])
    bare = _no_request(finding)
    decision = replace(
        bare.decision,
        reason=data["reason"],
        requested_by=data["requested_by"],
        link="",
        paused_at=event.at if what is Disposition.RISK_ACCEPTED else None,
    )
    return replace(
        bare, disposition=what, disposition_by=event.actor, disposition_at=event.at, until=parse(data["until"]),
        decision=decision,
    )  # fmt: skip


def _ended(finding: Finding, at: datetime) -> Finding:
    """The disposition is over at `at`; where it had stopped the SLA clock, that goes on."""
    before = finding.decision
    # A scan that began before the approval may end it: the clock never runs backwards.
    stood = max(0, int((at - before.paused_at).total_seconds())) if before.paused_at else 0
    decision = replace(
        before, reason="", link="", requested_by="", nudged=False, paused_at=None, paused_s=before.paused_s + stood
    )  # fmt: skip
    return _with_due(replace(finding, **_NO_DISPOSITION, decision=decision))


def _lapsed(finding: Finding, event: Event) -> Finding:
    return _no_request(finding) if event.data["was"] == REQUEST else _ended(finding, event.at)


def _noted(finding: Finding, event: Event) -> Finding:
    if "until" not in event.data:
        return finding
    return replace(
        finding, until=parse(event.data["until"]), decision=replace(finding.decision, nudged=False)
    )


PEOPLES = ("disposition", "disposition_by", "claim_by", "request", "request_by", "team")
_PEOPLES_TIMES = ("disposition_at", "until", "claim_at", "request_until")


def peoples_part(finding: Finding) -> dict[str, Json]:
    """What people decided of the finding, as JSON: what an undo puts back."""
    part: dict[str, Json] = {name: str(getattr(finding, name)) for name in PEOPLES}
    for name in _PEOPLES_TIMES:
        moment = getattr(finding, name)
        part[name] = iso(moment) if moment else None
    return part | {"decision": decision_part(finding.decision)}


def _undone(finding: Finding, event: Event) -> Finding:
    part = event.data["before"]
    before: dict[str, Any] = {name: part[name] for name in PEOPLES}
    before |= {name: parse_or_none(part[name]) for name in _PEOPLES_TIMES}
    # The SLA's date is nothing that a person decided: a severity that changed meanwhile keeps its own.
    decision = replace(decision_from(part["decision"]), sla_due=finding.decision.sla_due)
    before |= {"disposition": Disposition(part["disposition"]), "decision": decision}
    return _with_due(replace(finding, **before))


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
    Kind.EXPLOITED_CHANGED: lambda f, e: replace(f, exploited=bool(e.data["to"])),
    Kind.RETAGGED: lambda f, e: replace(f, tags=dict(e.data["tags"])),
    Kind.ACKNOWLEDGED: _decided(Disposition.ACKNOWLEDGED),
    Kind.STARTED: _decided(Disposition.IN_PROGRESS),
    Kind.SNOOZED: _decided(Disposition.SNOOZED),
    Kind.REQUESTED: _requested,
    Kind.APPROVED: _approved,
    Kind.REJECTED: lambda f, _e: _no_request(f),
    Kind.REVOKED: lambda f, e: _ended(f, e.at),
    Kind.NOTED: _noted,
    Kind.NUDGED: lambda f, _e: replace(f, decision=replace(f.decision, nudged=True)),
    Kind.UNDONE: _undone,
    Kind.CLAIMED: lambda f, e: replace(f, claim_by=e.actor, claim_at=e.at),
    Kind.LAPSED: _lapsed,
    Kind.OUT_OF_SCOPE: lambda f, _e: replace(f, **_cleared(f), out_of_scope=True),
}
