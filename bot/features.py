"""What Slack refuses narrows one feature: said once in the log, kept for `status` and `doctor`."""

import logging
from threading import Lock

from bot.logs import event

log = logging.getLogger("patrol.features")


class Features:
    """Features that do not work now, and why. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._narrowed: dict[str, str] = {}

    def narrow(self, feature: str, reason: str) -> None:
        """Remember that `feature` is lost because of `reason`; logged when that is news."""
        with self._lock:
            news = self._narrowed.get(feature) != reason
            self._narrowed[feature] = reason
        if news:
            event(log, "feature.narrowed", level=logging.WARNING, feature=feature, reason=reason)

    def restore(self, feature: str) -> None:
        """It works (again)."""
        with self._lock:
            was = self._narrowed.pop(feature, None)
        if was is not None:
            event(log, "feature.restored", feature=feature)

    def problems(self) -> tuple[str, ...]:
        """One line for each lost feature."""
        with self._lock:
            return tuple(f"{feature}: {reason}" for feature, reason in sorted(self._narrowed.items()))
