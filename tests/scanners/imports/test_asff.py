"""ASFF: Security Hub's own findings, and those that other products send there."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanners.imports.asff import parse
from scanners.model import Severity, Status

SAMPLE = Path("tests/data/imports/securityhub.asff.json").read_bytes()
FINDINGS: list[dict[str, Any]] = json.loads(SAMPLE)["Findings"]


def changed(**change: Any) -> bytes:
    return json.dumps({"Findings": [{**FINDINGS[0], **change}]}).encode()


def test_security_hubs_file_is_read_product_by_product() -> None:
    parsed = parse(SAMPLE)
    assert parsed.whole
    assert [(one.tool, one.rule, str(one.status)) for one in parsed.results] == [
        ("securityhub", "S3.8", "FAIL"), ("securityhub", "S3.8", "PASS"), ("securityhub", "EC2.19", "FAIL"),
        ("securityhub", "Config.1", "UNKNOWN"), ("securityhub", "RDS.3", "PASS"),
        ("guardduty", "Effects/Cryptocurrency/CryptoCurrency:EC2-BitcoinTool.B!DNS", "FAIL"),
        ("inspector", "CVE-2026-1234", "FAIL"),
    ]  # fmt: skip


@pytest.mark.parametrize("shape", [FINDINGS, FINDINGS[0], {"Findings": FINDINGS}])
def test_wrapped_bare_and_single_are_the_same(shape: Any) -> None:
    assert parse(json.dumps(shape).encode()).results[0] == parse(SAMPLE).results[0]


def test_one_finding_a_line_is_read() -> None:
    assert len(parse("\n".join(map(json.dumps, FINDINGS)).encode()).results) == len(FINDINGS)


def test_what_security_hub_calls_the_account_is_its_arn() -> None:
    account = next(one for one in parse(SAMPLE).results if one.rule == "Config.1")
    assert account.resource.arn == "arn:aws:iam::111122223333:root"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"RecordState": "ARCHIVED"}, Status.PASS),
        ({"Compliance": {"Status": "WARNING", "SecurityControlId": "S3.8"}}, Status.UNKNOWN),
        ({"Compliance": {"Status": "NOT_AVAILABLE"}}, Status.UNKNOWN),
        ({"Workflow": {"Status": "SUPPRESSED"}}, Status.UNKNOWN),
        ({"Workflow": {"Status": "RESOLVED"}}, Status.FAIL),
        ({"Workflow": {"Status": "RESOLVED"}, "Compliance": {}}, Status.UNKNOWN),
        ({"Compliance": None}, Status.FAIL),
    ],
)
def test_a_word_of_people_is_no_evidence(change: dict[str, Any], status: Status) -> None:
    assert [one.status for one in parse(changed(**change)).results] == [status]


@pytest.mark.parametrize(
    ("severity", "expected"),
    [
        ({"Label": "INFORMATIONAL"}, Severity.LOW), ({"Normalized": 90}, Severity.CRITICAL), ({"Normalized": 69}, Severity.MEDIUM),
        ({"Normalized": "70"}, Severity.HIGH), ({}, Severity.UNKNOWN), ("high", Severity.UNKNOWN),
    ],
)  # fmt: skip
def test_the_severity_is_its_label_or_its_number(severity: Any, expected: Severity) -> None:
    assert parse(changed(Severity=severity)).results[0].severity is expected


def test_prowlers_asff_and_its_ocsf_name_the_same_check() -> None:
    finding = changed(
        ProductName="Prowler", GeneratorId="prowler-s3_bucket_public", Compliance={"Status": "FAILED"}
    )
    result = parse(finding).results[0]
    assert (result.tool, result.rule, result.locus) == ("prowler", "s3_bucket_public", "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [({"Resources": []}, "no resource"), ({"AwsAccountId": 5}, "AwsAccountId"), ({"Resources": [{"Id": ""}]}, "no resource")],
)  # fmt: skip
def test_what_cannot_be_placed_is_refused(change: dict[str, Any], reason: str) -> None:
    parsed = parse(changed(**change))
    assert (parsed.results, reason in parsed.refused[0].reason) == ((), True)


def test_foreign_json_is_told_apart() -> None:
    assert "no ASFF finding" in parse(b'{"Findings": [{"a": 1}]}').refused[0].reason
