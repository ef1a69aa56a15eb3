"""What a person does to an element, as the `actions` of a payload say it."""

from typing import Any

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import Json

# Element type -> the action's key, and whether it holds the whole option or the bare value.
_CHOICES = {
    "static_select": "selected_option",
    "overflow": "selected_option",
    "radio_buttons": "selected_option",
}
_LISTS = {"multi_static_select": "selected_options", "checkboxes": "selected_options"}
_BARE = {
    "users_select": "selected_user",
    "channels_select": "selected_channel",
    "datepicker": "selected_date",
    "timepicker": "selected_time",
}


def find_element(blocks: list[Json], wanted: Json) -> tuple[Json, Json]:
    """The block and element that `wanted` names: action_id, and where several fit, value or block_id.

    Raises ApiError no_such_button where it is not there, no_dispatch_action where an input keeps still.
    """
    for block in blocks:
        if wanted.get("block_id", block.get("block_id")) != block.get("block_id"):
            continue
        parts = [*(block.get("elements") or ()), block.get("accessory"), block.get("element")]
        for element in parts:
            if isinstance(element, dict) and "action_id" in element and _fits(element, wanted):
                if block["type"] == "input" and not block.get("dispatch_action"):
                    raise ApiError("no_dispatch_action")
                return block, element
    raise ApiError("no_such_button")


def action_of(block: Json, element: Json, wanted: Json, at: float) -> Json:
    """One entry of `actions`, at `at` seconds of Unix time."""
    kind = element["type"]
    made = {"type": kind, "action_id": element["action_id"], "block_id": block.get("block_id", "")}
    made["action_ts"] = f"{at:.6f}"
    if kind == "button":
        made |= {"text": element["text"], "value": element.get("value", "")}
        made |= {"style": element["style"]} if element.get("style") else {}
    else:
        made |= value_of(element, wanted.get("value", ""))
    return made


def value_of(element: Json, value: Any) -> Json:
    """What an input holds: the value, or the option of that value. Raises ApiError where there is none."""
    kind = element["type"]
    if kind in _CHOICES:
        return {_CHOICES[kind]: _option(element, str(value)) if value else None}
    if kind in _LISTS:
        values = value if isinstance(value, list) else [value] if value else []
        return {_LISTS[kind]: [_option(element, str(one)) for one in values]}
    if kind == "multi_users_select":
        return {"selected_users": list(value) if isinstance(value, list) else [value] if value else []}
    if value is not None and not isinstance(value, str):
        raise ApiError("invalid_value")
    return {_BARE.get(kind, "value"): value or None}


def _fits(element: Json, wanted: Json) -> bool:
    if wanted.get("action_id") and element["action_id"] != wanted["action_id"]:
        return False
    return element["type"] != "button" or not wanted.get("value") or element.get("value") == wanted["value"]


def _option(element: Json, value: str) -> Json:
    groups = [group.get("options") or [] for group in element.get("option_groups") or ()]
    for option in [*(element.get("options") or ()), *(one for group in groups for one in group)]:
        if option["value"] == value:
            return dict(option)
    raise ApiError("no_such_option")
