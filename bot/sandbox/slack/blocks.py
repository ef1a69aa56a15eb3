"""Block Kit as Slack takes it: a validator of its own, so that Patrol's own limits are held against another's."""

from collections.abc import Callable, Iterator
from typing import Any

Json = dict[str, Any]
MESSAGE_BLOCKS, VIEW_BLOCKS = 50, 100
MESSAGE_CHARACTERS = 13_200
_PLAIN, _ANY = ("plain_text",), ("plain_text", "mrkdwn")


def faults_of(blocks: Any, surface: str) -> list[str]:
    """Each fault as "reason [json-pointer:/blocks/0/text]"; empty where Slack would take it.

    `surface` is "message", "modal" or "home".
    """
    if not isinstance(blocks, list):
        return ["must be an array [json-pointer:/blocks]"]
    most = MESSAGE_BLOCKS if surface == "message" else VIEW_BLOCKS
    found = [] if len(blocks) <= most else [f"no more than {most} items allowed [json-pointer:/blocks]"]
    names: set[str] = set()
    for at, block in enumerate(blocks):
        place = f"/blocks/{at}"
        found += _block(block, place, surface)
        name = block.get("block_id") if isinstance(block, dict) else None
        if name and name in names:
            found.append(_said("block_id already exists", place))
        names.add(str(name))
    return found


def characters(blocks: Any) -> int:
    """All text of the blocks."""
    if isinstance(blocks, dict):
        return sum(len(v) if k == "text" and isinstance(v, str) else characters(v) for k, v in blocks.items())
    return sum(map(characters, blocks)) if isinstance(blocks, list) else 0


def _said(reason: str, place: str) -> str:
    return f"{reason} [json-pointer:{place}]"


def _block(block: Any, place: str, surface: str) -> Iterator[str]:
    if not isinstance(block, dict):
        yield _said("must be an object", place)
        return
    check = _BLOCKS.get(str(block.get("type")))
    if check is None:
        yield _said(f"unsupported type: {block.get('type')}", place)
        return
    allowed, inside = check
    for key in sorted(set(block) - allowed - {"type", "block_id"}):
        yield _said(f"additional property: {key}", f"{place}/{key}")
    if not isinstance(block.get("block_id", ""), str) or len(block.get("block_id", "")) > 255:
        yield _said("must be a string of at most 255 characters", f"{place}/block_id")
    yield from inside(block, place)


def _header(block: Json, place: str) -> Iterator[str]:
    yield from _text(block.get("text"), f"{place}/text", 150, _PLAIN)


def _section(block: Json, place: str) -> Iterator[str]:
    if "text" not in block and "fields" not in block:
        yield _said("missing required field: text", place)
    if "text" in block:
        yield from _text(block["text"], f"{place}/text", 3000, _ANY)
    fields = block.get("fields", [{"type": "mrkdwn", "text": "x"}])
    if not isinstance(fields, list) or not 1 <= len(fields) <= 10:
        yield _said("must have 1 to 10 items", f"{place}/fields")
        return
    for at, field in enumerate(fields):
        yield from _text(field, f"{place}/fields/{at}", 2000, _ANY)
    if "accessory" in block:
        yield from _element(block["accessory"], f"{place}/accessory")


def _context(block: Json, place: str) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 10:
        yield _said("must have 1 to 10 items", f"{place}/elements")
        return
    for at, element in enumerate(elements):
        if isinstance(element, dict) and element.get("type") == "image":
            yield from _image(element, f"{place}/elements/{at}")
        else:
            yield from _text(element, f"{place}/elements/{at}", 3000, _ANY)


def _actions(block: Json, place: str) -> Iterator[str]:
    elements = block.get("elements")
    if not isinstance(elements, list) or not 1 <= len(elements) <= 25:
        yield _said("must have 1 to 25 items", f"{place}/elements")
        return
    names: set[str] = set()
    for at, element in enumerate(elements):
        yield from _element(element, f"{place}/elements/{at}")
        name = element.get("action_id") if isinstance(element, dict) else None
        if name and name in names:
            yield _said("action_id already exists", f"{place}/elements/{at}")
        names.add(str(name))


def _input(block: Json, place: str) -> Iterator[str]:
    yield from _text(block.get("label"), f"{place}/label", 2000, _PLAIN)
    if "hint" in block:
        yield from _text(block["hint"], f"{place}/hint", 2000, _PLAIN)
    yield from _element(block.get("element"), f"{place}/element")


def _image(block: Json, place: str) -> Iterator[str]:
    if not (block.get("image_url") or block.get("slack_file")):
        yield _said("missing required field: image_url", place)
    if len(str(block.get("image_url", ""))) > 3000:
        yield _said("must be at most 3000 characters", f"{place}/image_url")
    if not 1 <= len(str(block.get("alt_text", ""))) <= 2000:
        yield _said("must be 1 to 2000 characters", f"{place}/alt_text")


def _nothing(_block: Json, _place: str) -> Iterator[str]:
    yield from ()


_BLOCKS: dict[str, tuple[set[str], Callable[[Json, str], Iterator[str]]]] = {
    "header": ({"text"}, _header),
    "section": ({"text", "fields", "accessory", "expand"}, _section),
    "context": ({"elements"}, _context),
    "actions": ({"elements"}, _actions),
    "divider": (set(), _nothing),
    "image": ({"image_url", "slack_file", "alt_text", "title"}, _image),
    "input": ({"label", "element", "hint", "optional", "dispatch_action"}, _input),
}
_TEXT_KEYS = {"type", "text", "emoji", "verbatim"}


def _text(text: Any, place: str, most: int, kinds: tuple[str, ...]) -> Iterator[str]:
    if not isinstance(text, dict) or text.get("type") not in kinds:
        yield _said(f"must be a {' or '.join(kinds)} object", place)
        return
    for key in sorted(set(text) - _TEXT_KEYS):
        yield _said(f"additional property: {key}", f"{place}/{key}")
    words = text.get("text")
    if not isinstance(words, str) or not words:
        yield _said("must be more than 0 characters", f"{place}/text")
    elif len(words) > most:
        yield _said(f"must be less than {most + 1} characters", f"{place}/text")
    if "emoji" in text and text["type"] != "plain_text":
        yield _said("additional property: emoji", f"{place}/emoji")


_ELEMENTS: dict[str, set[str]] = {
    "button": {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "overflow": {"options", "confirm"},
    "static_select": {"placeholder", "options", "option_groups", "initial_option", "confirm", "focus_on_load"},
    "multi_static_select": {"placeholder", "options", "initial_options", "confirm", "max_selected_items"},
    "users_select": {"placeholder", "initial_user", "confirm"},
    "plain_text_input": {
        "initial_value", "multiline", "min_length", "max_length", "placeholder", "dispatch_action_config",
        "focus_on_load",
    },
    "number_input": {"is_decimal_allowed", "initial_value", "min_value", "max_value", "placeholder"},
    "datepicker": {"initial_date", "placeholder", "confirm", "focus_on_load"},
    "checkboxes": {"options", "initial_options", "confirm"},
    "radio_buttons": {"options", "initial_option", "confirm"},
}  # fmt: skip


def _element(element: Any, place: str) -> Iterator[str]:
    if not isinstance(element, dict) or element.get("type") not in _ELEMENTS:
        kind = element.get("type") if isinstance(element, dict) else element
        yield _said(f"unsupported type: {kind}", place)
        return
    if element["type"] == "image":
        return
    for key in sorted(set(element) - _ELEMENTS[element["type"]] - {"type", "action_id"}):
        yield _said(f"additional property: {key}", f"{place}/{key}")
    name = element.get("action_id", "x")
    if not isinstance(name, str) or not 1 <= len(name) <= 255:
        yield _said("must be 1 to 255 characters", f"{place}/action_id")
    if element["type"] == "button":
        yield from _button(element, place)
    options = element.get("options", [])
    if not isinstance(options, list) or len(options) > (5 if element["type"] == "overflow" else 100):
        yield _said("too many options", f"{place}/options")
        return
    for at, option in enumerate(options):
        yield from _text(option.get("text"), f"{place}/options/{at}/text", 75, _ANY)
        if not 1 <= len(str(option.get("value", ""))) <= 150:
            yield _said("must be 1 to 150 characters", f"{place}/options/{at}/value")


def _button(element: Json, place: str) -> Iterator[str]:
    yield from _text(element.get("text"), f"{place}/text", 75, _PLAIN)
    if len(str(element.get("value", ""))) > 2000:
        yield _said("must be less than 2001 characters", f"{place}/value")
    if len(str(element.get("url", ""))) > 3000:
        yield _said("must be less than 3001 characters", f"{place}/url")
    if element.get("style", "primary") not in ("primary", "danger"):
        yield _said("must be primary or danger", f"{place}/style")


def view_faults(view: Any) -> list[str]:
    """Each fault of a modal or an App Home."""
    if not isinstance(view, dict) or view.get("type") not in ("modal", "home"):
        return [_said("unsupported type of view", "/view/type")]
    kind = view["type"]
    allowed = {"type", "blocks", "private_metadata", "callback_id", "external_id"}
    found: list[str] = []
    if kind == "modal":
        allowed |= {"title", "close", "submit", "clear_on_close", "notify_on_close", "submit_disabled"}
        found += _text(view.get("title"), "/view/title", 24, _PLAIN)
        for key in ("close", "submit"):
            if key in view:
                found += _text(view[key], f"/view/{key}", 24, _PLAIN)
    found += [_said(f"additional property: {key}", f"/view/{key}") for key in sorted(set(view) - allowed)]
    for key, most in (("private_metadata", 3000), ("callback_id", 255), ("external_id", 255)):
        if len(str(view.get(key, ""))) > most:
            found.append(_said(f"must be less than {most + 1} characters", f"/view/{key}"))
    blocks = view.get("blocks")
    asks = isinstance(blocks, list) and any(isinstance(b, dict) and b.get("type") == "input" for b in blocks)
    if asks and kind == "modal" and "submit" not in view:
        found.append(_said("an input needs a submit button", "/view/submit"))
    return found + faults_of(blocks, kind)
