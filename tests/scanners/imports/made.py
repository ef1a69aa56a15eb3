"""Small reports of other tools, made to measure."""

import json
from typing import Any

BUCKET = "arn:aws:s3:::acme"
WHEN = 1795510800  # 24 November 2026, 09:00 UTC


def detection(
    check: str = "s3_public", code: str = "FAIL", arn: str = BUCKET, time: int = WHEN, region: str = "eu-west-1",
    account: str = "123456789012", said: str = "The bucket is public.",
) -> dict[str, Any]:  # fmt: skip
    """One OCSF Detection Finding as Prowler writes it."""
    return {
        "class_uid": 2004,
        "metadata": {"event_code": check, "product": {"name": "Prowler", "version": "5.46.0"}},
        "severity_id": 4,
        "severity": "High",
        "status_id": 1,
        "status_code": code,
        "status_detail": said,
        "finding_info": {"title": f"Title of {check}", "uid": f"prowler-{check}"},
        "resources": [{"uid": arn, "name": arn.rpartition(":")[2], "type": "AwsS3Bucket", "region": region}],
        "cloud": {"provider": "aws", "account": {"uid": account}, "region": region},
        "remediation": {"desc": "Close it.", "references": []},
        "risk_details": "Anyone can read it.",
        "time": time,
    }


def ocsf(*events: dict[str, Any]) -> bytes:
    """A file of them."""
    return json.dumps(list(events)).encode()


def found(
    rule: str = "sql", path: str = "app/pay.py", line: int = 10, mark: str = "", code: str = "", said: str = "Bad.",
    **more: Any,
) -> dict[str, Any]:  # fmt: skip
    """One SARIF result."""
    region: dict[str, Any] = {"startLine": line}
    if code:
        region["snippet"] = {"text": code}
    result: dict[str, Any] = {
        "ruleId": rule,
        "message": {"text": said},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": path}, "region": region}}],
    }
    if mark:
        result["partialFingerprints"] = {"primaryLocationLineHash": mark}
    return result | more


def run(*results: Any, tool: str = "Semgrep OSS", rules: tuple[Any, ...] = (), **more: Any) -> dict[str, Any]:
    """One SARIF run."""
    return {"tool": {"driver": {"name": tool, "rules": list(rules)}}, "results": list(results), **more}


def sarif(*runs: dict[str, Any]) -> bytes:
    """A SARIF file."""
    return json.dumps({"version": "2.1.0", "runs": list(runs)}, indent=1).encode()
