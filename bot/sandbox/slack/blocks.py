"""Block Kit as Slack takes it: a validator of its own, so that Patrol's own limits are held against another's."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bot.sandbox.slack.elements import ACCESSORY, ACTIONS, INPUT, element
from bot.sandbox.slack.texts import ANY, Json, extra, items, said, text, words, yes_or_no

MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_CHARACTERS = 13_200


def faults_of(blocks: Any, surface: str) -> list[str]:
    """Each fault as "reason [json-pointer:/blocks/0/text]"; empty where Slack would take it.

    `surface` is "message", "modal" or "home".
    """
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    found = [] if len(blocks) <= most else [said(f"no more than {most} items allowed", "/blocks")]
    names: set[str] = set()
    for at, block in enumerate(blocks):
        place = f"/blocks/{at}"
        found += _block(block, place)
        name = block.get("block_id") if isinstance(block, dict) else None
        if name and str(name) in names:
            found.append(said("block_id already exists", place))
        names.add(str(name))
    return found + _focus(blocks)


def _focus(blocks: list[Any]) -> list[str]:
    """Only one element may take the focus when it is loaded."""
    parts = [
        block.get(key) for block in blocks if isinstance(block, dict) for key in ("element", "accessory")
    ]
    rows = [block.get("elements") for block in blocks if isinstance(block, dict)]
    parts += [part for row in rows if isinstance(row, list) for part in row]
    taking = [part for part in parts if isinstance(part, dict) and part.get("focus_on_load") is True]
    return [said("only one element may have focus_on_load", "/blocks")] if len(taking) > 1 else []


def view_faults(view: Any) -> list[str]:
    """Each fault of a modal or an App Home."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return [said("unsupported type of view", "/view/type")]
    kind, blocks = view["type"], view.get("blocks")
    allowed = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
    found: list[str] = []
    if kind == "modal":
        allowed |= {"title", "close", "submit", "clear_on_close", "notify_on_close", "submit_disabled"}
        found += text(view.get("title"), "/view/title", 24)
        for key in ("close", "submit"):
            if key in view:
                found += text(view[key], f"/view/{key}", 24)
    found += extra(view, allowed, "/view")
    for key, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        found += words(view, key, "/view", most)
    for key in ("clear_on_close", "notify_on_close", "submit_disabled"):
        found += yes_or_no(view, key, "/view")
    asks = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if asks and kind == "modal" and "submit" not in view:
        found.append(said("an input needs a submit button", "/view/submit"))
    return found + faults_of(blocks, kind)


def characters(blocks: Any) -> int:
    """All text of the blocks."""
    if isinstance(blocks, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else characters(v) for k, v in blocks.items())
    return sum(map(characters, blocks)) if isinstance(blocks, list) else 0


def _block(block: Any, place: str) -> Iterator[str]:
    kind = block.get("type") if isinstance(block, dict) else None
    check = _BLOCKS.get(kind) if isinstance(kind, str) else None
    if check is None:
        yield said("must be an object" if not isinstance(block, dict) else f"unsupported type: {kind}", place)
        return
    allowed, inside = check
    yield from extra(block, allowed | {"type", "block_id"}, place)
    yield from words(block, "block_id", place, 255)
    yield from inside(block, place)


def _header(block: Json, place: str) -> Iterator[str]:
    yield from text(block.get("text"), f"{place}/text", 150)


def _section(block: Json, place: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield said("missing required field: text", place)
    if "text" in block:
        yield from text(block["text"], f"{place}/text", 3000, ANY)
    if "fields" in block:
        fields, faults = items(block, "fields", place, 10)
        yield from faults
        for at, field in enumerate(fields):
            yield from text(field, f"{place}/fields/{at}", 2000, ANY)
    if "accessory" in block:
        yield from _element_or_image(block["accessory"], f"{place}/accessory")
    yield from yes_or_no(block, "expand", place)


def _context(block: Json, place: str) -> Iterator[str]:
    elements, faults = items(block, "elements", place, 10)
    yield from faults
    for at, one in enumerate(elements):
        if isinstance(one, dict) and one.get("type") == "image":
            yield from _picture(one, f"{place}/elements/{at}")
        else:
            yield from text(one, f"{place}/elements/{at}", 3000, ANY)


def _actions(block: Json, place: str) -> Iterator[str]:
    elements, faults = items(block, "elements", place, 25)
    yield from faults
    names: set[str] = set()
    for at, one in enumerate(elements):
        yield from element(one, f"{place}/elements/{at}", ACTIONS)
        name = one.get("action_id") if isinstance(one, dict) else None
        if name and str(name) in names:
            yield said("action_id already exists", f"{place}/elements/{at}")
        names.add(str(name))


def _input(block: Json, place: str) -> Iterator[str]:
    yield from text(block.get("label"), f"{place}/label", 2000)
    if "hint" in block:
        yield from text(block["hint"], f"{place}/hint", 2000)
    for key in ("optional", "dispatch_action"):
        yield from yes_or_no(block, key, place)
    yield from element(block.get("element"), f"{place}/element", INPUT)


def _image(block: Json, place: str) -> Iterator[str]:
    yield from _source(block, place)
    if "title" in block:
        yield from text(block["title"], f"{place}/title", 2000)


def _picture(given: Json, place: str) -> Iterator[str]:
    """An image as an element: it has no title and no name."""
    yield from extra(given, {"type", "image_url", "slack_file", "alt_text"}, place)
    yield from _source(given, place)


def _source(given: Json, place: str) -> Iterator[str]:
    if ("image_url" in given) == ("slack_file" in given):
        yield said("missing required field: image_url or slack_file, one of the two", place)
    yield from words(given, "image_url", place, 3000, least=1)
    if not isinstance(given.get("slack_file", {}), dict):
        yield said("must be an object", f"{place}/slack_file")
    if "alt_text" not in given:
        yield said("missing required field: alt_text", place)
    yield from words(given, "alt_text", place, 2000, least=1)


def _element_or_image(given: Any, place: str) -> Iterator[str]:
    if isinstance(given, dict) and given.get("type") == "image":
        yield from _picture(given, place)
    else:
        yield from element(given, place, ACCESSORY)


def _divider(_block: Json, _place: str) -> Iterator[str]:
    yield from ()


_BLOCKS: Mapping[str, tuple[set[str], Callable[[Json, str], Iterator[str]]]] = {
    "header": ({"text"}, _header),
    "section": ({"text", "fields", "accessory", "expand"}, _section),
    "context": ({"elements"}, _context),
    "actions": ({"elements"}, _actions),
    "divider": (set(), _divider),
    "image": ({"image_url", "slack_file", "alt_text", "title"}, _image),
    "input": ({"label", "element", "hint", "optional", "dispatch_action"}, _input),
}
