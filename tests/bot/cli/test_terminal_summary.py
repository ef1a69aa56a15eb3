"""`patrol summary` on a terminal: text, JSON and CSV, and the exit codes."""

import json

import pytest

from bot.cli.main import run
from bot.cli.summary_formats import table_csv
from commands.summary_model import ControlRow
from tests.bot.cli.test_terminal_decisions import Terminal, terminal
from tests.bot.messages.test_summary import made

__all__ = ["terminal"]
KEYS = [
    "as_of", "team", "days", "cohort", "new", "fixed", "regressed", "time_to_fix", "sla", "ages", "coverage", "score",
]  # fmt: skip


def test_the_json_is_the_promised_document_and_nothing_else(terminal: Terminal) -> None:
    code, document = terminal.json("summary", "payments", "--days", "7")
    assert (code, list(document)) == (0, KEYS)
    assert (document["team"], document["days"], sum(document["ages"].values())) == ("payments", 7, 2)


@pytest.mark.parametrize("form", [(), ("--format", "text"), ("--format", "table")])
def test_text_is_what_comes_without_a_format(terminal: Terminal, form: tuple[str, ...]) -> None:
    code, out, err = terminal("summary", "all", *form)
    assert (code, err) == (0, "")
    assert out.startswith("Summary for all teams, ")
    assert "\nLate: nothing.\n" in out


def test_the_list_behind_a_number_ends_with_one_where_something_is_open(terminal: Terminal) -> None:
    code, out, _err = terminal("summary", "payments", "--show", "open")
    assert code == 1
    assert "2 findings: 1 critical, 1 low." in out


def test_the_csv_is_the_table_per_control(terminal: Terminal) -> None:
    code, out, _err = terminal("summary", "payments", "--format", "csv")
    assert code == 0
    assert out == "control,title,open,fixed_30d\ns3.public,Buckets must not be public,2,0\n"


def test_a_spreadsheet_takes_no_cell_for_a_formula() -> None:
    told = made(controls=(ControlRow("=cmd|1", "@SUM(A1)", 1, 2),))
    assert table_csv(told).splitlines()[1] == "'=cmd|1,'@SUM(A1),1,2"


def test_a_list_behind_a_number_is_no_csv(terminal: Terminal) -> None:
    code, out, err = terminal("summary", "payments", "--show", "open", "--format", "csv")
    assert (code, out) == (64, "")
    assert "it takes table or json" in err


def test_the_page_stands_by_itself(terminal: Terminal) -> None:
    code, page, _err = terminal("summary", "payments", "--format", "html")
    assert code == 0
    assert page.lstrip().lower().startswith("<!doctype html>")
    assert "nothing is late" in page or "Not known" in page


@pytest.mark.parametrize(("command", "form"), [("summary", "xml"), ("status", "csv")])
def test_another_format_is_refused_with_what_there_is(
    command: str, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([command, "--format", form]) == 64
    assert "--format takes table" in capsys.readouterr().err


def test_nothing_checked_ends_with_two_and_late_ones_with_one(terminal: Terminal) -> None:
    from bot.cli.chat import exit_code

    assert exit_code(made()) == 1
    assert exit_code(made(document={**made().document, "score": None})) == 2
    assert json.loads(terminal("summary", "payments", "--format", "json")[1])["score"] is not None
