"""Three refuted claims ask the leads, once; a lapsed acknowledgement and silent work ask their owner."""

from bot import blockkit
from scanners.model import Status
from storage.asks import ask_again
from storage.decisions import settle
from storage.posts import want
from tests.bot.messages.stage import Stage, ids, verdict


def _refute(stage: Stage, times: int) -> None:
    for _ in range(times):
        stage.later(minutes=5)
        stage.say(f"fixed {stage.id()}")
        stage.later(minutes=1)
        stage.see(verdict(), only=verdict().resource.arn)


def test_the_third_refutation_asks_the_leads_once(stage: Stage) -> None:
    stage.see(verdict())
    _refute(stage, 2)
    assert stage.posts("ask") == []
    _refute(stage, 2)
    (post,) = stage.posts("ask")
    message = stage.draw("ask")
    assert "<@U0LEAD>" in str(message["text"])
    assert "acme-invoices" in str(message["text"])
    assert post.parent is not None


def test_the_question_is_calm_once_the_finding_is_fixed(stage: Stage) -> None:
    stage.see(verdict())
    _refute(stage, 3)
    stage.later(hours=1)
    stage.see(verdict(status=Status.PASS))
    assert "settled now" in str(stage.draw("ask")["text"])


def test_an_acknowledgement_that_ran_out_asks_its_owner_once_with_buttons(stage: Stage) -> None:
    stage.see(verdict())
    stage.say(f"acknowledge {stage.id()}")
    stage.later(hours=25)
    stage.say(f"note {stage.id()} still here", "U0DEV2")  # any word settles what fell due
    (post,) = stage.posts("ask")
    message = stage.draw("ask")
    assert blockkit.problems(message) == []
    assert message["text"].startswith("<@U0DEV1>, your acknowledgement of acme-invoices has run out")
    assert message["text"].count("<@U0DEV1>") == 1
    assert ids(message) == ["acknowledge", "fix", "fixed", "show", "more"]
    stage.say(f"start {stage.id()}", "U0DEV2")
    assert "<@" not in stage.draw("ask")["text"]
    assert post.data["why"] == "lapsed"


def test_work_that_was_silent_asks_its_owner_how_it_stands(stage: Stage) -> None:
    stage.see(verdict())
    stage.say(f"start {stage.id()} --link PAY-7")
    stage.later(days=15)
    stage.see(verdict())
    with stage.store.write() as connection:
        events = settle(connection, stage.now)
        ask_again(connection, events, stage.organisation.route, stage.now)
    message = stage.draw("ask")
    assert message["text"].startswith("<@U0DEV1>, you started work on acme-invoices (PAY-7)")
    assert "more" in ids(message)


def test_a_terminal_user_is_asked_by_name(stage: Stage) -> None:
    view = {"finding": "", "why": "lapsed", "who": "os:dana"}
    stage.see(verdict())
    with stage.store.write() as connection:
        want(connection, "C024BE91L", "ask", "x", "", "payments", stage.now, view | {"finding": stage.id()})
    assert stage.draw("ask")["text"].startswith("os:dana, your acknowledgement")
