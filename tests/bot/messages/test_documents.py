"""The JSON documents: exact shapes, for machines depend on them."""

import json

from bot.messages.documents import decision_document, findings_document, scan_document
from commands.reply import Decided, FindingList
from scanners.model import Status
from tests.bot.messages.stage import SCOPE, START, Stage, refused, scan, verdict

FINDING = {
    "control": "s3.public",
    "scope": "aws/123456789012/eu-west-1",
    "resource": "arn:aws:s3:::acme-invoices",
    "region": "eu-west-1",
    "severity": "critical",
    "state": "open",
    "detection": "present",
    "disposition": "none",
    "claim": None,
    "episode": 1,
    "first_seen": "2026-11-23T09:00:00.000000Z",
    "opened_at": "2026-11-23T09:00:00.000000Z",
    "fixed_at": None,
    "last_checked": "2026-11-23T09:00:00.000000Z",
    "due": "2026-11-30T09:00:00.000000Z",
    "stale": False,
    "team": "payments",
}


def _listed(stage: Stage, words: str = "findings") -> FindingList:
    reply = stage.say(words)
    assert isinstance(reply, FindingList)
    return reply


def test_the_findings_document_has_exactly_the_promised_shape(stage: Stage) -> None:
    stage.see(verdict())
    listed = _listed(stage)
    document = findings_document(listed)
    assert document == {
        "schema": "patrol.findings/1",
        "findings": [{"id": listed.findings[0].finding.id, **FINDING}],
    }
    assert list(document["findings"][0]) == ["id", *FINDING]


def test_a_disposition_counts_as_of_now_and_a_claim_names_who_and_when(stage: Stage) -> None:
    stage.see(verdict())
    identity = _listed(stage).findings[0].finding.id
    stage.say(f"acknowledge {identity}")
    stage.later(hours=1)
    stage.say(f"fixed {identity}", "U0DEV2")
    (entry,) = findings_document(_listed(stage))["findings"]
    assert entry["disposition"] == "acknowledged"
    assert entry["state"] == "fix_claimed"
    assert entry["claim"] == {"by": "U0DEV2", "at": "2026-11-23T10:00:00.000000Z"}
    stage.later(days=2)
    (entry,) = findings_document(_listed(stage))["findings"]
    assert entry["disposition"] == "none"


def test_a_fixed_finding_says_when(stage: Stage) -> None:
    stage.see(verdict())
    stage.later(hours=1)
    stage.see(verdict(status=Status.PASS))
    assert findings_document(_listed(stage))["findings"] == []
    (entry,) = findings_document(_listed(stage, "findings state:fixed"))["findings"]
    assert entry["fixed_at"] == "2026-11-23T10:00:00.000000Z"
    assert (entry["state"], entry["detection"]) == ("fixed", "absent")


def test_the_decision_document_has_exactly_the_promised_shape(stage: Stage) -> None:
    stage.see(verdict())
    identity = _listed(stage).findings[0].finding.id
    reply = stage.say(f"acknowledge {identity}")
    assert isinstance(reply, Decided)
    document = decision_document(reply)
    assert list(document) == ["schema", "ok", "message", "finding"]
    assert document["schema"] == "patrol.reply/1" and document["ok"] is True
    assert document["finding"] == {
        "id": identity, **FINDING, "state": "acknowledged", "disposition": "acknowledged",
    }  # fmt: skip


def test_the_scan_document_has_exactly_the_promised_shape() -> None:
    done = scan(
        1,
        START,
        [
            verdict(reason="Public."),
            verdict("z", Status.UNKNOWN, reason="refused", permission="s3:Get", evidence={}),
        ],
        gaps=[refused("s3.tls_only", "s3:GetBucketPolicy")],
    )
    document = scan_document(done)
    common = {"control": "s3.public", "region": "eu-west-1", "severity": "critical"}
    evidence = {"policy_public": True, "public_sids": ["Read"], "acl_public": False}
    assert document == {
        "schema": "patrol.scan/1",
        "target": "prod",
        "started": "2026-11-23T09:00:00.000000Z",
        "finished": "2026-11-23T09:00:38.000000Z",
        "verdicts": [
            {
                **common, "status": "FAIL", "resource_arn": "arn:aws:s3:::acme-invoices",
                "resource_id": "acme-invoices", "evidence": evidence, "reason": "Public.",
                "missing_permission": "",
            },
            {
                **common, "status": "UNKNOWN", "resource_arn": "arn:aws:s3:::z", "resource_id": "z",
                "evidence": {}, "reason": "refused", "missing_permission": "s3:Get",
            },
        ],
        "coverage": [
            {"control": "s3.public", "scope": SCOPE, "status": "complete", "reason": ""},
            {
                "control": "s3.tls_only", "scope": SCOPE, "status": "denied",
                "reason": "s3:GetBucketPolicy was refused",
            },
        ],
        "stats": {"api_calls": 412, "seconds": 38.0, "resources": 2},
    }  # fmt: skip
    json.dumps(document)
