"""Brings one block within its own limits, and remembers where something went that nothing tells of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bot.blockkit import limits
from bot.blockkit.build import Block
from bot.blockkit.text import cut, sendable, settled, without_half_word

EMPTY = "(nothing)"
_MOST_OPTIONS = {"overflow": limits.OVERFLOW_OPTIONS, "radio_buttons": limits.RADIO_OPTIONS}


@dataclass
class Loss:
    """`tail` ends each text that is cut. `untold` is set where something was left out that could carry no tail."""

    tail: str
    untold: bool = False


def fit_block(block: Block, loss: Loss) -> bool:
    """Shorten `block` in place; False where nothing is left of it."""
    if "block_id" in block:
        block["block_id"] = str(block["block_id"])[: limits.BLOCK_ID]
    check = _SHAPES.get(str(block.get("type")))
    return check is None or check(block, loss)


def fit_plain(text: Any, most: int, loss: Loss) -> str:
    """Plain text on one line; three dots say that it was cut."""

    def shorten(whole: str) -> str:
        line = " ".join(whole.split())
        if len(line) <= most:
            return line
        loss.untold = True
        return without_half_word(line[: most - 3]).rstrip() + "..."

    return settled(str(text), shorten) or EMPTY


def fit_text(text: Any, most: int, tail: str) -> str:
    """Markup of several lines, ended by `tail` where it was cut."""
    found = settled(str(text), lambda whole: cut(whole, most, tail))
    return found if found.strip() else EMPTY


def _header(block: Block, loss: Loss) -> bool:
    block["text"]["text"] = fit_plain(block["text"]["text"], limits.HEADER_TEXT, loss)
    return True


def _section(block: Block, loss: Loss) -> bool:
    if "text" in block:
        block["text"]["text"] = fit_text(block["text"]["text"], limits.SECTION_TEXT, loss.tail)
    if "fields" in block:
        block["fields"] = _first(block["fields"], limits.FIELDS, loss)
        for field in block["fields"]:
            field["text"] = fit_text(field["text"], limits.FIELD_TEXT, loss.tail)
        if not block["fields"]:
            del block["fields"]
    if "accessory" in block and not _element(block["accessory"], loss):
        del block["accessory"]
    return "text" in block or "fields" in block


def _context(block: Block, loss: Loss) -> bool:
    block["elements"] = _first(block["elements"], limits.CONTEXT_ELEMENTS, loss)
    for element in block["elements"]:
        if "text" in element:
            element["text"] = fit_text(element["text"], limits.CONTEXT_TEXT, loss.tail)
    return bool(block["elements"])


def _actions(block: Block, loss: Loss) -> bool:
    kept = [element for element in block["elements"] if _element(element, loss)]
    block["elements"] = _first(kept, limits.ACTIONS, loss)
    return bool(block["elements"])


def _input(block: Block, loss: Loss) -> bool:
    for key in ("label", "hint"):
        if key in block:
            block[key]["text"] = fit_plain(block[key]["text"], limits.LABEL, loss)
    return _element(block["element"], loss)


def _image(block: Block, loss: Loss) -> bool:
    block["alt_text"] = fit_plain(block.get("alt_text", ""), limits.ALT_TEXT, loss)
    if "title" in block:
        block["title"]["text"] = fit_plain(block["title"]["text"], limits.LABEL, loss)
    return _whole(block, "image_url", limits.IMAGE_URL, loss)


def _element(element: Block, loss: Loss) -> bool:
    """False where it must go: a value cut short would be another finding, or another command."""
    if not _whole(element, "value", limits.VALUE, loss):
        return False
    if "action_id" in element:
        element["action_id"] = str(element["action_id"])[: limits.ACTION_ID] or "action"
    if element.get("style", "primary") not in ("primary", "danger"):
        del element["style"]
    for key, most in (("text", limits.BUTTON_TEXT), ("placeholder", limits.PLACEHOLDER)):
        if isinstance(element.get(key), dict):
            element[key]["text"] = fit_plain(element[key]["text"], most, loss)
    if "initial_value" in element:
        kept = sendable(str(element["initial_value"]))
        element["initial_value"] = kept[: int(element.get("max_length", limits.TYPED))]
    if "confirm" in element:
        _confirm(element["confirm"], loss)
    return "options" not in element or _options(element, loss)


def _confirm(asked: Block, loss: Loss) -> None:
    asked["title"]["text"] = fit_plain(asked["title"]["text"], limits.CONFIRM_TITLE, loss)
    asked["text"]["text"] = fit_text(asked["text"]["text"], limits.CONFIRM_TEXT, "...")
    for key in ("confirm", "deny"):
        asked[key]["text"] = fit_plain(asked[key]["text"], limits.CONFIRM_BUTTON, loss)


def _options(element: Block, loss: Loss) -> bool:
    kept = [one for one in element["options"] if _whole(one, "value", limits.OPTION_VALUE, loss)]
    element["options"] = _first(kept, _MOST_OPTIONS.get(str(element.get("type")), limits.OPTIONS), loss)
    if element.get("initial_option") and element["initial_option"] not in element["options"]:
        del element["initial_option"]
    for option in element["options"]:
        option["text"]["text"] = fit_plain(option["text"]["text"], limits.OPTION_TEXT, loss)
    if "initial_option" in element:
        first = element["initial_option"]["text"]
        first["text"] = fit_plain(first["text"], limits.OPTION_TEXT, loss)
    return bool(element["options"])


def _whole(part: Block, key: str, most: int, loss: Loss) -> bool:
    """Whether `part[key]` may travel as it is: not too long, no secret in it, no half letter."""
    value = str(part.get(key, ""))
    if len(value) <= most and value == sendable(value):
        return True
    loss.untold = True
    return False


def _first(items: list[Block], most: int, loss: Loss) -> list[Block]:
    loss.untold = loss.untold or len(items) > most
    return items[:most]


_SHAPES: dict[str, Callable[[Block, Loss], bool]] = {
    "header": _header,
    "section": _section,
    "context": _context,
    "actions": _actions,
    "input": _input,
    "image": _image,
}
