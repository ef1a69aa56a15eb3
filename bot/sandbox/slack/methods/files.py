"""files.*: an upload in three steps (ask for an address, send the bytes, share)."""

from typing import Any

from bot.sandbox.slack.arguments import number
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.methods.chat import bot_message, retell_parent, writable
from bot.sandbox.slack.state import Json, State

LARGEST = 8 * 2**20  # the sandbox's own limit; Slack's is 1 GB


def upload_url(state: State, given: Json) -> Json:
    """files.getUploadURLExternal; the front puts its own address before it."""
    length = number(given, "length", 0)
    if not given.get("filename") or length < 1:
        raise ApiError("invalid_arguments")
    if length > LARGEST:
        raise ApiError("file_upload_size_restricted")
    identity = state.new_id("F")
    state.uploads[identity] = {
        "id": identity,
        "name": str(given["filename"]),
        "length": length,
        "content": b"",
        "shared": False,
    }
    return {"upload_url": f"/upload/{identity}", "file_id": identity}


def complete_upload(state: State, given: Json) -> Json:
    """files.completeUploadExternal: shares what was uploaded, all of it or nothing."""
    asked = given.get("files")
    if not isinstance(asked, list) or not asked:
        raise ApiError("invalid_arguments")
    known = [_uploaded(state, one) for one in asked]
    channel = writable(state, {"channel": given["channel_id"]}) if given.get("channel_id") else ""
    thread = str(given.get("thread_ts") or "")
    if thread and thread not in state.messages[channel]:
        raise ApiError("thread_not_found")
    files = [
        {"id": one["id"], "name": one["name"], "title": str(wanted.get("title") or one["name"])}
        for one, wanted in zip(known, asked, strict=True)
    ]
    for one in known:
        one["shared"] = True
    if channel:
        _share(state, channel, thread, str(given.get("initial_comment") or ""), files)
    return {"files": files}


def _uploaded(state: State, wanted: Any) -> Json:
    known = state.uploads.get(str(wanted.get("id"))) if isinstance(wanted, dict) else None
    if known is None or known["shared"] or len(known["content"]) != known["length"]:
        raise ApiError("file_not_found")
    return known


def _share(state: State, channel: str, thread: str, text: str, files: list[Json]) -> None:
    ts = state.next_ts()
    state.messages[channel][ts] = bot_message(state, ts) | {"text": text, "files": files}
    if thread:
        state.messages[channel][ts]["thread_ts"] = thread
        retell_parent(state, channel, thread)
    state.changed("message", channel)
