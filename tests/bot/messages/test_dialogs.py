"""The dialogs of decisions: every one within Slack's limits, with what a person must know before they decide."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot import blockkit
from bot.messages.bulk_dialogs import CHOICES, done_view, form_view, preview_view, verb_view
from bot.messages.dialogs import FORMS, decision_view, menu_view, noted, typed_back, working_view
from bot.messages.questions import Question
from bot.messages.search_view import found_view, search_view
from bot.messages.track_view import Tracking, track_view, words_of
from commands.model import Arguments
from commands.registry import run_command
from commands.reply import BulkDone, BulkPreview, FindingList
from storage.ledger import history
from storage.model import FindingView
from storage.queries import find_one
from tests.bot.messages.stage import HOSTILE, Stage, rendered, verdict, words

REASON = "The bucket holds our public price list"


def _view(stage: Stage) -> FindingView:
    with stage.store.read() as connection:
        row = connection.execute("select id from findings order by first_seen desc, id limit 1").fetchone()
        return find_one(connection, row["id"], stage.now, sees=None)


def _asked(stage: Stage, verb: str, **given: Any) -> Question:
    made = Question(
        verb, stage.now, _view(stage), "Buckets must not be public", seen=7, teams=("payments", "platform"),
        latest=(stage.now + timedelta(days=30)).date(), approvers=("S0SECURITY", "U0SEC"), channel="C1",
    )  # fmt: skip
    return replace(made, **given)


def _inputs(view: dict[str, Any]) -> dict[str, Any]:
    return {block["block_id"]: block["element"] for block in view["blocks"] if block["type"] == "input"}


@pytest.mark.parametrize("verb", FORMS)
def test_every_dialog_is_taken_by_slack_and_carries_what_was_seen(stage: Stage, verb: str) -> None:
    stage.see(verdict())
    view = decision_view(_asked(stage, verb))
    assert blockkit.problems_view(view) == []
    carried = noted(view["private_metadata"])
    assert carried == {"verb": verb, "finding": stage.id(), "seen": 7, "channel": "C1", "under": ""}
    assert "acme-invoices" in words(view)


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_typed_or_scanned_becomes_markup_in_a_dialog(stage: Stage, text: str) -> None:
    stage.see(verdict(text, evidence={"x": text}))
    for verb, options in (("note", {}), ("accept", {"reason": f"{REASON} {text[:900]}", "until": "20d"})):
        given = Arguments((stage.id(), f"x {text[:900]}"), options)
        run_command(stage.context("U0DEV2"), verb, given)
    with stage.store.read() as connection:
        news = tuple(history(connection, stage.id()))
    typed = dict.fromkeys(("reason", "text", "link"), text)
    for verb in FORMS:
        view = decision_view(_asked(stage, verb, news=news, typed=typed, title=text, names={"U0DEV2": text}))
        assert blockkit.problems_view(view) == []
        for ping in ("<!channel>", "<!here>", "<@U0DEV1>", "<https://evil"):
            assert ping not in rendered(view)


def test_what_was_typed_stands_there_again_after_news_came_in(stage: Stage) -> None:
    stage.see(verdict())
    stage.say(f"acknowledge {stage.id()}", "U0DEV2")
    with stage.store.read() as connection:
        news = tuple(history(connection, stage.id()))[1:]
    typed = {"reason": REASON, "until": "2026-12-01"}
    view = decision_view(_asked(stage, "accept", news=news, typed=typed, names={"U0DEV2": "Kofi"}))
    shown = words(view)
    assert "It changed while you were deciding, so nothing was done." in shown
    assert "acknowledged by Kofi until" in shown
    assert _inputs(view)["reason"]["initial_value"] == REASON
    assert _inputs(view)["until"]["initial_date"] == "2026-12-01"


def test_an_acceptance_tells_the_last_day_who_decides_and_what_it_hides(stage: Stage) -> None:
    stage.see(verdict())
    shown = words(decision_view(_asked(stage, "accept")))
    assert "At the latest 23 Dec 2026 (30 days for a critical finding)." in shown
    assert "<!subteam^S0SECURITY>, <@U0SEC>; never whoever asked" in shown
    assert "it hides 1 finding (critical)" in shown
    assert "The SLA clock stands still meanwhile" in shown


def test_a_snooze_says_that_the_clock_runs_on_and_to_whom_two_weeks_belong(stage: Stage) -> None:
    stage.see(verdict())
    view = decision_view(_asked(stage, "snooze"))
    assert "*The SLA clock runs on.* It stays due on" in words(view)
    labels = [option["text"]["text"] for option in _inputs(view)["days"]["options"]]
    assert labels == ["1 day", "3 days", "7 days", "14 days (leads and security)"]
    lead = decision_view(_asked(stage, "snooze", most_days=14))
    assert "14 days" in [option["text"]["text"] for option in _inputs(lead)["days"]["options"]]


def test_an_answer_shows_the_reason_and_a_fix_that_no_scan_sees_is_confirmed(stage: Stage) -> None:
    stage.see(verdict())
    stage.say(f'accept {stage.id()} --until 20d --reason "{REASON}"')
    assert f"> {REASON}" in words(decision_view(_asked(stage, "approve")))
    stage.later(minutes=1)
    stage.say('track "Rotate the key" --severity high')
    view = _view(stage)
    stage.say(f"fixed {view.finding.id}")
    confirm = decision_view(_asked(stage, "approve", view=_view(stage)))
    assert confirm["submit"]["text"] == "Confirm"
    assert "not as proven by a scan" in words(confirm)


def test_the_menu_holds_what_a_message_has_no_room_for(stage: Stage) -> None:
    stage.see(verdict())
    view = menu_view(_view(stage), "Buckets must not be public", "C1")
    assert blockkit.problems_view(view) == []
    actions = [block["accessory"]["action_id"] for block in view["blocks"] if "accessory" in block]
    assert actions == ["choose_not_mine", "choose_reassign", "choose_note", "undo"]
    assert noted(view["private_metadata"])["channel"] == "C1"


def _bulk(stage: Stage, words: str) -> BulkPreview | BulkDone:
    listed = stage.say("findings --select")
    assert isinstance(listed, FindingList)
    assert listed.selection is not None
    reply = stage.say(words.format(listed.selection.id))
    assert isinstance(reply, BulkPreview | BulkDone)
    return reply


def test_a_bulk_decision_is_chosen_filled_previewed_and_told(stage: Stage) -> None:
    stage.see(*(verdict(f"b{at}") for at in range(12)))
    preview = _bulk(stage, "snooze {} --days 3")
    asked = Question("snooze", stage.now, selection="sel_12345678", by_severity={"critical": 12})
    first, form = verb_view(asked), form_view(asked)
    assert isinstance(preview, BulkPreview)
    shown = preview_view(preview, {"days": "3"}, "C1")
    done = _bulk(stage, "snooze {} --days 3 --yes")
    assert isinstance(done, BulkDone)
    for view in (first, form, shown, done_view(done)):
        assert blockkit.problems_view(view) == []
    assert "12 findings, as listed: 12 critical" in words(first)
    assert shown["submit"]["text"] == "Confirm for 12"
    assert "It would hide 12 findings: 12 critical." in words(shown)
    assert noted(shown["private_metadata"])["options"] == {"days": "3"}
    assert "on 12 findings" in words(done_view(done))


@pytest.mark.parametrize("verb", [verb for verb, _label in CHOICES])
def test_every_choice_of_a_bulk_decision_has_its_dialog(stage: Stage, verb: str) -> None:
    asked = Question(
        verb, stage.now, selection="sel_12345678", by_severity={"critical": 3}, teams=("payments",)
    )
    assert blockkit.problems_view(form_view(asked)) == []


def test_a_preview_of_nothing_has_no_button(stage: Stage) -> None:
    stage.see(verdict())
    preview = _bulk(stage, "revoke {}")
    assert isinstance(preview, BulkPreview)
    view = preview_view(preview, {}, "")
    assert "submit" not in view
    assert "Nothing to do" in words(view)


def test_a_search_lists_what_fits_each_with_details(stage: Stage) -> None:
    stage.see(*(verdict(f"b{at:02}") for at in range(12)))
    reply = stage.say("findings")
    assert isinstance(reply, FindingList)
    view = found_view(reply)
    assert blockkit.problems_view(view) == []
    assert len([block for block in view["blocks"] if "accessory" in block]) == 10
    assert blockkit.problems_view(search_view("x" * 400, ":no_entry: no")) == []


def _tracking(words: str) -> dict[str, Any]:
    return track_view(
        Tracking(words_of(words), "https://acme.slack.com/archives/C1/p1", ("payments",), "C1", "payments")
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_a_message_of_any_kind_can_be_tracked(text: str) -> None:
    assert blockkit.problems_view(_tracking(text)) == []


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        ("see <https://x.example|the ticket> of <@U0DEV1>", "see the ticket of @U0DEV1"),
        ("a &lt;b&gt; &amp; c", "a <b> & c"),
        ("password=hunter22 here", "password=[redacted] here"),
        ("two\n\nlines", "two lines"),
    ],
)
def test_the_words_of_a_message_are_plain_and_without_secrets(said: str, kept: str) -> None:
    assert words_of(said) == kept
    assert len(words_of("x" * 500)) == 200


def test_typed_words_are_shown_back_escaped() -> None:
    assert typed_back({"reason": "<!here> because", "days": "3"}) == [
        "You had typed:",
        "> &lt;!here&gt; because",
    ]
    assert typed_back({}) == []


@pytest.mark.parametrize("metadata", ["", "{", "[]", "3", "pf1_ab"])
def test_metadata_that_is_not_ours_carries_nothing(metadata: str) -> None:
    assert noted(metadata) == ({"finding": metadata} if metadata.startswith("pf1_") else {})


def test_the_waiting_dialog_is_taken_by_slack() -> None:
    assert blockkit.problems_view(working_view()) == []
