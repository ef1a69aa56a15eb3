"""`patrol audit export` as it is typed: ranges, refusals, and what it prints."""

import hashlib
import json
from pathlib import Path

import pytest

from bot.cli.main import run
from tests.commands.office import open_office
from tests.storage.world import PASS
from tests.storage.world import verdict as seen


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Two days of November in a store, and a folder of one's own."""
    office = open_office(tmp_path)
    office.see(seen("a"), seen("b"))
    office.later(days=1)
    office.see(seen("a", PASS), seen("b"))
    office.store.close()
    monkeypatch.chdir(tmp_path)
    return str(office.store.path)


def export(*words: str) -> int:
    return run(["audit", "export", *words])


def test_a_month_is_exported_and_its_sum_is_told(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert export("--from", "2026-11-01", "--to", "2026-12-01", "--store", store) == 0
    path = Path("patrol-evidence-2026-11-01-2026-12-01.zip")
    told = capsys.readouterr().out
    assert "Exported 5 events, numbered 1 to 5" in told
    assert hashlib.sha256(path.read_bytes()).hexdigest() in told
    assert [p.name for p in Path().iterdir() if "zip" in p.name] == [path.name]


def test_a_range_in_another_zone_is_read_as_such(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    since = ("--from", "2026-11-03T00:00+02:00", "--to", "2026-11-04", "--store", store)
    assert export("x.zip", *since, "--format", "json") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["from"], said["after"], said["events"]) == ("2026-11-02T22:00:00.000000Z", 3, 2)
    assert export("x.zip", *since) == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from", "2026-11-01"), "--to is missing"),
        (("--to", "2026-11-01"), "--from is missing"),
        (("--from", "yesterday", "--to", "2026-11-01"), "--from takes a day"),
        (("--from", "2026-11-01T09:00", "--to", "2026-12-01"), "no time zone"),
        (("--from", "0001-01-01T00:00+14:00", "--to", "2026-12-01"), "--from takes a day"),
        (("--from", "2026-12-01", "--to", "2026-11-01"), "must be earlier"),
        (("--from", "2026-11-01", "--to", "2026-11-01"), "must be earlier"),
        (("--since", "2026-11-01", "--to", "2026-12-01"), "no option --since"),
        (("a.zip", "b.zip", "--from", "2026-11-01", "--to", "2026-12-01"), "Usage"),
        (("--force",), "no option --force"),
    ],
)
def test_wrong_words_end_with_64_and_say_what_is_right(
    store: str, words: tuple[str, ...], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert export(*words, "--store", store) == 64
    assert told in capsys.readouterr().err
    assert list(Path().glob("*.zip")) == []


def test_verify_takes_no_range(store: str) -> None:
    assert run(["audit", "verify", "--store", store]) == 0
    assert run(["audit", "verify", "--from", "2026-11-01", "--store", store]) == 64


def test_a_store_that_is_not_there_and_a_folder_that_is_not_are_told(
    store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    november = ("--from", "2026-11-01", "--to", "2026-12-01", "--store")
    assert export(*november, "none.db") == 2
    assert export("none/x.zip", *november, store) == 2
    assert "none/x.zip cannot be written" in capsys.readouterr().err
