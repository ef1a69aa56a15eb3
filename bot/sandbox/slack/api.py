"""The Web API's front: tokens, scopes, faults and limits, then the method."""

from collections.abc import Callable

from aiohttp import web

from bot.sandbox.slack.arguments import read, structured
from bot.sandbox.slack.bad_day import before, cut, drops_after
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.limits import spend_call
from bot.sandbox.slack.methods import METHODS
from bot.sandbox.slack.scopes import APP_LEVEL, APP_SCOPES, BY_KIND, METHOD_SCOPES
from bot.sandbox.slack.state import Json, State


class WebApi:
    """Answers /api/<method>. `open_connection` gives the address for Socket Mode, `base` that of uploads."""

    def __init__(
        self, state: State, faults: Faults, bot_token: str, app_token: str, open_connection: Callable[[], str],
        base: str,
    ) -> None:  # fmt: skip
        self._state, self._faults, self._base = state, faults, base
        self._bot, self._app, self._open = bot_token, app_token, open_connection

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One call."""
        method = request.match_info["method"]
        headers = self._headers(method)
        given: Json = {}
        try:
            given, token = await read(request)
            fault = self._faults.take(method, _channel(given))
            await before(fault, request)
            answer = self._call(token, method, given)
        except ApiError as error:
            self._log(method, _channel(given), error.code)
            return web.json_response(error.body, status=error.status, headers=headers | error.headers)
        dropped = drops_after(fault)
        self._log(method, _channel(given), "dropped" if dropped else "", str(answer.get("ts", "")))
        if dropped:
            cut(request)
        return web.json_response({"ok": True, **answer}, headers=headers)

    def _call(self, token: str, method: str, given: Json) -> Json:
        self._check_token(token, method)
        if method in APP_LEVEL:
            spend_call(self._state, method)
            return {"url": self._open()}
        self._check_scope(method, _channel(given))
        spend_call(self._state, method)
        answer = METHODS[method](self._state, structured(given))
        if method == "files.getUploadURLExternal":
            answer["upload_url"] = self._base + answer["upload_url"]
        return answer

    def _check_token(self, token: str, method: str) -> None:
        if method not in METHOD_SCOPES and method not in APP_LEVEL:
            raise ApiError("unknown_method", req_method=method)
        if not token:
            raise ApiError("not_authed")
        if token not in (self._bot, self._app):
            raise ApiError("invalid_auth")
        if (method in APP_LEVEL) != (token == self._app):
            raise ApiError("not_allowed_token_type")

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

    def _headers(self, method: str) -> dict[str, str]:
        app_level = method in APP_LEVEL
        needed = APP_LEVEL[method] if app_level else METHOD_SCOPES.get(method, frozenset())
        has = APP_SCOPES if app_level else self._state.workspace.scopes
        return {"x-oauth-scopes": ",".join(sorted(has)), "x-accepted-oauth-scopes": ",".join(sorted(needed))}

    def _log(self, method: str, channel: str, error: str, ts: str = "") -> None:
        self._state.log(method, channel, error, ts)


def _channel(given: Json) -> str:
    return str(given.get("channel") or given.get("channel_id") or "")
