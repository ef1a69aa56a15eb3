"""The Web API's front: tokens, scopes, faults, then the method."""

import asyncio
import json
from collections.abc import Callable, Mapping

from aiohttp import web

from bot.sandbox.slack import methods_chat, methods_read, methods_views
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.scopes import APP_LEVEL, BY_KIND, METHOD_SCOPES
from bot.sandbox.slack.state import Json, State

Method = Callable[[State, Json], Json]
METHODS: Mapping[str, Method] = {
    "api.test": methods_read.api_test,
    "auth.test": methods_read.who_am_i,
    "chat.delete": methods_chat.delete,
    "chat.getPermalink": methods_chat.permalink,
    "chat.postEphemeral": methods_chat.post_ephemeral,
    "chat.postMessage": methods_chat.post_message,
    "chat.update": methods_chat.update,
    "conversations.history": methods_read.history,
    "conversations.info": methods_read.channel_info,
    "conversations.list": methods_read.channel_list,
    "conversations.replies": methods_read.replies,
    "files.completeUploadExternal": methods_read.complete_upload,
    "files.getUploadURLExternal": methods_read.upload_url,
    "usergroups.list": methods_read.group_list,
    "usergroups.users.list": methods_read.group_members,
    "users.info": methods_read.user_info,
    "users.list": methods_read.user_list,
    "views.open": methods_views.open_view,
    "views.publish": methods_views.publish,
    "views.push": methods_views.push,
    "views.update": methods_views.update,
}
_STRUCTURED = ("blocks", "view", "metadata", "attachments", "files")


class WebApi:
    """Answers /api/<method>. `open_connection` gives the address for Socket Mode."""

    def __init__(
        self, state: State, faults: Faults, bot_token: str, app_token: str, open_connection: Callable[[], str],
        base: str,
    ) -> None:  # fmt: skip
        self._state, self._faults, self._base = state, faults, base
        self._bot, self._app, self._open = bot_token, app_token, open_connection

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        method = request.match_info["method"]
        given = await _arguments(request)
        channel = str(given.get("channel") or given.get("channel_id") or "")
        fault = self._faults.take(method, channel)
        headers = {"x-oauth-scopes": ",".join(sorted(self._state.workspace.scopes))}
        try:
            if fault is not None:
                await _before(fault.kind, fault.code, fault.seconds, request)
            answer = self._call(request, method, given)
            if fault is not None and fault.kind == "drop_after_accept":
                self._log(method, channel, "dropped", str(answer.get("ts", "")))
                _cut(request)
            self._log(method, channel, "", str(answer.get("ts", "")))
            return web.json_response({"ok": True, **answer}, headers=headers)
        except ApiError as error:
            self._log(method, channel, error.code, "")
            return web.json_response(error.body, status=error.status, headers=headers | error.headers)

    def _call(self, request: web.Request, method: str, given: Json) -> Json:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ") or str(
            given.get("token", "")
        )
        if not token:
            raise ApiError("not_authed")
        if token not in (self._bot, self._app):
            raise ApiError("invalid_auth")
        if method not in METHOD_SCOPES and method not in APP_LEVEL:
            raise ApiError("unknown_method", req_method=method)
        if (method in APP_LEVEL) != (token == self._app):
            raise ApiError("not_allowed_token_type")
        if method in APP_LEVEL:
            return {"url": self._open()}
        self._check_scope(method, str(given.get("channel") or ""))
        answer = METHODS[method](self._state, given)
        if method == "files.getUploadURLExternal":
            answer["upload_url"] = self._base + answer["upload_url"]
        return answer

    def _check_scope(self, method: str, channel: str) -> None:
        needed = METHOD_SCOPES[method]
        found = self._state.channel(channel)
        if method in BY_KIND and found is not None:
            needed = frozenset({BY_KIND[method][found.private]})
        if needed and not needed & self._state.workspace.scopes:
            raise ApiError(
                "missing_scope",
                needed=",".join(sorted(needed)),
                provided=",".join(sorted(self._state.workspace.scopes)),
            )

    def _log(self, method: str, channel: str, error: str, ts: str) -> None:
        at = self._state.clock().isoformat()
        self._state.calls.append(
            {"at": at, "method": method, "channel": channel, "ok": not error, "error": error, "ts": ts}
        )
        self._state.changed("call")


async def _before(kind: str, code: str, seconds: float, request: web.Request) -> None:
    if kind == "429":
        raise ApiError("ratelimited", status=429, headers={"Retry-After": f"{seconds:g}"})
    if kind == "500":
        raise ApiError("internal_error", status=500)
    if kind == "error":
        if code == "missing_scope":
            raise ApiError(code, needed="chat:write")
        raise ApiError(code)
    if kind == "drop_before":
        _cut(request)
    if kind == "slow":
        await asyncio.sleep(seconds)


def _cut(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("a fault was switched on")


async def _arguments(request: web.Request) -> Json:
    found: Json = dict(request.query)
    if request.content_type == "application/json":
        try:
            read = await request.json()
        except ValueError:
            return found
        return found | (read if isinstance(read, dict) else {})
    found |= {key: value for key, value in (await request.post()).items() if isinstance(value, str)}
    for key in _STRUCTURED:
        if isinstance(found.get(key), str):
            try:
                found[key] = json.loads(found[key])
            except ValueError:
                found[key] = {"not": "json"}
    return found
