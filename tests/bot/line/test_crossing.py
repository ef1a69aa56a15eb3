"""A private team's finding does not exist for others, whatever their payloads claim: clicks, dialogs, lists, links."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.answers import Asker
from bot.desk import Desk, clicks
from bot.desk.submissions import Submissions
from bot.settings import Settings
from scanners.model import Status
from tests.bot.line.stage import CHANNEL, DANA, GUEST, Line
from tests.bot.messages.stage import words

SECRET = "acme-secret"


class PrivateLine(Line):
    """The payments team is private."""

    @property
    def settings(self) -> Settings:
        """As the line's, but for that."""
        made = super().settings
        teams = tuple(replace(team, private=team.name == "payments") for team in made.organisation.teams)
        return replace(made, organisation=replace(made.organisation, teams=teams))


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """One finding, which is the private team's alone."""
    made = PrivateLine(Path(tmp_path_factory.mktemp("crossing")))
    with made.slack:
        try:
            made.scanner.buckets = {SECRET: Status.FAIL}
            made.start()
            assert made.slack.command(DANA, CHANNEL, "scan prod").acked
            made.wait(lambda: _id(made), "the finding")
            yield made
        finally:
            made.stop()


def _id(line: Line) -> str:
    assert line.process is not None
    with line.process.store.read() as connection:
        row = connection.execute("select id from findings").fetchone()
    return str(row["id"]) if row else ""


def _desk(line: Line) -> Desk:
    assert line.process is not None
    return line.process.desk


@pytest.mark.parametrize("action", ["show", "fix", "acknowledge", "fixed", "undo", "approve", "reject"])
def test_a_forged_click_finds_nothing(line: Line, action: str) -> None:
    before = len(line.slack.ephemerals(GUEST))
    clicks.click(_desk(line), Asker(GUEST, CHANNEL), action, _id(line))
    told = line.slack.ephemerals(GUEST)[before:]
    assert "No finding starts with" in told[-1]["text"]
    assert SECRET not in str(told)


@pytest.mark.parametrize("value", ["note {}", "menu {}", "snooze {}", "approve {}"])
def test_a_forged_choice_opens_no_dialog(line: Line, value: str) -> None:
    before = len(line.slack.ephemerals(GUEST))
    clicks.click(_desk(line), Asker(GUEST, CHANNEL), "more", value.format(_id(line)))
    assert "No finding starts with" in line.slack.ephemerals(GUEST)[before:][-1]["text"]
    assert line.slack.views(GUEST) == []


def test_a_forged_list_freezes_nothing(line: Line) -> None:
    before = len(line.slack.ephemerals(GUEST))
    value = json.dumps({"ids": [_id(line)], "words": "findings"})
    clicks.click(_desk(line), Asker(GUEST, CHANNEL), "select_shown", value)
    assert "No finding starts with" in line.slack.ephemerals(GUEST)[before:][-1]["text"]


def _forged(line: Line, trigger: str, **carried: Any) -> dict[str, Any]:
    """What Slack is told to show to whoever sends a dialog that they made up."""
    view = {"id": "V1", "type": "modal", "callback_id": carried.pop("callback"), "private_metadata": json.dumps(carried),
            "state": {"values": {"text": {"text": {"value": "hello"}}}}}  # fmt: skip
    body = {"user": {"id": GUEST}, "trigger_id": trigger, "view": view}
    with ThreadPoolExecutor(1) as pool:
        return Submissions(_desk(line), pool).take(body)


def test_a_forged_dialog_decides_nothing_and_shows_nothing(line: Line) -> None:
    told = _forged(line, "t1", callback="decide", verb="note", finding=_id(line), seen=999)
    assert "No finding starts with" in words(told["view"])
    assert "&gt; hello" not in words(told["view"])
    assert "> hello" in words(told["view"])
    assert SECRET not in str(told)
    assert line.process is not None
    with line.process.store.read() as connection:
        assert not connection.execute("select 1 from events where kind = 'noted'").fetchall()


@pytest.mark.parametrize("callback", ["bulk_form", "bulk_confirm"])
def test_a_guessed_selection_is_nobodys(line: Line, callback: str) -> None:
    desk = _desk(line)
    clicks.click(
        desk, Asker(DANA, CHANNEL), "select_shown", json.dumps({"ids": [_id(line)], "words": "findings"})
    )
    assert line.process is not None
    with line.process.store.read() as connection:
        selection = connection.execute("select id from selections").fetchone()["id"]
    told = _forged(line, callback, callback=callback, verb="note", selection=selection, options={"text": "x"})
    assert "There is no selection" in str(told)
    assert SECRET not in str(told)


@pytest.mark.parametrize(
    "value", ["{", "[]", "3", '{"ids": 5}', '{"ids": ["x; drop table"]}', "{}", '{"ids": [[]]}']
)
def test_a_list_that_was_tampered_with_is_told_so(line: Line, value: str) -> None:
    before = len(line.slack.ephemerals(GUEST))
    clicks.click(_desk(line), Asker(GUEST, CHANNEL), "select_shown", value)
    assert line.slack.ephemerals(GUEST)[before:]


@pytest.mark.parametrize("carried", [{"callback": "decide", "verb": "rm"}, {"callback": "bulk_form", "verb": "rm"},
                                     {"callback": "bulk_confirm", "verb": "show"}, {"callback": "nothing"}])  # fmt: skip
def test_a_dialog_that_makes_no_sense_is_answered(line: Line, carried: dict[str, str]) -> None:
    told = _forged(line, f"nonsense {carried}", **carried)
    assert told["response_action"] in ("update", "errors")
