"""The archive for an auditor: whole as it was written, and no edit of it goes unnoticed by the verifier inside."""

import ast
import hashlib
import json
import random
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.cli.audit_export import Exported, export_to
from bot.evidence import verify
from scanners.errors import StoreError
from scanners.model import CoverageStatus, Severity
from storage.identity import canonical
from tests.commands.office import Office, open_office
from tests.storage.world import PASS, START, UNKNOWN, identity
from tests.storage.world import verdict as seen

HOSTILE = 'a\x00\x1b[2J"\\\u2028\ud800</script>\n☃' + "x" * 4_000
REASON = "The public page is meant to be read by everyone."
DAY = timedelta(days=1)
Files = dict[str, bytes]


def month(folder: Path) -> Office:
    """People and scans for two weeks: fixes, claims, an acceptance that ends, one that stands, a refusal, noise."""
    office = open_office(folder)
    office.see(
        seen("a"),
        seen("b"),
        seen("c", severity=Severity.LOW),
        seen("d"),
        seen("h", evidence={HOSTILE: [HOSTILE]}),
    )
    office.say(f"note {identity('a')} <!channel> \x1b[2J \u202e ☃")
    office.say(f"accept {identity('c')} --until 2026-11-12 --reason '{REASON}'")
    office.say(f"approve {identity('c')}", "U0LEAD")
    office.say(f"false-positive {identity('d')} --reason '{REASON}'")
    office.say(f"approve {identity('d')}", "U0SEC")
    office.will_see(seen("a", PASS))
    office.claim("a")
    office.work()
    office.later(days=4)
    office.see(seen("a"), seen("b", UNKNOWN), covers=CoverageStatus.PARTIAL)
    office.say(f"revoke {identity('d')}", "U0SEC")
    office.later(days=4)
    office.see(seen("a", PASS), seen("b"), seen("h", PASS))
    office.later(days=4)
    office.see(seen("b", evidence={"public": True, "grants": ["AllUsers"]}))
    return office


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = month(tmp_path_factory.mktemp("office"))
    yield made
    made.store.close()


def export(office: Office, path: Path, first: int = -1, end: int = 30) -> Exported:
    """Days `first` to `end` after the start."""
    return export_to(office.store, path, START + first * DAY, START + end * DAY, office.now)


@pytest.fixture(scope="module")
def whole(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(office, tmp_path_factory.mktemp("whole") / "whole.zip").path


@pytest.fixture(scope="module")
def middle(office: Office, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export(office, tmp_path_factory.mktemp("middle") / "middle.zip", 3, 7).path


def read(path: Path) -> Files:
    """Every file of an archive, by name."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rows(path: Path, name: str) -> list[Any]:
    return [json.loads(line) for line in read(path)[name].split(b"\n")[:-1]]


def written(path: Path, files: Files) -> Path:
    """An archive of `files`."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def sealed(files: Files) -> Files:
    """`files` under a manifest made anew: what somebody does who knows how the archive is made."""
    said = json.loads(files["manifest.json"])
    for name in said["files"]:
        content = files[name]
        said["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    bare = (json.dumps(said | {"seal": "0" * 64}, indent=2) + "\n").encode()
    manifest = json.dumps(said | {"seal": hashlib.sha256(bare).hexdigest()}, indent=2) + "\n"
    return files | {"manifest.json": manifest.encode()}


def verified(path: Path, *words: str) -> tuple[int, str]:
    """What the verifier of the archive at `path` says of it: its own process, with nothing but Python."""
    script = path.with_suffix(".py")
    script.write_bytes((Path(verify.__file__)).read_bytes())
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(path), *words], capture_output=True, text=True, check=False,
        cwd="/", env={}, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return done.returncode, done.stdout


def judged(path: Path, capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str]:
    """As `verified`, in this process: for the tests that ask hundreds of times."""
    capsys.readouterr()
    return verify.main([str(path), *words]), capsys.readouterr().out


def test_a_whole_archive_is_verified_by_bare_python(whole: Path, middle: Path) -> None:
    for path in (whole, middle):
        code, told = verified(path)
        assert (code, told.splitlines()[-1]) == (0, "Verified."), told
        assert [line[:15].split() for line in told.splitlines()[1:-1]] == [
            ["ok", name] for name in ("files", "chain", "fixes", "approvals", "coverage", "findings")
        ]


def test_the_unpacked_archive_verifies_itself(whole: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(whole) as archive:
        archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", "verify.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "Verified."), done.stdout + done.stderr


def test_the_verifier_is_read_by_python_3_8_and_imports_nothing_else(whole: Path) -> None:
    text = read(whole)["verify.py"].decode()
    tree = ast.parse(text, feature_version=(3, 8))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert names <= sys.stdlib_module_names


def test_the_hash_is_recomputed_by_the_code_that_stands_in_the_readme(whole: Path, tmp_path: Path) -> None:
    files = read(whole)
    (tmp_path / "events.jsonl").write_bytes(files["events.jsonl"])
    lines = files["README.txt"].decode().splitlines()
    start = lines.index("      import hashlib, re")
    code = "\n".join(line[6:] for line in lines[start : lines.index("", start)])
    script = tmp_path / "rule.py"
    script.write_text(code + "\nprint(digest.decode())")
    done = subprocess.run(
        [sys.executable, "-I", script.name], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == json.loads(files["chain.json"])["hash"]


def test_events_have_the_promised_keys_and_their_hash_follows_from_the_parsed_values(whole: Path) -> None:
    events = rows(whole, "events.jsonl")
    prev = "0" * 64
    for event in events:
        assert list(event) == ["seq", "at", "kind", "finding", "actor", "data", "prev", "hash"]
        assert event["prev"] == prev
        prev = hashlib.sha256(canonical(list(event.values())[:7])).hexdigest()
        assert event["hash"] == prev
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))


def test_hostile_text_is_there_byte_for_byte(office: Office, whole: Path) -> None:
    kept = [row["data"] for row in office.store.connection.execute("select data from events order by seq")]
    assert kept == [json.dumps(e["data"], ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8", "backslashreplace").decode() for e in rows(whole, "events.jsonl")]  # fmt: skip
    opened = next(e for e in rows(whole, "events.jsonl") if e["finding"] == identity("h"))
    assert opened["data"]["evidence"] == {HOSTILE: [HOSTILE]}
    assert set(read(whole)) == set(verify.FILES)


def test_fixes_hold_the_evidence_before_and_after(whole: Path, middle: Path) -> None:
    told = rows(whole, "fixes.jsonl")
    claimed, again = (row for row in told if row["finding"] == identity("a"))
    (hostile,) = (row for row in told if row["finding"] == identity("h"))
    assert {row["cause"] for row in told} == {"proven", "gone"}
    assert (claimed["finding"], claimed["episode"], claimed["claimant"], claimed["cause"]) == (
        identity("a"), 1, "U0DEV1", "proven",
    )  # fmt: skip
    assert (claimed["before"]["evidence"], claimed["after"]) == ({"public": True}, {"public": False})
    assert (again["finding"], again["episode"], again["claimant"], again["is_fix"]) == (
        identity("a"),
        2,
        "",
        True,
    )
    assert hostile["before"]["evidence"] == {HOSTILE: [HOSTILE]}
    assert rows(middle, "fixes.jsonl") == []


def test_approvals_tell_who_asked_who_approved_and_what_ended_them(whole: Path, middle: Path) -> None:
    risk, false = rows(whole, "approvals.jsonl")
    assert (risk["request"], risk["requester"], risk["approver"], risk["reason"]) == (
        "risk_accepted", "U0DEV1", "U0LEAD", REASON,
    )  # fmt: skip
    assert (risk["end"]["kind"], risk["end"]["by"]) == ("lapsed", "clock")
    assert (false["request"], false["end"]["kind"], false["end"]["by"]) == (
        "false_positive",
        "revoked",
        "U0SEC",
    )
    stood, ended = rows(middle, "approvals.jsonl")
    assert (stood["seq"], stood["end"]) == (risk["seq"], None)  # given before the slice, held at its end
    assert ended == false


def test_coverage_and_findings_are_told_as_of_the_slice(office: Office, whole: Path, middle: Path) -> None:
    partial = [row for row in rows(whole, "coverage.jsonl") if row["status"] == "partial"]
    assert [(row["target"], row["reason"]) for row in partial] == [("prod", "s3:GetBucketPolicy was refused")]
    state = {row["id"]: row["state"] for row in rows(whole, "findings.jsonl")}
    assert state == {identity(name): office.state(name) for name in "abcdh"}
    then = {row["id"]: row["state"] for row in rows(middle, "findings.jsonl")}
    assert then == {identity("a"): "regressed", identity("d"): "open"}


def test_the_same_slice_gives_the_same_bytes(office: Office, middle: Path, tmp_path: Path) -> None:
    again = export_to(
        office.store, tmp_path / "x.zip", START + 3 * DAY, START + 7 * DAY, office.now + 99 * DAY
    )
    assert again.path.read_bytes() == middle.read_bytes()
    assert again.sha256 == hashlib.sha256(middle.read_bytes()).hexdigest()
    assert again.path.stat().st_mode & 0o777 == 0o600


def test_an_empty_slice_says_so_and_is_valid(office: Office, tmp_path: Path) -> None:
    for name, first, end in (("before", -9, -8), ("gap", 1, 2), ("after", 60, 90)):
        done = export(office, tmp_path / f"{name}.zip", first, end)
        assert "It is empty" in read(done.path)["README.txt"].decode()
        code, told = verified(done.path)
        assert (code, "the slice is empty" in told) == (0, True)


def test_a_store_without_events_exports(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    assert verified(export(office, tmp_path / "none.zip").path)[0] == 0


@pytest.mark.parametrize("days", [(-1, 3, 7), (-1, 1, 2), (3, 7, 30), (1, 2, 30)])
def test_neighbouring_slices_join(office: Office, tmp_path: Path, days: tuple[int, int, int]) -> None:
    one = export(office, tmp_path / "one.zip", days[0], days[1])
    two = export(office, tmp_path / "two.zip", days[1], days[2])
    assert one.part.last == two.part.after
    for first, second in ((one, two), (two, one)):
        code, told = verified(first.path, "--against", str(second.path))
        assert (code, "one ledger" in told) == (0, True), told


def test_slices_with_a_gap_or_of_another_ledger_do_not_join(
    office: Office, whole: Path, tmp_path: Path
) -> None:
    one, two = export(office, tmp_path / "one.zip", -1, 1), export(office, tmp_path / "two.zip", 7, 30)
    code, told = verified(one.path, "--against", str(two.path))
    assert (code, "are in neither" in told) == (1, True)
    (tmp_path / "other").mkdir()
    other = open_office(tmp_path / "other")
    other.see(seen("z"))
    code, told = verified(whole, "--against", str(export(other, tmp_path / "other.zip").path))
    assert (code, "event 1 is another in each" in told) == (1, True), told
    code, told = verified(whole, "--against", str(one.path))
    assert (code, "in both" in told) == (0, True)


def edited(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


@pytest.mark.parametrize("name", verify.FILES)
def test_an_edited_byte_is_found_in_each_file(
    name: str, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, chance = read(whole), random.Random(name)  # noqa: S311
    size = len(files[name])
    for at in {0, size - 1, *(chance.randrange(size) for _ in range(12))}:
        path = written(tmp_path / "x.zip", files | {name: edited(files[name], at)})
        code, told = judged(path, capsys)
        assert (code, name in told) == (1, True), (at, told)


def test_a_byte_cut_off_or_added_is_found(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = read(whole)
    for name in verify.FILES:
        for content in (files[name][:-1], files[name] + b"\n"):
            code, told = judged(written(tmp_path / "x.zip", files | {name: content}), capsys)
            assert (code, name in told) == (1, True), told


def test_an_event_edited_by_who_can_make_a_manifest_is_named_by_its_line(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files, chance = read(whole), random.Random(7)  # noqa: S311
    text = files["events.jsonl"]
    for at in [chance.randrange(len(text)) for _ in range(40)]:
        line = text.count(b"\n", 0, at) + 1
        path = written(tmp_path / "x.zip", sealed(files | {"events.jsonl": edited(text, at)}))
        code, told = judged(path, capsys)
        assert code == 1
        named = re.search(r"events\.jsonl line (\d+)", told)
        # A line feed that was edited joins two lines: the first of them is named.
        assert named and line - 1 <= int(named[1]) <= line + 1, (line, told)


CHANGES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "removed": lambda lines: lines[:1] + lines[2:],
    "last removed": lambda lines: lines[:-1],
    "first removed": lambda lines: lines[1:],
    "added": lambda lines: [*lines, lines[0]],
    "doubled": lambda lines: [lines[0], *lines],
    "reordered": lambda lines: [lines[1], lines[0], *lines[2:]],
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("name", [name for name in verify.FILES if name.endswith(".jsonl")])
def test_a_removed_added_or_reordered_line_is_found_under_a_new_manifest(
    name: str, change: str, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = read(whole)
    lines = CHANGES[change](
        files[name].splitlines(keepends=True) if name != "events.jsonl" else _lines(files[name])
    )
    code, told = judged(written(tmp_path / "x.zip", sealed(files | {name: b"".join(lines)})), capsys)
    assert (code, name in told) == (1, True), told


def _lines(text: bytes) -> list[bytes]:
    return [line + b"\n" for line in text.split(b"\n")[:-1]]


@pytest.mark.parametrize("name", ["fixes.jsonl", "approvals.jsonl"])
def test_every_value_of_a_row_is_backed_by_an_event(
    name: str, whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = read(whole)
    lines = _lines(files[name])
    for key in json.loads(lines[0]):
        if key == "target":
            continue  # a label of the one who set Patrol up; no event of the closing speaks of it
        row = json.loads(lines[0])
        row[key] = (
            {"seq": 10**6, "at": "", "kind": "", "by": "", "evidence": {}}
            if key in ("end", "before")
            else "other"
        )
        forged = json.dumps(row).encode() + b"\n"
        path = written(tmp_path / "x.zip", sealed(files | {name: b"".join([forged, *lines[1:]])}))
        code, told = judged(path, capsys)
        assert (code, f"{name.split('.')[0]}" in told.split("NOT")[0]) == (1, True), (key, told)


def test_an_end_that_is_kept_quiet_is_found(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = read(whole)
    for number in (0, 1):
        told_rows = rows(whole, "approvals.jsonl")
        told_rows[number]["end"] = None
        text = b"".join(json.dumps(row).encode() + b"\n" for row in told_rows)
        code, told = judged(written(tmp_path / "x.zip", sealed(files | {"approvals.jsonl": text})), capsys)
        assert (code, "it had an end" in told) == (1, True), told


def test_a_stranger_file_and_a_missing_one_are_found(
    whole: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = read(whole)
    assert judged(written(tmp_path / "x.zip", files | {"../evil": b""}), capsys)[0] == 1
    for name in verify.FILES:
        rest = {n: c for n, c in files.items() if n != name}
        code, told = judged(written(tmp_path / "y.zip", rest), capsys)
        assert (code, name in told) == (1, True), told
    (tmp_path / "z.zip").write_bytes(b"no zip")
    assert judged(tmp_path / "z.zip", capsys)[0] == 1


def test_a_broken_ledger_is_not_exported_and_nothing_is_left_behind(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    office.see(seen("a"), seen("b"))
    office.store.connection.execute("drop trigger events_no_update")
    office.store.connection.execute("update events set actor = 'evil' where seq = 2")
    with pytest.raises(StoreError, match="broken at event 2"):
        export(office, tmp_path / "x.zip")
    assert [path.name for path in tmp_path.iterdir() if "zip" in path.name] == []


def test_coverage_that_the_ledger_did_not_count_is_not_exported(tmp_path: Path) -> None:
    office = open_office(tmp_path)
    office.see(seen("a"), covers=CoverageStatus.PARTIAL)
    office.store.connection.execute("update coverage set status = 'complete'")
    with pytest.raises(StoreError, match="coverage of scan scan-1 is not what event"):
        export(office, tmp_path / "x.zip")


def test_no_file_is_replaced(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        export(office, path)
    assert path.read_text() == "mine"
    with pytest.raises(StoreError, match="cannot be written"):
        export(office, tmp_path / "none" / "x.zip")


def test_what_was_written_later_is_counted_and_stands_in_the_next_slice(tmp_path: Path) -> None:
    """A scan's events are dated at its start and written at its end: over midnight, another event lies between."""
    office = open_office(tmp_path)
    office.see(seen("a"))
    night = datetime(2026, 11, 4, tzinfo=UTC)
    office.now = night - timedelta(hours=1, seconds=5)

    def meanwhile() -> None:
        office.say(f"acknowledge {identity('a')}")

    office.meanwhile = meanwhile
    office.see(seen("a", PASS))
    one = export_to(office.store, tmp_path / "one.zip", night - 3 * DAY, night, office.now).part
    two = export_to(office.store, tmp_path / "two.zip", night, night + DAY, office.now).part
    assert (one.written_later, two.dated_before) == (1, 1)
    assert (one.dated_before, two.written_later, one.last) == (0, 0, two.after)
    assert verified(tmp_path / "one.zip", "--against", str(tmp_path / "two.zip"))[0] == 0
