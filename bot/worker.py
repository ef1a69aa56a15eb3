"""Takes jobs from the store and runs them. A job is a row, so that a restart forgets none."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from threading import Event

from bot.logs import event
from commands.model import Context, Progress, Scanner
from commands.people import Person
from commands.work import run_job
from scanners.errors import PatrolError, StoreError
from scanners.model import Scan, Target
from scanners.stop import StopSignal
from storage import jobs, posts, running
from storage.jobs import Job

log = logging.getLogger("patrol.worker")
IDLE_S = 0.5
PROGRESS_EVERY_S = 2.0
# One thread is kept for checks: whoever pressed "I fixed it" does not wait for a long scan.
LANES: tuple[tuple[str, ...], ...] = (("check",), ("scan", "check"), ("scan", "check"))


def how_far(what: str, done: int, of: int) -> str:
    """One line on a scan under way. `what` says what it costs and what it reads."""
    return f"{done:,} of {of:,} lists read, {what}"


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
        self._running: dict[int, StopSignal] = {}  # job -> how to stop it
        self._running_lock = threading.Lock()
        self._stops = threading.Event()
        self._threads.append(threading.Thread(target=self._listen, name="patrol-worker-stops", daemon=True))

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
        for waiting in (*self._wakes, self._stops):
            waiting.set()

    def stop(self, seconds: float) -> None:
        """Stop scans at their next call; wait at most `seconds` for the threads."""
        self._cancel.set()
        with self._running_lock:
            for signal in self._running.values():
                signal.set()
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
            with self._stopped_by(job) as cancel:
                error = run_job(context, job, progress=self._progress(context, job), cancel=cancel)
        finally:
            self._wake_sender()
        event(log, "job.ended", job=job.id, kind=job.kind, subject=job.subject, error=error)
        self._ended(job)
        return True

    @contextmanager
    def _stopped_by(self, job: Job) -> Iterator[StopSignal]:
        """The signal that ends this job: set when a person asks for it, and when the process ends."""
        signal = StopSignal()
        if "stop" in job.data:  # asked for before the last process died
            signal.stop(str(job.data["stop"]))
        with self._running_lock:
            self._running[job.id] = signal
        if self._cancel.is_set():
            signal.set()
        try:
            yield signal
        finally:
            with self._running_lock:
                del self._running[job.id]

    def _listen(self) -> None:
        """Whoever stops a scan may be another process, so the store is asked while scans run."""
        while not self._cancel.is_set():
            self._stops.wait(IDLE_S)
            self._stops.clear()
            with self._running_lock:
                signals = dict(self._running)
            if not signals or self._cancel.is_set():
                continue
            try:
                with self._context(Person("schedule")).store.read() as connection:
                    asked = running.asked_to_stop(connection, signals)
            except StoreError as error:
                event(log, "worker.store", level=logging.ERROR, error=error)
                continue
            for job, reason in asked.items():
                if not signals[job].is_set():
                    event(log, "job.stopping", job=job)
                signals[job].stop(reason)

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
            progress: Progress | None = None, cancel: Event | None = None,
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

        def progress(what: str, done: int, of: int) -> None:
            nonlocal last
            with lock:
                if time.monotonic() - last < PROGRESS_EVERY_S:
                    return
                last = time.monotonic()
            with context.store.write() as connection:
                jobs.progress(connection, job.id, how_far(what, done, of))
                posts.touch_job(connection, job.id)
            self._wake_sender()

        return progress
