"""Two workspaces side by side: what one knows, the other has never heard of."""

from collections.abc import Iterator

import pytest
from slack_sdk import WebClient

from bot.sandbox.slack import SandboxSlack, acme_workspace, globex_workspace
from bot.sandbox.slack.errors import ApiError
from tests.bot.sandbox.slack.bolt import Bot, running
from tests.bot.sandbox.slack.wire import CHANNEL, DANA, client_of, refusal

SHOP, LEADS, INES, TOM = "C0GLXSHOP", "G0GLXLEADS", "U0GLXDEV", "U0GLXLEAD"


@pytest.fixture(scope="module")
def both() -> Iterator[tuple[Bot, Bot]]:
    with running(acme_workspace()) as acme, running(globex_workspace()) as globex:
        yield acme, globex


def test_no_id_and_no_token_is_shared() -> None:
    acme, globex = acme_workspace(), globex_workspace()
    ids = [
        {w.team_id, w.app_id, w.bot_id, w.bot_user, *(one.id for one in (*w.users, *w.channels, *w.groups))}
        for w in (acme, globex)
    ]
    assert not ids[0] & ids[1]


def test_a_token_of_one_is_refused_by_the_other(both: tuple[Bot, Bot]) -> None:
    for mine, other in (both, both[::-1]):
        stranger = WebClient(token=mine.slack.bot_token, base_url=other.slack.base_url, retry_handlers=[])
        assert refusal(stranger.auth_test) == "invalid_auth"
        assert refusal(stranger.apps_connections_open, app_token=mine.slack.app_token) == "invalid_auth"


def test_channels_and_people_of_one_are_unknown_to_the_other(both: tuple[Bot, Bot]) -> None:
    acme, globex = both
    assert refusal(globex.client.chat_postMessage, channel=CHANNEL, text="x") == "channel_not_found"
    assert refusal(globex.client.users_info, user=DANA) == "user_not_found"
    view = {"type": "home", "blocks": []}
    assert refusal(acme.client.views_publish, user_id=INES, view=view) == "user_not_found"
    trigger = acme.slack._see(lambda: acme.slack._state.new_trigger(DANA))
    assert refusal(globex.client.views_open, trigger_id=trigger, view=globex.view) == "invalid_trigger_id"
    with pytest.raises(ApiError, match="user_not_found"):
        globex.slack.command(DANA, SHOP, "help")


def test_each_says_where_it_lives(both: tuple[Bot, Bot]) -> None:
    told = [bot.client.auth_test() for bot in both]
    assert [one["url"] for one in told] == ["https://acme.slack.com/", "https://globex.slack.com/"]
    assert [one["team_id"] for one in told] == ["T0ACME", "T0GLOBEX"]


def test_a_payload_names_its_own_team(both: tuple[Bot, Bot]) -> None:
    _acme, globex = both
    payload = globex.slack.command(INES, SHOP, "help").payload
    assert (payload["team_id"], payload["team_domain"], payload["api_app_id"]) == (
        "T0GLOBEX",
        "globex",
        "A0PATROLGLX",
    )


def test_members_are_told_in_pages(both: tuple[Bot, Bot]) -> None:
    acme, globex = both
    first = acme.client.conversations_members(channel=CHANNEL, limit=4)
    rest = acme.client.conversations_members(
        channel=CHANNEL, cursor=first["response_metadata"]["next_cursor"]
    )
    found = [*first["members"], *rest["members"]]
    assert (len(first["members"]), rest["response_metadata"]["next_cursor"]) == (4, "")
    assert found == ["U0DEV1", "U0DEV2", "U0LEAD", "U0SEC", "U0NOTEAM", "U0PATROL"]
    assert globex.client.conversations_members(channel=LEADS)["members"] == [
        "U0GLXLEAD",
        "U0GLXSEC",
        "U0PATROLGLX",
    ]
    assert refusal(acme.client.conversations_members, channel=CHANNEL, limit="x") == "invalid_limit"
    assert refusal(acme.client.conversations_members, channel=CHANNEL, cursor="?") == "invalid_cursor"


def test_members_of_a_public_channel_are_told_to_who_is_not_inside(both: tuple[Bot, Bot]) -> None:
    acme, globex = both
    assert "U0PATROL" not in acme.client.conversations_members(channel="C0GENERAL")["members"]
    globex.slack.kick(LEADS)
    assert refusal(globex.client.conversations_members, channel=LEADS) == "channel_not_found"
    globex.slack.invite(LEADS)
    assert refusal(acme.client.conversations_members, channel=SHOP) == "channel_not_found"


def test_members_need_the_scope_of_their_kind_of_channel() -> None:
    from dataclasses import replace

    workspace = globex_workspace()
    with SandboxSlack(replace(workspace, scopes=workspace.scopes - {"groups:read"})) as slack:
        assert client_of(slack).conversations_members(channel=SHOP)["ok"]
        assert refusal(client_of(slack).conversations_members, channel=LEADS) == "missing_scope"


def test_a_private_channel_is_hidden_from_people_who_are_not_inside(both: tuple[Bot, Bot]) -> None:
    globex = both[1].slack
    for act in (lambda: globex.say(INES, LEADS, "x"), lambda: globex.command(INES, LEADS, "help")):
        with pytest.raises(ApiError, match="channel_not_found"):
            act()
    assert globex.say(TOM, LEADS, "x")


def test_a_guest_is_told_as_one(both: tuple[Bot, Bot]) -> None:
    told = [both[0].client.users_info(user=one)["user"]["is_restricted"] for one in (DANA, "U0NOTEAM")]
    assert told == [False, True]


def test_a_link_to_a_message_names_its_workspace_and_its_thread(both: tuple[Bot, Bot]) -> None:
    bot = both[0]
    ts = bot.slack.say(DANA, CHANNEL, "first")
    link = bot.client.chat_getPermalink(channel=CHANNEL, message_ts=ts)["permalink"]
    assert link == f"https://acme.slack.com/archives/{CHANNEL}/p{ts.replace('.', '')}"
    reply = bot.slack.say(DANA, CHANNEL, "second", ts)
    told = bot.client.chat_getPermalink(channel=CHANNEL, message_ts=reply)["permalink"]
    assert (
        told
        == f"https://acme.slack.com/archives/{CHANNEL}/p{reply.replace('.', '')}?thread_ts={ts}&cid={CHANNEL}"
    )
    assert refusal(bot.client.chat_getPermalink, channel=CHANNEL, message_ts="1.0") == "message_not_found"
    assert refusal(bot.client.chat_getPermalink, channel=SHOP, message_ts=ts) == "channel_not_found"
