"""Faults that can be switched on: what a network and a busy Slack do on a bad day."""

import threading
from dataclasses import dataclass

KINDS = ("429", "500", "drop_before", "drop_after_accept", "slow", "error")
SOCKET_KINDS = ("socket_drop", "socket_disconnect", "black_hole", "duplicate", "refuse_connections")


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
    """A list of faults, each used up call by call. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(
        self, kind: str, method: str = "*", channel: str = "*", times: int = 1, seconds: float = 1.0
    ) -> None:
        """Switch on a fault; `kind` is one of KINDS or SOCKET_KINDS, or "error:<code>"."""
        name, _, code = kind.partition(":")
        if name not in KINDS + SOCKET_KINDS:
            raise ValueError(f"there is no fault {kind!r}; there are {', '.join(KINDS + SOCKET_KINDS)}")
        with self._lock:
            self._waiting.append(Fault(name, method, channel, times, seconds, code))

    def clear(self) -> None:
        """Switch all off."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, channel: str = "", kinds: tuple[str, ...] = KINDS) -> Fault | None:
        """The fault that this call meets, used once."""
        with self._lock:
            for fault in self._waiting:
                if fault.kind not in kinds or fault.times < 1:
                    continue
                if fault.method in ("*", method) and fault.channel in ("*", channel):
                    fault.times -= 1
                    return fault
            return None
