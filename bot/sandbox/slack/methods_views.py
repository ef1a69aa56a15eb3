"""views.*: dialogs by trigger, edited by id, and each person's App Home."""

import secrets
from typing import Any

from bot.sandbox.slack.blocks import view_faults
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import TRIGGER_S, Json, State, Trigger

MOST_VIEWS = 3


def open_view(state: State, given: Json) -> Json:
    """views.open: a new dialog."""
    trigger = _spend(state, given)
    view = _made(state, _modal(given), trigger.user)
    state.stacks[trigger.user] = [view["id"]]
    state.changed("view", user=trigger.user)
    return {"view": view}


def push(state: State, given: Json) -> Json:
    """views.push: a dialog on top of the one that was clicked in."""
    trigger = _spend(state, given)
    stack = state.stacks[trigger.user]
    if not trigger.view or trigger.view not in stack:
        raise ApiError("view_not_found")
    if len(stack) >= MOST_VIEWS:
        raise ApiError("push_limit_reached")
    view = _made(state, _modal(given), trigger.user)
    stack.append(view["id"])
    view["previous_view_id"] = trigger.view
    view["root_view_id"] = stack[0]
    state.changed("view", user=trigger.user)
    return {"view": view}


def update(state: State, given: Json) -> Json:
    """views.update, by view_id or external_id; a hash that is not the newest is refused."""
    identity, external = str(given.get("view_id") or ""), given.get("external_id")
    view = state.views.get(identity) or next(
        (v for v in state.views.values() if external and v.get("external_id") == external), None
    )
    if view is None:
        raise ApiError("not_found")
    if given.get("hash") and given["hash"] != view["hash"]:
        raise ApiError("hash_conflict")
    change(state, view, _checked(given.get("view")))
    return {"view": view}


def publish(state: State, given: Json) -> Json:
    """views.publish: the App Home of one person."""
    user = str(given.get("user_id") or "")
    if state.workspace.user(user) is None:
        raise ApiError("user_not_found")
    content = _checked(given.get("view"))
    if content["type"] != "home":
        raise ApiError("invalid_arguments")
    old = state.views.get(state.homes.get(user, ""))
    if given.get("hash") and (old is None or given["hash"] != old["hash"]):
        raise ApiError("hash_conflict")
    if old is not None:
        change(state, old, content)
        return {"view": old}
    view = _made(state, content, user)
    state.homes[user] = view["id"]
    state.changed("home", user=user)
    return {"view": view}


def change(state: State, view: Json, content: Json) -> None:
    """Draw an open view anew."""
    for key in ("title", "close", "submit", "blocks", "private_metadata", "callback_id"):
        view.pop(key, None)
    view.update(content)
    view["hash"] = _hash(state)
    state.changed("home" if view["type"] == "home" else "view", user=view["seen_by"])


def _spend(state: State, given: Json) -> Trigger:
    trigger = state.triggers.get(str(given.get("trigger_id") or ""))
    if trigger is None:
        raise ApiError("invalid_trigger_id")
    if trigger.used:
        raise ApiError("exchanged_trigger_id")
    if state.age_s(trigger.made) > TRIGGER_S:
        raise ApiError("expired_trigger_id")
    _modal(given)  # a bad view does not use the trigger up
    trigger.used = True
    return trigger


def _modal(given: Json) -> Json:
    content = _checked(given.get("view"))
    if content["type"] != "modal":
        raise ApiError("invalid_arguments")
    return content


def _checked(view: Any) -> Json:
    faults = view_faults(view)
    if faults:
        messages = [f"[ERROR] {fault}" for fault in faults[:10]]
        raise ApiError("invalid_arguments", response_metadata={"messages": messages})
    return dict(view)


def _made(state: State, content: Json, user: str) -> Json:
    view = content | {
        "id": state.new_id("V"),
        "team_id": state.workspace.team_id,
        "app_id": state.workspace.app_id,
        "bot_id": state.workspace.bot_id,
        "hash": _hash(state),
        "state": {"values": {}},
        "private_metadata": content.get("private_metadata", ""),
        "callback_id": content.get("callback_id", ""),
        "previous_view_id": None,
        "seen_by": user,
    }
    view["root_view_id"] = view["id"]
    state.views[view["id"]] = view
    return view


def _hash(state: State) -> str:
    return f"{int(state.clock().timestamp())}.{secrets.token_hex(4)}"
