"""What a scan has cost and how far it is: calls against their ceiling, lists read, accounts done."""

import threading
import time
from collections.abc import Callable

from scanners.aws.failures import Stopped
from scanners.stop import reason_of

Progress = Callable[[str, int, int], None]
EVERY_S = 0.2


class Meter:
    """Shared by every thread of one scan. `most_calls` is the ceiling, 0 for none."""

    def __init__(
        self,
        cancel: threading.Event,
        progress: Progress | None = None,
        most_calls: int = 0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.cancel, self.most_calls = cancel, most_calls
        self.calls = 0
        self._progress, self._clock = progress, clock
        self._lock = threading.Lock()
        self._lists = self._lists_done = self._accounts = self._accounts_done = 0
        self._reading = ""
        self._told = float("-inf")
        self._over = False

    @property
    def stopped(self) -> bool:
        """True where something was left out because the scan was stopped, or met its ceiling."""
        return self.cancel.is_set() or self._over

    def check(self) -> None:
        """Raises Stopped where the scan is to end."""
        if self.cancel.is_set():
            raise Stopped(reason_of(self.cancel) or "the scan was stopped before this was read")

    def call(self) -> None:
        """One more request goes out. Raises Stopped where it may not."""
        self.check()
        with self._lock:
            if self.most_calls and self.calls >= self.most_calls:
                self._over = True
                raise Stopped(
                    f"the ceiling of {self.most_calls:,} API calls was reached before this was read"
                )
            self.calls += 1
        self._tell()

    def accounts(self, count: int) -> None:
        """So many accounts are to be scanned."""
        self._accounts = count

    def account_done(self) -> None:
        """One account is through."""
        with self._lock:
            self._accounts_done += 1
        self._tell()

    def lists(self, count: int) -> None:
        """So many more lists are to be read."""
        with self._lock:
            self._lists += count

    def reading(self, what: str) -> None:
        """`what` is being read now."""
        self._reading = what

    def list_done(self) -> None:
        """One list is read."""
        with self._lock:
            self._lists_done += 1
            last = self._lists_done == self._lists
        self._tell(at_once=last)

    def _tell(self, *, at_once: bool = False) -> None:
        if self._progress is None:
            return
        with self._lock:
            now = self._clock()
            if not at_once and now - self._told < EVERY_S:
                return
            self._told = now
            said, done, of = self._said(), self._lists_done, self._lists
        self._progress(said, done, of)

    def _said(self) -> str:
        calls = f"{self.calls:,} calls" + (f" of {self.most_calls:,}" if self.most_calls else "")
        many = f", {self._accounts_done} of {self._accounts} accounts" if self._accounts > 1 else ""
        return f"{calls}{many}, {self._reading}" if self._reading else f"{calls}{many}"
