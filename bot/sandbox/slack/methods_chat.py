"""chat.*: post, edit, delete; one message a second in a channel."""

from typing import Any

from bot.sandbox.slack.blocks import MESSAGE_CHARACTERS, characters, faults_of
from bot.sandbox.slack.errors import ApiError, invalid_blocks
from bot.sandbox.slack.state import Json, State

LONGEST_TEXT = 40_000
GAP_S = 1.0


def post_message(state: State, given: Json) -> Json:
    """chat.postMessage."""
    channel = writable(state, given)
    content = checked(given)
    thread = str(given.get("thread_ts") or "")
    if thread and thread not in state.messages[channel]:
        raise ApiError("thread_not_found")
    spend(state, channel)
    ts = state.next_ts()
    message = _bot_message(state, ts) | content
    if thread:
        message["thread_ts"] = thread
        message["parent_user_id"] = state.workspace.bot_user
    if given.get("metadata"):
        message["metadata"] = _metadata(given["metadata"])
    state.messages[channel][ts] = message
    state.changed("message", channel)
    return {"channel": channel, "ts": ts, "message": message}


def update(state: State, given: Json) -> Json:
    """chat.update: only what the app wrote itself."""
    channel = writable(state, given)
    ts = str(given.get("ts") or "")
    message = state.messages[channel].get(ts)
    if message is None:
        raise ApiError("message_not_found")
    if message.get("bot_id") != state.workspace.bot_id:
        raise ApiError("cant_update_message")
    content = checked(given)
    kept = {key: value for key, value in message.items() if key not in ("text", "blocks")}
    edited = {"user": state.workspace.bot_user, "ts": state.next_ts()}
    changed = kept | content | {"edited": edited}
    if given.get("metadata"):
        changed["metadata"] = _metadata(given["metadata"])
    state.messages[channel][ts] = changed
    state.changed("message", channel)
    return {"channel": channel, "ts": ts, "text": changed.get("text", ""), "message": changed}


def delete(state: State, given: Json) -> Json:
    """chat.delete."""
    channel, ts = readable(state, given), str(given.get("ts") or "")
    message = state.messages[channel].get(ts)
    if message is None:
        raise ApiError("message_not_found")
    if message.get("bot_id") != state.workspace.bot_id:
        raise ApiError("cant_delete_message")
    del state.messages[channel][ts]
    state.changed("message", channel)
    return {"channel": channel, "ts": ts}


def post_ephemeral(state: State, given: Json) -> Json:
    """chat.postEphemeral."""
    channel = writable(state, given)
    user = str(given.get("user") or "")
    if state.workspace.user(user) is None:
        raise ApiError("user_not_in_channel")
    spend(state, channel + user)
    ts = show_ephemeral(state, channel, user, checked(given))
    return {"message_ts": ts}


def show_ephemeral(state: State, channel: str, user: str, content: Json) -> str:
    """Show `content` to `user` alone; returns its ts."""
    ts = state.next_ts()
    state.ephemerals.append(
        _bot_message(state, ts) | content | {"ephemeral": True, "channel": channel, "seen_by": user}
    )
    state.changed("message", channel, user)
    return ts


def permalink(state: State, given: Json) -> Json:
    """chat.getPermalink."""
    channel, ts = readable(state, given), str(given.get("message_ts") or "")
    if ts not in state.messages[channel]:
        raise ApiError("message_not_found")
    return {"channel": channel, "permalink": f"/archives/{channel}/p{ts.replace('.', '')}"}


def readable(state: State, given: Json) -> str:
    """The channel named. Raises channel_not_found."""
    channel = str(given.get("channel") or "")
    if state.channel(channel) is None:
        raise ApiError("channel_not_found")
    return channel


def writable(state: State, given: Json) -> str:
    """The channel named, where the bot may write."""
    channel = readable(state, given)
    if channel in state.archived:
        raise ApiError("is_archived")
    if channel not in state.inside:
        raise ApiError("not_in_channel")
    return channel


def checked(given: Json) -> Json:
    """Text and blocks, as Slack would take them."""
    text, blocks = given.get("text"), given.get("blocks")
    if not text and not blocks:
        raise ApiError("no_text")
    if len(str(text or "")) > LONGEST_TEXT:
        raise ApiError("msg_too_long")
    if blocks:
        faults = faults_of(blocks, "message")
        if faults:
            raise invalid_blocks(faults)
        if characters(blocks) > MESSAGE_CHARACTERS:
            raise ApiError("msg_blocks_too_long")
    found: Json = {"text": str(text or "")}
    if blocks:
        found["blocks"] = blocks
    return found


def spend(state: State, channel: str) -> None:
    """One message a second in a channel. Raises ratelimited with Retry-After."""
    now = state.clock().timestamp()
    last = state.last_post.get(channel)
    if last is not None and 0 <= now - last < GAP_S:
        raise ApiError("ratelimited", status=429, headers={"Retry-After": "1"})
    state.last_post[channel] = now


def _metadata(metadata: Any) -> Json:
    good = (
        isinstance(metadata, dict)
        and isinstance(metadata.get("event_type"), str)
        and isinstance(metadata.get("event_payload"), dict)
        and len(str(metadata)) <= 16_000
    )
    if not good:
        raise ApiError("invalid_metadata_format")
    return dict(metadata)


def _bot_message(state: State, ts: str) -> Json:
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
