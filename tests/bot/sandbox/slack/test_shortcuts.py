"""Shortcuts on messages, people's own included, and what people write."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.sandbox.slack import Shortcut, acme_workspace
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.workspace import from_manifest
from tests.bot.sandbox.slack.bolt import TRACK, Bot, running
from tests.bot.sandbox.slack.wire import CHANNEL, DANA, GENERAL, PRIYA

MANIFEST = """
features:
  shortcuts:
    - {name: Track in Patrol, type: message, callback_id: track, description: Makes it a finding}
  slash_commands: [{command: /patrol}]
oauth_config: {scopes: {bot: [commands]}}
settings: {event_subscriptions: {bot_events: []}}
"""


@pytest.fixture(scope="module")
def shared() -> Iterator[Bot]:
    with running() as made:
        yield made


@pytest.fixture
def bot(shared: Bot) -> Bot:
    shared.got.clear()
    return shared


def test_the_manifest_names_the_shortcuts(tmp_path: Path) -> None:
    (tmp_path / "manifest.yml").write_text(MANIFEST, encoding="utf-8")
    read = from_manifest(acme_workspace(), tmp_path / "manifest.yml")
    assert read.shortcuts == (Shortcut("track", "Track in Patrol", "message", "Makes it a finding"),)


@pytest.mark.parametrize("channel", [CHANNEL, GENERAL])
def test_a_shortcut_on_a_person_s_message_opens_a_dialog_also_where_the_bot_is_not(
    bot: Bot, channel: str
) -> None:
    ts = bot.slack.say(PRIYA, channel, "the bucket is open")
    assert bot.slack.shortcut(DANA, TRACK, channel, ts).acked
    told = bot.got[0]
    assert (told["type"], told["callback_id"], told["message_ts"], told["channel"]["id"]) == (
        "message_action",
        TRACK,
        ts,
        channel,
    )
    assert (told["message"]["text"], told["message"]["user"], told["user"]["id"]) == (
        "the bucket is open",
        PRIYA,
        DANA,
    )
    assert bot.slack.wait_for(lambda: bot.slack.views(DANA))[-1]["title"]["text"] == "Title"


def test_a_shortcut_on_a_reply_tells_its_thread(bot: Bot) -> None:
    parent = bot.slack.say(PRIYA, CHANNEL, "first")
    reply = bot.slack.say(DANA, CHANNEL, "second", parent)
    bot.slack.shortcut(DANA, TRACK, CHANNEL, reply)
    assert bot.got[0]["message"]["thread_ts"] == parent


def test_an_answer_to_a_shortcut_never_replaces_what_a_person_wrote(bot: Bot) -> None:
    from slack_sdk.webhook import WebhookClient

    ts = bot.slack.say(PRIYA, CHANNEL, "mine")
    bot.slack.shortcut(DANA, TRACK, CHANNEL, ts)
    assert (
        WebhookClient(bot.got[0]["response_url"]).send(text="tracked", replace_original=True).status_code
        == 200
    )
    assert next(m for m in bot.slack.messages(CHANNEL) if m["ts"] == ts)["text"] == "mine"
    assert bot.slack.ephemerals(DANA)[-1]["text"] == "tracked"


def test_a_shortcut_that_the_app_does_not_have_is_refused(bot: Bot) -> None:
    ts = bot.slack.say(PRIYA, CHANNEL, "x")
    for callback_id, where in (("other", ts), ("find", ts), (TRACK, "")):
        with pytest.raises(ApiError, match="unknown_shortcut"):
            bot.slack.shortcut(DANA, callback_id, CHANNEL, where)
    assert bot.slack.shortcut(DANA, "find").acked
    assert (bot.got[-1]["type"], "channel" in bot.got[-1]) == ("shortcut", False)


def test_what_only_one_person_sees_has_no_shortcut(bot: Bot) -> None:
    bot.client.chat_postEphemeral(channel=CHANNEL, user=DANA, text="for Dana")
    ts = bot.slack.ephemerals(DANA)[-1]["ts"]
    with pytest.raises(ApiError, match="message_not_found"):
        bot.slack.shortcut(DANA, TRACK, CHANNEL, ts)


def test_nobody_writes_into_an_archived_channel(bot: Bot) -> None:
    bot.slack.archive("C0PLATFORM")
    with pytest.raises(ApiError, match="is_archived"):
        bot.slack.say(DANA, "C0PLATFORM", "x")
