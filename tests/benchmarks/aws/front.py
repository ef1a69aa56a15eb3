"""A loopback front before moto: counts each call, answers later, throttles, refuses. Cheap enough to stand in no one's way."""

import asyncio
import random
import threading
import time
from collections import Counter, deque
from urllib.parse import urlsplit

from tests.benchmarks.aws.calls import Answer, Call, call_of, refused, throttled

_REASON = {
    200: b"OK",
    400: b"Bad Request",
    403: b"Forbidden",
    404: b"Not Found",
    429: b"Too Many Requests",
    503: b"Service Unavailable",
}


class BenchFront:
    """`with BenchFront(backend) as front`. The rules may be changed between two scans, with `reset` to count anew.

    `latency_s` is added to every answer. `rate`: calls a second per (service, region), counted over any second;
    0 is without end. `denied`: IAM actions that are refused. `quiet`: the share of refusals that do not say which.
    """

    def __init__(self, backend: str) -> None:
        where = urlsplit(backend)
        self._backend = (where.hostname or "127.0.0.1", where.port or 80)
        self.latency_s, self.rate, self.denied, self.quiet = 0.0, 0, frozenset[str](), 0.0
        self._chance = random.Random(1)  # noqa: S311
        self.reset()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def reset(self) -> None:
        """Count from nothing, without rules."""
        self.latency_s, self.rate, self.denied, self.quiet = 0.0, 0, frozenset(), 0.0
        self.calls: Counter[Call] = Counter()
        self.throttled: Counter[Call] = Counter()
        self.refused: Counter[Call] = Counter()
        self._last: dict[tuple[str, str], deque[float]] = {}

    @property
    def total(self) -> int:
        """Calls that arrived, those that were turned away included."""
        return sum(self.calls.values())

    def __enter__(self) -> "BenchFront":
        self._thread.start()
        started = asyncio.run_coroutine_threadsafe(self._start(), self._loop)
        self.endpoint = f"http://127.0.0.1:{started.result(10)}"
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._stop(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _start(self) -> int:
        self._tasks: set[asyncio.Task[None]] = set()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=2**20, backlog=512)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def _stop(self) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            while await self._one(reader, writer):
                pass
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            self._tasks.discard(task)
            writer.close()

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        first, *rest = head[:-4].split(b"\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in rest)}
        if headers.get(b"expect", b"").lower() == b"100-continue":
            writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = await reader.readexactly(int(headers.get(b"content-length") or 0))
        method, target, _version = first.decode("latin-1").split(" ", 2)
        call = call_of(method, target, headers, body)
        self.calls[call] += 1
        own = self._judge(call)
        if self.latency_s:
            await asyncio.sleep(self.latency_s)
        writer.write(_written(own) if own else await self._forward(first, rest, body))
        await writer.drain()
        return headers.get(b"connection", b"").lower() != b"close"

    def _judge(self, call: Call) -> Answer | None:
        """The refusal, or None where the call goes through."""
        if self.rate and self._too_fast(call):
            self.throttled[call] += 1
            return throttled(call)
        if call.permission in self.denied:
            self.refused[call] += 1
            return refused(call, named=self._chance.random() >= self.quiet)
        return None

    def _too_fast(self, call: Call) -> bool:
        last = self._last.setdefault((call.service, call.region), deque())
        now = time.monotonic()
        while last and last[0] <= now - 1.0:
            last.popleft()
        if len(last) >= self.rate:
            return True
        last.append(now)
        return False

    async def _forward(self, first: bytes, rest: list[bytes], body: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self._backend, limit=2**26)
        kept = [line for line in rest if not line.lower().startswith((b"connection:", b"expect:"))]
        writer.write(b"\r\n".join([first, *kept, b"Connection: close", b"", b""]) + body)
        whole = await reader.read(-1)
        writer.close()
        head, _, content = whole.partition(b"\r\n\r\n")
        status, *lines = head.split(b"\r\n")
        lines = [line for line in lines if not line.lower().startswith((b"connection:", b"content-length:"))]
        length = b"Content-Length: %d" % len(content)
        return b"\r\n".join([status.replace(b"HTTP/1.0", b"HTTP/1.1"), *lines, length, b"", b""]) + content


def _written(answer: Answer) -> bytes:
    status, headers, body = answer
    lines = [b"HTTP/1.1 %d %s" % (status, _REASON.get(status, b"Error"))]
    lines += [f"{name}: {value}".encode() for name, value in headers.items()]
    return b"\r\n".join([*lines, b"x-amzn-RequestId: r", b"Content-Length: %d" % len(body), b"", b""]) + body
