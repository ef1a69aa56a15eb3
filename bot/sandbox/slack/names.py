"""Slack gives a block and an element a name where the app gave none."""

import secrets
from typing import Any

Json = dict[str, Any]


def with_names(blocks: list[Json]) -> list[Json]:
    """`blocks`, as copies, each with a block_id and its elements with an action_id."""
    return [_block(block) for block in blocks]


def _block(block: Json) -> Json:
    made = {**block, "block_id": block.get("block_id") or _fresh()}
    if block["type"] == "actions":
        made["elements"] = [_element(element) for element in block["elements"]]
    for key in ("accessory", "element"):
        if key in block:
            made[key] = _element(block[key])
    return made


def _element(element: Json) -> Json:
    if element["type"] == "image" or element.get("action_id"):
        return element
    return {**element, "action_id": _fresh()}


def _fresh() -> str:
    return secrets.token_urlsafe(4)
