"""Whoever pressed "I fixed it" hears the outcome, seen by them alone, once the check has ended."""

from collections import defaultdict
from collections.abc import Callable
from threading import Lock

from storage.jobs import Job

Tell = Callable[[Job], None]
MOST = 1_000  # beyond this the posts in the channel alone tell


class Followups:
    """What to call when a job ends. Kept in memory: the post in the channel tells it in any case."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waiting: dict[int, list[Tell]] = defaultdict(list)

    def when_done(self, job: int, tell: Tell) -> None:
        """Call `tell` once when `job` ends."""
        with self._lock:
            if len(self._waiting) < MOST or job in self._waiting:
                self._waiting[job].append(tell)

    def done(self, job: Job) -> list[Tell]:
        """Those who asked about `job`, each given once."""
        with self._lock:
            return self._waiting.pop(job.id, [])
