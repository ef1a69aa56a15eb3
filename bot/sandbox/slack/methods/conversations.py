"""conversations.*: channels, and the messages in them."""

import math

from bot.sandbox.slack.arguments import flag
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.methods.chat import joined, readable
from bot.sandbox.slack.paging import paged
from bot.sandbox.slack.state import Json, State
from bot.sandbox.slack.workspace import Channel

KINDS = {"public_channel": ("channels:read", False), "private_channel": ("groups:read", True)}


def info(state: State, given: Json) -> Json:
    """conversations.info."""
    found = state.channel(readable(state, given))
    assert found is not None, "readable has looked it up"
    return {"channel": _channel(state, found)}


def listed(state: State, given: Json) -> Json:
    """conversations.list: the kinds asked for, private ones only where the bot is inside."""
    asked = str(given.get("types") or "public_channel").split(",")
    if not set(asked) <= set(KINDS):
        raise ApiError("invalid_types")
    for kind in asked:
        if KINDS[kind][0] not in state.workspace.scopes:
            has = ",".join(sorted(state.workspace.scopes))
            raise ApiError("missing_scope", needed=KINDS[kind][0], provided=has)
    kinds = {KINDS[kind][1] for kind in asked}
    shown = [c for c in state.workspace.channels if c.private in kinds and _seen(state, c)]
    if flag(given, "exclude_archived"):
        shown = [c for c in shown if c.id not in state.archived]
    channels, following = paged([_channel(state, channel) for channel in shown], given)
    return {"channels": channels, "response_metadata": {"next_cursor": following}}


def members(state: State, given: Json) -> Json:
    """conversations.members: the ids of who is inside, the bot's own among them.

    Slack tells them of a public channel that the bot is not in, too.
    """
    found = state.channel(readable(state, given))
    assert found is not None, "readable has looked it up"
    inside = [
        *state.workspace.members(found),
        *([state.workspace.bot_user] if found.id in state.inside else []),
    ]
    page, following = paged(inside, given)
    return {"members": page, "response_metadata": {"next_cursor": following}}


def history(state: State, given: Json) -> Json:
    """conversations.history: newest first, replies left out."""
    channel = joined(state, given)
    top = [m for m in state.messages[channel].values() if m.get("thread_ts", m["ts"]) == m["ts"]]
    return _page(sorted(_between(top, given), key=lambda m: str(m["ts"]), reverse=True), given)


def replies(state: State, given: Json) -> Json:
    """conversations.replies: the parent first, whatever `oldest` and `latest` say."""
    channel, asked = joined(state, given), str(given.get("ts") or "")
    found = state.messages[channel].get(asked)
    if found is None:
        raise ApiError("thread_not_found")
    parent = str(found.get("thread_ts", asked))
    below = [
        m for m in state.messages[channel].values() if m.get("thread_ts") == parent and m["ts"] != parent
    ]
    first = [m for m in (state.messages[channel].get(parent),) if m is not None]
    return _page(first + sorted(_between(below, given), key=lambda m: str(m["ts"])), given)


def _seen(state: State, channel: Channel) -> bool:
    return not channel.private or channel.id in state.inside


def _channel(state: State, channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.private,
        "is_private": channel.private,
        "is_archived": channel.id in state.archived,
        "is_member": channel.id in state.inside,
    }


def _between(messages: list[Json], given: Json) -> list[Json]:
    oldest = _instant(given, "oldest", 0.0)
    latest = _instant(given, "latest", math.inf)
    if flag(given, "inclusive"):
        return [m for m in messages if oldest <= float(m["ts"]) <= latest]
    return [m for m in messages if oldest < float(m["ts"]) < latest]


def _instant(given: Json, name: str, default: float) -> float:
    value = given.get(name)
    if value is None or value == "":
        return default
    try:
        found = float(str(value))
    except ValueError as error:
        raise ApiError(f"invalid_ts_{name}") from error
    if not math.isfinite(found):
        raise ApiError(f"invalid_ts_{name}")
    return found


def _page(messages: list[Json], given: Json) -> Json:
    page, following = paged(messages, given)
    with_metadata = flag(given, "include_all_metadata")
    shown = [m if with_metadata else {k: v for k, v in m.items() if k != "metadata"} for m in page]
    return {"messages": shown, "has_more": bool(following), "response_metadata": {"next_cursor": following}}
