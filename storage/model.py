"""Finding, event, post: what the store keeps. Frozen values; the rules over them are in `storage.rules`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from scanners.model import Json, Remediation, Severity


class Detection(StrEnum):
    """Changed by evidence alone."""

    PRESENT = "present"
    ABSENT = "absent"


class Disposition(StrEnum):
    """Changed by people, or by its expiry."""

    NONE = "none"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    SNOOZED = "snoozed"
    RISK_ACCEPTED = "risk_accepted"
    FALSE_POSITIVE = "false_positive"


class State(StrEnum):
    """The one state that is shown, worked out from the three axes as of an instant."""

    OPEN = "open"
    REGRESSED = "regressed"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    SNOOZED = "snoozed"
    RISK_ACCEPTED = "risk_accepted"
    FALSE_POSITIVE = "false_positive"
    FIX_CLAIMED = "fix_claimed"
    FIXED = "fixed"
    OUT_OF_SCOPE = "out_of_scope"


class Kind(StrEnum):
    """What one event in the ledger says happened."""

    OPENED = "opened"
    REGRESSED = "regressed"
    FIXED = "fixed"
    REFUTED = "refuted"
    INCONCLUSIVE = "inconclusive"
    SEVERITY_CHANGED = "severity_changed"
    EVIDENCE_CHANGED = "evidence_changed"
    CONTROL_CHANGED = "control_changed"
    OWNER_CHANGED = "owner_changed"
    ACKNOWLEDGED = "acknowledged"
    STARTED = "started"
    SNOOZED = "snoozed"
    REQUESTED = "requested"
    APPROVED = "approved"
    REJECTED = "rejected"
    REVOKED = "revoked"
    NOTED = "noted"
    UNDONE = "undone"
    CLAIMED = "claimed"
    LAPSED = "lapsed"
    NUDGED = "nudged"
    EXPLOITED_CHANGED = "exploited_changed"
    RETAGGED = "retagged"
    OUT_OF_SCOPE = "out_of_scope"
    HELD = "held"
    RELEASED = "released"
    SCAN_RECORDED = "scan_recorded"


class Cause(StrEnum):
    """Why a finding became absent. Only `PROVEN` and `GONE` count as fixes.

    `CONFIRMED` ends what no scan can see (a message that was tracked): a second person's word.
    """

    PROVEN = "proven"
    GONE = "gone"
    CONTROL_CHANGED = "control_changed"
    CONFIRMED = "confirmed"


FIXES = frozenset({Cause.PROVEN, Cause.GONE})


@dataclass(frozen=True, slots=True)
class Decision:
    """The words and counters behind a disposition or a request; empty for most findings.

    `reason`, `link` and `requested_by` belong to the disposition that holds; `asked_reason` and `asked_until`
    to the request that waits. `snoozes` counts snoozes since work was last started. `paused_at` is when the
    SLA clock stopped (None while it runs), `paused_s` how many seconds it has stood still in this episode.
    `own_due` takes the place of the SLA where a person set the date (a tracked message). `sla_due` is the date that a
    configured SLA gave the episode for its severity, None where the usual days count.
    """

    reason: str = ""
    link: str = ""
    requested_by: str = ""
    asked_reason: str = ""
    asked_until: datetime | None = None
    snoozes: int = 0
    nudged: bool = False
    paused_at: datetime | None = None
    paused_s: int = 0
    own_due: datetime | None = None
    sla_due: datetime | None = None


NO_DECISION = Decision()


@dataclass(frozen=True, slots=True)
class Finding:
    """A control failing on a resource, across scans and people: exactly what the ledger says of it.

    `opened_at` and `due` belong to the current episode. `until` is when the disposition lapses.
    `refutations` counts claims of this episode that a scan disproved. `exploited` is true of a flaw that is
    known to be used in attacks. `request` is the disposition that somebody asked for ("" for none), by
    `request_by`, which lapses at `request_until`.
    """

    id: str
    control: str
    scope: str
    target: str
    resource: str
    resource_id: str
    resource_type: str
    region: str
    locus: str
    severity: Severity
    team: str
    detection: Detection
    first_seen: datetime
    opened_at: datetime
    due: datetime
    control_version: str = ""
    disposition: Disposition = Disposition.NONE
    disposition_by: str = ""
    disposition_at: datetime | None = None
    until: datetime | None = None
    claim_by: str = ""
    claim_at: datetime | None = None
    refutations: int = 0
    episode: int = 1
    fixed_at: datetime | None = None
    cause: str = ""
    fixed_by: str = ""
    out_of_scope: bool = False
    tags: Mapping[str, str] = field(default_factory=dict)
    exploited: bool = False
    request: str = ""
    request_by: str = ""
    request_until: datetime | None = None
    decision: Decision = NO_DECISION


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding as of an instant: what every face shows."""

    finding: Finding
    state: State
    last_checked: datetime
    evidence: Mapping[str, Json]
    remediation: Remediation | None
    unchecked_reason: str
    stale: bool


@dataclass(frozen=True, slots=True)
class Event:
    """One fact. `finding` is "" for facts about a scan; `actor` is a user id, "scan" or "clock"."""

    at: datetime
    kind: Kind
    finding: str
    actor: str
    data: Mapping[str, Json]
    seq: int = 0
    prev: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """What one channel should show for one subject. Slack matches once `drawn` equals `wanted`."""

    id: int
    channel: str
    kind: str
    subject: str
    day: str
    team: str
    wanted: int
    drawn: int
    ts: str = ""
    parent: int | None = None
    sending: bool = False
    data: Mapping[str, Json] = field(default_factory=dict)
    created: datetime | None = None


def short(finding_id: str) -> str:
    """The first eight characters after the prefix: what people see and type."""
    return finding_id.removeprefix("pf1_")[:8]
