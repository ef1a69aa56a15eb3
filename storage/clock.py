"""Time at the edges of the store: aware UTC datetimes in code, fixed-width ISO 8601 text in tables."""

from datetime import UTC, datetime
from functools import lru_cache


@lru_cache(maxsize=4096)  # one scan writes the same few instants a hundred thousand times
def iso(moment: datetime) -> str:
    """UTC text of 27 characters, so that text order is time order.

    Raises ValueError for a naive datetime: a time without a zone is a bug, not a value.
    """
    if moment.tzinfo is None:
        raise ValueError(f"a time without a zone reached the store: {moment!r}")
    # `datetime.isoformat` drops ".000000" on whole seconds, which would break the text order.
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def parse(text: str) -> datetime:
    """The aware datetime of `iso` text."""
    return datetime.fromisoformat(text)


def parse_or_none(text: str | None) -> datetime | None:
    """As `parse`, None for NULL or empty."""
    return datetime.fromisoformat(text) if text else None
