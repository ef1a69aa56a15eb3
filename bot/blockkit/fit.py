"""Brings any message or view within Slack's limits. Never refuses, never loses the pointer to the rest."""

import copy
from collections.abc import Iterator
from typing import Any

from bot.blockkit import limits
from bot.blockkit.build import Block, context
from bot.blockkit.parts import EMPTY, Loss, fit_block, fit_plain, fit_text

Message = dict[str, Any]
MORE = "... and more. "


def fit(message: Message, pointer: str = "") -> Message:
    """A copy of `message` within the limits; `pointer` (mrkdwn, 300 letters at most) says where the rest is."""
    fitted = copy.deepcopy(message)
    tail = _tail(pointer)
    fitted["text"] = fit_text(message.get("text", ""), limits.MESSAGE_TEXT, tail)
    if "blocks" in fitted:
        fitted["blocks"] = _blocks(fitted["blocks"], limits.MESSAGE_BLOCKS, limits.MESSAGE_TOTAL, Loss(tail))
    return fitted


def fit_view(view: dict[str, Any], pointer: str = "") -> dict[str, Any]:
    """A copy of `view` (a dialog or an App Home) within the limits; `pointer` as for `fit`."""
    fitted = copy.deepcopy(view)
    loss = Loss(_tail(pointer))
    for key in ("title", "close", "submit"):
        if key in fitted:
            # A shortened title is no loss that the dialog must point out.
            fitted[key]["text"] = fit_plain(fitted[key]["text"], limits.VIEW_TITLE, Loss(""))
    for key, most in (("private_metadata", limits.PRIVATE_METADATA), ("callback_id", limits.CALLBACK_ID)):
        if key in fitted:
            fitted[key] = str(fitted[key])[:most]
    fitted["blocks"] = _blocks(fitted.get("blocks", []), limits.VIEW_BLOCKS, limits.VIEW_TOTAL, loss)
    return fitted


def _tail(pointer: str) -> str:
    return (MORE + fit_text(pointer, limits.POINTER, "")).strip() if pointer.strip() else MORE.strip()


def _blocks(blocks: list[Block], most: int, total: int, loss: Loss) -> list[Block]:
    kept = [block for block in blocks if fit_block(block, loss)]
    if loss.untold or len(kept) > most or sum(map(_size, kept)) > total:
        kept = _within(kept, most - 1, total - len(loss.tail))
        kept.append(context(loss.tail))
    _name_apart(kept)
    return kept or [context(EMPTY)]


def _within(blocks: list[Block], most: int, total: int) -> list[Block]:
    """The first blocks that fit whole."""
    kept: list[Block] = []
    used = 0
    for block in blocks[:most]:
        used += _size(block)
        if used > total:
            break
        kept.append(block)
    return kept


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
    acted: set[str] = set()
    for block in blocks:
        if "block_id" in block:
            block["block_id"] = _apart(block["block_id"], seen, limits.BLOCK_ID)
        for element in [
            *block.get("elements", ()), block.get("accessory") or {}, block.get("element") or {},
        ]:  # fmt: skip
            if "action_id" in element:
                element["action_id"] = _apart(element["action_id"], acted, limits.ACTION_ID)


def _apart(name: str, seen: set[str], most: int) -> str:
    number, found = 2, name
    while found in seen:
        suffix = f"-{number}"
        found, number = name[: most - len(suffix)] + suffix, number + 1
    seen.add(found)
    return found
