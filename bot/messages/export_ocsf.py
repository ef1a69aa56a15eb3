"""Findings as OCSF 1.5 events (schema.ocsf.io): Compliance Finding 2003, and Detection Finding 2004 for what is no control."""

from datetime import datetime
from typing import Any

from bot.blockkit import redact
from bot.messages.evidence import seen_plain
from commands import catalogue
from commands.reply import FindingList
from scanners.model import Severity
from storage.model import FindingView, State

VERSION = "1.5.0"
COMPLIANCE, DETECTION = 2003, 2004
_CREATE, _UPDATE, _CLOSE = 1, 2, 3
_SEVERITY = {
    Severity.CRITICAL: (5, "Critical"), Severity.HIGH: (4, "High"), Severity.MEDIUM: (3, "Medium"), Severity.LOW: (2, "Low"),
    Severity.UNKNOWN: (0, "Unknown"),
}  # fmt: skip
_NEW, _IN_PROGRESS, _SUPPRESSED, _RESOLVED = (
    (1, "New"),
    (2, "In Progress"),
    (3, "Suppressed"),
    (4, "Resolved"),
)
_STATUS = {
    State.OPEN: _NEW, State.REGRESSED: _NEW, State.ACKNOWLEDGED: _IN_PROGRESS, State.IN_PROGRESS: _IN_PROGRESS,
    State.FIX_CLAIMED: _IN_PROGRESS, State.SNOOZED: _SUPPRESSED, State.RISK_ACCEPTED: _SUPPRESSED,
    State.FALSE_POSITIVE: _SUPPRESSED, State.FIXED: _RESOLVED, State.OUT_OF_SCOPE: (99, "Out of scope"),
}  # fmt: skip
_STANDARD = {"cis-5.0": "CIS AWS Foundations Benchmark 5.0"}


def findings_ocsf(reply: FindingList, version: str) -> list[dict[str, Any]]:
    """One event a finding. `version` is Patrol's own."""
    return [
        _event(view, reply.titles.get(view.finding.control, view.finding.control), version)
        for view in reply.findings
    ]


def _event(view: FindingView, title: str, version: str) -> dict[str, Any]:
    one = view.finding
    control = catalogue.controls().get(one.control)
    kind = COMPLIANCE if control else DETECTION
    activity = _CLOSE if view.state is State.FIXED else _UPDATE if one.episode > 1 else _CREATE
    severity, status = _SEVERITY[one.severity], _STATUS[view.state]
    cloud = _cloud(view)
    said = redact(seen_plain(view))
    event: dict[str, Any] = {
        "activity_id": activity,
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": kind,
        "class_name": "Compliance Finding" if control else "Detection Finding",
        "type_uid": kind * 100 + activity,
        "time": _milliseconds(view.last_checked),
        "severity_id": severity[0],
        "severity": severity[1],
        "status_id": status[0],
        "status": status[1],
        "status_code": "PASS" if view.state is State.FIXED else "FAIL",
        "status_detail": said,
        "message": said or title,
        "metadata": {
            "version": VERSION,
            "product": {"name": "Patrol", "vendor_name": "Patrol", "version": version},
            "event_code": one.control,
            "profiles": ["cloud"] if cloud else [],
        },
        "finding_info": {
            "uid": one.id,
            "title": title,
            "created_time": _milliseconds(one.opened_at),
            "first_seen_time": _milliseconds(one.first_seen),
            "last_seen_time": _milliseconds(view.last_checked),
        },
        "resources": [
            {"uid": one.resource, "name": one.resource_id, "type": one.resource_type, "region": one.region,
             "labels": [f"{key}:{value}" for key, value in one.tags.items()]}
        ],
        "unmapped": {"patrol": {"state": str(view.state), "team": one.team, "scope": one.scope, "episode": one.episode}},
    }  # fmt: skip
    if cloud:
        event["cloud"] = cloud
    if control:
        standards = [_STANDARD.get(name, name) for name in control.mappings] or ["Patrol"]
        requirements = [number for numbers in control.mappings.values() for number in numbers]
        passing = view.state is State.FIXED
        event["compliance"] = {
            "control": one.control, "standards": standards, "requirements": requirements,
            "status_id": 1 if passing else 3, "status": "Pass" if passing else "Fail",
        }  # fmt: skip
    if view.remediation:
        event["risk_details"] = view.remediation.why
        parts = (view.remediation.cli, view.remediation.console)
        event["remediation"] = {
            "desc": "\n\n".join(filter(None, parts)),
            "references": list(catalogue.references(one.control)),
        }
    return event


def _cloud(view: FindingView) -> dict[str, Any] | None:
    parts = view.finding.scope.split("/")
    if "aws" not in parts[:-1]:
        return None
    return {
        "provider": "AWS",
        "account": {"uid": parts[parts.index("aws") + 1], "type": "AWS Account", "type_id": 10},
        "region": view.finding.region or "global",
    }


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
