"""Decisions on a terminal: who acts, exit codes, and `patrol.reply/1`."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from bot.cli.main import run
from bot.cli.person import system_user
from scanners.model import Severity
from storage.ledger import history
from storage.selections import freeze
from storage.store import Store
from tests.bot.messages.stage import open_stage, verdict

ME = f"os:{system_user({})}"
CONFIG = f"""\
[roles]
security = ["U0SEC"]
[people]
operators = ["{ME}"]
[[team]]
name = "payments"
channel = "C0PAYMENTS"
leads = ["U0LEAD"]
members = ["U0DEV1", "U0DEV2"]
[[team]]
name = "web"
channel = "C0WEB"
members = ["U0WEB"]
[[target]]
name = "prod"
kind = "aws"
owner = "payments"
"""
REASON = ("--reason", "Public on purpose: the price list")


@dataclass
class Terminal:
    """Types, in a folder with a store and a patrol.toml; `ids` are its findings, worst first."""

    folder: Path
    capsys: pytest.CaptureFixture[str]
    ids: list[str]

    def __call__(self, *typed: str, person: str = "") -> tuple[int, str, str]:
        acting = ("--as", person) if person else ()
        code = run([*typed, *acting])
        shown = self.capsys.readouterr()
        return code, shown.out, shown.err

    def json(self, *typed: str, person: str = "U0DEV1") -> tuple[int, Any]:
        code, out, _err = self(*typed, "--format", "json", person=person)
        return code, json.loads(out)


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "patrol.toml").write_text(CONFIG)
    stage = open_stage(tmp_path)
    stage.now = datetime.now(UTC)
    stage.see(verdict("acme-a"), verdict("acme-b", severity=Severity.LOW))
    with stage.store.read() as connection:
        found = [row["id"] for row in connection.execute("select id from findings order by severity")]
    stage.store.close()
    return Terminal(tmp_path, capsys, found)


def test_a_decision_answers_with_the_finding_and_exit_0(terminal: Terminal) -> None:
    code, reply = terminal.json("acknowledge", terminal.ids[0][4:12])
    assert code == 0
    assert (reply["schema"], reply["ok"]) == ("patrol.reply/1", True)
    assert reply["message"].startswith("Acknowledged until ")
    assert (reply["finding"]["id"], reply["finding"]["state"]) == (terminal.ids[0], "acknowledged")
    listed = terminal.json("findings")[1]
    assert reply["finding"] == listed["findings"][0], "as in patrol.findings/1"


@pytest.mark.parametrize(
    ("typed", "person", "told"),
    [
        (("acknowledge", "{}"), "U0WEB", "You can't acknowledge findings of payments. These can: @U0DEV1"),
        (("approve", "{}"), "U0SEC", "nothing was asked for that still waits"),
        (("snooze", "--days", "8", "{}"), "U0DEV1", "for 8 days: you may for 1 to 7"),
        (
            ("accept", "--until", "31d", *REASON, "{}"),
            "U0DEV1",
            "A critical finding can be accepted for 30 days at most",
        ),
        (("undo",), "U0DEV1", "There is nothing of yours from the last five minutes to take back"),
    ],
)
def test_a_refusal_is_exit_3_and_carries_the_finding_as_it_stands(
    terminal: Terminal, typed: tuple[str, ...], person: str, told: str
) -> None:
    spelled = [word.format(terminal.ids[0]) for word in typed]
    code, reply = terminal.json(*spelled, person=person)
    assert (code, reply["schema"], reply["ok"]) == (3, "patrol.reply/1", False)
    assert told in reply["message"]
    if "{}" in typed:
        assert (reply["finding"]["id"], reply["finding"]["state"]) == (terminal.ids[0], "open")
    else:
        assert reply["finding"] is None
    code, out, err = terminal(*spelled, person=person)
    assert (code, out) == (3, "")
    assert told in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    "typed", [("acknowledge", "00000000"), ("acknowledge", "zz"), ("snooze", "{}"), ("approve",)]
)
def test_a_wrong_word_is_exit_64(terminal: Terminal, typed: tuple[str, ...]) -> None:
    code, reply = terminal.json(*(word.format(terminal.ids[0]) for word in typed))
    assert (code, reply["ok"]) == (64, False)
    assert terminal("snoze", "x")[0] == 64


def test_a_bulk_preview_is_exit_2_and_carrying_it_out_exit_0_or_2(terminal: Terminal) -> None:
    store = Store(terminal.folder / "patrol.db")
    with store.write() as connection:
        chosen = freeze(connection, terminal.ids, "U0DEV1", "findings", datetime.now(UTC)).id
    store.close()
    code, preview = terminal.json("acknowledge", chosen)
    assert (code, preview["schema"], preview["ok"], len(preview["possible"])) == (
        2,
        "patrol.bulk/1",
        False,
        2,
    )
    code, done = terminal.json(*preview["words"].split())
    assert (code, done["ok"], len(done["done"])) == (0, True, 2)
    code, again = terminal.json(*preview["words"].split())
    assert (code, again["done"], len(again["refused"])) == (2, [], 2)
    code, theirs = terminal.json("acknowledge", chosen, person="U0DEV2")
    assert (code, theirs["ok"]) == (64, False)


def test_the_ledger_keeps_who_typed_for_whom(terminal: Terminal) -> None:
    identity = terminal.ids[1]
    assert terminal("accept", identity, *REASON, "--until", "9d", person="U0DEV1")[0] == 0
    assert terminal("approve", identity, person="U0DEV1")[0] == 3
    assert terminal("approve", identity, person="U0LEAD")[0] == 0
    store = Store(terminal.folder / "patrol.db")
    with store.read() as connection:
        told = [(event.actor, event.data.get("behind")) for event in history(connection, identity)]
    store.close()
    assert told == [("scan", None), ("U0DEV1", ME), ("U0LEAD", ME)]
    assert ME in terminal("show", identity)[1]


@pytest.mark.parametrize(
    "person", ["\udcff", "dana", "u0dev1", "U0DEV1 ", "../x", "os:root", "schedule", "scan", "clock"]
)
def test_as_takes_a_user_id_and_nothing_else(terminal: Terminal, person: str) -> None:
    code, _out, err = terminal("acknowledge", terminal.ids[0], person=person)
    assert code == 64
    assert "--as takes a Slack user id such as U0DEV1" in err


def test_as_is_for_operators_alone(terminal: Terminal) -> None:
    (terminal.folder / "patrol.toml").write_text(
        CONFIG.replace(f'operators = ["{ME}"]', f'"{ME}" = "U0DEV2"')
    )
    code, _out, err = terminal("acknowledge", terminal.ids[0], person="U0LEAD")
    assert (code, f"--as is for operators, and {ME} is none" in err) == (3, True)
    code, out, _err = terminal("acknowledge", terminal.ids[0])
    assert (code, "Acknowledged until" in out) == (0, True)


def test_an_operator_without_an_identity_has_no_role(terminal: Terminal) -> None:
    assert terminal("acknowledge", terminal.ids[0])[0] == 3
