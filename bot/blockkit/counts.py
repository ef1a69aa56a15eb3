"""What Slack would refuse in texts and elements; each fault names its place."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from bot.blockkit import limits

Json = dict[str, Any]
_BUTTON = {"type", "text", "action_id", "value", "style", "url", "confirm", "accessibility_label"}
_SELECT = {"type", "action_id", "options", "placeholder", "initial_option", "confirm", "focus_on_load"}
_TYPED = {"type", "action_id", "multiline", "placeholder", "initial_value", "min_length", "max_length",
          "focus_on_load"}  # fmt: skip
_KEYS = {
    "button": _BUTTON, "static_select": _SELECT, "plain_text_input": _TYPED,
    "radio_buttons": _SELECT - {"placeholder"}, "overflow": {"type", "action_id", "options", "confirm"},
    "datepicker": {"type", "action_id", "placeholder", "initial_date", "confirm", "focus_on_load"},
}  # fmt: skip
_MOST = {
    "static_select": limits.OPTIONS, "radio_buttons": limits.RADIO_OPTIONS, "overflow": limits.OVERFLOW_OPTIONS,
}  # fmt: skip
_TEXT_KEYS = {"plain_text": {"type", "text", "emoji"}, "mrkdwn": {"type", "text", "verbatim"}}
_HALF_LETTER = re.compile("[\ud800-\udfff]")


def length(place: str, text: Any, most: int, least: int = 0) -> Iterator[str]:
    """A string of `least` to `most` letters; of white space alone is empty."""
    if not isinstance(text, str):
        yield f"{place}: {type(text).__name__}, not text"
        return
    if len(text) > most:
        yield f"{place}: {len(text):,} characters, {most:,} are the most"
    elif len(text.strip()) < least:
        yield f"{place}: empty"
    if _HALF_LETTER.search(text):
        yield f"{place}: half a letter (a lone surrogate)"


def pieces(place: str, given: Any, most: int) -> Iterator[str]:
    """A list of one to `most`."""
    if not isinstance(given, list):
        yield f"{place}: no list"
    elif not 1 <= len(given) <= most:
        yield f"{place}: {len(given)}, 1 to {most} are allowed"


def text_object(place: str, text: Any, most: int, kind: str = "") -> Iterator[str]:
    """A text object of one letter or more; `kind` is "" where both kinds are taken."""
    if not isinstance(text, dict) or text.get("type") not in _TEXT_KEYS:
        yield f"{place}: no text object"
        return
    if kind and text["type"] != kind:
        yield f"{place}.type: must be {kind}"
    yield from keys(place, text, _TEXT_KEYS[text["type"]], "text object")
    yield from length(place, text.get("text", ""), most, least=1)


def keys(place: str, given: Json, known: set[str], what: str) -> Iterator[str]:
    """No key that Slack does not know."""
    for key in sorted(map(str, set(given) - known)):
        yield f"{place}.{key}: a {what} has no such key"


def element(place: str, given: Any) -> Iterator[str]:
    """A button, a choice or a box to type in."""
    kind = given.get("type") if isinstance(given, dict) else None
    if kind not in _KEYS:
        yield f"{place}.type: {kind!r} is no element that Patrol sends"
        return
    yield from keys(place, given, _KEYS[kind], kind)
    yield from length(f"{place}.action_id", given.get("action_id", ""), limits.ACTION_ID, least=1)
    if kind == "button":
        yield from _button(place, given)
    if kind in _MOST:
        yield from _options(place, given, _MOST[kind])
    if kind == "datepicker":
        yield from _date(place, given)
    if "placeholder" in given:
        yield from text_object(f"{place}.placeholder", given["placeholder"], limits.PLACEHOLDER, "plain_text")
    if "confirm" in given:
        yield from _confirm(f"{place}.confirm", given["confirm"])


def _button(place: str, given: Json) -> Iterator[str]:
    yield from text_object(f"{place}.text", given.get("text"), limits.BUTTON_TEXT, "plain_text")
    yield from length(f"{place}.value", given.get("value", ""), limits.VALUE)
    yield from _style(place, given)


def _options(place: str, given: Json, most: int) -> Iterator[str]:
    listed = given.get("options")
    yield from pieces(f"{place}.options", listed, most)
    if "initial_option" in given and given["initial_option"] not in (listed or ()):
        yield f"{place}.initial_option: is none of the options"
    for at, option in enumerate(listed if isinstance(listed, list) else ()):
        where = f"{place}.options[{at}]"
        if not isinstance(option, dict):
            yield f"{where}: no option"
            continue
        yield from keys(where, option, {"text", "value", "description"}, "option")
        yield from text_object(f"{where}.text", option.get("text"), limits.OPTION_TEXT, "plain_text")
        yield from length(f"{where}.value", option.get("value", ""), limits.OPTION_VALUE, least=1)


def _date(place: str, given: Json) -> Iterator[str]:
    if "initial_date" not in given:
        return
    try:
        date.fromisoformat(given["initial_date"])
    except (TypeError, ValueError):
        yield f"{place}.initial_date: no date (YYYY-MM-DD)"


def _confirm(place: str, given: Any) -> Iterator[str]:
    if not isinstance(given, dict):
        yield f"{place}: no question"
        return
    yield from keys(place, given, {"title", "text", "confirm", "deny", "style"}, "confirm")
    yield from text_object(f"{place}.title", given.get("title"), limits.CONFIRM_TITLE, "plain_text")
    yield from text_object(f"{place}.text", given.get("text"), limits.CONFIRM_TEXT)
    for key in ("confirm", "deny"):
        yield from text_object(f"{place}.{key}", given.get(key), limits.CONFIRM_BUTTON, "plain_text")
    yield from _style(place, given)


def _style(place: str, given: Json) -> Iterator[str]:
    if given.get("style", "primary") not in ("primary", "danger"):
        yield f"{place}.style: {given['style']!r} is neither primary nor danger"
