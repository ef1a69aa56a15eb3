"""The words every floor shares: target, resource, control, verdict, coverage, scan.

Pure values, no effects. A scanner produces a `Scan`; `storage.reconcile` is the only reader that
turns it into events. Times are aware UTC datetimes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Json = Any  # a JSON value: None, bool, int, float, str, list, dict


class Severity(StrEnum):
    """How bad a failing control is. `UNKNOWN` is for advisories that carry no severity."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """0 for critical up to 4 for unknown, so that sorting ascending puts the worst first."""
        return list(Severity).index(self)

    def at_least(self, floor: "Severity") -> bool:
        """True where this severity is as bad as `floor` or worse."""
        return self.rank <= floor.rank


class Status(StrEnum):
    """What one control says of one resource now."""

    PASS = "PASS"  # noqa: S105  # a verdict, no password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class CoverageStatus(StrEnum):
    """How completely one control was checked in one scope.

    Only `COMPLETE` lets anything be closed. `PARTIAL`: some resources could not be judged or listed.
    `DENIED`: a permission was refused. `ERROR`: the service or Patrol failed. `SKIPPED`: nobody looked.
    """

    COMPLETE = "complete"
    PARTIAL = "partial"
    DENIED = "denied"
    ERROR = "error"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Target:
    """One thing that is scanned, with its owner.

    `kind` names the scanner (`aws`); `owner` is a team name or "" where nobody is set;
    `regions` is empty where the scanner should ask which are enabled.
    """

    name: str
    kind: str
    owner: str = ""
    regions: tuple[str, ...] = ()
    settings: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Resource:
    """The thing a verdict speaks of. `arn` is the identity; `id` is what people call it.

    `tags_unread`: AWS did not say which tags it has, so that those known before still stand.
    """

    type: str
    arn: str
    id: str
    region: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    tags_unread: bool = False


@dataclass(frozen=True, slots=True)
class Remediation:
    """The guided fix of one control for one resource, already rendered: no placeholder is left.

    `why` is two lines at most. `effort` is plain words ("5 minutes, no downtime").
    """

    why: str
    cli: str
    terraform: str
    console: str
    undo: str
    effort: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """One control's word on one resource.

    `scope` is "aws/<account>/<region or global>". `locus` is empty unless one resource can fail one
    control twice. `evidence` holds the values seen. UNKNOWN carries a `reason` and, where a permission
    was refused, `missing_permission` ("s3:GetBucketPolicy"). `exploited` marks a flaw that is known to be
    used in attacks (CISA's KEV list). `as_of` is set where the service told of an earlier moment than the scan's:
    then this is no newer evidence than that.
    """

    control: str
    scope: str
    resource: Resource
    status: Status
    severity: Severity
    locus: str = ""
    evidence: Mapping[str, Json] = field(default_factory=dict)
    reason: str = ""
    missing_permission: str = ""
    remediation: Remediation | None = None
    exploited: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """How completely `control` was checked in `scope`; `reason` says why it is not complete.

    `as_of` is set where the list of resources is of an earlier moment than the scan.
    """

    control: str
    scope: str
    status: CoverageStatus
    reason: str = ""
    missing_permission: str = ""
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class ScanStats:
    """What a scan cost: API calls made, wall seconds, resources judged.

    `accounts` is how many were to be scanned, those that could not be entered included. `most_calls` is the ceiling
    that was set on API calls, 0 for none; `throttled` is how many of them were refused for coming too fast.
    """

    api_calls: int = 0
    seconds: float = 0.0
    resources: int = 0
    accounts: int = 1
    most_calls: int = 0
    throttled: int = 0


@dataclass(frozen=True, slots=True)
class Scan:
    """Everything one run saw.

    `identity` is the account the answers came from ("aws/123456789012"); "" when it could not be
    learnt, and then nothing may be closed by absence. Where one run reads several accounts, `others` are the identities
    of the further ones: each was entered, and said itself who it is. `versions` maps control id to the version of the
    rule that judged, so that a changed control is never counted as a fix.
    `only_resource` is the ARN of a targeted check, or "" for a full scan: a targeted check says nothing
    of any other resource. `cancelled` marks a scan that was stopped early (by a person, or at its
    ceiling of calls: coverage says which), `chosen` one of some controls only.
    """

    id: str
    target: str
    kind: str
    identity: str
    started: datetime
    finished: datetime
    verdicts: tuple[Verdict, ...]
    coverage: tuple[Coverage, ...]
    stats: ScanStats = ScanStats()
    versions: Mapping[str, str] = field(default_factory=dict)
    trigger: str = "command"
    only_resource: str = ""
    cancelled: bool = False
    chosen: bool = False
    others: tuple[str, ...] = ()
