"""One thread a queue: receive, put down, delete, in this order, until the process ends."""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Protocol

from bot.logs import event
from commands import events
from commands.model import Context
from scanners.aws.events.queue import Message, Queue
from scanners.aws.events.read import Place
from scanners.errors import PatrolError
from scanners.model import Target
from storage import event_queues

log = logging.getLogger("patrol.events")
FIRST_WAIT_S, LONGEST_WAIT_S = 5.0, 300.0
LEAVE_S = 2.0


class Mailbox(Protocol):
    """What a listener needs of a queue; see `Queue`."""

    account: str

    def regions(self) -> frozenset[str]: ...
    def receive(self) -> Sequence[Message]: ...
    def delete(self, messages: Sequence[Message]) -> None: ...
    def close(self) -> None: ...


Connect = Callable[[Target, threading.Event], Mailbox]


class Listener:
    """Listens to the queue of one target. `context` is made for each batch, `wake` called when there is work."""

    def __init__(
        self, target: Target, context: Callable[[], Context], wake: Callable[[], None], connect: Connect = Queue,
        wait: Callable[[float], object] | None = None,
    ) -> None:  # fmt: skip
        self._target, self._context, self._wake, self._connect = target, context, wake, connect
        self._stop = threading.Event()
        self._wait = wait or self._stop.wait
        self._busy = threading.Lock()  # held while a batch is put down
        self._queue: Mailbox | None = None
        self._regions: frozenset[str] = frozenset()
        self._failures = 0
        self._told: str | None = None  # what the store may hold from before is not known
        self._thread = threading.Thread(target=self._run, name=f"patrol-events-{target.name}", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more. A batch that is being put down is finished; a long poll is left to end by itself.

        What it brings then is not touched: it comes again once its time in flight is over.
        """
        self._stop.set()
        if self._busy.acquire(timeout=LEAVE_S):
            self._busy.release()

    def turn(self) -> bool:
        """One poll of the queue; False where it could not be read, after a wait that grows."""
        try:
            self._poll()
        except PatrolError as error:
            self._failed(str(error))
            return False
        except Exception as error:
            # The thread must not end for one answer that nobody foresaw: nobody would hear of changes any more.
            log.exception("events.broke")
            self._failed(f"Patrol failed inside ({type(error).__name__}: {error}); see the log")
            return False
        self._worked()
        return True

    def _run(self) -> None:
        while not self._stop.is_set():
            self.turn()
        self._disconnect()

    def _poll(self) -> None:
        if self._queue is None:
            self._queue = self._connect(self._target, self._stop)
            self._regions = self._queue.regions()
        messages = self._queue.receive()
        with self._busy:
            if self._stop.is_set():
                return
            if not messages:
                events.idle(self._context(), self._target)
                return
            context = self._context()
            readings = events.take_in(
                context, self._target, [m.body for m in messages], self._place(context, self._queue)
            )
            self._queue.delete(messages)  # only now: whatever ends us before this, they come again
        touched = sum(reading.outcome == "touched" for reading in readings)
        event(log, "events.taken", target=self._target.name, messages=len(messages), touched=touched)
        self._wake()

    def _place(self, context: Context, queue: Mailbox) -> Place:
        return events.place_of(context, self._target, queue.account, self._regions)

    def _failed(self, reason: str) -> None:
        if self._stop.is_set():
            return
        self._disconnect()  # credentials may have been renewed meanwhile
        self._tell(reason)
        self._failures += 1
        self._wait(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(self._failures - 1, 10)))

    def _worked(self) -> None:
        self._failures = 0
        self._tell("")

    def _tell(self, reason: str) -> None:
        """Said once in the log, and kept for `status`."""
        if reason == self._told:
            return
        try:
            with self._context().store.write() as connection:
                news = event_queues.unread(connection, self._target.name, reason)
        except PatrolError as error:
            event(log, "events.store", level=logging.ERROR, target=self._target.name, error=error)
            return
        self._told = reason
        if news and reason:
            event(log, "events.unread", level=logging.WARNING, target=self._target.name, reason=reason)
        elif news:
            event(log, "events.read_again", target=self._target.name)

    def _disconnect(self) -> None:
        queue, self._queue = self._queue, None
        if queue is not None:
            queue.close()
