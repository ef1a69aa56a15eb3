"""What inputs hold: `state.values` of a view or a message, seeded by initial values, each type in its own shape.

Slack names every stateful element there, those of sections and actions too.
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from bot.sandbox.slack.acting import value_of
from bot.sandbox.slack.elements import STATEFUL
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import Json, State

_MANY = ("multi_static_select", "checkboxes")
_INITIAL = ("initial_value", "initial_date", "initial_time", "initial_user", "initial_channel")
_KEPT = ("value", "selected_date", "selected_time", "selected_user", "selected_channel", "selected_users")


def stateful(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Each block and element that holds something."""
    for block in blocks:
        for part in (*(block.get("elements") or ()), block.get("accessory"), block.get("element")):
            if isinstance(part, dict) and part.get("type") in STATEFUL:
                yield block, part


def values_of(state: State, blocks: list[Json], given: Any) -> Json:
    """`state.values`: what `given` says, {block_id: {action_id: a cell or its bare value}}, else what was there first.

    Raises ApiError no_such_input, no_such_option, no_such_user, no_such_channel, invalid_date.
    """
    given = given if isinstance(given, dict) else {}
    values: Json = {}
    for block, element in stateful(blocks):
        row = given.get(block["block_id"])
        row = row if isinstance(row, dict) else {}
        name = element["action_id"]
        wanted = _bare(row[name]) if name in row else _initial(element)
        values.setdefault(block["block_id"], {})[name] = cell(state, element, wanted)
    _refuse_unknown(values, given)
    return values


def kept(state: State, blocks: list[Json], held: Json) -> Json:
    """Of what was held, what still fits a view that was drawn anew (Slack: preserving input entry in views)."""
    found: Json = {}
    for block, element in stateful(blocks):
        old = (held.get(block["block_id"]) or {}).get(element["action_id"])
        if not old or old["type"] != element["type"]:
            continue
        try:
            found.setdefault(block["block_id"], {})[element["action_id"]] = cell(state, element, _bare(old))
        except ApiError:  # the option is gone: the element starts over
            continue
    return found


def over(before: Any, after: Any) -> Json:
    """`before` with the cells of `after` laid over it: both {block_id: {action_id: ...}}."""
    made: Json = dict(before) if isinstance(before, dict) else {}
    for block_id, row in (after if isinstance(after, dict) else {}).items():
        old = made.get(block_id)
        made[block_id] = {**old, **row} if isinstance(old, dict) and isinstance(row, dict) else row
    return made


def cell(state: State, element: Json, wanted: Any) -> Json:
    """One entry of `state.values`. Raises ApiError where the element can't hold `wanted`."""
    made: Json = {"type": element["type"], **value_of(element, wanted)}
    if made.get("selected_user") and state.workspace.user(made["selected_user"]) is None:
        raise ApiError("no_such_user")
    if made.get("selected_channel") and state.channel(made["selected_channel"]) is None:
        raise ApiError("no_such_channel")
    if any(state.workspace.user(one) is None for one in made.get("selected_users", ())):
        raise ApiError("no_such_user")
    if made.get("selected_date"):
        _real_date(made["selected_date"])
    return made


def _bare(held: Any) -> Any:
    """The value inside a cell; what is no cell is one already."""
    if not isinstance(held, dict):
        return held
    if "selected_options" in held:
        return [one["value"] for one in held["selected_options"] or ()]
    if "selected_option" in held:
        return (held["selected_option"] or {}).get("value")
    return next((held[key] for key in _KEPT if key in held), None)


def _initial(element: Json) -> Any:
    if element["type"] in _MANY:
        return [one["value"] for one in element.get("initial_options", ())]
    if element["type"] == "multi_users_select":
        return element.get("initial_users", [])
    if "initial_option" in element:
        return element["initial_option"]["value"]
    return next((element[key] for key in _INITIAL if key in element), None)


def _refuse_unknown(values: Json, given: Json) -> None:
    for block_id, row in given.items():
        if block_id not in values or not isinstance(row, dict) or not set(row) <= set(values[block_id]):
            raise ApiError("no_such_input")


def _real_date(text: Any) -> None:
    try:
        if date.fromisoformat(str(text)).isoformat() != text:
            raise ValueError(text)
    except ValueError as error:
        raise ApiError("invalid_date") from error
