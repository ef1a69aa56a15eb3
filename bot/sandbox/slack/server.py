"""The sandbox workspace as one object: start it, act as its people, see what they see."""

import asyncio
import contextlib
import secrets
import threading
import time
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from aiohttp import web

from bot.sandbox.slack.api import WebApi
from bot.sandbox.slack.companies import acme_workspace
from bot.sandbox.slack.control import Control
from bot.sandbox.slack.delivery import Deliveries
from bot.sandbox.slack.faults import SOCKET_KINDS, Faults
from bot.sandbox.slack.interactions import People
from bot.sandbox.slack.page import add_page
from bot.sandbox.slack.side_doors import add_side_doors
from bot.sandbox.slack.state import Delivery, Json, State
from bot.sandbox.slack.workspace import Workspace

T = TypeVar("T")
HOST = "127.0.0.1"
CALL_S = 30.0


def _now() -> datetime:
    return datetime.now(UTC)


class SandboxSlack:
    """A workspace on loopback, in a thread of its own. Everything here may be called from any thread."""

    def __init__(
        self, workspace: Workspace | None = None, *, clock: Callable[[], datetime] = _now, port: int = 0
    ) -> None:
        self.workspace = workspace or acme_workspace()
        self.faults = Faults(self.disturb)
        self.bot_token = f"xoxb-sandbox-{secrets.token_hex(8)}"
        self.app_token = f"xapp-sandbox-{secrets.token_hex(8)}"
        self.signing_secret = secrets.token_hex(16)
        self._clock, self._port = clock, port
        self._changes = threading.Condition()
        self._change = 0
        self._ready = threading.Event()
        self._failed: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="sandbox-slack", daemon=True)

    # -- the server ------------------------------------------------------------------------------

    def start(self) -> "SandboxSlack":
        """Listen; returns when it does. Raises OSError where the port is taken."""
        self._thread.start()
        self._ready.wait(10)
        if self._failed is not None:
            raise self._failed
        return self

    def stop(self) -> None:
        """End every connection and the thread."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join(5)

    def __enter__(self) -> "SandboxSlack":
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def page_url(self) -> str:
        """Where a person looks at it."""
        return f"http://{HOST}:{self._port}/"

    @property
    def base_url(self) -> str:
        """For slack_sdk: WebClient(base_url=...)."""
        return f"{self.page_url}api/"

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._failed = error
            self._ready.set()

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._state = State(self.workspace, self._clock)
        self._state.listeners.append(self._tell)
        self._deliveries = Deliveries(self._state, self.faults, self.signing_secret)
        app = web.Application(client_max_size=8 * 2**20)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        # The routes need the port, and the port is known once it is bound.
        socket = _bound(self._port)
        self._port = socket.getsockname()[1]
        self._people = People(self._state, self._deliveries, self.page_url.rstrip("/"))
        self._add_routes(app)
        await runner.setup()
        await web.SockSite(runner, socket).start()
        self._ready.set()
        await self._end.wait()
        await self._deliveries.sockets.close()
        with contextlib.suppress(Exception):
            await runner.cleanup()

    def _add_routes(self, app: web.Application) -> None:
        base = self.page_url.rstrip("/")
        api = WebApi(self._state, self.faults, self.bot_token, self.app_token, self._open_connection, base)
        app.router.add_get("/api/{method}", api.handle)
        app.router.add_post("/api/{method}", api.handle)
        app.router.add_get("/socket/{ticket}", self._deliveries.sockets.accept)
        add_side_doors(app, self._state, self.faults)
        Control(self._state, self._people, self.faults, self._deliveries).add_routes(app)
        add_page(app)

    def _open_connection(self) -> str:
        return f"ws://{HOST}:{self._port}/socket/{self._deliveries.sockets.new_ticket()}"

    def _tell(self, _change: Json) -> None:
        with self._changes:
            self._change += 1
            self._changes.notify_all()

    def _do(self, work: Coroutine[Any, Any, T]) -> T:
        if not self._thread.is_alive():
            work.close()
            raise RuntimeError("the sandbox is not running: call start() first")
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(CALL_S)

    def _see(self, look: Callable[[], T]) -> T:
        async def inside() -> T:
            return look()

        return self._do(inside())

    # -- what people do --------------------------------------------------------------------------

    def command(self, user: str, channel: str, text: str) -> Delivery:
        """`user` types "/patrol <text>" into `channel`."""
        return self._do(self._people.command(user, channel, f"{self.workspace.commands[0]} {text}"))

    def click(
        self,
        user: str,
        channel: str,
        ts: str,
        action_id: str,
        value: str | list[str] = "",
        block_id: str = "",
    ) -> Delivery:
        """`user` presses a button of a message, their own ephemeral ones included, or chooses `value` there."""
        return self._do(self._people.click(user, channel, ts, _wanted(action_id, value, block_id)))

    def click_view(
        self, user: str, view_id: str, action_id: str, value: str | list[str] = "", block_id: str = ""
    ) -> Delivery:
        """`user` presses a button of a dialog or of their App Home, or chooses or enters `value` there."""
        return self._do(self._people.click_view(user, view_id, _wanted(action_id, value, block_id)))

    def submit(self, user: str, view_id: str, values: Json) -> Delivery:
        """`user` submits a dialog: {block_id: {action_id: text, option's value, date, user, or a list of them}}.

        What is left out holds what it held. Raises ApiError required_field where Slack's client keeps it back.
        """
        return self._do(self._people.submit(user, view_id, values))

    def close_view(self, user: str, view_id: str, whole: bool = False) -> Delivery | None:
        """`user` closes a dialog, or by the cross (`whole`) those below it too; None where the app is not told."""
        return self._do(self._people.close(user, view_id, whole))

    def open_home(self, user: str) -> Delivery | None:
        """`user` opens the Home tab of the app."""
        return self._do(self._people.home(user))

    def shortcut(self, user: str, callback_id: str, channel: str = "", ts: str = "") -> Delivery:
        """`user` picks a shortcut of the app: on a message where one is named, else a global one."""
        return self._do(self._people.shortcut(user, callback_id, channel, ts))

    def say(self, user: str, channel: str, text: str, thread: str = "") -> str:
        """`user` writes into `channel`, or into the thread of a message; returns the new message's ts."""
        return self._see(lambda: self._people.say(user, channel, text, thread))

    def delete_message(self, channel: str, ts: str) -> None:
        """Somebody deletes a message."""
        self._see(lambda: self._people.delete(channel, ts))

    def invite(self, channel: str) -> None:
        """The bot is in `channel` from now on."""
        self._see(lambda: self._state.inside.add(channel))

    def kick(self, channel: str) -> None:
        """The bot is no longer in `channel`."""
        self._see(lambda: self._state.inside.discard(channel))

    def archive(self, channel: str) -> None:
        """`channel` is archived."""
        self._see(lambda: self._state.archived.add(channel))

    def disturb(self, kind: str, seconds: float = 10.0) -> None:
        """A fault of the sockets, now: socket_drop, socket_disconnect or black_hole."""
        if kind not in SOCKET_KINDS:
            raise ValueError(f"there is no fault {kind!r}; there are {', '.join(SOCKET_KINDS)}")
        self._do(self._deliveries.sockets.disturb(kind, seconds))

    def deliver_to(self, address: str) -> None:
        """Payloads go by signed HTTP to `address` from now on; "" is Socket Mode again."""
        self._deliveries.http_address = address

    # -- what people see -------------------------------------------------------------------------

    def messages(self, channel: str) -> list[Json]:
        """The messages of `channel` that are no replies, oldest first, as copies."""
        return [m for m in self._all(channel) if m.get("thread_ts", m["ts"]) == m["ts"]]

    def thread(self, channel: str, ts: str) -> list[Json]:
        """The replies to a message, oldest first."""
        return [m for m in self._all(channel) if m.get("thread_ts") == ts and m["ts"] != ts]

    def _all(self, channel: str) -> list[Json]:
        def look() -> list[Json]:
            return [dict(m) for _ts, m in sorted(self._state.messages[channel].items())]

        return self._see(look)

    def ephemerals(self, user: str, channel: str = "") -> list[Json]:
        """What only `user` sees, oldest first."""

        def look() -> list[Json]:
            found = [m for m in self._state.ephemerals if m["seen_by"] == user]
            return [dict(m) for m in found if not channel or m["channel"] == channel]

        return self._see(look)

    def views(self, user: str) -> list[Json]:
        """The open dialogs of `user`, the top one last."""
        return self._see(lambda: [dict(self._state.views[view]) for view in self._state.stacks[user]])

    def home(self, user: str) -> Json | None:
        """The App Home of `user`, None where none was published."""

        def look() -> Json | None:
            view = self._state.views.get(self._state.homes.get(user, ""))
            return dict(view) if view else None

        return self._see(look)

    def log(self) -> list[Json]:
        """Every call of the Web API: at, method, channel, ok, error, ts."""
        return self._see(lambda: list(self._state.calls))

    @property
    def connections(self) -> int:
        """Open sockets of the app."""
        return self._see(lambda: self._deliveries.sockets.count)

    def wait_for(self, check: Callable[[], T | None], seconds: float = 10.0, what: str = "") -> T:
        """The first true value of `check`, asked again whenever anything changes. Raises TimeoutError."""
        until = time.monotonic() + seconds
        while True:
            before = self._change  # read first: a change during the check is not slept through
            found = check()
            if found:
                return found
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"not seen within {seconds:g} s: {what or check}; seen: {self._glimpse()}")
            with self._changes:
                # `check` may look at things beside the workspace, which notify nobody.
                if self._change == before:
                    self._changes.wait(min(left, 0.25))

    def _glimpse(self) -> str:
        """The newest calls and messages, for a person who reads why nothing was seen."""

        def look() -> str:
            calls = [f"{c['method']} {c['error'] or 'ok'}" for c in list(self._state.calls)[-5:]]
            newest = [
                f"{channel}: {str(message.get('text', ''))[:80]!r}"
                for channel, messages in self._state.messages.items()
                for message in list(messages.values())[-1:]
            ]
            alone = [f"{m['seen_by']} alone: {m['text'][:80]!r}" for m in self._state.ephemerals[-2:]]
            return "; ".join([f"{self._deliveries.sockets.count} sockets", *calls, *newest, *alone])

        return self._see(look)


def _wanted(action_id: str, value: str | list[str], block_id: str) -> Json:
    given = {"action_id": action_id, "value": value, "block_id": block_id}
    return {key: wanted for key, wanted in given.items() if wanted}


def _bound(port: int) -> Any:
    import socket

    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((HOST, port))
    except OSError:
        made.close()
        raise
    return made
