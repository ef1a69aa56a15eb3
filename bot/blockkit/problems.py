"""Counts a payload against Slack's limits, independently of `fit`, and names the place of each fault."""

from collections.abc import Iterator
from typing import Any

from bot.blockkit import limits
from bot.blockkit.counts import Json, element, keys, length, pieces, text_object

_KEYS = {
    "header": {"type", "text", "block_id"},
    "section": {"type", "text", "fields", "accessory", "block_id", "expand"},
    "context": {"type", "elements", "block_id"},
    "divider": {"type", "block_id"},
    "actions": {"type", "elements", "block_id"},
    "image": {"type", "image_url", "slack_file", "alt_text", "title", "block_id"},
    "input": {"type", "label", "element", "hint", "optional", "dispatch_action", "block_id"},
}
_VIEW = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
_MODAL = {"title", "close", "submit", "clear_on_close", "notify_on_close", "submit_disabled"}


def problems(message: dict[str, Any]) -> list[str]:
    """Everything that Slack would refuse in a message; empty where all is well."""
    found = list(length("text", message.get("text", ""), limits.MESSAGE_TEXT, least=1))
    blocks = message.get("blocks", [])
    return found + list(_blocks(blocks, limits.MESSAGE_BLOCKS, limits.MESSAGE_TOTAL))


def problems_view(view: dict[str, Any]) -> list[str]:
    """Everything that Slack would refuse in a dialog or an App Home."""
    kind = view.get("type")
    if kind not in ("modal", "home"):
        return [f"type: {kind!r} is neither modal nor home"]
    found = [f"{key}: a {kind} has no such key" for key in sorted(set(view) - _VIEW - _modal_keys(kind))]
    if kind == "modal":
        found += ["title: a modal needs one"] if "title" not in view else []
        for key in ("title", "close", "submit"):
            if key in view:
                found += text_object(key, view[key], limits.VIEW_TITLE, "plain_text")
    found += length("private_metadata", view.get("private_metadata", ""), limits.PRIVATE_METADATA)
    found += length("callback_id", view.get("callback_id", ""), limits.CALLBACK_ID)
    return found + list(_blocks(view.get("blocks", []), limits.VIEW_BLOCKS, limits.VIEW_TOTAL))


def _modal_keys(kind: str) -> set[str]:
    return _MODAL if kind == "modal" else set()


def _blocks(blocks: list[Any], most: int, total: int) -> Iterator[str]:
    if len(blocks) > most:
        yield f"blocks: {len(blocks)}, {most} are the most"
    block_ids: set[str] = set()
    action_ids: set[str] = set()
    for at, block in enumerate(blocks):
        place = f"blocks[{at}]"
        if not isinstance(block, dict):
            yield f"{place}: no block"
            continue
        yield from _block(place, block)
        yield from _twice(f"{place}.block_id", block.get("block_id"), block_ids)
        for name in _action_ids(block):
            yield from _twice(f"{place}: action_id", name, action_ids)
    used = sum(len(text) for text in _texts(blocks))
    if used > total:
        yield f"blocks: {used:,} characters in all, {total:,} are the most"


def _block(place: str, block: Json) -> Iterator[str]:
    kind = str(block.get("type"))
    if kind not in _KEYS:
        yield f"{place}.type: {kind!r} is no block that Patrol sends"
        return
    yield from keys(place, block, _KEYS[kind], kind)
    yield from length(f"{place}.block_id", block.get("block_id", ""), limits.BLOCK_ID)
    if kind == "header":
        yield from text_object(f"{place}.text", block.get("text"), limits.HEADER_TEXT, "plain_text")
    elif kind == "section":
        yield from _section(place, block)
    elif kind in ("context", "actions"):
        yield from _elements(place, kind, block.get("elements"))
    elif kind == "input":
        yield from _input(place, block)
    elif kind == "image":
        yield from _image(place, block)


def _section(place: str, block: Json) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield f"{place}: neither text nor fields"
    if "text" in block:
        yield from text_object(f"{place}.text", block["text"], limits.SECTION_TEXT)
    if "fields" in block:
        yield from pieces(f"{place}.fields", block["fields"], limits.FIELDS)
        for at, field in enumerate(_listed(block["fields"])):
            yield from text_object(f"{place}.fields[{at}]", field, limits.FIELD_TEXT)
    if "accessory" in block:
        yield from element(f"{place}.accessory", block["accessory"])


def _elements(place: str, kind: str, elements: Any) -> Iterator[str]:
    most = limits.CONTEXT_ELEMENTS if kind == "context" else limits.ACTIONS
    yield from pieces(f"{place}.elements", elements, most)
    for at, given in enumerate(_listed(elements)):
        where = f"{place}.elements[{at}]"
        if kind == "context":
            yield from text_object(where, given, limits.CONTEXT_TEXT)
        else:
            yield from element(where, given)


def _input(place: str, block: Json) -> Iterator[str]:
    yield from text_object(f"{place}.label", block.get("label"), limits.LABEL, "plain_text")
    if "hint" in block:
        yield from text_object(f"{place}.hint", block["hint"], limits.LABEL, "plain_text")
    yield from element(f"{place}.element", block.get("element"))


def _image(place: str, block: Json) -> Iterator[str]:
    if ("image_url" in block) == ("slack_file" in block):
        yield f"{place}: one of image_url and slack_file"
    yield from length(f"{place}.image_url", block.get("image_url", ""), limits.IMAGE_URL)
    yield from length(f"{place}.alt_text", block.get("alt_text", ""), limits.ALT_TEXT, least=1)
    if "title" in block:
        yield from text_object(f"{place}.title", block["title"], limits.LABEL, "plain_text")


def _action_ids(block: Json) -> Iterator[Any]:
    for given in [*_listed(block.get("elements")), block.get("accessory"), block.get("element")]:
        if isinstance(given, dict):
            yield given.get("action_id")


def _twice(place: str, name: Any, seen: set[str]) -> Iterator[str]:
    if not isinstance(name, str):
        return
    if name in seen:
        yield f"{place}: {name!r} occurs twice"
    seen.add(name)


def _listed(given: Any) -> list[Any]:
    return given if isinstance(given, list) else []


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
