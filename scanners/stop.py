"""How a scan is told to stop, and by whom."""

import threading


class StopSignal(threading.Event):
    """Set once; `reason` says who stopped the scan or why ("stopped by Ada"), "" where nobody said."""

    def __init__(self) -> None:
        super().__init__()
        self.reason = ""

    def stop(self, reason: str) -> None:
        """Set it, with the reason. The first reason stands."""
        self.reason = self.reason or reason
        self.set()


def reason_of(signal: threading.Event) -> str:
    """The reason of a signal that may be a plain event, "" where it has none."""
    return signal.reason if isinstance(signal, StopSignal) else ""
