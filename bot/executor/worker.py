"""A worker process: scans what it is ordered to and holds no state. It ends when its socket to Patrol does."""

import logging
import os
import signal
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from importlib import import_module
from multiprocessing.connection import Connection

from bot.executor.frames import PART, Cancel, Done, Failed, Order, Part, Step, portable
from bot.garbage import collect_in_portions
from bot.logs import set_up
from bot.times import now_utc
from commands.model import Scanner
from scanners.errors import PatrolError
from scanners.stop import StopSignal

log = logging.getLogger("patrol.executor")
NICENESS = 5  # whoever clicks goes before a scan
Factory = Callable[[Callable[[], datetime]], Scanner]


def main(descriptor: int, factory: str) -> None:
    """Serve the socket `descriptor` until it closes. `factory` is "module:function" that makes the scanner.

    Where the module has a function `warm`, that runs at the start, beside the first order.
    """
    # A Ctrl-C or a service manager's SIGTERM reaches the whole group; the parent decides what that means.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICENESS)
    collect_in_portions()
    set_up()
    module, _, name = factory.partition(":")
    made = import_module(module)
    make: Factory = getattr(made, name)
    # Read what every scan needs, so that the first check of a claim does not wait for it.
    threading.Thread(target=getattr(made, "warm", int), daemon=True).start()
    _Worker(Connection(descriptor), make(now_utc)).serve()
    os._exit(0)  # at once, whatever a thread still waits for: nobody is there to be told


class _Worker:
    """Reads orders in the main thread, so that a cancel or the end of the parent is seen during a scan."""

    def __init__(self, connection: Connection, scanner: Scanner) -> None:
        self._connection, self._scanner = connection, scanner
        self._sending = threading.Lock()
        self._cancel = StopSignal()

    def serve(self) -> None:
        """Until the parent is gone."""
        with suppress(EOFError, OSError):
            while True:
                frame = self._connection.recv()
                if isinstance(frame, Cancel):
                    self._cancel.stop(frame.reason)
                elif isinstance(frame, Order):
                    self._cancel = StopSignal()
                    threading.Thread(target=self._obey, args=(frame, self._cancel), daemon=True).start()

    def _obey(self, order: Order, cancel: StopSignal) -> None:
        try:
            scan = self._scanner(
                order.target, order.controls, only_resource=order.only_resource, trigger=order.trigger,
                progress=lambda what, done, of: self._send(Step(what, done, of)), cancel=cancel,
            )  # fmt: skip
        except Exception as error:
            if not isinstance(error, PatrolError):
                log.exception("scan.failed")  # the trace does not cross
            self._send(Failed(portable(error)))
            return
        for at in range(0, len(scan.verdicts), PART):
            self._send(Part(scan.verdicts[at : at + PART]))
        self._send(Done(replace(scan, verdicts=())))

    def _send(self, frame: Step | Part | Done | Failed) -> None:
        with suppress(OSError), self._sending:  # the parent is gone: the main thread sees that too, and ends
            self._connection.send(frame)
