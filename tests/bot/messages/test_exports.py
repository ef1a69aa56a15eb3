"""Findings for other tools: the members that each standard requires, and nothing that a spreadsheet would run."""

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.messages.export_csv import COLUMNS, findings_csv
from bot.messages.export_ocsf import findings_ocsf
from bot.messages.export_sarif import findings_sarif
from commands.reply import FindingList
from scanners.imports import ocsf, sarif
from scanners.model import Remediation, Severity, Status
from storage.model import Decision, Detection, Finding, FindingView, State

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
FIX = Remediation("Anyone can read it.", "aws s3api ...", "", "", "", "")
BUCKET = Finding(
    "pf1_" + "a" * 64, "s3.public", "aws/111122223333/eu-west-1", "prod", "arn:aws:s3:::acme", "acme", "aws.s3.bucket",
    "eu-west-1", "", Severity.CRITICAL, "payments", Detection.PRESENT, NOW, NOW, NOW + timedelta(days=7),
    tags={"env": "prod"},
)  # fmt: skip
CODE = replace(
    BUCKET, id="pf1_" + "b" * 64, control="semgrep/sql", scope="import/semgrep/shop", resource="shop:app/a b.py",
    resource_id="app/a b.py", resource_type="file", region="", severity=Severity.UNKNOWN,
)  # fmt: skip


def view(finding: Finding, state: State = State.OPEN, **evidence: Any) -> FindingView:
    return FindingView(finding, state, NOW, evidence, FIX, "", False)


def listed(*views: FindingView) -> FindingList:
    return FindingList(views, len(views), 0, {}, "", NOW, {"s3.public": "Buckets must not be public"})


EVERY = listed(*(view(one, state, title="T", said="S", line=3) for one in (BUCKET, CODE) for state in State))


def test_ocsf_has_every_required_member_of_its_class() -> None:
    events = findings_ocsf(EVERY, "1.0")
    assert {event["class_uid"] for event in events} == {2003, 2004}
    for event in events:
        assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
        assert (event["category_uid"], type(event["time"]), event["time"]) == (
            2,
            int,
            int(NOW.timestamp() * 1000),
        )
        assert event["severity_id"] in {0, 2, 3, 4, 5}
        assert event["status_id"] in {1, 2, 3, 4, 99}
        assert event["finding_info"]["uid"]
        assert event["finding_info"]["title"]
        assert event["metadata"]["version"]
        assert event["metadata"]["product"]["name"] == "Patrol"
        assert event["remediation"]["desc"]
        assert (
            ("cloud" in event) == ("cloud" in event["metadata"]["profiles"]) == (event["class_uid"] == 2003)
        )
        if event["class_uid"] == 2003:
            assert event["compliance"]["standards"]
            assert event["cloud"]["account"]["uid"] == "111122223333"


def test_patrol_reads_what_it_writes() -> None:
    events = findings_ocsf(
        listed(view(BUCKET), view(replace(BUCKET, resource="arn:aws:s3:::b"), State.FIXED)), "1.0"
    )
    results = ocsf.parse(json.dumps(events).encode()).results
    assert [(one.rule, one.status, one.severity) for one in results] == [
        ("s3.public", Status.FAIL, Severity.CRITICAL), ("s3.public", Status.PASS, Severity.CRITICAL),
    ]  # fmt: skip
    document = findings_sarif(listed(view(CODE, said="S", line=3, title="T")), "1.0")
    (result,) = sarif.parse(json.dumps(document).encode()).results
    assert (result.rule, result.resource.id, result.line, result.said) == (
        "semgrep/sql",
        "app/a b.py",
        3,
        "S (line 3)",
    )


def test_sarif_holds_together() -> None:
    document = findings_sarif(EVERY, "1.0")
    assert (document["version"], len(document["runs"])) == ("2.1.0", 1)
    run = document["runs"][0]
    rules = run["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["message"]["text"]
        assert result["level"] in {"error", "warning", "note", "none"}
        # By the standard a result that does not fail has no level.
        assert (result["kind"] == "fail") == (result["level"] != "none")
        assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"]
        assert result["partialFingerprints"]["patrolFinding/v1"].startswith("pf1_")


@pytest.mark.parametrize("state", [State.SNOOZED, State.RISK_ACCEPTED, State.FALSE_POSITIVE])
def test_a_decision_is_a_suppression_with_its_reason(state: State) -> None:
    decided = replace(BUCKET, decision=Decision(reason="A public site, on purpose."))
    (result,) = findings_sarif(listed(view(decided, state)), "1.0")["runs"][0]["results"]
    assert result["suppressions"][0]["justification"] == "A public site, on purpose."


@pytest.mark.parametrize("letter", ["=", "+", "-", "@", "\t", "\r", "\n", "  ="])
def test_no_cell_is_a_formula(letter: str) -> None:
    hostile = replace(BUCKET, resource_id=f"{letter}cmd|' /C calc'!A0")
    read = list(csv.DictReader(io.StringIO(findings_csv(listed(view(hostile))), newline="")))
    assert read[0]["resource_id"].startswith("'")


def test_csv_holds_one_line_a_finding_whatever_it_holds() -> None:
    hostile = replace(BUCKET, resource_id='a,"b"\nc\ud800')
    read = list(csv.reader(io.StringIO(findings_csv(listed(view(hostile), view(CODE))), newline="")))
    assert tuple(read[0]) == COLUMNS
    assert [len(row) for row in read] == [len(COLUMNS)] * 3


def test_secrets_do_not_leave() -> None:
    told = listed(view(CODE, title="T", said="password=hunter2hunter2"))
    for text in (
        findings_csv(told),
        json.dumps(findings_ocsf(told, "1")),
        json.dumps(findings_sarif(told, "1")),
    ):
        assert "hunter2" not in text


def test_an_empty_list_is_still_a_document() -> None:
    assert findings_ocsf(listed(), "1") == []
    assert findings_sarif(listed(), "1")["runs"][0]["results"] == []
    assert findings_csv(listed()).count("\n") == 1
