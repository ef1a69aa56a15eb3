"""A terminal's scan beside the bot on one store: nobody begins it twice, and anybody may stop it."""

import threading
from contextlib import AbstractContextManager
from types import TracebackType

from bot.worker import how_far
from commands.model import Context
from commands.scan import begin
from scanners.errors import PatrolError, StoreError
from scanners.model import Target
from scanners.stop import StopSignal
from storage import jobs, running
from storage.jobs import Job

LOOK_S = 1.0


class Held(AbstractContextManager["Held"]):
    """Holds the target's row while the scan runs. Raises RefusedError, on entering, where a scan is under way.

    A thread keeps the row alive and sets `cancel` where somebody asks for that.
    """

    def __init__(self, context: Context, target: Target, cancel: StopSignal) -> None:
        self._context, self._target, self._cancel = context, target, cancel
        self._progress = ""
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._hold, daemon=True)
        self._job: Job | None = None
        self.scan = ""

    def __enter__(self) -> "Held":
        self._job = begin(self._context, self._target)
        self._thread.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()
        assert self._job is not None, "entered before it is left"
        said = "" if error is None else str(error) if isinstance(error, PatrolError) else "It was broken off."
        with self._context.store.write() as connection:
            jobs.finish(connection, self._job.id, self._context.now(), scan=self.scan, error=said)

    def progress(self, what: str, done: int, of: int) -> None:
        """How far the scan is; written with the next sign of life."""
        self._progress = how_far(what, done, of)

    def _hold(self) -> None:
        assert self._job is not None, "begun before the thread"
        store, job = self._context.store, self._job.id
        while not self._ended.wait(LOOK_S):
            try:
                with store.write() as connection:
                    running.hold_on(connection, job, self._context.now(), self._progress)
                    reason = running.asked_to_stop(connection, [job]).get(job)
            except StoreError:
                continue  # busy for a moment; the row holds for half a minute
            if reason:
                self._cancel.stop(reason)
