"""files.*: an upload in three steps (ask for an address, send the bytes, share)."""

import mimetypes
from typing import Any
from urllib.parse import quote

from bot.sandbox.slack.arguments import number
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.methods.chat import bot_message, checked, retell_parent, writable
from bot.sandbox.slack.state import Json, State

LARGEST = 8 * 2**20  # the sandbox's own limit; Slack's is 1 GB
LONGEST_ALT_TEXT = 1_000
OURS = ("content", "length", "shared")


def upload_url(state: State, given: Json) -> Json:
    """files.getUploadURLExternal; the front puts its own address before it."""
    length = number(given, "length", 0)
    if not given.get("filename") or length < 1:
        raise ApiError("invalid_arguments")
    if length > LARGEST:
        raise ApiError("file_upload_size_restricted")
    words = str(given.get("alt_txt") or "")
    if len(words) > LONGEST_ALT_TEXT:
        raise ApiError("alt_txt_too_large")
    identity = state.new_id("F")
    state.uploads[identity] = {
        **_described(state, identity, str(given["filename"]), length),
        **({"alt_txt": words} if words else {}),
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
    named = str(given.get("channel_id") or given.get("channels") or "")
    channels = [writable(state, {"channel": one.strip()}) for one in named.split(",") if one.strip()]
    thread = str(given.get("thread_ts") or "")
    if thread and any(thread not in state.messages[channel] for channel in channels):
        raise ApiError("thread_not_found")
    content = _words(state, given)
    for one, wanted in zip(known, asked, strict=True):
        one |= {"title": str(wanted.get("title") or one["name"]), "shared": True}
        one["channels"] = channels
    files = [shown(one) for one in known]
    for channel in channels:
        _share(state, channel, thread, content, files)
    return {"files": files}


def _words(state: State, given: Json) -> Json:
    """What is said with the files: the comment, and only without one the blocks."""
    if given.get("initial_comment") or not given.get("blocks"):
        return {"text": str(given.get("initial_comment") or "")}
    return checked(state, given)


def shown(upload: Json) -> Json:
    """A file as Slack tells of it."""
    return {key: value for key, value in upload.items() if key not in OURS}


def _described(state: State, identity: str, name: str, length: int) -> Json:
    url, kind = state.workspace.url, mimetypes.guess_type(name)[0] or "application/octet-stream"
    return {
        "id": identity,
        "created": int(state.clock().timestamp()),
        "name": name,
        "title": name,
        "mimetype": kind,
        "filetype": name.rpartition(".")[2].lower() if "." in name else "binary",
        "user": state.workspace.bot_user,
        "size": length,
        "mode": "hosted",
        "is_external": False,
        "url_private": f"{url}files-pri/{state.workspace.team_id}-{identity}/{quote(name)}",
        "permalink": f"{url}files/{state.workspace.bot_user}/{identity}/{quote(name)}",
    }


def _uploaded(state: State, wanted: Any) -> Json:
    known = state.uploads.get(str(wanted.get("id"))) if isinstance(wanted, dict) else None
    if known is None or known["shared"] or len(known["content"]) != known["length"]:
        raise ApiError("file_not_found")
    return known


def _share(state: State, channel: str, thread: str, content: Json, files: list[Json]) -> None:
    ts = state.next_ts()
    message = bot_message(state, ts) | content | {"files": files, "upload": True}
    state.messages[channel][ts] = message
    if thread:
        parent = state.messages[channel][thread]
        message |= {"thread_ts": parent.get("thread_ts", thread), "parent_user_id": parent["user"]}
        retell_parent(state, channel, message["thread_ts"])
    state.changed("message", channel)
