"""`patrol import` and the exports on a terminal: exit codes, documents, and files as they are on disk."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.cli.main import run
from tests.scanners.imports.made import detection, ocsf

FOLDER = Path("tests/data/imports").resolve()
Patrol = Callable[..., tuple[int, str, str]]


@pytest.fixture
def patrol(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Patrol:
    monkeypatch.chdir(tmp_path)
    for name in ("PATROL_CONFIG", "PATROL_STORE"):
        monkeypatch.delenv(name, raising=False)

    def typed(*words: str) -> tuple[int, str, str]:
        code = run(list(words))
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return typed


def test_an_import_answers_with_what_it_read(patrol: Patrol) -> None:
    code, out, _err = patrol("import", str(FOLDER / "prowler.ocsf.json"), "--format", "ocsf")
    assert code == 1
    assert out.startswith("prowler 5.46.0: 3 failing, 1 passing, 2 undecided, as of 24 Nov 2026 09:00 UTC.")
    assert "Recorded: 3 new, 0 fixed, 3 open now." in out
    assert "nothing changed" in patrol("import", str(FOLDER / "prowler.ocsf.json"))[1]


def test_json_is_the_promised_document(patrol: Patrol, tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    broken.write_bytes(ocsf(detection(), {"class_uid": 1})[:-1])
    code, out, _err = patrol("import", str(broken), "--output", "json", "--dry-run")
    document = json.loads(out)
    assert code == 2
    assert (document["schema"], document["format"], document["dry_run"]) == ("patrol.import/1", "ocsf", True)
    assert document["refused"] == [
        {"line": 1, "reason": "its class_uid is 1; findings of 2003 and 2004 are read"}
    ]
    assert document["cut"]["reason"] == "the file breaks off inside a list"
    assert document["tools"][0]["tool"] == "prowler"
    assert document["tools"][0]["opened"] == 1


def test_a_file_without_failures_exits_0(patrol: Patrol, tmp_path: Path) -> None:
    clean = tmp_path / "clean.json"
    clean.write_bytes(ocsf(detection(code="PASS")))
    assert patrol("import", str(clean))[0] == 0


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("import",), 64, "Which file?"),
        (("import", "nothing.json"), 64, "nothing.json can't be read: No such file"),
        (("import", "empty.json"), 2, ""),
        (("import", "sample.json", "--format", "xml"), 64, "--format takes auto, ocsf, asff or sarif"),
        (("import", "sample.json", "--at", "yesterday"), 64, "--at takes an instant"),
        (("import", "sample.json", "--target", "shop"), 64, "There is no target 'shop'"),
        (("import", "sample.json", "--output", "xml"), 64, "--output takes table or json"),
        (("import", "sample.json", "--scop", "x"), 64, "Did you mean --scope"),
    ],
)
def test_wrong_words_exit_64_with_their_mend(
    patrol: Patrol, tmp_path: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    (tmp_path / "empty.json").touch()
    (tmp_path / "sample.json").write_bytes(ocsf(detection()))
    exited, _out, err = patrol(*words)
    assert (exited, told in err) == (code, True)


def test_findings_leave_in_every_format(patrol: Patrol) -> None:
    patrol("import", str(FOLDER / "semgrep.sarif"), "--scope", "github.com/acme/shop")
    code, out, _err = patrol("findings", "--format", "sarif")
    assert (code, len(json.loads(out)["runs"][0]["results"])) == (1, 2)
    assert len(json.loads(patrol("findings", "--format", "ocsf")[1])) == 2
    rows = list(csv.DictReader(io.StringIO(patrol("findings", "--format", "csv", "severity:high")[1])))
    assert [row["title"] for row in rows] == ["SQL put together from text"]
    assert patrol("status", "--format", "csv")[0] == 64


def test_help_tells_the_options(patrol: Patrol) -> None:
    assert "--dry-run" in patrol("import", "--help")[1]
    assert "import" in patrol("--help")[1]
