"""Channels, threads and history, as Slack pages and hides them."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from slack_sdk import WebClient

from bot.sandbox.slack import Channel, SandboxSlack, acme_workspace
from tests.bot.sandbox.slack.wire import CHANNEL, DANA, GENERAL, Clock, client_of, refusal

SECRET = "G0SECRET"


@pytest.fixture
def private(clock: Clock) -> Iterator[SandboxSlack]:
    acme = acme_workspace()
    workspace = replace(
        acme, channels=(*acme.channels, Channel(SECRET, "secret", private=True, bot_inside=False))
    )
    with SandboxSlack(workspace, clock=clock) as made:
        yield made


def _say(slack: SandboxSlack, *texts: str) -> list[str]:
    return [slack.say(DANA, CHANNEL, text) for text in texts]


def test_a_private_channel_is_not_there_for_who_is_not_inside(private: SandboxSlack) -> None:
    client = client_of(private)
    for call in (client.conversations_info, client.conversations_history):
        assert refusal(call, channel=SECRET) == "channel_not_found"
    assert refusal(client.chat_postMessage, channel=SECRET, text="x") == "channel_not_found"
    listed = client.conversations_list(types="public_channel,private_channel")["channels"]
    assert SECRET not in [channel["id"] for channel in listed]
    private.invite(SECRET)
    assert client.conversations_info(channel=SECRET)["channel"]["is_private"]


def test_a_command_from_a_private_channel_does_not_tell_its_name(private: SandboxSlack) -> None:
    assert private.command(DANA, SECRET, "help").payload["channel_name"] == "privategroup"


def test_a_channel_says_whether_the_bot_is_inside(slack: SandboxSlack, client: WebClient) -> None:
    assert client.conversations_info(channel=CHANNEL)["channel"]["is_member"]
    slack.kick(CHANNEL)
    assert not client.conversations_info(channel=CHANNEL)["channel"]["is_member"]
    assert refusal(client.conversations_replies, channel=CHANNEL, ts="1.0") == "not_in_channel"
    assert refusal(client.conversations_history, channel=GENERAL) == "not_in_channel"


def test_an_archived_channel_is_read_and_not_written(slack: SandboxSlack, client: WebClient) -> None:
    _say(slack, "before")
    slack.archive(CHANNEL)
    assert [m["text"] for m in client.conversations_history(channel=CHANNEL)["messages"]] == ["before"]
    assert refusal(client.chat_postEphemeral, channel=CHANNEL, user=DANA, text="x") == "is_archived"


def test_history_is_paged_newest_first(slack: SandboxSlack, client: WebClient) -> None:
    _say(slack, *"abcde")
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = client.conversations_history(channel=CHANNEL, limit=2, cursor=cursor)
        seen += [m["text"] for m in page["messages"]]
        cursor, pages = page["response_metadata"]["next_cursor"], pages + 1
        assert page["has_more"] == bool(cursor)
    assert (seen, pages) == (list("edcba"), 3)


def test_one_message_is_found_by_its_ts_only_when_its_ends_are_included(
    slack: SandboxSlack, client: WebClient
) -> None:
    _first, second, _third = _say(slack, *"abc")
    asked = {"channel": CHANNEL, "oldest": second, "latest": second, "limit": 1}
    assert client.conversations_history(**asked)["messages"] == []
    assert [m["ts"] for m in client.conversations_history(**asked, inclusive=True)["messages"]] == [second]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"limit": "many"}, "invalid_limit"),
        ({"limit": "-1"}, "invalid_limit"),
        ({"cursor": "???"}, "invalid_cursor"),
        ({"oldest": "yesterday"}, "invalid_ts_oldest"),
        ({"latest": "nan"}, "invalid_ts_latest"),
    ],
)
def test_a_page_that_cannot_be_meant_is_refused(
    client: WebClient, arguments: dict[str, str], code: str
) -> None:
    assert refusal(client.conversations_history, channel=CHANNEL, **arguments) == code


def test_a_thread_is_counted_on_its_parent_and_left_out_of_the_channel(
    slack: SandboxSlack, client: WebClient, clock: Clock
) -> None:
    parent = client.chat_postMessage(channel=CHANNEL, text="parent")["ts"]
    clock.pass_by(seconds=1)
    reply = client.chat_postMessage(channel=CHANNEL, text="reply", thread_ts=parent)["ts"]
    clock.pass_by(seconds=1)
    client.chat_postMessage(channel=CHANNEL, text="reply to a reply", thread_ts=reply)
    assert [(m["text"], m["reply_count"]) for m in slack.messages(CHANNEL)] == [("parent", 2)]
    told = client.conversations_replies(channel=CHANNEL, ts=parent)["messages"]
    assert [m["text"] for m in told] == ["parent", "reply", "reply to a reply"]
    client.chat_update(channel=CHANNEL, ts=parent, text="edited")
    assert slack.messages(CHANNEL)[0]["reply_count"] == 2
    for message in slack.thread(CHANNEL, parent):
        client.chat_delete(channel=CHANNEL, ts=message["ts"])
    assert "reply_count" not in slack.messages(CHANNEL)[0]


def test_text_alone_takes_the_old_blocks_away(slack: SandboxSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=CHANNEL, text="x", blocks=[{"type": "divider"}])["ts"]
    client.chat_update(channel=CHANNEL, ts=ts, text="y")
    assert "blocks" not in slack.messages(CHANNEL)[0]
    assert slack.messages(CHANNEL)[0]["edited"]["user"] == "U0PATROL"


def test_an_edit_keeps_metadata_and_takes_new(client: WebClient) -> None:
    first = {"event_type": "post", "event_payload": {"id": 1}}
    ts = client.chat_postMessage(channel=CHANNEL, text="x", metadata=first)["ts"]
    client.chat_update(channel=CHANNEL, ts=ts, text="y")
    found = client.conversations_history(channel=CHANNEL, include_all_metadata=True)["messages"][0]
    assert found["metadata"] == first
    big = {"event_type": "post", "event_payload": {"id": "x" * 16_001}}
    assert refusal(client.chat_update, channel=CHANNEL, ts=ts, text="y", metadata=big) == "metadata_too_large"


def test_only_the_app_s_own_messages_are_deleted_by_it(slack: SandboxSlack, client: WebClient) -> None:
    (theirs,) = _say(slack, "mine")
    assert refusal(client.chat_delete, channel=CHANNEL, ts=theirs) == "cant_delete_message"
    assert refusal(client.chat_delete, channel=CHANNEL, ts="1.0") == "message_not_found"


def test_people_and_groups_are_read(client: WebClient) -> None:
    assert client.users_info(user=DANA)["user"]["tz"] == "Europe/Berlin"
    assert refusal(client.users_info, user="U0NOBODY") == "user_not_found"
    assert client.usergroups_users_list(usergroup="S0SECURITY")["users"] == ["U0SEC"]
    assert refusal(client.usergroups_users_list, usergroup="S0NONE") == "no_such_subteam"


def test_a_message_without_words_or_too_many_is_refused(client: WebClient) -> None:
    assert refusal(client.chat_postMessage, channel=CHANNEL, text="") == "no_text"
    assert refusal(client.chat_postMessage, channel=CHANNEL, text="x" * 40_001) == "msg_too_long"
