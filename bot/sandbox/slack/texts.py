"""Block Kit's small parts: text objects, strings, options and confirmations. Each fault names its place."""

from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
PLAIN, ANY = ("plain_text",), ("plain_text", "mrkdwn")
# Which keys only one of the two kinds of text may have.
_OWN_KEYS = {"plain_text": {"emoji"}, "mrkdwn": {"verbatim"}}


def said(reason: str, place: str) -> str:
    """A fault as Slack words it."""
    return f"{reason} [json-pointer:{place}]"


def extra(given: Json, allowed: set[str], place: str) -> Iterator[str]:
    """Keys that Slack does not know there."""
    for key in sorted(map(str, set(given) - allowed)):
        yield said(f"additional property: {key}", f"{place}/{key}")


def text(given: Any, place: str, most: int, kinds: tuple[str, ...] = PLAIN) -> Iterator[str]:
    """A text object of 1 to `most` characters."""
    if not isinstance(given, dict) or given.get("type") not in kinds:
        yield said(f"must be a {' or '.join(kinds)} object", place)
        return
    yield from extra(given, {"type", "text"} | _OWN_KEYS[given["type"]], place)
    words = given.get("text")
    if not isinstance(words, str) or not words:
        yield said("must be more than 0 characters", f"{place}/text")
    elif len(words) > most:
        yield said(f"must be less than {most + 1} characters", f"{place}/text")
    for key in ("emoji", "verbatim"):
        yield from yes_or_no(given, key, place)


def words(given: Json, key: str, place: str, most: int, least: int = 0) -> Iterator[str]:
    """A plain string under `key`, which may be left out."""
    if key not in given:
        return
    value = given[key]
    if not isinstance(value, str):
        yield said("must be a string", f"{place}/{key}")
    elif len(value) > most:
        yield said(f"must be less than {most + 1} characters", f"{place}/{key}")
    elif len(value) < least:
        yield said(f"must be more than {least - 1} characters", f"{place}/{key}")


def yes_or_no(given: Json, key: str, place: str) -> Iterator[str]:
    """A boolean under `key`, which may be left out."""
    if not isinstance(given.get(key, False), bool):
        yield said("must be a boolean", f"{place}/{key}")


def items(given: Json, key: str, place: str, most: int) -> tuple[list[Any], list[str]]:
    """(a list of 1 to `most` items, or nothing and the fault)."""
    value = given.get(key)
    if isinstance(value, list) and 1 <= len(value) <= most:
        return value, []
    return [], [said(f"must have 1 to {most} items", f"{place}/{key}")]


def option(given: Any, place: str, kinds: tuple[str, ...] = PLAIN) -> Iterator[str]:
    """One option of a choice."""
    if not isinstance(given, dict):
        yield said("must be an object", place)
        return
    yield from extra(given, {"text", "value", "description", "url"}, place)
    yield from text(given.get("text"), f"{place}/text", 75, kinds)
    if "value" not in given:
        yield said("missing required field: value", f"{place}/value")
    yield from words(given, "value", place, 150, least=1)
    if "description" in given:
        yield from text(given["description"], f"{place}/description", 75, kinds)
    yield from words(given, "url", place, 3000)


def confirm(given: Any, place: str) -> Iterator[str]:
    """A "Really?" before a click counts."""
    if not isinstance(given, dict):
        yield said("must be an object", place)
        return
    yield from extra(given, {"title", "text", "confirm", "deny", "style"}, place)
    yield from text(given.get("title"), f"{place}/title", 100)
    yield from text(given.get("text"), f"{place}/text", 300, ANY)
    yield from text(given.get("confirm"), f"{place}/confirm", 30)
    yield from text(given.get("deny"), f"{place}/deny", 30)
    yield from style(given, place)


def style(given: Json, place: str) -> Iterator[str]:
    """primary or danger; the default is told by leaving it out."""
    if given.get("style", "primary") not in ("primary", "danger"):
        yield said("must be primary or danger", f"{place}/style")
