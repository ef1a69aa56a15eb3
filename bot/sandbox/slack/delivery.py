"""How payloads reach the app: Socket Mode envelopes to one of its connections, or signed HTTP."""

import asyncio
import hashlib
import hmac
import json
import secrets
import time
import uuid
from collections.abc import Mapping
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout, WSMsgType, web

from bot.sandbox.slack.faults import SOCKET_KINDS, Faults
from bot.sandbox.slack.state import Delivery, Json, State

ACK_S = 3.0
EVENT_ATTEMPTS = 3
PING_EVERY_S = 10.0
MOST_CONNECTIONS = 10
ENVELOPES = {"command": "slash_commands", "interactive": "interactive", "event": "events_api"}


class Connection:
    """One open socket. In a black hole it is open, and nothing comes or goes."""

    def __init__(self, socket: web.WebSocketResponse, request: web.Request) -> None:
        self.socket, self.request = socket, request
        self.deaf_until = 0.0

    @property
    def deaf(self) -> bool:
        """True while it is in a black hole."""
        return time.monotonic() < self.deaf_until

    async def send(self, frame: Mapping[str, object]) -> None:
        """Send a frame; one that is swallowed looks sent."""
        if not self.deaf and not self.socket.closed:
            await self.socket.send_str(json.dumps(frame))

    def drop(self) -> None:
        """Cut the wire, without a close frame."""
        if self.request.transport is not None:
            self.request.transport.abort()


class Deliveries:
    """All connections of the app, and the acknowledgements that are waited for."""

    def __init__(self, state: State, faults: Faults, app_signing_secret: str) -> None:
        self._state, self._faults, self._secret = state, faults, app_signing_secret
        self._tickets: set[str] = set()
        self._connections: list[Connection] = []
        self._acks: dict[str, asyncio.Future[Json]] = {}
        self._turn = 0
        self.http_address = ""

    @property
    def count(self) -> int:
        """Open connections."""
        return len(self._connections)

    def new_ticket(self) -> str:
        """For apps.connections.open: good for one connection."""
        ticket = secrets.token_urlsafe(16)
        self._tickets.add(ticket)
        return ticket

    async def accept(self, request: web.Request) -> web.StreamResponse:
        """A socket that comes in with its ticket; stays until it closes."""
        ticket = request.match_info["ticket"]
        if ticket not in self._tickets or self.count >= MOST_CONNECTIONS:
            return web.Response(status=403)
        self._tickets.discard(ticket)
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        connection = Connection(socket, request)
        self._connections.append(connection)
        self._state.changed("socket")
        pinging = asyncio.create_task(self._ping(connection))
        try:
            await connection.send(self._hello())
            await self._listen(connection)
        finally:
            pinging.cancel()
            self._connections.remove(connection)
            self._state.changed("socket")
        return socket

    def _hello(self) -> Json:
        return {
            "type": "hello",
            "num_connections": self.count,
            "connection_info": {"app_id": self._state.workspace.app_id},
            "debug_info": {"host": "sandbox", "approximate_connection_time": 18060},
        }

    async def _ping(self, connection: Connection) -> None:
        while True:
            await asyncio.sleep(PING_EVERY_S)
            if not connection.deaf and not connection.socket.closed:
                await connection.socket.ping(b"Ping from the sandbox")

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
        except ValueError:
            return
        waiting = self._acks.pop(str(frame.get("envelope_id")), None)
        if waiting is not None and not waiting.done():
            payload = frame.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})

    async def disturb(self, kind: str, seconds: float) -> None:
        """A fault of the sockets, now."""
        for connection in list(self._connections):
            if kind == "socket_drop":
                connection.drop()
            elif kind == "socket_disconnect":
                await connection.send(
                    {"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "sandbox"}}
                )
            elif kind == "black_hole":
                connection.deaf_until = time.monotonic() + seconds

    async def close(self) -> None:
        """End every connection."""
        for connection in list(self._connections):
            connection.drop()

    async def deliver(self, kind: str, payload: Json) -> Delivery:
        """Hand `payload` over and wait for the acknowledgement; events are handed over again."""
        attempts = EVENT_ATTEMPTS if kind == "event" else 1
        started = time.monotonic()
        twice = self._faults.take(kind, kinds=SOCKET_KINDS) is not None
        for attempt in range(attempts):
            answer = await self._once(kind, payload, attempt)
            if answer is not None:
                seconds = time.monotonic() - started
                if twice:
                    await self._once(kind, payload, attempt + 1)
                return Delivery(True, seconds, attempt + 1, payload, answer)
        return Delivery(False, time.monotonic() - started, attempts, payload)

    async def _once(self, kind: str, payload: Json, attempt: int) -> Json | None:
        if self.http_address:
            return await self._by_http(kind, payload, attempt)
        connection = await self._next_connection()
        if connection is None:
            return None
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
            frame |= {"retry_attempt": attempt, "retry_reason": "timeout" if attempt else ""}
        try:
            await connection.send(frame)
            return await asyncio.wait_for(waiting, ACK_S)
        except (TimeoutError, ConnectionError):
            return None
        finally:
            self._acks.pop(envelope, None)

    async def _next_connection(self) -> Connection | None:
        """The connections take turns; a moment's grace for an app that is just coming back."""
        until = time.monotonic() + 1.0
        while not self._connections:
            if time.monotonic() > until:
                return None
            await asyncio.sleep(0.05)
        self._turn += 1
        return self._connections[self._turn % len(self._connections)]

    async def _by_http(self, kind: str, payload: Json, attempt: int) -> Json | None:
        body, content_type = _body(kind, payload)
        stamp = str(int(self._state.clock().timestamp()))
        signature = hmac.new(self._secret.encode(), f"v0:{stamp}:{body}".encode(), hashlib.sha256)
        headers = {
            "Content-Type": content_type,
            "X-Slack-Request-Timestamp": stamp,
            "X-Slack-Signature": "v0=" + signature.hexdigest(),
        }
        if attempt:
            headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": "http_timeout"}
        try:
            async with (
                ClientSession(timeout=ClientTimeout(total=ACK_S)) as session,
                session.post(self.http_address, data=body.encode(), headers=headers) as answer,
            ):
                if answer.status != 200:
                    return None
                text = await answer.text()
        except (TimeoutError, ClientError, OSError):
            return None
        try:
            read = json.loads(text) if text else {}
        except ValueError:
            return {"text": text}
        return read if isinstance(read, dict) else {}


def _body(kind: str, payload: Json) -> tuple[str, str]:
    if kind == "event":
        return json.dumps(payload), "application/json"
    form = payload if kind == "command" else {"payload": json.dumps(payload)}
    return urlencode(form), "application/x-www-form-urlencoded"
