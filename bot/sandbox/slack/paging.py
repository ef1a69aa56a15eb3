"""Pages of a list, with a cursor to the next."""

import base64
import binascii
from collections.abc import Sequence
from typing import Any, TypeVar

from bot.sandbox.slack.arguments import number
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import Json

MOST = 999
T = TypeVar("T")


def paged(found: Sequence[T], given: Json, default: int = 100) -> tuple[list[T], str]:
    """(the page that `limit` and `cursor` name, the next cursor or ""). Raises invalid_limit, invalid_cursor."""
    limit = number(given, "limit", default, "invalid_limit")
    if limit < 1:
        raise ApiError("invalid_limit")
    start, limit = _position(given.get("cursor")), min(MOST, limit)
    more = start + limit < len(found)
    following = base64.b64encode(f"at:{start + limit}".encode()).decode() if more else ""
    return list(found[start : start + limit]), following


def _position(cursor: Any) -> int:
    if not cursor:
        return 0
    try:
        place = base64.b64decode(str(cursor), validate=True).decode("ascii")
        kind, _, at = place.partition(":")
        if kind != "at" or not at.isdigit():
            raise ValueError(place)
        return int(at)
    except (binascii.Error, ValueError) as error:
        raise ApiError("invalid_cursor") from error
