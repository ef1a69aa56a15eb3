"""Worker processes, few and long-lived. One that dies makes its own scan fail, and is replaced."""

import logging
import threading
from threading import Event as StopSignal

from bot.executor.child import LOOK_S, Child, Lost, Reported, lost
from bot.executor.frames import Order
from bot.logs import event
from commands.model import Progress
from scanners.errors import CollectError
from scanners.model import Scan, Target
from scanners.stop import reason_of

log = logging.getLogger("patrol.executor")
MOST = 3  # as many as the worker has threads: see LANES in bot/worker.py


class Executor:
    """A `Scanner` whose scans run in processes of their own. While one works, another stands by, warm."""

    def __init__(self, factory: str = "bot.scanning:make_scanner", most: int = MOST) -> None:
        """`factory` is "module:function" that makes the scanner in the worker, given a clock."""
        self._factory, self._most = factory, most
        self._changed = threading.Condition()
        self._idle: list[Child] = []
        self._busy: set[Child] = set()
        self._closed = False
        self._refused: OSError | None = None

    def __enter__(self) -> "Executor":
        return self.start()

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """The worker processes of now."""
        with self._changed:
            return tuple(child.pid for child in (*self._idle, *self._busy))

    def start(self) -> "Executor":
        """Have one worker stand by."""
        with self._changed:
            self._stand_by()
        return self

    def close(self) -> None:
        """End every worker, at once."""
        with self._changed:
            self._closed = True
            idle, self._idle = self._idle, []
            busy = list(self._busy)
            self._changed.notify_all()
        for child in busy:
            child.kill()  # the thread that waits for it sees the end and clears up
        for child in idle:
            child.end()

    def __call__(
        self, target: Target, controls: tuple[str, ...], *, only_resource: str = "", trigger: str = "command",
        progress: Progress | None = None, cancel: StopSignal | None = None,
    ) -> Scan:  # fmt: skip
        """Scan in a worker. Raises what the scanner raises, and CollectError where the worker died."""
        child = self._take(cancel)
        whole = False
        try:
            scan = child.scan(Order(target, controls, only_resource, trigger), progress, cancel)
            whole = True
            return scan
        except Reported as reported:
            whole = True
            raise reported.error from None
        except Lost as gone:
            event(log, "executor.lost", level=logging.ERROR, pid=child.pid, target=target.name, error=gone)
            raise lost(target.name, gone) from gone
        finally:
            self._give_back(child, whole)

    def _take(self, cancel: StopSignal | None) -> Child:
        with self._changed:
            while True:
                if self._closed or (cancel is not None and cancel.is_set()):
                    why = reason_of(cancel) if cancel is not None else ""
                    raise CollectError(
                        f"Nothing was read: {why}." if why else "Patrol is stopping; the scan was not begun."
                    )
                self._forget_the_dead()
                self._refused = None
                self._stand_by()
                if self._idle:
                    child = self._idle.pop(0)
                    self._busy.add(child)
                    self._stand_by()
                    return child
                if self._refused:
                    raise CollectError(
                        f"No worker process could be started ({self._refused}). Give the machine more room."
                    )
                self._changed.wait(LOOK_S)

    def _give_back(self, child: Child, whole: bool) -> None:
        """A worker that is not known to be through with its order is never used again."""
        with self._changed:
            self._busy.discard(child)
            kept = whole and child.alive and not self._closed
            if kept:
                self._idle.insert(0, child)
            else:
                child.end()
                self._stand_by()
            self._changed.notify_all()

    def _stand_by(self) -> None:
        """One worker ready, where there may be one more. A machine that has no room is told of in the log."""
        if self._closed or self._idle or len(self._busy) >= self._most:
            return
        try:
            self._idle.append(Child(self._factory))
        except OSError as error:
            event(log, "executor.no_worker", level=logging.ERROR, error=error)
            self._refused = error

    def _forget_the_dead(self) -> None:
        for child in [child for child in self._idle if not child.alive]:
            event(log, "executor.lost", level=logging.WARNING, pid=child.pid, error="it died while idle")
            self._idle.remove(child)
            child.end()
