"""How fast one account's service may be asked in one region: as fast as it answers, and no faster.

Nobody can say beforehand how many calls a second an account has left: its limits differ by service, region and
account, and other tools use them up. So the pace is found as TCP finds it. It begins low, doubles each second, and
drops at the first answer that says "too fast"; then it climbs slowly to where that was, and on. A ceiling stays under what AWS
publishes, so that a scan never starves what runs in the account.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

Key = tuple[str, str, str]  # account, service, region

# Calls a second at most. Below AWS's published account limits, which other tools share with us.
CEILINGS: Mapping[str, float] = {"iam": 20.0, "s3": 300.0, "kms": 100.0, "cloudtrail": 10.0, "sts": 20.0}
OTHERS = 60.0
FIRST = 25.0  # calls a second to begin with
BURST = 5  # so many may come at once
DROP = 0.7  # of what was let through in the last second
NEAR = (0.9, 1.2)  # of the pace that was refused last: it climbs slowly past it, and sooner before and behind
SLOWEST = 0.5
SETTLE_S = 0.3  # answers to calls that were under way when the pace dropped do not drop it again


@dataclass(slots=True)
class _Lane:
    """One (account, service, region). `rate` is calls a second; `met` was the pace at the last refusal, 0 for none."""

    rate: float
    grown: float
    next: float = float("-inf")
    met: float = 0.0
    held_up: bool = False
    dropped: float = float("-inf")
    sent: deque[float] = field(default_factory=lambda: deque(maxlen=512))


class Limiter:
    """Paces calls. `clock` and `wait` are passed in so that tests need no time."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[float], object] = time.sleep,
        *,
        most: float = 0.0,
        ceilings: Mapping[str, float] = CEILINGS,
    ) -> None:
        """`most` calls a second is a ceiling on every service; 0 leaves the built-in ones."""
        self._clock, self._wait = clock, wait
        self._most, self._ceilings = most, ceilings
        self._lock = threading.Lock()
        self._lanes: dict[Key, _Lane] = {}
        self.refused = 0

    def pause(self, key: Key) -> None:
        """Wait until one more call is within the pace."""
        with self._lock:
            now = self._clock()
            lane = self._lane(key, now)
            self._climb(key, lane, now)
            earliest = max(lane.next, now - (1 if lane.met else BURST) / lane.rate)
            lane.next = earliest + 1.0 / lane.rate
            delay = earliest - now
            lane.held_up = lane.held_up or delay > 0
            lane.sent.append(max(now, earliest))
        if delay > 0:
            self._wait(delay)

    def slow_down(self, key: Key) -> None:
        """AWS said that this was too fast: drop below what went through in the last second."""
        with self._lock:
            self.refused += 1
            now = self._clock()
            lane = self._lane(key, now)
            if now - lane.dropped < SETTLE_S:
                return
            began = lane.sent[0] if lane.sent else now
            length = min(1.0, max(0.25, now - began))  # a lane may be younger than a second
            recent = sum(1 for at in lane.sent if now - length < at <= now)
            lane.met = min(lane.rate, (recent or 1) / length)
            lane.rate = max(SLOWEST, lane.met * DROP)
            lane.dropped = lane.grown = now
            lane.next = max(lane.next, now) + 1.0 / lane.rate

    def rate(self, key: Key) -> float:
        """The pace of now, in calls a second."""
        with self._lock:
            return self._lane(key, self._clock()).rate

    def _lane(self, key: Key, now: float) -> _Lane:
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = _Lane(min(FIRST, self._ceiling(key)), now)
        return lane

    def _ceiling(self, key: Key) -> float:
        usual = self._ceilings.get(key[1], OTHERS)
        return min(usual, self._most) if self._most else usual

    def _climb(self, key: Key, lane: _Lane, now: float) -> None:
        """Once a second, and only where the pace held somebody up: unused room says nothing of the limit."""
        if now - lane.grown < 1.0:
            return
        lane.grown = now
        if lane.held_up:
            lane.held_up = False
            lane.rate = min(self._ceiling(key), lane.rate * _growth(lane))


def _growth(lane: _Lane) -> float:
    if not lane.met:
        return 2.0
    low, high = NEAR
    return 1.03 if low * lane.met <= lane.rate <= high * lane.met else 1.15
