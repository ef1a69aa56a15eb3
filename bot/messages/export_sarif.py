"""Findings as one SARIF 2.1.0 run (OASIS): what is fixed passes, what people decided is suppressed with their reason."""

from typing import Any
from urllib.parse import quote

from bot.blockkit import redact
from bot.messages.evidence import seen_plain
from commands import catalogue
from commands.reply import FindingList
from scanners.model import Severity
from storage.imported import is_imported
from storage.model import FindingView, State

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVEL = {
    Severity.CRITICAL: "error", Severity.HIGH: "error", Severity.MEDIUM: "warning", Severity.LOW: "note",
    Severity.UNKNOWN: "warning",
}  # fmt: skip
# The lower end of each step, as GitHub reads it.
_SCORE = {Severity.CRITICAL: "9.0", Severity.HIGH: "7.0", Severity.MEDIUM: "4.0", Severity.LOW: "0.1"}
_DECIDED = (State.SNOOZED, State.RISK_ACCEPTED, State.FALSE_POSITIVE)


def findings_sarif(reply: FindingList, version: str) -> dict[str, Any]:
    """The document. `version` is Patrol's own."""
    worst: dict[str, Severity] = {}
    for one in (view.finding for view in reply.findings):
        known = worst.get(one.control, one.severity)
        worst[one.control] = min(known, one.severity, key=lambda severity: severity.rank)
    controls = list(worst)
    rules = [_rule(control, reply.titles.get(control, control), worst[control]) for control in controls]
    at = {control: index for index, control in enumerate(controls)}
    driver = {"name": "Patrol", "version": version, "rules": rules}
    results = [_result(view, at[view.finding.control], reply.titles) for view in reply.findings]
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [{"tool": {"driver": driver}, "results": results}]}


def _rule(control: str, title: str, severity: Severity) -> dict[str, Any]:
    known = catalogue.controls().get(control)
    rule: dict[str, Any] = {
        "id": control,
        "shortDescription": {"text": title},
        "defaultConfiguration": {"level": _LEVEL[severity]},
        "properties": {"tags": ["security"]},
    }
    if severity in _SCORE:
        rule["properties"]["security-severity"] = _SCORE[severity]
    if known:
        rule["fullDescription"] = {"text": known.why}
        rule |= {"helpUri": known.references[0]} if known.references else {}
    return rule


def _result(view: FindingView, index: int, titles: Any) -> dict[str, Any]:
    one = view.finding
    passing = view.state in (State.FIXED, State.OUT_OF_SCOPE)
    result: dict[str, Any] = {
        "ruleId": one.control,
        "ruleIndex": index,
        "kind": ("pass" if view.state is State.FIXED else "notApplicable") if passing else "fail",
        "level": "none" if passing else _LEVEL[one.severity],
        "message": {"text": redact(seen_plain(view)) or titles.get(one.control, one.control)},
        "locations": [_location(view)],
        "partialFingerprints": {"patrolFinding/v1": one.id},
        "properties": {
            "state": str(view.state),
            "team": one.team,
            "severity": str(one.severity),
            "region": one.region,
        },
    }
    if view.state in _DECIDED:
        # By the standard an accepted suppression hides the result; the reason is the one that people gave.
        reason = redact(one.decision.reason) or str(view.state).replace("_", " ")
        result["suppressions"] = [{"kind": "external", "status": "accepted", "justification": reason}]
    return result


def _location(view: FindingView) -> dict[str, Any]:
    one = view.finding
    location: dict[str, Any] = {
        "logicalLocations": [
            {"name": one.resource_id, "fullyQualifiedName": one.resource, "kind": "resource"}
        ]
    }
    if is_imported(one) and one.resource_type == "file":
        physical: dict[str, Any] = {"artifactLocation": {"uri": quote(one.resource_id.lstrip("/"))}}
        line = view.evidence.get("line")
        if isinstance(line, int):
            physical["region"] = {"startLine": line}
        location["physicalLocation"] = physical
    return location
