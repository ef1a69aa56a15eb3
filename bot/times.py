"""The clock of the real world; everything else is given one."""

from datetime import UTC, datetime


def now_utc() -> datetime:
    """This instant, aware, in UTC."""
    return datetime.now(UTC)
