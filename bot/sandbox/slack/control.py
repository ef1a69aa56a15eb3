"""What the page asks: the workspace, what a person sees, and what they do. Loopback and same origin only."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from bot.sandbox.slack.delivery import Deliveries
from bot.sandbox.slack.described import described
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.faults import AT_ONCE, LONGEST_S, Faults
from bot.sandbox.slack.interactions import People
from bot.sandbox.slack.payloads import seen_channel
from bot.sandbox.slack.pictures import KINDS
from bot.sandbox.slack.state import Delivery, Json, State

PREFIX = "/sandbox/api/"
KEEP_ALIVE_S = 15.0
LOG_SHOWN = 200
_HOSTS = ("127.0.0.1", "localhost")
Step = Callable[[Json], Awaitable[Delivery | None]]


class Control:
    """Routes under /sandbox/api/."""

    def __init__(self, state: State, people: People, faults: Faults, deliveries: Deliveries) -> None:
        self._state, self._people, self._faults, self._deliveries = state, people, faults, deliveries

    def add_routes(self, app: web.Application) -> None:
        """Everything the page needs."""
        looks = {
            "workspace": self._workspace,
            "messages": self._messages,
            "view": self._view,
            "log": self._log,
        }
        for name, look in looks.items():
            app.router.add_get(PREFIX + name, _guarded(look))
        app.router.add_get(PREFIX + "stream", _guarded(self._stream))
        app.router.add_get(PREFIX + "file/{file}", _guarded(self._file))
        steps: dict[str, Step] = {
            "command": lambda g: self._people.command(g["user"], g["channel"], g["text"]),
            "action": lambda g: self._people.click(g["user"], g["channel"], g["ts"], g),
            "view_action": lambda g: self._people.click_view(g["user"], g["view_id"], g),
            "submit": lambda g: self._people.submit(g["user"], g["view_id"], g.get("state") or {}),
            "close": lambda g: self._people.close(g["user"], g["view_id"], bool(g.get("whole"))),
            "shortcut": lambda g: self._people.shortcut(g["user"], g["callback_id"], g["channel"], g["ts"]),
            "home": lambda g: self._people.home(g["user"]),
            "message": self._message,
            "delete": self._delete,
            "faults": self._fault,
        }
        for name, step in steps.items():
            app.router.add_post(PREFIX + name, _guarded(_posted(step)))

    async def _workspace(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response(described(self._state))

    async def _file(self, request: web.Request) -> web.StreamResponse:
        """The bytes of a shared file; a picture is shown, anything else is only downloaded."""
        found = self._state.uploads.get(request.match_info["file"])
        if found is None or not found["shared"]:
            raise ApiError("file_not_found")
        picture = found["mimetype"] in KINDS
        headers = {
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": "inline" if picture else "attachment",
        }
        kind = found["mimetype"] if picture else "application/octet-stream"
        return web.Response(body=found["content"], content_type=kind, headers=headers)

    async def _messages(self, request: web.Request) -> web.StreamResponse:
        channel, user = request.query.get("channel", ""), request.query.get("user", "")
        seen_channel(self._state, channel, user)
        own = [m for m in self._state.ephemerals if m["channel"] == channel and m["seen_by"] == user]
        posted = [dict(m) for m in self._state.messages[channel].values()]
        top = [m for m in posted if m.get("thread_ts", m["ts"]) == m["ts"]]
        for message in top:
            replies = [m for m in posted if m.get("thread_ts") == message["ts"] and m is not message]
            message["replies"] = sorted(replies, key=lambda m: m["ts"])
        return web.json_response({"messages": sorted([*top, *own], key=lambda m: m["ts"])})

    async def _view(self, request: web.Request) -> web.StreamResponse:
        user = request.query.get("user", "")
        stack = self._state.stacks[user]
        modal = self._state.views.get(stack[-1]) if stack else None
        home = self._state.views.get(self._state.homes.get(user, ""))
        return web.json_response({"modal": modal, "home": home, "depth": len(stack)})

    async def _log(self, _request: web.Request) -> web.StreamResponse:
        calls = list(self._state.calls)[-LOG_SHOWN:][::-1]
        return web.json_response({"calls": calls, "connections": self._deliveries.sockets.count})

    async def _stream(self, request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": "text/event-stream", "Cache-Control": "no-store"}
        )
        await response.prepare(request)
        waiting: asyncio.Queue[Json] = asyncio.Queue(maxsize=1_000)

        def tell(change: Json) -> None:
            if not waiting.full():
                waiting.put_nowait(change)

        self._state.listeners.append(tell)
        try:
            await response.write(b": open\n\n")
            while True:
                try:
                    change = await asyncio.wait_for(waiting.get(), KEEP_ALIVE_S)
                    await response.write(f"data: {json.dumps(change)}\n\n".encode())
                except TimeoutError:
                    await response.write(b": still here\n\n")
        except (ConnectionResetError, ConnectionError):
            return response
        finally:
            self._state.listeners.remove(tell)

    async def _message(self, given: Json) -> None:
        text, thread = str(given["text"])[:4_000], str(given.get("thread") or "")
        self._people.say(given["user"], given["channel"], text, thread)

    async def _delete(self, given: Json) -> None:
        self._people.delete(given["channel"], given["ts"])

    async def _fault(self, given: Json) -> None:
        if given.get("clear"):
            self._faults.clear()
            return
        kind, seconds = str(given.get("kind")), float(given.get("seconds", 1.0))
        if kind in AT_ONCE:  # Faults would wait for this very loop
            await self._deliveries.sockets.disturb(kind, min(seconds, LONGEST_S))
            return
        try:
            self._faults.add(
                kind, str(given.get("method", "*")), str(given.get("channel", "*")), int(given.get("times", 1)),
                seconds,
            )  # fmt: skip
        except ValueError as error:
            raise ApiError(str(error)) from error


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _guarded(handler: Handler) -> Handler:
    """Another page in the same browser can send requests here; it can't set this header or this Host."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.host.rsplit(":", 1)[0] not in _HOSTS:
            return web.json_response({"ok": False, "error": "wrong_host"}, status=403)
        if request.method == "POST" and request.headers.get("X-Sandbox") != "1":
            return web.json_response({"ok": False, "error": "wrong_origin"}, status=403)
        try:
            return await handler(request)
        except ApiError as error:
            return web.json_response({"ok": False, "error": error.code}, status=400)
        except (KeyError, TypeError, ValueError) as error:
            told: dict[str, Any] = {"ok": False, "error": "invalid_arguments", "detail": str(error)[:200]}
            return web.json_response(told, status=400)

    return guarded


def _posted(step: Step) -> Handler:
    async def posted(request: web.Request) -> web.StreamResponse:
        delivery = await step(await request.json())
        answer: Json = {"ok": True}
        if delivery is not None:
            answer |= {"acked": delivery.acked, "seconds": round(delivery.seconds, 3)}
        return web.json_response(answer)

    return posted
