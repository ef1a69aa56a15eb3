"""The parent's side of one worker process."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from multiprocessing.connection import Connection
from threading import Event as StopSignal

from bot.executor.frames import Cancel, Done, Failed, Order, Part, Step
from commands.model import Progress
from scanners.errors import CollectError
from scanners.model import Scan, Verdict
from scanners.stop import reason_of

LOOK_S = 0.2  # how soon a cancel is noticed
CANCEL_S = 2.0  # a worker that is still at it then hangs in a call, and is killed
STOP_S = 45.0  # the same where a person stopped the scan: a slow call may end, so that what was read is kept
# The parent's path and no other: a file in the folder where Patrol was started must not stand in for a library.
_START = "import sys; sys.path[:] = sys.argv[3:]; import bot.executor.worker as w; w.main(int(sys.argv[1]), sys.argv[2])"


class Lost(Exception):
    """The process is gone, or was killed because it did not stop; the text says which."""


class Reported(Exception):
    """Carries what the scanner raised; the worker is whole."""

    def __init__(self, error: Exception) -> None:
        super().__init__(str(error))
        self.error = error


class Child:
    """A worker process, started at once. One scan at a time."""

    def __init__(self, factory: str) -> None:
        """`factory` is "module:function" that makes the scanner, given a clock."""
        ours, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _START, str(theirs.fileno()), factory, *sys.path],
                pass_fds=(theirs.fileno(),), stdin=subprocess.DEVNULL, env=_without_tokens(os.environ),
            )  # fmt: skip
        self._connection = Connection(ours.detach())
        self.pid = self._process.pid

    @property
    def alive(self) -> bool:
        """False once the process ended."""
        return self._process.poll() is None

    def scan(self, order: Order, progress: Progress | None, cancel: StopSignal | None) -> Scan:
        """Raises Reported with what the scanner raised, or Lost. After any error but Reported: `end` it."""
        try:
            return self._scan(order, progress, cancel)
        except (EOFError, OSError) as error:
            raise Lost(self._how_it_ended()) from error

    def _scan(self, order: Order, progress: Progress | None, cancel: StopSignal | None) -> Scan:
        self._connection.send(order)
        verdicts: list[Verdict] = []
        patience: float | None = None
        while True:
            if patience is None and cancel is not None and cancel.is_set():
                reason = reason_of(cancel)
                self._connection.send(Cancel(reason))
                patience = time.monotonic() + (STOP_S if reason else CANCEL_S)
            if patience is not None and time.monotonic() > patience:
                raise Lost("it was told to stop and did not")
            if not self._connection.poll(LOOK_S):
                continue
            match self._connection.recv():
                case Step(what, done, of) if progress is not None:
                    progress(what, done, of)
                case Part(part):
                    verdicts += part
                case Done(scan):
                    return replace(scan, verdicts=tuple(verdicts))
                case Failed(error):
                    raise Reported(error)

    def kill(self) -> None:
        """From any thread; whoever waits for its scan gets Lost."""
        self._process.kill()

    def end(self) -> None:
        """Kill it if it lives, and leave no zombie."""
        self._process.kill()
        self._process.wait()
        self._connection.close()

    def _how_it_ended(self) -> str:
        try:
            code = self._process.wait(CANCEL_S)
        except subprocess.TimeoutExpired:
            return "it closed its socket"
        if code < 0:
            return f"it was killed by {signal.Signals(-code).name}"
        return f"it ended with code {code}"


def lost(target: str, lost: Lost) -> CollectError:
    """What a person reads when a worker died."""
    return CollectError(
        f"The scan of {target} broke off: its worker process is gone ({lost}). Nothing was changed."
        " Scan again; if it happens again, look whether the machine runs out of memory."
    )


def _without_tokens(environ: Mapping[str, str]) -> dict[str, str]:
    """A scan never speaks to Slack."""
    return {name: value for name, value in environ.items() if not name.startswith("SLACK_")}
