"""One queue of work for a whole scan: accounts, lists and single resources share the same few threads.

Work may make more work. Whoever hands in a batch works on it too and waits only for items that another thread has
begun, so nested batches cannot lock each other up. A thread takes one item of a batch and then one of the next in
turn, so a long batch of one service does not hold up the others.
"""

import ctypes
import threading
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import cache
from queue import SimpleQueue
from typing import Any, Generic, Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")
LEAVE_S = 2.0
_ARENA_MAX = -8  # M_ARENA_MAX of malloc.h


class _Work(Protocol):
    def step(self) -> bool: ...


class Pool:
    """`workers` threads. Use it in a `with`."""

    def __init__(self, workers: int) -> None:
        _share_heaps()
        self.workers = workers
        self._queue: SimpleQueue[_Work | None] = SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._lock = threading.Lock()

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_error: object) -> None:
        for _thread in self._threads:
            self._queue.put(None)
        until = time.monotonic() + LEAVE_S
        for thread in self._threads:  # one that hangs in a call must not hold up whoever pressed Ctrl-C twice
            thread.join(max(0.0, until - time.monotonic()))

    def map(self, work: Callable[[T], R], items: Iterable[T], most: int = 0) -> list[R]:
        """`work` over `items`, in order; at most `most` at once where that is given.

        The first error ends the batch and is raised.
        """
        batch = _Batch(work, list(items))
        helpers = min(len(batch) - 1, self.workers, (most or len(batch)) - 1)
        self._threads_for(helpers)
        for _helper in range(helpers):
            self._queue.put(batch)
        while batch.step():
            pass
        return batch.outcome()

    def _threads_for(self, helpers: int) -> None:
        """Threads begin when there is work for them: a check of one bucket needs none."""
        with self._lock:
            while len(self._threads) < min(self.workers, max(helpers, len(self._threads))):
                name = f"patrol-aws-{len(self._threads)}"
                thread = threading.Thread(target=self._run, name=name, daemon=True)
                self._threads.append(thread)
                thread.start()

    def _run(self) -> None:
        while (work := self._queue.get()) is not None:
            if work.step():
                self._queue.put(work)  # behind what others wait for


@cache
def _share_heaps() -> None:
    """glibc gives every thread a heap of its own, and each keeps what it once needed: a tenth of a scan's memory."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_ARENA_MAX, 2)


class _Batch(Generic[T, R]):
    """Items that are taken one by one, by any thread."""

    def __init__(self, work: Callable[[T], R], items: list[T]) -> None:
        self._work, self._items = work, items
        self._results: list[Any] = [None] * len(items)
        self._lock = threading.Lock()
        self._begun = self._ended = 0
        self._over = threading.Event()
        self._error: BaseException | None = None
        if not items:
            self._over.set()

    def __len__(self) -> int:
        return len(self._items)

    def step(self) -> bool:
        """Do the next item; False where none is left."""
        with self._lock:
            at = self._begun
            if at >= len(self._items) or self._error is not None:
                return False
            self._begun += 1
        error: BaseException | None = None
        try:
            self._results[at] = self._work(self._items[at])
        except BaseException as raised:
            error = raised
        with self._lock:
            if self._error is None:
                self._error = error
            self._ended += 1
            none_left = self._begun == len(self._items) or self._error is not None
            if none_left and self._ended == self._begun:
                self._over.set()
        return True

    def outcome(self) -> list[R]:
        """The results, once every item that was begun has ended."""
        self._over.wait()
        if self._error is not None:
            raise self._error
        return self._results
