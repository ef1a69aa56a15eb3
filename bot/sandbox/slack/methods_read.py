"""What is read: who am I, people, groups, channels and their messages; and files."""

import base64
import binascii
from typing import Any

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.methods_chat import readable, writable
from bot.sandbox.slack.state import Json, State
from bot.sandbox.slack.workspace import Channel, User

MOST = 999


def who_am_i(state: State, _given: Json) -> Json:
    """auth.test."""
    workspace = state.workspace
    return {
        "url": f"https://{workspace.team_id.lower()}.slack.com/",
        "team": workspace.name,
        "team_id": workspace.team_id,
        "user": workspace.bot_name.lower(),
        "user_id": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "is_enterprise_install": False,
    }


def api_test(_state: State, given: Json) -> Json:
    """api.test."""
    return {"args": given}


def user_info(state: State, given: Json) -> Json:
    """users.info."""
    user = state.workspace.user(str(given.get("user") or ""))
    if user is None:
        raise ApiError("user_not_found")
    return {"user": _user(state, user)}


def user_list(state: State, _given: Json) -> Json:
    """users.list."""
    return {"members": [_user(state, user) for user in state.workspace.users]}


def _user(state: State, user: User) -> Json:
    return {
        "id": user.id,
        "team_id": state.workspace.team_id,
        "name": user.name,
        "real_name": user.real_name,
        "tz": user.tz,
        "is_bot": False,
        "deleted": False,
        "profile": {"real_name": user.real_name, "display_name": user.real_name},
    }


def group_list(state: State, _given: Json) -> Json:
    """usergroups.list."""
    return {"usergroups": [{"id": group.id, "handle": group.handle} for group in state.workspace.groups]}


def group_members(state: State, given: Json) -> Json:
    """usergroups.users.list."""
    group = next((one for one in state.workspace.groups if one.id == given.get("usergroup")), None)
    if group is None:
        raise ApiError("no_such_subteam")
    return {"users": list(group.members)}


def channel_info(state: State, given: Json) -> Json:
    """conversations.info."""
    found = state.channel(readable(state, given))
    assert found is not None, "readable has looked it up"
    if found.private and found.id not in state.inside:
        raise ApiError("channel_not_found")
    return {"channel": _channel(state, found)}


def channel_list(state: State, _given: Json) -> Json:
    """conversations.list."""
    return {"channels": [_channel(state, channel) for channel in state.workspace.channels]}


def _channel(state: State, channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "is_channel": not channel.private,
        "is_private": channel.private,
        "is_archived": channel.id in state.archived,
        "is_member": channel.id in state.inside,
    }


def history(state: State, given: Json) -> Json:
    """conversations.history: newest first, replies left out."""
    channel = writable(state, given) if given.get("channel") not in state.archived else readable(state, given)
    top = [m for m in state.messages[channel].values() if m.get("thread_ts", m["ts"]) == m["ts"]]
    return _page(sorted(top, key=lambda m: m["ts"], reverse=True), given)


def replies(state: State, given: Json) -> Json:
    """conversations.replies: the parent first."""
    channel, parent = readable(state, given), str(given.get("ts") or "")
    if parent not in state.messages[channel]:
        raise ApiError("thread_not_found")
    found = [m for m in state.messages[channel].values() if parent in (m["ts"], m.get("thread_ts"))]
    return _page(sorted(found, key=lambda m: m["ts"]), given)


def _page(messages: list[Json], given: Json) -> Json:
    limit = min(MOST, int(given.get("limit") or 100))
    oldest, latest = str(given.get("oldest") or "0"), str(given.get("latest") or "9" * 17)
    inside = [m for m in messages if float(oldest) < float(m["ts"]) < float(latest)]
    start = _cursor(given.get("cursor"))
    page = inside[start : start + limit]
    with_metadata = str(given.get("include_all_metadata", "")).lower() in ("true", "1")
    shown = [m if with_metadata else {k: v for k, v in m.items() if k != "metadata"} for m in page]
    more = start + limit < len(inside)
    following = base64.b64encode(f"at:{start + limit}".encode()).decode() if more else ""
    return {"messages": shown, "has_more": more, "response_metadata": {"next_cursor": following}}


def _cursor(cursor: Any) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(str(cursor)).decode().removeprefix("at:"))
    except (binascii.Error, ValueError) as error:
        raise ApiError("invalid_cursor") from error


def upload_url(state: State, given: Json) -> Json:
    """files.getUploadURLExternal; the server adds its own address."""
    length = int(given.get("length") or 0)
    if not given.get("filename") or length < 1:
        raise ApiError("invalid_arguments")
    identity = state.new_id("F")
    state.uploads[identity] = {
        "id": identity,
        "name": str(given["filename"]),
        "length": length,
        "content": b"",
    }
    return {"upload_url": f"/upload/{identity}", "file_id": identity}


def complete_upload(state: State, given: Json) -> Json:
    """files.completeUploadExternal: shares what was uploaded."""
    files: list[Json] = []
    for file in given.get("files") or ():
        known = state.uploads.get(str(file.get("id")))
        if known is None or len(known["content"]) != known["length"]:
            raise ApiError("file_not_found")
        files.append({"id": known["id"], "name": known["name"], "title": file.get("title", known["name"])})
    if given.get("channel_id"):
        channel = writable(state, {"channel": given["channel_id"]})
        ts = state.next_ts()
        message: Json = {
            "type": "message", "ts": ts, "user": state.workspace.bot_user,
            "bot_id": state.workspace.bot_id, "text": str(given.get("initial_comment") or ""), "files": files,
        }  # fmt: skip
        if given.get("thread_ts"):
            message["thread_ts"] = given["thread_ts"]
        state.messages[channel][ts] = message
        state.changed("message", channel)
    return {"files": files}
