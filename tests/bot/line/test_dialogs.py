"""Decisions through dialogs, over real sockets: every verb, refusals in place, and two people at once."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.bot.line.stage import CHANNEL, DANA, GUEST, LEAD, Line, open_line

SECURITY, OTHER = "U0SEC", "U0DEV2"
REASON = "The bucket holds our public price list"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """One process for all of these tests; each has a bucket of its own."""
    with open_line(tmp_path_factory.mktemp("dialogs")) as made:
        made.start()
        yield made


@pytest.fixture
def line(running: Line) -> Line:
    """A fresh finding in its message, and no dialog open."""
    for user in (DANA, OTHER, LEAD, SECURITY, GUEST):
        for view in running.slack.views(user)[:1]:
            running.slack.close_view(user, view["id"], whole=True)
    return running


@pytest.fixture
def finding(line: Line, request: pytest.FixtureRequest) -> str:
    """The id of a new open finding."""
    from scanners.model import Status

    bucket = f"b-{abs(hash(request.node.name)) % 10**8}"
    line.scanner.buckets = {bucket: Status.FAIL}
    assert line.slack.command(DANA, CHANNEL, "scan prod").acked
    return str(line.slack.wait_for(lambda: _find(line, bucket), 15, "the finding"))


def _find(line: Line, bucket: str) -> str | None:
    assert line.process is not None
    with line.process.store.read() as connection:
        row = connection.execute("select id from findings where resource_id = ?", (bucket,)).fetchone()
    return str(row["id"]) if row else None


def _state(line: Line, finding: str) -> Any:
    assert line.process is not None
    with line.process.store.read() as connection:
        return connection.execute("select * from findings where id = ?", (finding,)).fetchone()


def _show(line: Line, finding: str, user: str = DANA) -> str:
    """The ts of the person's own answer to `show`, which has all the buttons."""
    before = len(line.slack.ephemerals(user))
    line.slack.command(user, CHANNEL, f"show {finding}")
    shown = line.slack.wait_for(lambda: _with_menu(line.slack.ephemerals(user)[before:]), 8, "the finding")
    return str(shown[-1]["ts"])


def _with_menu(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Those that show a finding: the answer to the scan before may come in between, and has no buttons."""
    return [m for m in messages if "'action_id': 'more'" in str(m)]


def _open(line: Line, finding: str, verb: str, user: str = DANA) -> dict[str, Any]:
    """The dialog of that decision."""
    if verb == "note":
        return _menu(line, finding, "choose_note", user)
    ts = _show(line, finding, user)
    if verb in ("approve", "reject"):
        line.slack.click(user, CHANNEL, ts, verb)
    else:
        line.slack.click(user, CHANNEL, ts, "more", f"{verb} {finding}")
    return dict(line.slack.wait_for(lambda: line.slack.views(user), 8, "the dialog")[-1])


def _menu(line: Line, finding: str, action: str, user: str = DANA) -> dict[str, Any]:
    """The menu's last choice opens a dialog with the rest; one of its buttons is pressed."""
    for view in line.slack.views(user)[:1]:
        line.slack.close_view(user, view["id"], whole=True)
    line.slack.click(user, CHANNEL, _show(line, finding, user), "more", f"menu {finding}")
    menu = line.slack.wait_for(lambda: line.slack.views(user), 8, "the menu")[-1]
    line.slack.click_view(user, menu["id"], action)
    line.wait(lambda: line.slack.views(user)[-1]["hash"] != menu["hash"], "what takes its place")
    return dict(line.slack.views(user)[-1])


def _send(line: Line, view: dict[str, Any], user: str = DANA, **typed: str) -> dict[str, Any]:
    """Submit; what stands there afterwards."""
    assert line.slack.submit(user, view["id"], {name: {name: text} for name, text in typed.items()}).acked
    line.wait(lambda: "Working on it" not in str(line.slack.views(user)), "the answer")
    return dict(line.slack.views(user)[-1])


def test_start_work_takes_a_link_and_says_what_follows(line: Line, finding: str) -> None:
    view = _open(line, finding, "start")
    assert "Silent for 14 days" in str(view)
    told = _send(line, view, link="PAY-123")
    assert "Work has started (PAY-123)" in str(told)
    assert _state(line, finding)["disposition"] == "in_progress"


def test_a_link_that_is_none_is_refused_at_its_input(line: Line, finding: str) -> None:
    view = _open(line, finding, "start")
    told = _send(line, view, link="javascript:alert(1)")
    assert "https://" in told["errors"]["link"]
    assert _state(line, finding)["disposition"] == "none"


def test_snooze_says_what_it_hides_and_refuses_a_member_two_weeks(line: Line, finding: str) -> None:
    view = _open(line, finding, "snooze")
    assert "hides 1 finding" in str(view)
    assert "SLA clock runs on" in str(view)
    told = _send(line, view, days="14")
    assert "you may for 1 to 7; leads and security may for 14" in told["errors"]["days"]
    assert "Snoozed until" in str(_send(line, told, days="7"))


def test_a_request_is_approved_by_another_with_its_reason_before_their_eyes(line: Line, finding: str) -> None:
    until = (datetime.now(UTC) + timedelta(days=20)).date().isoformat()
    view = _open(line, finding, "accept")
    assert "30 days for a critical finding" in str(view)
    assert "Asked for" in str(_send(line, view, reason=REASON, until=until))
    asks = _open(line, finding, "approve", SECURITY)
    assert REASON in str(asks)
    assert "Risk accepted until" in str(_send(line, asks, SECURITY))
    row = _state(line, finding)
    assert (row["disposition"], row["disposition_by"]) == ("risk_accepted", SECURITY)


def test_a_date_beyond_the_cap_is_refused_at_the_date(line: Line, finding: str) -> None:
    late = (datetime.now(UTC) + timedelta(days=40)).date().isoformat()
    told = _send(line, _open(line, finding, "accept"), reason=REASON, until=late)
    assert "30 days at most" in told["errors"]["until"]
    assert told["state"]["values"]["reason"]["reason"]["value"] == REASON


def test_whoever_asked_cannot_approve_and_a_lead_cannot_for_critical(line: Line, finding: str) -> None:
    _send(line, _open(line, finding, "false-positive"), reason=REASON)
    told = _send(line, _open(line, finding, "approve", LEAD), LEAD)
    assert "You can't approve critical findings" in str(told["blocks"])
    assert "S0SECURITY" in str(told["blocks"])
    assert _state(line, finding)["disposition"] == "none"


def test_a_rejection_keeps_its_reason_in_the_history(line: Line, finding: str) -> None:
    _send(line, _open(line, finding, "false-positive"), reason=REASON)
    told = _send(line, _open(line, finding, "reject", SECURITY), SECURITY, reason="It holds invoices")
    assert "Rejected" in str(told)
    ts = _show(line, finding)
    assert any("It holds invoices" in m["text"] for m in line.slack.ephemerals(DANA) if m["ts"] == ts)


def test_a_note_is_kept_escaped_and_without_secrets(line: Line, finding: str) -> None:
    view = _menu(line, finding, "choose_note")
    assert "Noted" in str(_send(line, view, text="<!channel> asked & password=hunter22"))
    shown = _show(line, finding)
    text = next(m["text"] for m in line.slack.ephemerals(DANA) if m["ts"] == shown)
    assert "&lt;!channel&gt; asked &amp;" in text
    assert "hunter22" not in text


def test_not_mine_goes_to_the_team_that_was_named_and_back_by_reassign(line: Line, finding: str) -> None:
    view = _menu(line, finding, "choose_not_mine")
    assert "I don't know" in str(view)
    assert "belongs to platform now" in str(_send(line, view, team="platform"))
    assert _state(line, finding)["team"] == "platform"
    view = _menu(line, finding, "choose_reassign")
    assert "already that this is not theirs" in str(_send(line, view, team="payments")["errors"]["team"])


def test_undo_from_the_menu_takes_back_ones_own_last_action(line: Line, finding: str) -> None:
    _send(line, _open(line, finding, "start"))
    told = _menu(line, finding, "undo")
    assert "Taken back: your start of work" in str(told)
    assert _state(line, finding)["disposition"] == "none"


def test_a_dialog_left_open_tells_what_changed_keeps_the_words_and_asks_again(
    line: Line, finding: str
) -> None:
    view = _open(line, finding, "note")
    line.slack.command(OTHER, CHANNEL, f"acknowledge {finding}")
    line.wait(lambda: _state(line, finding)["disposition"] == "acknowledged", "the other's decision")
    again = _send(line, view, text="I look at it")
    assert "It changed while you were deciding" in str(again["blocks"])
    assert "acknowledged by" in str(again["blocks"])
    assert again["state"]["values"]["text"]["text"]["value"] == "I look at it"
    assert "Noted" in str(_send(line, again))


def test_two_people_at_once_make_one_outcome_and_the_loser_hears_who_was_faster(
    line: Line, finding: str
) -> None:
    mine, theirs = _show(line, finding), _show(line, finding, OTHER)
    line.slack.click(DANA, CHANNEL, mine, "acknowledge")
    line.wait(lambda: _state(line, finding)["disposition"] == "acknowledged", "the first")
    line.wait(lambda: _met(line, DANA), "the winner's name")
    line.slack.click(OTHER, CHANNEL, theirs, "acknowledge")
    line.wait(lambda: line.heard("acknowledged it", OTHER), "the loser's answer")
    (told,) = [
        m["text"]
        for m in line.slack.ephemerals(OTHER)
        if "acknowledged it" in m["text"] and finding[4:12] in m["text"]
    ]
    assert " s ago" in told
    assert "Dana" in told


def _met(line: Line, user: str) -> bool:
    assert line.process is not None
    with line.process.store.read() as connection:
        return connection.execute("select 1 from people where id = ?", (user,)).fetchone() is not None


def test_a_submission_that_is_delivered_twice_decides_once(line: Line, finding: str) -> None:
    view = _open(line, finding, "note")
    line.slack.faults.add("duplicate", "interactive")
    assert "Noted" in str(_send(line, view, text="once"))
    assert line.process is not None
    with line.process.store.read() as connection:
        noted = connection.execute(
            "select count(*) from events where finding = ? and kind = 'noted'", (finding,)
        ).fetchone()[0]
    assert noted == 1


def test_a_stranger_is_refused_in_the_dialog_and_keeps_their_words(line: Line, finding: str) -> None:
    told = _send(line, _open(line, finding, "note", GUEST), GUEST, text="May I?")
    assert "You can't write notes on findings of payments" in str(told["blocks"])
    assert told["state"]["values"]["text"]["text"]["value"] == "May I?"


def test_a_slow_store_is_answered_in_time_and_then_in_full(line: Line, finding: str) -> None:
    """Another process writes: the dialog says that work goes on, and the answer takes its place."""
    import sqlite3

    view = _open(line, finding, "note")
    other = sqlite3.connect(line.path, isolation_level=None)
    other.execute("begin immediate")
    try:
        sent = line.slack.submit(DANA, view["id"], {"text": {"text": "in the queue"}})
        assert sent.acked
        assert sent.seconds < 2.5
        line.wait(lambda: "Working on it" in str(line.slack.views(DANA)), "the working dialog")
    finally:
        other.execute("rollback")
        other.close()
    line.wait(lambda: "Noted" in str(line.slack.views(DANA)), "the answer in its place")


def test_a_late_answer_to_a_closed_dialog_comes_as_a_message_with_the_words(line: Line, finding: str) -> None:
    import sqlite3

    view = _open(line, finding, "note", GUEST)
    other = sqlite3.connect(line.path, isolation_level=None)
    other.execute("begin immediate")
    try:
        assert line.slack.submit(GUEST, view["id"], {"text": {"text": "do not lose this"}}).acked
        line.slack.close_view(GUEST, view["id"], whole=True)
    finally:
        other.execute("rollback")
        other.close()
    line.wait(lambda: line.heard("do not lose this", GUEST), "the words")


def test_the_finding_shows_its_link_what_was_decided_and_what_is_alike(line: Line, finding: str) -> None:
    line.wait(lambda: _posted(line, finding), "the finding's message")
    _send(line, _open(line, finding, "start"), link="https://git.example.com/pull/7")
    ts = _show(line, finding)
    shown = next(m for m in line.slack.ephemerals(DANA) if m["ts"] == ts)
    assert "In progress by" in shown["text"]
    assert "(https://git.example.com/pull/7)" in shown["text"]
    assert "in prod. Often one change mends them all." in shown["text"]
    post = _posted(line, finding)
    assert f"https://acme.slack.com/archives/{CHANNEL}/p{post.replace('.', '')}" in str(shown["blocks"])


def _posted(line: Line, finding: str) -> str:
    assert line.process is not None
    with line.process.store.read() as connection:
        row = connection.execute(
            "select p.ts from posts p join post_findings f on f.post = p.id where f.finding = ? and p.ts <> ''",
            (finding,),
        ).fetchone()
    return str(row["ts"]) if row else ""
