"""Counts a payload against Slack's limits, independently of `fit`, and names the place of each fault."""

from collections.abc import Iterator
from typing import Any

from bot.blockkit import limits

_KEYS = {
    "header": {"type", "text", "block_id"},
    "section": {"type", "text", "fields", "accessory", "block_id", "expand"},
    "context": {"type", "elements", "block_id"},
    "divider": {"type", "block_id"},
    "actions": {"type", "elements", "block_id"},
    "image": {"type", "image_url", "slack_file", "alt_text", "title", "block_id"},
    "input": {"type", "label", "element", "hint", "optional", "dispatch_action", "block_id"},
}
_BUTTON = {"type", "text", "action_id", "value", "style", "url", "confirm", "accessibility_label"}


def problems(message: dict[str, Any]) -> list[str]:
    """Everything that Slack would refuse in a message; empty where all is well."""
    found = list(_length("text", message.get("text", ""), limits.MESSAGE_TEXT, least=1))
    blocks = message.get("blocks", [])
    found += _blocks(blocks, limits.MESSAGE_BLOCKS)
    total = sum(len(text) for text in _texts(blocks))
    if total > limits.MESSAGE_TOTAL:
        found.append(f"blocks: {total:,} characters in all, {limits.MESSAGE_TOTAL:,} are the most")
    return found


def problems_view(view: dict[str, Any]) -> list[str]:
    """Everything that Slack would refuse in a dialog or an App Home."""
    found: list[str] = []
    if view.get("type") not in ("modal", "home"):
        found.append(f"type: {view.get('type')!r} is neither modal nor home")
    if view.get("type") == "modal" and "title" not in view:
        found.append("title: a modal needs one")
    for key in ("title", "close", "submit"):
        if key in view:
            found += _length(key, view[key].get("text", ""), limits.VIEW_TITLE, least=1)
    found += _length("private_metadata", view.get("private_metadata", ""), limits.PRIVATE_METADATA)
    found += _length("callback_id", view.get("callback_id", ""), limits.CALLBACK_ID)
    return found + list(_blocks(view.get("blocks", []), limits.VIEW_BLOCKS))


def _blocks(blocks: list[dict[str, Any]], most: int) -> Iterator[str]:
    if len(blocks) > most:
        yield f"blocks: {len(blocks)}, {most} are the most"
    block_ids: set[str] = set()
    action_ids: set[str] = set()
    for at, block in enumerate(blocks):
        place = f"blocks[{at}]"
        yield from _block(place, block)
        yield from _twice(f"{place}.block_id", block.get("block_id"), block_ids)
        for element in [*block.get("elements", ()), block.get("accessory") or {}]:
            yield from _twice(f"{place}: action_id", element.get("action_id"), action_ids)


def _block(place: str, block: dict[str, Any]) -> Iterator[str]:
    kind = str(block.get("type"))
    if kind not in _KEYS:
        yield f"{place}.type: {kind!r} is no block that Patrol sends"
        return
    for key in sorted(set(block) - _KEYS[kind]):
        yield f"{place}.{key}: a {kind} has no such key"
    yield from _length(f"{place}.block_id", block.get("block_id", ""), limits.BLOCK_ID)
    if kind == "header":
        yield from _text(f"{place}.text", block.get("text"), limits.HEADER_TEXT, "plain_text")
    elif kind == "section":
        yield from _section(place, block)
    elif kind in ("context", "actions"):
        yield from _elements(place, kind, block.get("elements", []))


def _section(place: str, block: dict[str, Any]) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield f"{place}: neither text nor fields"
    if "text" in block:
        yield from _text(f"{place}.text", block["text"], limits.SECTION_TEXT)
    if "fields" in block:
        if not 1 <= len(block["fields"]) <= limits.FIELDS:
            yield f"{place}.fields: {len(block['fields'])}, 1 to {limits.FIELDS} are allowed"
        for at, field in enumerate(block["fields"]):
            yield from _text(f"{place}.fields[{at}]", field, limits.FIELD_TEXT)
    if "accessory" in block:
        yield from _button(f"{place}.accessory", block["accessory"])


def _elements(place: str, kind: str, elements: list[dict[str, Any]]) -> Iterator[str]:
    most = limits.CONTEXT_ELEMENTS if kind == "context" else limits.ACTIONS
    if not 1 <= len(elements) <= most:
        yield f"{place}.elements: {len(elements)}, 1 to {most} are allowed"
    for at, element in enumerate(elements):
        where = f"{place}.elements[{at}]"
        if kind == "context":
            yield from _text(where, element, limits.CONTEXT_TEXT)
        else:
            yield from _button(where, element)


def _button(place: str, element: dict[str, Any]) -> Iterator[str]:
    if element.get("type") != "button":
        yield f"{place}.type: {element.get('type')!r} is no element that Patrol sends"
        return
    for key in sorted(set(element) - _BUTTON):
        yield f"{place}.{key}: a button has no such key"
    yield from _text(f"{place}.text", element.get("text"), limits.BUTTON_TEXT, "plain_text")
    yield from _length(f"{place}.action_id", element.get("action_id", ""), limits.ACTION_ID, least=1)
    yield from _length(f"{place}.value", element.get("value", ""), limits.VALUE)
    if element.get("style", "primary") not in ("primary", "danger"):
        yield f"{place}.style: {element['style']!r} is neither primary nor danger"


def _text(place: str, text: Any, most: int, kind: str = "") -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in ("plain_text", "mrkdwn"):
        yield f"{place}: no text object"
    elif kind and text["type"] != kind:
        yield f"{place}.type: must be {kind}"
    else:
        yield from _length(place, text.get("text", ""), most, least=1)


def _length(place: str, text: Any, most: int, least: int = 0) -> Iterator[str]:
    size = len(str(text))
    if size > most:
        yield f"{place}: {size:,} characters, {most:,} are the most"
    elif size < least:
        yield f"{place}: empty"


def _twice(place: str, name: Any, seen: set[str]) -> Iterator[str]:
    if name is not None and name in seen:
        yield f"{place}: {name!r} occurs twice"
    seen.add(name)


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
