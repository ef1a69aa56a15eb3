"""files.*: an upload in three steps (ask for an address, send the bytes, share)."""

import mimetypes
from typing import Any
from urllib.parse import quote

from bot.sandbox.slack.arguments import number
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.methods.chat import bot_message, retell_parent, writable
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
    channel = writable(state, {"channel": given["channel_id"]}) if given.get("channel_id") else ""
    thread = str(given.get("thread_ts") or "")
    if thread and thread not in state.messages[channel]:
        raise ApiError("thread_not_found")
    for one, wanted in zip(known, asked, strict=True):
        one |= {"title": str(wanted.get("title") or one["name"]), "shared": True}
        one["channels"] = [channel] if channel else []
    files = [shown(one) for one in known]
    if channel:
        _share(state, channel, thread, str(given.get("initial_comment") or ""), files)
    return {"files": files}


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


def _share(state: State, channel: str, thread: str, text: str, files: list[Json]) -> None:
    ts = state.next_ts()
    message = bot_message(state, ts) | {"text": text, "files": files, "upload": True}
    state.messages[channel][ts] = message
    if thread:
        parent = state.messages[channel][thread]
        message |= {"thread_ts": parent.get("thread_ts", thread), "parent_user_id": parent["user"]}
        retell_parent(state, channel, message["thread_ts"])
    state.changed("message", channel)
