"""Takes jobs from the store and runs them. A job is a row, so that a restart forgets none."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from threading import Event as StopSignal

from bot.logs import event
from commands.model import Context, Progress, Scanner
from commands.people import Person
from commands.work import run_job
from scanners.errors import PatrolError, StoreError
from scanners.model import Scan, Target
from storage import jobs, posts
from storage.jobs import Job

log = logging.getLogger("patrol.worker")
IDLE_S = 0.5
PROGRESS_EVERY_S = 2.0
# One thread is kept for checks: whoever pressed "I fixed it" does not wait for a long scan.
LANES: tuple[tuple[str, ...], ...] = (("check",), ("scan", "check"), ("scan", "check"))


class Stopping(BaseException):
    """The process ends. Not an error: the job's row still says "running" and the next start queues it again."""


class Worker:
    """Runs jobs in a few threads. `context` is made for each job; `ended` is told of each that finished."""

    def __init__(
        self, context: Callable[[Person], Context], wake_sender: Callable[[], None],
        ended: Callable[[Job], None] = lambda job: None,
    ) -> None:  # fmt: skip
        self._context, self._wake_sender, self._ended = context, wake_sender, ended
        self._cancel = threading.Event()
        self._wakes = [threading.Event() for _lane in LANES]
        self._threads = [
            threading.Thread(target=self._run, args=lane, name=f"patrol-worker-{at}", daemon=True)
            for at, lane in enumerate(zip(LANES, self._wakes, strict=True))
        ]

    def start(self) -> None:
        """Queue again what was running when the last process died, then begin."""
        context = self._context(Person("schedule"))
        with context.store.write() as connection:
            again = jobs.recover(connection, context.now())
        if again:
            event(log, "jobs.recovered", count=again)
        for thread in self._threads:
            thread.start()

    def wake(self) -> None:
        """A job may be due."""
        for waiting in self._wakes:
            waiting.set()

    def stop(self, seconds: float) -> None:
        """Stop scans at their next call; wait at most `seconds` for the threads."""
        self._cancel.set()
        self.wake()
        until = time.monotonic() + seconds
        for thread in self._threads:
            if thread.is_alive():
                thread.join(max(0.0, until - time.monotonic()))

    def _run(self, kinds: tuple[str, ...], woken: threading.Event) -> None:
        while not self._cancel.is_set():
            woken.wait(IDLE_S)
            woken.clear()
            try:
                while not self._cancel.is_set() and self._one(kinds):
                    pass
            except Stopping:
                return
            except StoreError as error:
                event(log, "worker.store", level=logging.ERROR, error=error)
            except Exception:
                log.exception("worker.failed")

    def _one(self, kinds: tuple[str, ...]) -> bool:
        context = self._context(Person("schedule"))
        job = self._take(context, kinds)
        if job is None:
            return False
        event(log, "job.started", job=job.id, kind=job.kind, subject=job.subject, attempt=job.attempt)
        context = replace(context, scanner=self._stoppable(context.scanner))
        try:
            error = run_job(context, job, progress=self._progress(context, job), cancel=self._cancel)
        finally:
            self._wake_sender()
        event(log, "job.ended", job=job.id, kind=job.kind, subject=job.subject, error=error)
        self._ended(job)
        return True

    def _take(self, context: Context, kinds: tuple[str, ...]) -> Job | None:
        now = context.now()
        with context.store.read() as connection:
            due = jobs.next_due(connection)
        if due is None or due > now:
            return None
        with context.store.write() as connection:
            return jobs.take(connection, now, kinds)

    def _stoppable(self, scanner: Scanner) -> Scanner:
        def scan(
            target: Target, controls: tuple[str, ...], *, only_resource: str = "", trigger: str = "command",
            progress: Progress | None = None, cancel: StopSignal | None = None,
        ) -> Scan:  # fmt: skip
            try:
                found = scanner(
                    target, controls, only_resource=only_resource, trigger=trigger, progress=progress,
                    cancel=cancel,
                )  # fmt: skip
            except PatrolError:
                if self._cancel.is_set():
                    raise Stopping from None  # it broke because Patrol ends: the next start does it again
                raise
            if self._cancel.is_set():
                # Half a scan closes nothing, but it would tell every channel of gaps that are none.
                raise Stopping
            return found

        return scan

    def _progress(self, context: Context, job: Job) -> Progress:
        """Writes how far the job is, at most every two seconds, and has its message drawn again."""
        last = time.monotonic()
        lock = threading.Lock()

        def progress(_what: str, done: int, of: int) -> None:
            nonlocal last
            with lock:
                if time.monotonic() - last < PROGRESS_EVERY_S:
                    return
                last = time.monotonic()
            with context.store.write() as connection:
                jobs.progress(connection, job.id, f"{done} of {of} lists read")
                posts.touch_job(connection, job.id)
            self._wake_sender()

        return progress
