"""Findings that a person tracks by hand (a message, a promise in a meeting): no scan can see them.

They go through the same lifecycle. What proves the others' fixes is a scan; here it is a second person's word,
kept as such (`Cause.CONFIRMED`) and never counted as proven.
"""

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from scanners.errors import RefusedError
from scanners.model import Json, Severity
from storage.clock import iso
from storage.identity import canonical_text, finding_id, storable
from storage.model import Cause, Event, Finding, Kind, short
from storage.reconcile import record
from storage.rows import load_findings

TARGET = "manual"
CONTROL = "manual.tracked"


@dataclass(frozen=True, slots=True)
class Tracked:
    """What is to be tracked. `subject` is its identity (a message's address), `words` what people see.

    `evidence` is kept beside it: who said it where. `scope` is "manual/<workspace or local>". `locus` sets it apart
    from what others track of the same message, unseen by whoever tracks this.
    """

    subject: str
    words: str
    team: str
    severity: Severity
    due: datetime
    scope: str = "manual/local"
    evidence: Mapping[str, Json] = field(default_factory=dict)
    locus: str = ""


def is_manual(finding: Finding) -> bool:
    """True for what a person tracks by hand."""
    return finding.target == TARGET


def identity(tracked: Tracked) -> str:
    """The finding's id: the same message tracked twice is one finding."""
    return finding_id(CONTROL, tracked.scope, storable(tracked.subject), tracked.locus)


def track(
    connection: sqlite3.Connection, tracked: Tracked, actor: str, now: datetime, behind: str = ""
) -> list[Event]:
    """Open it. Raises RefusedError where it is tracked already. Must run inside `Store.write`."""
    made = identity(tracked)
    if load_findings(connection, "f.id = ?", made):
        raise RefusedError(
            f"This is tracked already, as {short(made)}. `show {short(made)}` tells how it stands."
        )
    evidence = dict(tracked.evidence)
    data = {
        "control": CONTROL, "scope": tracked.scope, "target": TARGET, "resource": storable(tracked.subject),
        "resource_id": storable(tracked.words), "resource_type": TARGET, "region": "", "locus": tracked.locus,
        "severity": str(tracked.severity), "team": tracked.team, "version": "1", "tags": {},
        "evidence": evidence, "scan": "", "due": iso(tracked.due),
    }  # fmt: skip
    told = data | ({"behind": behind} if behind else {})
    events = record(connection, [Event(now, Kind.OPENED, made, actor, told)])
    connection.execute(
        "insert into observations (finding, checked_at, scan, evidence, remediation) values (?, ?, '', ?, '')",
        (made, iso(now), storable(canonical_text(evidence))),
    )
    return events


def confirm(finding: Finding, actor: str, now: datetime) -> Event:
    """A second person saw that it is done. Raises RefusedError without a claim, or by the claimant."""
    _check(finding, actor, "confirm")
    data = {
        "cause": str(Cause.CONFIRMED), "evidence": {"confirmed_by": actor}, "scan": "",
        "claimed_by": finding.claim_by,
    }  # fmt: skip
    return Event(now, Kind.FIXED, finding.id, actor, data)


def refute(finding: Finding, actor: str, now: datetime, reason: str = "") -> Event:
    """A second person saw that it is not done. Raises RefusedError as `confirm` does."""
    _check(finding, actor, "reject")
    return Event(
        now, Kind.REFUTED, finding.id, actor, {"evidence": {"reason": reason}, "by": finding.claim_by}
    )


def _check(finding: Finding, actor: str, verb: str) -> None:
    if finding.claim_at is None:
        raise RefusedError(
            f"Can't {verb} {short(finding.id)}: nobody says that it is fixed. First: `fixed {short(finding.id)}`."
        )
    if finding.claim_by == actor:
        raise RefusedError(
            f"You said yourself that {short(finding.id)} is fixed, so somebody else must decide."
        )
