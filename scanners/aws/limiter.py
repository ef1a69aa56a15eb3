"""Ceilings on calls a second, per service and region, so that a scan never starves what runs in the account."""

import threading
import time
from collections.abc import Callable

# Calls a second. Below AWS's published account limits, which other tools share with us.
CEILINGS = {"iam": 20.0, "s3": 100.0, "ec2": 40.0, "kms": 40.0, "rds": 20.0, "cloudtrail": 8.0, "sts": 20.0}
OTHERS = 20.0


class Limiter:
    """A token bucket per (service, region). `clock` and `wait` are passed in so that tests need no time."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
        ceilings: dict[str, float] | None = None,
    ) -> None:
        self._clock, self._wait = clock, wait
        self._ceilings = ceilings if ceilings is not None else CEILINGS
        self._lock = threading.Lock()
        self._next: dict[tuple[str, str], float] = {}

    def pause(self, service: str, region: str) -> None:
        """Wait until one more call is within the ceiling. A second's worth may come at once."""
        rate = self._ceilings.get(service, OTHERS)
        with self._lock:
            now = self._clock()
            earliest = max(self._next.get((service, region), now - 1.0), now - 1.0)
            self._next[service, region] = earliest + 1.0 / rate
            delay = earliest - now
        if delay > 0:
            self._wait(delay)
