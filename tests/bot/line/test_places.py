"""The App Home, the finding's dialog, search, bulk decisions and the message shortcut, over real sockets."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from scanners.model import Status
from tests.bot.line.stage import CHANNEL, DANA, GUEST, LEAD, Line, open_line

SECURITY = "U0SEC"
REASON = "The bucket holds our public price list"
BUCKETS = [f"acme-{at:02}" for at in range(14)]


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """Fourteen open buckets."""
    with open_line(tmp_path) as made:
        made.scanner.buckets = dict.fromkeys(BUCKETS, Status.FAIL)
        made.start()
        assert made.slack.command(DANA, CHANNEL, "scan prod").acked
        made.wait(lambda: len(_rows(made, "select 1 from findings")) == len(BUCKETS), "the findings")
        yield made


def _rows(line: Line, sql: str) -> list[Any]:
    assert line.process is not None
    with line.process.store.read() as connection:
        return connection.execute(sql).fetchall()


def _top(line: Line, words: str, user: str = DANA) -> dict[str, Any]:
    """The top dialog, once it shows `words`."""
    line.wait(lambda: any(words in str(v) for v in line.slack.views(user)[-1:]), f"{words!r} in the dialog")
    return dict(line.slack.views(user)[-1])


def _home(line: Line, words: str, user: str = DANA) -> dict[str, Any]:
    line.wait(lambda: words in str(line.slack.home(user)), f"{words!r} on the Home")
    found = line.slack.home(user)
    assert found is not None
    return found


def _send(line: Line, view: dict[str, Any], user: str = DANA, **typed: str) -> None:
    assert line.slack.submit(user, view["id"], {name: {name: text} for name, text in typed.items()}).acked


def test_the_home_turns_pages_and_stays_on_one_after_a_decision(line: Line) -> None:
    line.slack.open_home(DANA)
    home = _home(line, "14 open findings in 1 team")
    assert "Next 4" in str(home)
    line.slack.click_view(DANA, home["id"], "home_next")
    home = _home(line, "from 11 on")
    third = _rows(line, "select id from findings order by due, id limit 1 offset 10")[0]["id"]
    line.slack.click_view(DANA, home["id"], "more", f"snooze {third}")
    _send(line, _top(line, "SLA clock runs on"), days="3")
    _top(line, "Snoozed until")
    home = _home(line, "13 open findings in 1 team")
    assert "from 11 on" in str(home)
    line.slack.click_view(DANA, home["id"], "home_previous")
    line.wait(lambda: "from 11 on" not in str(line.slack.home(DANA)), "the first page")


def test_a_request_waits_on_the_home_of_those_who_may_answer_and_of_no_other(line: Line) -> None:
    identity = _rows(line, "select id from findings limit 1")[0]["id"]
    line.slack.command(DANA, CHANNEL, f'false-positive {identity} --reason "{REASON}"')
    line.wait(lambda: line.heard("Asked for"), "the request")
    for user in (DANA, LEAD):
        line.slack.open_home(user)
        assert "Waiting for your answer" not in str(_home(line, "open findings", user))
    line.slack.open_home(SECURITY)
    home = _home(line, "Waiting for your answer", SECURITY)
    assert REASON in str(home)
    line.slack.click_view(SECURITY, home["id"], "approve")
    _send(line, _top(line, REASON, SECURITY), SECURITY)
    _top(line, "Marked a false positive", SECURITY)
    line.wait(
        lambda: "Waiting for your answer" not in str(line.slack.home(SECURITY)), "the answered request gone"
    )


def test_details_open_the_finding_and_a_decision_on_top_of_it(line: Line) -> None:
    line.slack.open_home(DANA)
    home = _home(line, "open findings")
    line.slack.click_view(DANA, home["id"], "show")
    view = _top(line, "*History*")
    assert "13 more findings in `prod`" in str(view) or "13 more findings in prod" in str(view)
    identity = view["private_metadata"]
    line.slack.click_view(DANA, view["id"], "more", f"snooze {identity}")
    _send(line, _top(line, "SLA clock runs on"), days="3")
    done = _top(line, "Snoozed until")
    line.wait(lambda: "snoozed by" in str(line.slack.views(DANA)[0]), "the finding below, drawn anew")
    line.slack.close_view(DANA, done["id"])
    assert line.slack.click_view(DANA, view["id"], "run_alike").acked
    _top(line, "14 findings")


def test_a_search_shows_what_fits_each_with_its_details(line: Line) -> None:
    line.slack.open_home(DANA)
    home = _home(line, "Search")
    line.slack.click_view(DANA, home["id"], "search")
    _send(line, _top(line, "What are you looking for?"), words="nothing-like-it")
    _send(line, _top(line, "No finding fits"), words="acme-03")
    found = _top(line, "1 finding")
    line.slack.click_view(DANA, found["id"], "show")
    assert "acme-03" in str(_top(line, "*History*"))
    assert len(line.slack.views(DANA)) == 2


def test_ten_as_listed_are_snoozed_after_a_preview_and_not_the_one_that_came_since(line: Line) -> None:
    line.slack.command(DANA, CHANNEL, "findings resource:acme-")
    shown = line.slack.wait_for(lambda: line.answer("14 findings"), 12, "the list")
    line.scanner.buckets["acme-99"] = Status.FAIL
    line.slack.command(DANA, CHANNEL, "scan prod")
    line.wait(lambda: _rows(line, "select 1 from findings where resource_id = 'acme-99'"), "one more")
    line.slack.click(DANA, CHANNEL, shown["ts"], "select_shown")
    _send(line, _top(line, "10 findings, as listed"), verb="snooze")
    _send(line, _top(line, "Preview"), days="14")
    assert "Nothing to do" in str(_top(line, "Left as they are"))
    line.slack.close_view(DANA, line.slack.views(DANA)[-1]["id"], whole=True)
    line.slack.click(DANA, CHANNEL, shown["ts"], "select_shown")
    _send(line, _top(line, "10 findings, as listed"), verb="snooze")
    _send(line, _top(line, "Preview"), days="3")
    preview = _top(line, "Not done yet")
    assert "It would hide 10 findings: 10 critical" in str(preview)
    assert not _rows(line, "select 1 from findings where disposition <> 'none'")
    _send(line, preview)
    assert "on 10 findings" in str(_top(line, "*Done:*"))
    snoozed = {r["resource_id"] for r in _rows(line, "select * from findings where disposition = 'snoozed'")}
    assert len(snoozed) == 10
    assert "acme-99" not in snoozed


def test_a_list_of_another_persons_is_not_theirs_to_decide_on(line: Line) -> None:
    line.slack.command(DANA, CHANNEL, "findings --select")
    shown = line.slack.wait_for(lambda: line.answer("Selection"), 12, "the frozen list")
    assert "14 findings, kept for a day; `snooze sel_" in str(shown["blocks"])
    assert "Decide on these 14 ..." in str(shown["blocks"])
    line.slack.click(DANA, CHANNEL, shown["ts"], "select_shown")
    _send(line, _top(line, "14 findings, as listed"), verb="acknowledge")
    _send(line, _top(line, "Confirm for 14"))
    assert "on 14 findings" in str(_top(line, "*Done:*"))
    identity = _rows(line, "select id from selections")[0]["id"]
    line.slack.command(GUEST, CHANNEL, f"acknowledge {identity}")
    line.wait(lambda: line.heard("There is no selection", GUEST), "the refusal")


def test_a_message_is_tracked_with_its_words_and_address_and_closes_on_a_second_word(line: Line) -> None:
    ts = line.slack.say("U0DEV2", CHANNEL, "Rotate it: password=hunter22 &amp; tell <@U0DEV1> *soon*")
    line.slack.shortcut(DANA, "track_message", CHANNEL, ts)
    view = _top(line, "Track in Patrol")
    inputs = {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}
    typed = inputs["words"]["initial_value"]
    assert "hunter22" not in typed
    assert typed.startswith("Rotate it: password=[redacted] & tell")
    assert inputs["team"]["initial_option"]["value"] == "payments"
    _send(line, view, severity="high", due="2020-01-01")
    assert "within a year" in _top(line, "within a year")["errors"]["due"]
    _send(line, view, severity="high", due="")
    _top(line, "Tracked for payments")
    row = _rows(line, "select * from findings where target = 'manual'")[0]
    assert (row["severity"], row["resource"]) == (
        "high",
        f"https://acme.slack.com/archives/{CHANNEL}/p{ts.replace('.', '')}",
    )
    line.slack.shortcut(DANA, "track_message", CHANNEL, ts)
    _send(line, _top(line, "What is to be done?"))
    assert "tracked already" in str(_top(line, "tracked already"))
    line.slack.command(DANA, CHANNEL, f"fixed {row['id']}")
    line.wait(lambda: line.heard("a lead or security confirms"), "the claim")
    line.slack.open_home(LEAD)
    home = _home(line, "Waits for a second person", LEAD)
    line.slack.click_view(LEAD, home["id"], "approve")
    _send(line, _top(line, "Confirm the fix", LEAD), LEAD)
    assert "not counted as proven" in str(_top(line, "Confirmed", LEAD))
