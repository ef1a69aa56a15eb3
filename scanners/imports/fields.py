"""Members of foreign JSON, taken without trust: the wrong type is as if it were not there."""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime

from scanners.imports.model import LONGEST_ID, Table, Unreadable
from scanners.model import Json, Severity

LONGEST_TITLE = 300
LONGEST_WORDS = 4_000
MOST_TAGS = 50
MOST_LINKS = 5
_LINK = re.compile(r"https?://[^\s<>|\"'`]{3,500}\Z")
_ZONED = re.compile(r"(Z|[+-]\d\d:?\d\d)\Z")
_WORDS = {
    "critical": Severity.CRITICAL, "fatal": Severity.CRITICAL, "high": Severity.HIGH, "medium": Severity.MEDIUM,
    "moderate": Severity.MEDIUM, "low": Severity.LOW, "informational": Severity.LOW, "info": Severity.LOW,
}  # fmt: skip


def table(value: Json) -> Table:
    """`value` where it is an object, else an empty one."""
    return value if isinstance(value, Mapping) else {}


def items(value: Json) -> list[Json]:
    """`value` where it is a list, else an empty one."""
    return value if isinstance(value, list) else []


def text(value: Json, most: int = LONGEST_WORDS) -> str:
    """`value` where it is text, cut; "" for anything else."""
    return value.strip()[:most] if isinstance(value, str) else ""


def first(*values: Json, most: int = LONGEST_WORDS) -> str:
    """The first of `values` that is text and not empty."""
    return next((found for value in values if (found := text(value, most))), "")


def name(value: str, what: str) -> str:
    """`value` as an identity: never cut, for two names must not become one. Raises Unreadable."""
    if not value:
        raise Unreadable(f"it names no {what}")
    if len(value) > LONGEST_ID:
        raise Unreadable(f"its {what} has {len(value):,} letters; {LONGEST_ID:,} are the most")
    return value


def number(value: Json) -> float | None:
    """A number, or a text that is one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def moment(value: Json) -> datetime | None:
    """An instant: ISO 8601 (UTC where it names no zone), or seconds or milliseconds since 1970."""
    try:
        if isinstance(value, str):
            parsed = datetime.fromisoformat(value.strip())
            return parsed.astimezone(UTC) if _ZONED.search(value.strip()) else parsed.replace(tzinfo=UTC)
        if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
            # Milliseconds by the standard; some tools write seconds, which would all lie in January 1970.
            return datetime.fromtimestamp(value / 1000 if value > 100_000_000_000 else value, UTC)
    except (ValueError, OverflowError, OSError):
        pass
    return None


def severity_word(value: Json) -> Severity | None:
    """A severity said in a word; what is only information is low."""
    return _WORDS.get(text(value, 20).lower())


def links(*values: Json) -> tuple[str, ...]:
    """The plain http links among `values`, each once."""
    found = [value.strip() for value in values if isinstance(value, str) and _LINK.match(value.strip())]
    return tuple(dict.fromkeys(found))[:MOST_LINKS]


def tags(value: Json) -> dict[str, str]:
    """Tags as an object, as a list of Key and Value, or as "key:value" texts; a bounded number of them."""
    pairs = value.items() if isinstance(value, Mapping) else map(_pair, items(value))
    kept = [(str(key)[:128], text(word, 256)) for key, word in pairs if isinstance(key, str) and key]
    return dict(sorted(kept)[:MOST_TAGS])


def _pair(one: Json) -> tuple[Json, Json]:
    if isinstance(one, str):
        key, _sign, word = one.partition(":" if ":" in one else "=")
        return key.strip(), word.strip()
    entry = {str(key).lower(): word for key, word in table(one).items()}
    return entry.get("key", entry.get("name")), entry.get("value", "")
