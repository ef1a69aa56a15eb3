"""What a finding's page says of decisions, of what waits, of what is tracked by hand, and of who was faster."""

from datetime import timedelta

import pytest

from bot.messages.detail import draw_detail
from bot.messages.documents_reply import reply_document
from bot.messages.late import just_now
from bot.messages.terminal import text
from commands.reply import Decided, FindingDetail
from storage.model import Event, Kind
from tests.bot.messages.stage import START, Stage, ids, verdict, words

REASON = "The bucket holds our public price list"
NAMES = {"U0DEV1": "Dana", "U0SEC": "Sam"}


def _detail(stage: Stage, word: str = "") -> FindingDetail:
    reply = stage.say(f"show {word or stage.id()}")
    assert isinstance(reply, FindingDetail)
    return reply


def test_a_request_is_shown_with_its_reason_and_its_lapse_and_buttons_to_answer(stage: Stage) -> None:
    stage.see(verdict())
    stage.say(f'accept {stage.id()} --until 20d --reason "{REASON}"')
    message = draw_detail(_detail(stage), NAMES)
    shown = words(message)
    assert "*Waits for an answer:* a risk acceptance until" in shown
    assert "asked for by Dana. Without an answer it lapses on" in shown
    assert f"> {REASON}" in shown
    assert ids(message)[:2] == ["approve", "reject"]
    assert REASON in text(_detail(stage))
    post = stage.draw()
    assert "Waits for an answer: a risk acceptance" in post["text"]
    assert "<@U0DEV1>" not in post["text"]


def test_a_request_that_lapsed_waits_for_nobody(stage: Stage) -> None:
    stage.see(verdict())
    stage.say(f'false-positive {stage.id()} --reason "{REASON}"')
    stage.later(days=7, minutes=1)
    message = draw_detail(_detail(stage), NAMES)
    assert "Waits for an answer" not in words(message)
    assert "approve" not in ids(message)


def test_a_decision_is_shown_with_its_reason_who_asked_and_on_whose_word(stage: Stage) -> None:
    stage.see(verdict())
    stage.say(f'accept {stage.id()} --until 20d --reason "{REASON}"')
    stage.say(f"approve {stage.id()}", "U0SEC")
    shown = words(draw_detail(_detail(stage), NAMES))
    assert "*Risk accepted*, asked for by Dana, approved by Sam until" in shown
    assert f"> {REASON}" in shown


def test_a_finding_links_to_its_kin_and_to_its_message(stage: Stage) -> None:
    stage.see(verdict(), verdict(control="s3.versioning"), *(verdict(f"b{at}") for at in range(3)))
    with stage.store.read() as connection:
        row = connection.execute(
            "select id from findings where control = 's3.public' and resource_id = 'acme-invoices'"
        ).fetchone()
    detail = _detail(stage, row["id"])
    assert [view.finding.control for view in detail.related] == ["s3.versioning"]
    assert detail.alike == 3
    assert detail.seen == detail.history[-1].seq
    message = draw_detail(detail)
    assert "*Also wrong with this resource*" in words(message)
    assert "Show all 4 of this control" in words(message)
    document = reply_document(detail)
    assert document["link"] == ""
    assert [entry["control"] for entry in document["related"]] == ["s3.versioning"]
    assert "3 more findings of this control: patrol findings control:s3.public target:prod" in text(detail)


def test_what_is_tracked_by_hand_reads_as_tracked_and_not_as_scanned(stage: Stage) -> None:
    reply = stage.say('track "Rotate the <key>" --severity high --link https://acme.slack.com/archives/C1/p1')
    assert isinstance(reply, Decided)
    identity = reply.view.finding.id
    message = draw_detail(_detail(stage, identity), NAMES)
    shown = words(message)
    assert "tracked by Dana (high)" in shown
    assert "*Said:* Rotate the &lt;key&gt; (https://acme.slack.com/archives/C1/p1)" in shown
    for scanned in ("first seen failing", "Region", "Last checked", "Seen:"):
        assert scanned not in shown
    assert "fix" not in ids(message)
    told = text(_detail(stage, identity))
    assert "tracked by" in told
    assert "Region" not in told
    stage.say(f"fixed {identity}")
    waiting = draw_detail(_detail(stage, identity), NAMES)
    assert "Waits for a second person:* Dana says that it is done" in words(waiting)
    assert ids(waiting) == ["approve", "reject", "more"]


@pytest.mark.parametrize(
    ("ago", "said"),
    [
        (timedelta(seconds=3), "Dana acknowledged it 3 s ago."),
        (timedelta(minutes=4), "Dana acknowledged it 4 min ago."),
        (timedelta(minutes=11), ""),
        (timedelta(seconds=-1), ""),
    ],
)
def test_whoever_came_too_late_hears_who_was_faster(ago: timedelta, said: str) -> None:
    event = Event(START - ago, Kind.ACKNOWLEDGED, "pf1_a", "U0DEV1", {})
    assert just_now(event, "U0DEV2", NAMES, START) == said
    assert just_now(None, "U0DEV2", NAMES, START) == ""


def test_a_second_click_of_ones_own_is_told_as_such() -> None:
    event = Event(START, Kind.CLAIMED, "pf1_a", "U0DEV1", {})
    assert just_now(event, "U0DEV1", NAMES, START).startswith("You said that it is fixed 0 s ago")
