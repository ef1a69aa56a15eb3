"""`patrol controls list --framework`: the whole benchmark on a terminal and as JSON."""

import json

import pytest

from bot.cli.controls import run
from scanners.errors import UsageError


def test_a_framework_is_listed_with_what_answers_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--framework", "cis-5.0"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    at = next(i for i, line in enumerate(lines) if line.startswith("3.5 "))
    assert lines[at].split()[1] == "automated" and lines[at + 1].strip() == "cloudtrail.kms"
    at = next(i for i, line in enumerate(lines) if line.startswith("5.6 "))
    assert lines[at].split()[1] == "manual" and lines[at + 1].strip().startswith("no control: ")
    assert "not yet" not in "\n".join(lines)
    assert lines[-1].startswith("59 have a control: 35 of the 35 automated ones")


def test_the_same_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["list", "--framework", "cis-5.0", "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["framework"], len(told["requirements"])) == (
        "patrol.framework/1",
        "cis-5.0",
        63,
    )
    by_number = {entry["number"]: entry for entry in told["requirements"]}
    assert by_number["4.14"] == {
        "number": "4.14", "title": "An alarm tells of changed VPCs", "automated": False,
        "controls": ["monitoring.vpc_changes"], "reason": "",
    }  # fmt: skip
    assert all(bool(entry["controls"]) is not bool(entry["reason"]) for entry in told["requirements"])


def test_a_framework_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match=r"no framework 'pci'"):
        run(["list", "--framework", "pci"])
