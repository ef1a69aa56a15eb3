"""The shapes that Slack's payloads share, and text as Slack escapes it."""

import re
from typing import Any

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import Json, State
from bot.sandbox.slack.workspace import Channel

_MENTION = re.compile(r"(?<!\S)([@#])([A-Za-z0-9_.-]+)")


def common(state: State) -> Json:
    """In every payload. Slack's own `token` is deprecated; the app must not trust it."""
    workspace = state.workspace
    return {"token": "sandbox", "team_id": workspace.team_id, "api_app_id": workspace.app_id}


def interactive(state: State, kind: str, user: str) -> Json:
    """In every click, submission and shortcut."""
    return {
        **common(state),
        "type": kind,
        "user": user_in(state, user),
        "team": {"id": state.workspace.team_id, "domain": state.workspace.domain},
        "enterprise": None,
        "is_enterprise_install": False,
    }


def event(state: State, inner: Json) -> Json:
    """The envelope of the Events API."""
    workspace = state.workspace
    return {
        **common(state),
        "type": "event_callback",
        "event": inner,
        "event_id": state.new_id("Ev"),
        "event_time": int(state.clock().timestamp()),
        "authorizations": [{"team_id": workspace.team_id, "user_id": workspace.bot_user, "is_bot": True}],
    }


def user_in(state: State, identity: str) -> Json:
    """A person. Raises user_not_found."""
    user = state.workspace.user(identity)
    if user is None:
        raise ApiError("user_not_found")
    return {"id": user.id, "username": user.name, "name": user.name, "team_id": state.workspace.team_id}


def seen_channel(state: State, identity: str, user: str = "") -> Channel:
    """The channel of that id, where `user` may see it. Raises channel_not_found."""
    channel = state.channel(identity)
    hidden = channel is not None and channel.private and user and user not in state.workspace.members(channel)
    if channel is None or hidden:
        raise ApiError("channel_not_found")
    return channel


def channel_in(state: State, identity: str) -> Json:
    """A channel; a private one's name is not told. Raises channel_not_found."""
    channel = seen_channel(state, identity)
    return {"id": channel.id, "name": "privategroup" if channel.private else channel.name}


def escaped(state: State, text: str) -> str:
    """A command's text: & < > always; @people, @groups and #channels where the app asked for it."""
    plain = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if not state.workspace.should_escape:
        return plain
    return _MENTION.sub(lambda match: _named(state, match), plain)


def _named(state: State, match: "re.Match[str]") -> str:
    sign, name = match.groups()
    listed: Any = state.workspace.users if sign == "@" else state.workspace.channels
    found = next((one for one in listed if name in (one.name, one.id)), None)
    if found is not None:
        return f"<{sign}{found.id}|{found.name}>"
    group = next((one for one in state.workspace.groups if sign == "@" and name == one.handle), None)
    return f"<!subteam^{group.id}|@{group.handle}>" if group else match.group()
