"""Who has the App Home before them, and which page of it. Kept in memory: opening the tab begins anew."""

from threading import Lock

MOST = 10_000


class Pages:
    """User id -> the place of the first finding shown. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._offsets: dict[str, int] = {}

    def turn(self, user: str, offset: int) -> None:
        """`user` looks at the page that begins there."""
        with self._lock:
            self._offsets.pop(user, None)
            self._offsets[user] = offset
            while len(self._offsets) > MOST:
                del self._offsets[next(iter(self._offsets))]

    def of(self, user: str) -> int | None:
        """Where the page of `user` begins; None where they have not looked."""
        with self._lock:
            return self._offsets.get(user)
