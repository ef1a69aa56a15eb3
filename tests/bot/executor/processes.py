"""Looks at processes as the kernel tells of them."""

import time
from collections.abc import Callable
from pathlib import Path


def until(check: Callable[[], object], what: str, seconds: float = 10) -> None:
    """Wait for a condition."""
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.01)


def there(pid: int) -> bool:
    """True while the process exists, a zombie too."""
    return Path(f"/proc/{pid}").exists()


def children(pid: int) -> list[int]:
    """The processes that `pid` started and that are there still."""
    return [
        int(child)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for child in (task / "children").read_text().split()
    ]
