"""chat.*: post, edit, delete."""

import json
from typing import Any

from bot.sandbox.slack.blocks import MESSAGE_CHARACTERS, characters, faults_of
from bot.sandbox.slack.errors import ApiError, invalid_blocks
from bot.sandbox.slack.limits import spend_post
from bot.sandbox.slack.names import with_names
from bot.sandbox.slack.pictures import unknown_files
from bot.sandbox.slack.state import Json, State

LONGEST_TEXT = 40_000
METADATA_BYTES = 16_000


def post_message(state: State, given: Json) -> Json:
    """chat.postMessage."""
    channel = writable(state, given)
    content = checked(state, given)
    thread = str(given.get("thread_ts") or "")
    if thread and thread not in state.messages[channel]:
        raise ApiError("thread_not_found")
    metadata = _metadata(given.get("metadata"))
    spend_post(state, channel)
    ts = state.next_ts()
    message = bot_message(state, ts) | content | metadata
    state.messages[channel][ts] = message
    if thread:
        top = state.messages[channel][thread].get("thread_ts", thread)  # a reply to a reply joins its thread
        author = state.messages[channel].get(top, message)["user"]
        message |= {"thread_ts": top, "parent_user_id": author}
        retell_parent(state, channel, top)
    state.changed("message", channel)
    return {"channel": channel, "ts": ts, "message": message}


def update(state: State, given: Json) -> Json:
    """chat.update: only what the app wrote itself; text alone takes the old blocks away."""
    channel = writable(state, given)
    ts = str(given.get("ts") or "")
    message = _own(state, channel, ts, "cant_update_message")
    content = checked(state, given)
    metadata = _metadata(given.get("metadata"))
    kept = {key: value for key, value in message.items() if key not in ("text", "blocks")}
    edited = {"user": state.workspace.bot_user, "ts": state.next_ts()}
    changed = kept | content | metadata | {"edited": edited}
    state.messages[channel][ts] = changed
    state.changed("message", channel)
    return {"channel": channel, "ts": ts, "text": changed.get("text", ""), "message": changed}


def delete(state: State, given: Json) -> Json:
    """chat.delete."""
    channel, ts = readable(state, given), str(given.get("ts") or "")
    _own(state, channel, ts, "cant_delete_message")
    remove(state, channel, ts)
    return {"channel": channel, "ts": ts}


def post_ephemeral(state: State, given: Json) -> Json:
    """chat.postEphemeral."""
    channel = writable(state, given)
    user = str(given.get("user") or "")
    if state.workspace.user(user) is None:
        raise ApiError("user_not_in_channel")
    return {"message_ts": show_ephemeral(state, channel, user, checked(state, given))}


def permalink(state: State, given: Json) -> Json:
    """chat.getPermalink."""
    channel, ts = readable(state, given), str(given.get("message_ts") or "")
    if ts not in state.messages[channel]:
        raise ApiError("message_not_found")
    link = f"{state.workspace.url}archives/{channel}/p{ts.replace('.', '')}"
    thread = state.messages[channel][ts].get("thread_ts")
    return {"channel": channel, "permalink": f"{link}?thread_ts={thread}&cid={channel}" if thread else link}


def readable(state: State, given: Json) -> str:
    """The channel named. Raises channel_not_found, also for a private one that the bot is not in."""
    channel = str(given.get("channel") or "")
    found = state.channel(channel)
    if found is None or (found.private and channel not in state.inside):
        raise ApiError("channel_not_found")
    return channel


def joined(state: State, given: Json) -> str:
    """The channel named, where the bot is inside; an archived one is still read."""
    channel = readable(state, given)
    if channel not in state.inside and channel not in state.archived:
        raise ApiError("not_in_channel")
    return channel


def writable(state: State, given: Json) -> str:
    """The channel named, where the bot may write."""
    channel = readable(state, given)
    if channel in state.archived:
        raise ApiError("is_archived")
    return joined(state, given)


def checked(state: State, given: Json) -> Json:
    """Text and blocks, as Slack would take them."""
    text, blocks = given.get("text"), given.get("blocks")
    if not text and not blocks:
        raise ApiError("no_text")
    if not isinstance(text or "", str):
        raise ApiError("invalid_arguments")
    if len(text or "") > LONGEST_TEXT:
        raise ApiError("msg_too_long")
    if not blocks:
        return {"text": text}
    faults = faults_of(blocks, "message") or list(unknown_files(state, blocks))
    if faults:
        raise invalid_blocks(faults)
    if characters(blocks) > MESSAGE_CHARACTERS:
        raise ApiError("msg_blocks_too_long")
    return {"text": text or "", "blocks": with_names(blocks)}


def show_ephemeral(state: State, channel: str, user: str, content: Json) -> str:
    """Show `content` to `user` alone; returns its ts."""
    ts = state.next_ts()
    seen = {"ephemeral": True, "channel": channel, "seen_by": user}
    state.ephemerals.append(bot_message(state, ts) | content | seen)
    state.changed("message", channel, user)
    return ts


def remove(state: State, channel: str, ts: str) -> None:
    """Take a message away, whoever wrote it. Raises message_not_found."""
    gone = state.messages[channel].pop(ts, None)
    if gone is None:
        raise ApiError("message_not_found")
    if gone.get("thread_ts", ts) != ts:
        retell_parent(state, channel, gone["thread_ts"])
    state.changed("message", channel)


def retell_parent(state: State, channel: str, thread: str) -> None:
    """What a thread's first message says of its replies."""
    parent = state.messages[channel].get(thread)
    if parent is None:
        return
    for key in ("thread_ts", "reply_count", "reply_users_count", "latest_reply"):
        parent.pop(key, None)
    below = [m for m in state.messages[channel].values() if m.get("thread_ts") == thread]
    if below:
        parent |= {
            "thread_ts": thread,
            "reply_count": len(below),
            "reply_users_count": len({m["user"] for m in below}),
            "latest_reply": max(str(m["ts"]) for m in below),
        }


def bot_message(state: State, ts: str) -> Json:
    """A message of the app, still without content."""
    workspace = state.workspace
    return {
        "type": "message",
        "ts": ts,
        "user": workspace.bot_user,
        "bot_id": workspace.bot_id,
        "app_id": workspace.app_id,
        "team": workspace.team_id,
        "bot_profile": {"id": workspace.bot_id, "app_id": workspace.app_id, "name": workspace.bot_name},
    }


def _own(state: State, channel: str, ts: str, refusal: str) -> Json:
    message = state.messages[channel].get(ts)
    if message is None:
        raise ApiError("message_not_found")
    if message.get("bot_id") != state.workspace.bot_id:
        raise ApiError(refusal)
    return message


def _metadata(metadata: Any) -> Json:
    if not metadata:
        return {}
    good = (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
    )
    if not good:
        raise ApiError("invalid_metadata_format")
    if len(json.dumps(metadata).encode()) > METADATA_BYTES:
        raise ApiError("metadata_too_large")
    return {"metadata": dict(metadata)}
