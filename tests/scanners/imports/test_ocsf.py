"""OCSF: what Prowler and others write, and what is left of a file that is broken."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from scanners.imports.model import control_id, tool_name
from scanners.imports.ocsf import parse
from scanners.model import Severity, Status
from tests.scanners.imports.made import BUCKET, detection

SAMPLE = Path("tests/data/imports/prowler.ocsf.json").read_bytes()


def lines(*events: Any) -> bytes:
    return json.dumps(list(events), indent=1).encode()


def test_prowlers_file_is_read_with_its_words() -> None:
    parsed = parse(SAMPLE)
    first = parsed.results[0]
    assert parsed.whole
    assert [result.status for result in parsed.results].count(Status.FAIL) == 3
    assert (first.tool, first.rule, first.severity) == (
        "prowler",
        "s3_bucket_policy_public",
        Severity.CRITICAL,
    )
    assert first.resource.arn == "arn:aws:s3:::shop-invoices"
    assert first.resource.tags == {"team": "payments", "env": "prod"}
    assert first.place == "aws/111122223333/eu-west-1"
    assert first.at == datetime(2026, 11, 24, 9, tzinfo=UTC)
    assert first.said == "S3 Bucket shop-invoices has a bucket policy allowing public access."
    assert "put-public-access-block" in first.fix
    assert first.links[0].startswith("https://docs.aws.amazon.com/")


def test_a_muted_result_is_no_pass_and_no_failure() -> None:
    muted = next(one for one in parse(SAMPLE).results if one.rule == "s3_bucket_object_lock")
    assert (muted.status, muted.muted) == (Status.UNKNOWN, True)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"status_code": "PASS"}, Status.PASS),
        ({"status_code": "MANUAL"}, Status.UNKNOWN),
        ({"status_code": None, "compliance": {"status_id": 1}}, Status.PASS),
        ({"status_code": None, "compliance": {"status_id": 2}}, Status.UNKNOWN),
        ({"status_code": None, "compliance": {"status": "Fail"}}, Status.FAIL),
        ({"status_code": None, "status_id": 4}, Status.PASS),
        ({"status_code": None, "status_id": 1}, Status.FAIL),
        ({"status_code": "PASS", "status_id": 3}, Status.UNKNOWN),
    ],
)
def test_the_verdict_is_read_where_the_tool_says_it(change: dict[str, Any], status: Status) -> None:
    assert [one.status for one in parse(lines({**detection(), **change})).results] == [status]


def test_seconds_and_milliseconds_are_the_same_instant() -> None:
    seconds, milliseconds = (
        parse(lines(detection(time=t))).results[0].at for t in (1795510800, 1795510800000)
    )
    assert seconds == milliseconds == datetime(2026, 11, 24, 9, tzinfo=UTC)


def test_one_object_a_line_loses_the_broken_line_alone() -> None:
    rows = [json.dumps(detection(arn=f"{BUCKET}-{at}")) for at in range(5)]
    rows[2] = rows[2][:200]
    parsed = parse("\n".join(rows).encode())
    assert [one.resource.arn[-1] for one in parsed.results] == ["0", "1", "3", "4"]
    assert [(one.line, parsed.cut) for one in parsed.refused] == [(3, None)]


def test_a_truncated_array_is_read_up_to_where_it_breaks_off() -> None:
    whole = lines(detection(arn=BUCKET + "-1"), detection(arn=BUCKET + "-2"))
    parsed = parse(whole[:-60])
    assert [one.resource.arn for one in parsed.results] == [BUCKET + "-1"]
    assert parsed.cut is not None
    assert parsed.cut.line > 10
    assert "breaks off" in parsed.cut.reason


def test_a_broken_item_in_an_array_costs_itself_alone() -> None:
    text = lines(detection(arn=BUCKET + "-1"), {"broken": 1}, detection(arn=BUCKET + "-2")).decode()
    parsed = parse(text.replace('"broken": 1', '"broken": oops').encode())
    assert len(parsed.results) == 2
    assert parsed.refused_count == 1
    assert "no JSON" in parsed.refused[0].reason


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_every_unicode_coding_is_read(coding: str) -> None:
    parsed = parse(lines(detection()).decode().encode(coding))
    assert (len(parsed.results), parsed.whole) == (1, True)


def test_nan_and_numbers_beyond_all_measure_are_as_if_they_were_not_there() -> None:
    text = (
        lines(detection())
        .decode()
        .replace('"severity_id": 4', '"severity_id": NaN, "x": 1e999, "y": ' + "9" * 5000)
    )
    parsed = parse(text.encode())
    assert [one.severity for one in parsed.results] == [Severity.HIGH]  # by the word beside it


def test_deep_nesting_costs_its_item() -> None:
    deep = "[" * 100_000 + "]" * 100_000
    text = lines(detection(arn=BUCKET + "-1"), {"deep": 0}, detection(arn=BUCKET + "-2")).decode()
    parsed = parse(text.replace('"deep": 0', f'"deep": {deep}').encode())
    assert len(parsed.results) == 2
    assert "nested too deep" in parsed.refused[0].reason


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"class_uid": 1001}, "class_uid is 1001"),
        ({"class_uid": []}, "class_uid is []"),
        ({"metadata": {"product": {"name": "???"}}}, "names no tool"),
        ({"metadata": {"product": {"name": "Prowler"}}, "finding_info": {}, "message": ""}, "names no check"),
        ({"resources": [], "cloud": {}}, "no resource and no account"),
        ({"resources": [{"uid": "x" * 3000}]}, "3,000 letters"),
    ],
)
def test_what_cannot_be_placed_is_refused_with_its_reason(change: dict[str, Any], reason: str) -> None:
    parsed = parse(lines({**detection(), **change}))
    assert parsed.results == ()
    assert reason in parsed.refused[0].reason
    assert parsed.refused[0].line == 2


def test_a_name_is_never_cut_into_another_one() -> None:
    names = ["a" * 1000 + "1", "a" * 1000 + "2", "A B", "A-B", "a,b"]
    assert len({control_id("t", name) for name in names}) == len(names)
    assert control_id("checkov", "CKV_AWS_20") == "checkov/ckv_aws_20"


def test_a_tool_has_one_name() -> None:
    assert [tool_name(text) for text in ("Security Hub", "Semgrep OSS", "AWS Config", "<!channel>", "\u202e")] == [
        "securityhub", "semgrep", "aws-config", "channel", "",
    ]  # fmt: skip
