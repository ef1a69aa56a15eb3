"""Faults that can be switched on: what a network and a busy Slack do on a bad day."""

import threading
from collections.abc import Callable
from dataclasses import dataclass

KINDS = ("429", "500", "drop_before", "drop_after_accept", "slow", "error")
AT_ONCE = ("socket_drop", "socket_disconnect", "black_hole", "refuse_connections")
SOCKET_KINDS = (*AT_ONCE, "duplicate")
LONGEST_S = 3600.0


@dataclass
class Fault:
    """`kind` happens to the next `times` calls of `method` ("*" any) in `channel` ("*" any)."""

    kind: str
    method: str = "*"
    channel: str = "*"
    times: int = 1
    seconds: float = 1.0
    code: str = ""


class Faults:
    """A list of faults, each used up call by call. Safe to share between threads.

    `disturb` does what happens to the sockets at once; it is given the kind and the seconds.
    """

    def __init__(self, disturb: Callable[[str, float], None] | None = None) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []
        self._disturb = disturb

    def add(
        self, kind: str, method: str = "*", channel: str = "*", times: int = 1, seconds: float = 1.0
    ) -> None:
        """Switch on a fault: one of KINDS, SOCKET_KINDS, or "error:<code>". Those of AT_ONCE happen now.

        `method` of "duplicate" is "command", "interactive" or "event"; "response_url" is one too.
        """
        name, _, code = kind.partition(":")
        if name not in KINDS + SOCKET_KINDS or (name == "error") != bool(code):
            known = ", ".join((*KINDS[:-1], "error:<code>", *SOCKET_KINDS))
            raise ValueError(f"there is no fault {kind!r}; there are {known}")
        if times < 1 or not 0 <= seconds <= LONGEST_S:
            raise ValueError(f"a fault comes at least once, and lasts 0 to {LONGEST_S:g} seconds")
        if name in AT_ONCE and self._disturb is not None:
            self._disturb(name, seconds)
            return
        with self._lock:
            self._waiting.append(Fault(name, method, channel, times, seconds, code))

    def clear(self) -> None:
        """Switch off all that wait."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, channel: str = "", kinds: tuple[str, ...] = KINDS) -> Fault | None:
        """The fault that this call meets, used once."""
        with self._lock:
            for fault in self._waiting:
                if fault.kind not in kinds:
                    continue
                if fault.method in ("*", method) and fault.channel in ("*", channel):
                    fault.times -= 1
                    if fault.times < 1:
                        self._waiting.remove(fault)
                    return fault
            return None
