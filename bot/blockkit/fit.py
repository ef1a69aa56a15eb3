"""Brings any message or view within Slack's limits. Never refuses, never loses the pointer to the rest."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

from bot.blockkit import limits
from bot.blockkit.build import Block, context
from bot.blockkit.text import cut, redact

Message = dict[str, Any]
EMPTY = "(nothing)"
MORE = "... and more. "


def fit(message: Message, pointer: str = "") -> Message:
    """A copy of `message` within the limits; `pointer` (mrkdwn) says where the rest is."""
    fitted = copy.deepcopy(message)
    fitted["text"] = cut(redact(str(message.get("text", ""))), limits.MESSAGE_TEXT, MORE + pointer) or EMPTY
    if "blocks" in fitted:
        fitted["blocks"] = _blocks(
            fitted["blocks"], limits.MESSAGE_BLOCKS, limits.MESSAGE_TOTAL, MORE + pointer
        )
    return fitted


def fit_view(view: dict[str, Any], pointer: str = "") -> dict[str, Any]:
    """A copy of `view` (a dialog or an App Home) within the limits."""
    fitted = copy.deepcopy(view)
    for key in ("title", "close", "submit"):
        if key in fitted:
            fitted[key]["text"] = _plain(fitted[key]["text"], limits.VIEW_TITLE)
    for key, most in (("private_metadata", limits.PRIVATE_METADATA), ("callback_id", limits.CALLBACK_ID)):
        if key in fitted:
            fitted[key] = str(fitted[key])[:most]
    fitted["blocks"] = _blocks(fitted["blocks"], limits.VIEW_BLOCKS, limits.VIEW_TOTAL, MORE + pointer)
    return fitted


def _blocks(blocks: list[Block], most: int, total: int, tail: str) -> list[Block]:
    kept = [made for block in blocks if (made := _block(block, tail)) is not None]
    over = len(kept) > most or sum(map(_size, kept)) > total
    if over:
        kept = _within(kept, most - 1, total - len(tail))
        kept.append(context(tail))
    _name_apart(kept)
    return kept or [context(EMPTY)]


def _within(blocks: list[Block], most: int, total: int) -> list[Block]:
    """The first blocks that fit; a row of buttons goes with the words above it."""
    kept: list[Block] = []
    used = 0
    for block in blocks[:most]:
        used += _size(block)
        if used > total:
            break
        kept.append(block)
    return kept


def _block(block: Block, tail: str) -> Block | None:
    """The block within its own limits, None where nothing is left of it."""
    if "block_id" in block:
        block["block_id"] = str(block["block_id"])[: limits.BLOCK_ID]
    shape: dict[str, Callable[[Block, str], bool]] = {
        "header": _header,
        "section": _section,
        "context": _context,
        "actions": _actions,
    }
    check = shape.get(str(block.get("type")))
    return block if check is None or check(block, tail) else None


def _header(block: Block, _tail: str) -> bool:
    block["text"]["text"] = _plain(block["text"]["text"], limits.HEADER_TEXT)
    return True


def _section(block: Block, tail: str) -> bool:
    if "text" in block:
        _text(block["text"], limits.SECTION_TEXT, tail)
    if "fields" in block:
        block["fields"] = block["fields"][: limits.FIELDS]
        for field in block["fields"]:
            _text(field, limits.FIELD_TEXT, tail)
        if not block["fields"]:
            del block["fields"]
    if "accessory" in block:
        _button(block["accessory"])
    return "text" in block or "fields" in block


def _context(block: Block, tail: str) -> bool:
    block["elements"] = block["elements"][: limits.CONTEXT_ELEMENTS]
    for element in block["elements"]:
        if "text" in element:
            _text(element, limits.CONTEXT_TEXT, tail)
    return bool(block["elements"])


def _actions(block: Block, _tail: str) -> bool:
    block["elements"] = block["elements"][: limits.ACTIONS]
    for element in block["elements"]:
        _button(element)
    return bool(block["elements"])


def _button(element: Block) -> None:
    if isinstance(element.get("text"), dict):
        element["text"]["text"] = _plain(element["text"]["text"], limits.BUTTON_TEXT)
    if "value" in element:
        element["value"] = str(element["value"])[: limits.VALUE]
    if "action_id" in element:
        element["action_id"] = str(element["action_id"])[: limits.ACTION_ID]


def _text(text: Block, most: int, tail: str) -> None:
    text["text"] = cut(redact(str(text["text"])), most, tail if most > 200 else "")
    if not text["text"].strip():
        text["text"] = EMPTY


def _plain(text: str, most: int) -> str:
    """Plain text on one line; three dots say that it was cut."""
    line = redact(" ".join(str(text).split())) or EMPTY
    return line if len(line) <= most else line[: most - 3].rstrip() + "..."


def _size(block: Block) -> int:
    return sum(map(len, _texts(block)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "text" and isinstance(item, str):
                yield item
            else:
                yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)


def _name_apart(blocks: list[Block]) -> None:
    """Number the block ids and action ids that occur twice: Slack wants each once."""
    seen: set[str] = set()
    for block in blocks:
        if "block_id" in block:
            block["block_id"] = _apart(block["block_id"], seen, limits.BLOCK_ID)
    acted: set[str] = set()
    for block in blocks:
        for element in [*block.get("elements", ()), block.get("accessory") or {}]:
            if "action_id" in element:
                element["action_id"] = _apart(element["action_id"], acted, limits.ACTION_ID)


def _apart(name: str, seen: set[str], most: int) -> str:
    plain, number, found = name, 2, name
    while found in seen:
        suffix = f"-{number}"
        found, number = plain[: most - len(suffix)] + suffix, number + 1
    seen.add(found)
    return found
