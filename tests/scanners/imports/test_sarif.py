"""SARIF: identity without lines, severity, suppression, several runs, and where the run was."""

import json
from pathlib import Path
from typing import Any

import pytest

from scanners.imports.sarif import parse
from scanners.model import Severity, Status
from tests.scanners.imports.made import found, run, sarif


def loci(*results: dict[str, Any]) -> list[str]:
    return [one.locus for one in parse(sarif(run(*results))).results]


def only(result: dict[str, Any], **more: Any) -> Any:
    return parse(sarif(run(result, **more))).results[0]


def test_semgreps_file_is_read() -> None:
    parsed = parse(Path("tests/data/imports/semgrep.sarif").read_bytes())
    assert parsed.whole
    first = parsed.results[0]
    assert (first.tool, first.title, first.severity, first.line) == (
        "semgrep", "SQL put together from text", Severity.HIGH, 41,
    )  # fmt: skip
    assert first.why == "Whoever chooses the text chooses the query."
    assert first.fix == "Use parameters."
    assert [one.status for one in parsed.results] == [Status.FAIL, Status.FAIL, Status.UNKNOWN]
    assert parsed.spoke[0].rules == {"python.lang.security.pickle"}


def test_a_file_of_two_tools_is_two_scanners() -> None:
    parsed = parse(Path("tests/data/imports/trivy-checkov.sarif").read_bytes())
    assert [(one.tool, one.rule, one.severity) for one in parsed.results] == [
        ("trivy", "CVE-2026-1234", Severity.CRITICAL), ("checkov", "CKV_AWS_20", Severity.HIGH), ("checkov", "CKV_AWS_20", Severity.HIGH),
    ]  # fmt: skip
    assert parsed.results[2].muted


def test_a_result_that_moved_is_the_same() -> None:
    assert loci(found(line=10, mark="abcdef0123:1")) == loci(found(line=99, mark="abcdef0123:1"))
    assert loci(found(line=10, code="x = 1")) == loci(found(line=99, code="  x  =  1"))
    assert loci(found(line=10, said="in line 10")) == loci(found(line=99, said="in line 99"))


def test_two_results_that_only_their_lines_tell_apart_are_two() -> None:
    first, second = loci(found(line=10), found(line=20))
    assert second == f"{first}#2"
    assert len(loci(found(line=10), found(line=10))) == 1


def test_a_placeholder_is_no_fingerprint() -> None:
    placeholder = {"fingerprints": {"matchBasedId/v1": "requires login"}}
    one, other = loci(found(code="a()", **placeholder), found(code="b()", line=11, **placeholder))
    assert one != other


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"kind": "pass"}, Status.PASS),
        ({"baselineState": "absent"}, Status.PASS),
        ({"baselineState": "unchanged"}, Status.FAIL),
        ({"kind": "review"}, Status.UNKNOWN),
        ({"suppressions": [{"kind": "inSource"}]}, Status.UNKNOWN),
        ({"suppressions": [{"kind": "external", "status": "underReview"}]}, Status.FAIL),
        ({"suppressions": [{"status": "accepted"}, {"status": "rejected"}]}, Status.FAIL),
        ({"suppressions": []}, Status.FAIL),
    ],
)
def test_what_is_suppressed_is_neither_open_nor_fixed(more: dict[str, Any], status: Status) -> None:
    assert only(found(**more)).status is status


@pytest.mark.parametrize(
    ("result", "rule", "expected"),
    [
        ({}, {}, Severity.MEDIUM),
        ({"level": "error"}, {}, Severity.HIGH),
        ({}, {"defaultConfiguration": {"level": "note"}}, Severity.LOW),
        ({"level": "note"}, {"properties": {"security-severity": "9.1"}}, Severity.CRITICAL),
        (
            {"properties": {"security-severity": 4}},
            {"properties": {"security-severity": "9.1"}},
            Severity.MEDIUM,
        ),
        ({"level": []}, {"properties": {"security-severity": "NaN"}}, Severity.MEDIUM),
    ],
)
def test_the_severity_is_the_score_or_the_level(result: Any, rule: Any, expected: Severity) -> None:
    assert only(found(**result), rules=({"id": "sql", **rule},)).severity is expected


def test_the_rule_is_found_by_index_id_and_extension() -> None:
    extension = {
        "extensions": [{"name": "pack", "rules": [{"id": "deep", "shortDescription": {"text": "Deep"}}]}]
    }
    byindex = found(rule="", ruleIndex=0)
    tool = {
        "driver": {"name": "CodeQL", "rules": [{"id": "near", "shortDescription": {"text": "Near"}}]},
        **extension,
    }
    inpack = {**found(rule=""), "rule": {"index": 0, "toolComponent": {"index": 0}}}
    parsed = parse(sarif({"tool": tool, "results": [byindex, inpack, found(rule="near/part", line=3)]}))
    assert [(one.rule, one.title) for one in parsed.results] == [
        ("near", "Near"),
        ("deep", "Deep"),
        ("near/part", "Near"),
    ]


def test_a_message_of_the_rule_has_its_arguments_filled_in() -> None:
    rule = {"id": "sql", "messageStrings": {"default": {"text": "{0} meets {1} and {7}"}}}
    said = {"message": {"id": "default", "arguments": ["a", "b"]}}
    assert only({**found(), **said}, rules=(rule,)).said == "a meets b and {7}"


@pytest.mark.parametrize(
    ("more", "place"),
    [
        ({"versionControlProvenance": [{"repositoryUri": "https://user:pw@github.com/acme/shop.git"}]}, "github.com/acme/shop"),
        ({"versionControlProvenance": [{"repositoryUri": "git@github.com:acme/shop.git"}]}, "github.com/acme/shop"),
        ({"automationDetails": {"id": "nightly/2026-11-24"}}, "nightly"),
        ({"automationDetails": {"id": "run-4711"}}, ""),
        ({"originalUriBaseIds": {"ROOT": {"uri": "file:///home/ci/work/"}}}, ""),
        ({"originalUriBaseIds": {"ROOT": {"uri": "https://github.com/acme/shop/"}}}, "github.com/acme/shop"),
    ],
)  # fmt: skip
def test_the_place_is_the_repository_and_no_folder_of_a_machine(more: dict[str, Any], place: str) -> None:
    assert parse(sarif(run(found(), **more))).spoke[0].place == place


def test_a_path_is_that_within_its_repository() -> None:
    bases = {"originalUriBaseIds": {"ROOT": {"uri": "file:///home/ci/work/"}}}
    paths = [
        only(found(path=p), **bases).resource.id
        for p in ("file:///home/ci/work/a%20b.py", "./a%20b.py", "a%20b.py")
    ]
    assert paths == ["a b.py"] * 3


def test_a_run_without_results_did_not_look() -> None:
    parsed = parse(json.dumps({"runs": [{"tool": {"driver": {"name": "x"}}}, {"results": []}]}).encode())
    assert [one.reason.split(",")[0][:28] for one in parsed.refused] == [
        "the run of x has no results:",
        "the run names no tool",
    ]


@pytest.mark.parametrize(
    "invocation",
    [
        {"executionSuccessful": False},
        {"toolExecutionNotifications": [{"level": "error", "message": {"text": "x"}}]},
    ],
)
def test_a_tool_that_says_it_failed_is_believed(invocation: dict[str, Any]) -> None:
    assert parse(sarif(run(found(), invocations=[invocation]))).spoke[0].trouble


def test_a_truncated_run_keeps_what_was_read() -> None:
    data = sarif(run(found(line=1, code="a()"), found(line=2, code="b()")))
    parsed = parse(data[: data.rindex(b"startLine")])
    assert (len(parsed.results), parsed.cut is not None) == (1, True)


def test_a_flaw_that_is_known_to_be_used_is_marked() -> None:
    assert only(found(), rules=({"id": "sql", "properties": {"tags": ["KEV"]}},)).exploited
    assert not only(found(), rules=({"id": "sql", "properties": {"tags": ["security"]}},)).exploited
