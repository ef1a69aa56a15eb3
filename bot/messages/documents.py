"""JSON documents for machines, in promised shapes: `patrol.findings/1`, `patrol.scan/1`, `patrol.reply/1`.

Times are ISO 8601 in UTC; what is scanned stands as it was seen (JSON escapes it).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from commands.reply import Decided, FindingList
from scanners.model import Coverage, Scan, Verdict
from storage.clock import iso
from storage.model import Disposition, Finding, FindingView
from storage.rules import is_live

Document = dict[str, Any]


def findings_document(reply: FindingList) -> Document:
    """`patrol.findings/1`: the findings of the list, as of its instant."""
    listed = [finding_entry(view, reply.as_of) for view in reply.findings]
    document: Document = {"schema": "patrol.findings/1", "findings": listed}
    if reply.selection:
        document["selection"] = reply.selection.id
    return document


def finding_entry(view: FindingView, now: datetime) -> Document:
    """One finding. `disposition` is what holds as of `now`; `claim` is null or who and when."""
    finding = view.finding
    return {
        "id": finding.id,
        "control": finding.control,
        "scope": finding.scope,
        "resource": finding.resource,
        "region": finding.region,
        "severity": str(finding.severity),
        "state": str(view.state),
        "detection": str(finding.detection),
        "disposition": str(finding.disposition if is_live(finding, now) else Disposition.NONE),
        "claim": _claim(finding),
        "episode": finding.episode,
        "first_seen": iso(finding.first_seen),
        "opened_at": iso(finding.opened_at),
        "fixed_at": iso(finding.fixed_at) if finding.fixed_at else None,
        "last_checked": iso(view.last_checked),
        "due": iso(finding.due),
        "stale": view.stale,
        "team": finding.team,
    }


def decision_document(reply: Decided) -> Document:
    """`patrol.reply/1`: a person's decision took effect."""
    document = {
        "schema": "patrol.reply/1",
        "ok": True,
        "message": reply.message,
        "finding": finding_entry(reply.view, reply.as_of),
    }
    if reply.others:
        document["others"] = [finding_entry(view, reply.as_of) for view in reply.others]
    return document


def scan_document(scan: Scan) -> Document:
    """`patrol.scan/1`: everything one scan saw of all its accounts, in the scan's own order.

    `stats` has more where there is more to say: `accounts` that were entered where it was not one, `max_calls` where a
    ceiling was set, `throttled` calls where there were any, `cancelled` where the scan ended early.
    """
    return {
        "schema": "patrol.scan/1",
        "target": scan.target,
        "started": iso(scan.started),
        "finished": iso(scan.finished),
        "verdicts": [_verdict(verdict) for verdict in scan.verdicts],
        "coverage": [_coverage(coverage) for coverage in scan.coverage],
        "stats": {
            "api_calls": scan.stats.api_calls,
            "seconds": round(scan.stats.seconds, 3),
            "resources": scan.stats.resources,
            **_unusual(scan),
        },
    }


def _unusual(scan: Scan) -> Document:
    found: Document = {}
    if scan.stats.accounts > 1:
        found["accounts"] = [who.removeprefix("aws/") for who in (scan.identity, *scan.others) if who]
    if scan.stats.most_calls:
        found["max_calls"] = scan.stats.most_calls
    if scan.stats.throttled:
        found["throttled"] = scan.stats.throttled
    return found | ({"cancelled": True} if scan.cancelled else {})


def _verdict(verdict: Verdict) -> Document:
    evidence: Mapping[str, Any] = verdict.evidence
    return {
        "control": verdict.control,
        "status": str(verdict.status),
        "resource_arn": verdict.resource.arn,
        "resource_id": verdict.resource.id,
        "region": verdict.resource.region,
        "severity": str(verdict.severity),
        "evidence": dict(evidence),
        "reason": verdict.reason,
        "missing_permission": verdict.missing_permission,
        **({"as_of": iso(verdict.as_of)} if verdict.as_of else {}),
    }


def _coverage(coverage: Coverage) -> Document:
    return {
        "control": coverage.control,
        "scope": coverage.scope,
        "status": str(coverage.status),
        "reason": coverage.reason,
        **({"as_of": iso(coverage.as_of)} if coverage.as_of else {}),
    }


def _claim(finding: Finding) -> Document | None:
    if finding.claim_at is None:
        return None
    return {"by": finding.claim_by, "at": iso(finding.claim_at)}
