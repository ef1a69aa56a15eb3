"""One line on a terminal that says how far a scan is; nothing where nobody watches."""

import threading
import time
from typing import TextIO

EVERY_S = 0.1
WIDTH = 78


class ProgressLine:
    """Rewrites one line of `stream` while it is a terminal. Safe to call from many threads."""

    def __init__(self, stream: TextIO, target: str) -> None:
        self._stream, self._target = stream, target
        self._on = stream.isatty()
        self._lock = threading.Lock()
        self._began = self._last = time.monotonic()
        self._drawn = False

    def show(self, what: str, done: int, of: int) -> None:
        """`done` of `of` lists are read; `what` was the last."""
        now = time.monotonic()
        with self._lock:
            if not self._on or (now - self._last < EVERY_S and done < of):
                return
            self._last, self._drawn = now, True
            said = f"Scanning {self._target}: {done} of {of}, {now - self._began:.0f} s, {what}"
            self._stream.write("\r" + said[:WIDTH].ljust(WIDTH))
            self._stream.flush()

    def end(self) -> None:
        """Leave an empty line behind."""
        with self._lock:
            if self._drawn:
                self._stream.write("\r" + " " * WIDTH + "\r")
                self._stream.flush()
