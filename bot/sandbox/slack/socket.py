"""Socket Mode: tickets, open connections, and handing a payload to one of them."""

import asyncio
import contextlib
import json
import secrets
import time
import uuid
from collections.abc import Mapping

from aiohttp import WSMsgType, web

from bot.sandbox.slack.handed import ACK_S, Handed
from bot.sandbox.slack.state import Json, State

PING_EVERY_S = 10.0
GRACE_S = 1.0  # for an app that is just coming back
TICKET_S = 30.0
LEAVE_S = 3.0  # from a disconnect frame to the close
MOST_CONNECTIONS = 10
ENVELOPES = {"command": "slash_commands", "interactive": "interactive", "event": "events_api"}


class Connection:
    """One open socket. In a black hole it is open, and nothing comes or goes."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket, self._request = socket, request
        self.deaf_until = 0.0
        self.leaving = False  # it was told to go; nothing new is handed to it

    @property
    def deaf(self) -> bool:
        """True while it is in a black hole."""
        return time.monotonic() < self.deaf_until

    @property
    def takes(self) -> bool:
        """True while payloads may go to it. Slack can't see a black hole: that one takes and swallows."""
        return not self.leaving and not self.socket.closed

    async def send(self, frame: Mapping[str, object]) -> None:
        """Send a frame; one that is swallowed looks sent. Raises ConnectionError."""
        if not self.deaf:
            await self.socket.send_str(json.dumps(frame))

    def drop(self) -> None:
        """Cut the wire, without a close frame."""
        self.leaving = True
        if self._request.transport is not None:
            self._request.transport.abort()


class Sockets:
    """All connections of the app, and the acknowledgements that are waited for."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._tickets: dict[str, float] = {}
        self._connections: list[Connection] = []
        self._arrived = asyncio.Event()
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._leavers: set[asyncio.Task[None]] = set()
        self._turn = 0
        self._refused_until = 0.0

    @property
    def count(self) -> int:
        """Open connections."""
        return len(self._connections)

    def new_ticket(self) -> str:
        """For apps.connections.open: good for one connection, soon."""
        ticket = secrets.token_urlsafe(16)
        self._tickets[ticket] = time.monotonic() + TICKET_S
        return ticket

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """A socket that comes in with its ticket; stays until it closes."""
        if time.monotonic() < self._refused_until:
            return web.Response(status=503)
        if time.monotonic() > self._tickets.pop(request.match_info["ticket"], 0.0):
            return web.Response(status=403)
        if self.count >= MOST_CONNECTIONS:
            return web.Response(status=429)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self._connections.append(connection)
        pinging = asyncio.create_task(_ping(connection))
        try:
            await connection.send(self._hello())
            self._arrived.set()
            self._state.changed("socket")
            await self._listen(connection)
        finally:
            pinging.cancel()
            self._connections.remove(connection)
            self._state.changed("socket")
        return socket

    async def hand_over(self, kind: str, payload: Json, attempt: int, reason: str) -> Handed:
        """One of the connections gets `payload`, the next one in turn; waits for its acknowledgement."""
        envelope = str(uuid.uuid4())
        waiting: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        self._acks[envelope] = waiting
        frame: Json = {
            "envelope_id": envelope,
            "type": ENVELOPES[kind],
            "accepts_response_payload": kind != "event",
            "payload": payload,
        }
        if kind == "event":
            frame |= {"retry_attempt": attempt, "retry_reason": reason}
        try:
            if not await self._sent(frame):
                return Handed(None, "connection_failed")
            return Handed(await asyncio.wait_for(waiting, ACK_S))
        except TimeoutError:
            return Handed(None, "timeout")
        finally:
            self._acks.pop(envelope, None)

    async def disturb(self, kind: str, seconds: float) -> None:
        """A fault of the sockets, now."""
        if kind == "refuse_connections":
            self._refused_until = time.monotonic() + seconds
        for connection in list(self._connections):
            if kind == "socket_drop":
                connection.drop()
            elif kind == "socket_disconnect":
                await self._send_away(connection)
            elif kind == "black_hole":
                connection.deaf_until = time.monotonic() + seconds

    async def close(self) -> None:
        """End every connection."""
        for leaver in list(self._leavers):
            leaver.cancel()
        for connection in list(self._connections):
            connection.drop()

    async def _sent(self, frame: Json) -> bool:
        while (connection := await self._next()) is not None:
            try:
                await connection.send(frame)
            except ConnectionError:
                connection.leaving = True
            else:
                return True
        return False

    async def _next(self) -> Connection | None:
        until = time.monotonic() + GRACE_S
        while not (takers := [one for one in self._connections if one.takes]):
            self._arrived.clear()
            try:
                await asyncio.wait_for(self._arrived.wait(), max(0.0, until - time.monotonic()))
            except TimeoutError:
                return None
        self._turn += 1
        return takers[self._turn % len(takers)]

    async def _send_away(self, connection: Connection) -> None:
        frame = {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "sandbox"}}
        with contextlib.suppress(ConnectionError):
            await connection.send(frame)
        connection.leaving = True
        leaver = asyncio.create_task(_close_later(connection))
        self._leavers.add(leaver)
        leaver.add_done_callback(self._leavers.discard)

    async def _listen(self, connection: Connection) -> None:
        async for message in connection.socket:
            if connection.deaf:
                continue
            if message.type is WSMsgType.PING:
                await connection.socket.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                self._acknowledged(message.data)

    def _acknowledged(self, text: str) -> None:
        try:
            frame = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(frame, dict):
            return
        waiting = self._acks.pop(str(frame.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            payload = frame.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": self.count,
            "connection_info": {"app_id": self._state.workspace.app_id},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }


async def _ping(connection: Connection) -> None:
    while True:
        await asyncio.sleep(PING_EVERY_S)
        if not connection.deaf and not connection.socket.closed:
            with contextlib.suppress(ConnectionError):
                await connection.socket.ping(b"Ping from the sandbox")


async def _close_later(connection: Connection) -> None:
    await asyncio.sleep(LEAVE_S)
    if not connection.deaf:
        with contextlib.suppress(ConnectionError):
            await connection.socket.close()
