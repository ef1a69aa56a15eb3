"""Whatever is done to a file: nothing is raised, and what is not whole closes nothing."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.imports import asff, ocsf, reading, sarif
from scanners.imports.model import MOST_BYTES, MOST_REFUSED, Parsed
from scanners.imports.report import Declared, reports
from scanners.model import CoverageStatus, Status
from tests.examples import examples
from tests.scanners.imports.made import detection, found, run
from tests.scanners.imports.made import ocsf as ocsf_file
from tests.scanners.imports.made import sarif as sarif_file

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
FOLDER = Path("tests/data/imports")
SAMPLES = [
    (ocsf.parse, (FOLDER / "prowler.ocsf.json").read_bytes()),
    (asff.parse, (FOLDER / "securityhub.asff.json").read_bytes()),
    (sarif.parse, (FOLDER / "semgrep.sarif").read_bytes()),
    (sarif.parse, (FOLDER / "trivy-checkov.sarif").read_bytes()),
]
JSON = st.recursive(
    st.sampled_from([None, True, -1, 10**30, 1.5, float("nan"), "", "x", "\ud800", "NaN", "\0"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)


def closes_nothing_unless_whole(parsed: Parsed) -> None:
    for report in reports(parsed, "", Declared("here"), "digest", NOW):
        scan = report.scan
        assert scan.started <= NOW
        assert all(cover.scope.startswith(scan.identity + "/") for cover in scan.coverage)
        if not parsed.whole:
            assert all(cover.status is CoverageStatus.PARTIAL for cover in scan.coverage)
        if parsed.cut:
            assert all(verdict.status is not Status.PASS for verdict in scan.verdicts)


@pytest.mark.parametrize(("parse", "sample"), SAMPLES)
@settings(max_examples=examples(30), deadline=None)
@given(data=st.data())
def test_a_mangled_file_raises_nothing_and_closes_nothing(
    parse: Any, sample: bytes, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(sample)))
    cut = data.draw(st.integers(0, 40))
    put_in = data.draw(
        st.binary(max_size=12) | st.sampled_from([b"{", b"]", b'"', b"NaN", b"\\ud800", b"\0", b"[" * 2000])
    )
    closes_nothing_unless_whole(parse(sample[:at] + put_in + sample[at + cut :]))


@pytest.mark.parametrize(("parse", "sample"), SAMPLES)
def test_a_truncated_file_is_never_whole(parse: Any, sample: bytes) -> None:
    end = sample.rstrip()
    for at in range(1, len(end), max(1, len(end) // 60)):
        parsed = parse(end[:at])
        assert not parsed.whole
        closes_nothing_unless_whole(parsed)


def _swapped(value: Any, path: list[int], new: Any) -> Any:
    """`value` with what the path leads to replaced."""
    if isinstance(value, dict) and value and path:
        key = sorted(value)[path[0] % len(value)]
        return {**value, key: _swapped(value[key], path[1:], new)}
    if isinstance(value, list) and value and path:
        at = path[0] % len(value)
        return [*value[:at], _swapped(value[at], path[1:], new), *value[at + 1 :]]
    return new


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=7), JSON)
def test_a_member_of_any_other_type_raises_nothing(path: list[int], new: Any) -> None:
    closes_nothing_unless_whole(ocsf.parse(ocsf_file(_swapped(detection(), path, new))))
    whole = run(
        found(mark="abcdefghij"),
        rules=({"id": "sql"},),
        invocations=[{"startTimeUtc": "2026-11-24T09:00:00Z"}],
    )
    closes_nothing_unless_whole(sarif.parse(sarif_file(_swapped(whole, path, new))))


def test_a_file_of_a_million_brackets_or_broken_lines_ends_soon() -> None:
    for parse in (ocsf.parse, asff.parse, sarif.parse):
        assert not parse(b"[" * 300_000).whole
        assert not parse(b'{"runs":[' * 30_000).whole
        assert not parse(b'{"a\n' * 100_000).whole
        assert not parse(b"[" + b"{x}," * 100_000).whole


def test_refusals_are_counted_and_only_the_first_are_kept() -> None:
    parsed = ocsf.parse(b"[" + b"{}," * 3_000 + b"{}]")
    assert (parsed.refused_count, len(parsed.refused)) == (3_001, MOST_REFUSED)


def test_a_file_beyond_the_limit_is_refused_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    assert MOST_BYTES == 100 * 1024 * 1024
    monkeypatch.setattr(reading, "MOST_BYTES", 100)
    parsed = ocsf.parse(ocsf_file(detection()))
    assert parsed.cut is not None
    assert "100 are the most" in parsed.cut.reason
    assert parsed.results == ()


def test_more_results_than_the_limit_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "MOST_RESULTS", 2)
    parsed = ocsf.parse(ocsf_file(detection(), detection("b"), detection("c")))
    assert len(parsed.results) == 2
    assert not parsed.whole
    closes_nothing_unless_whole(parsed)
