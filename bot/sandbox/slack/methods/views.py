"""views.*: dialogs by trigger, edited by id, and each person's App Home."""

import json
import secrets
from typing import Any

from bot.sandbox.slack.blocks import view_faults
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.fields import kept
from bot.sandbox.slack.names import with_names
from bot.sandbox.slack.pictures import unknown_files
from bot.sandbox.slack.state import TRIGGER_S, Json, State, Trigger

MOST_VIEWS = 3
LARGEST_VIEW = 250_000
OURS = ("seen_by", "errors")  # kept on a view for the page; not Slack's words
_DRAWN = (
    "title", "close", "submit", "blocks", "private_metadata", "callback_id", "external_id", "clear_on_close",
    "notify_on_close", "submit_disabled", "errors",
)  # fmt: skip


def open_view(state: State, given: Json) -> Json:
    """views.open: a new dialog."""
    content = modal_of(state, given.get("view"))
    trigger = _spend(state, given)
    for old in state.stacks[trigger.user]:
        state.views.pop(old, None)
    view = _made(state, content, trigger.user)
    state.stacks[trigger.user] = [view["id"]]
    state.changed("view", user=trigger.user)
    return {"view": shown(view)}


def push(state: State, given: Json) -> Json:
    """views.push: a dialog on top of the one that was clicked in."""
    content = modal_of(state, given.get("view"))
    trigger = _spend(state, given)
    return {"view": shown(put_on_top(state, trigger.user, trigger.view, content))}


def put_on_top(state: State, user: str, below: str, content: Json) -> Json:
    """Lay a checked dialog over `below`. Raises view_not_found, push_limit_reached."""
    stack = state.stacks[user]
    if not below or below not in stack:
        raise ApiError("view_not_found")
    if len(stack) >= MOST_VIEWS:
        raise ApiError("push_limit_reached")
    view = _made(state, content, user)
    stack.append(view["id"])
    view |= {"previous_view_id": below, "root_view_id": stack[0]}
    state.changed("view", user=user)
    return view


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
    change(state, view, view_of(state, given.get("view"), view["type"], view["id"]))
    return {"view": shown(view)}


def publish(state: State, given: Json) -> Json:
    """views.publish: the App Home of one person."""
    user = str(given.get("user_id") or "")
    if state.workspace.user(user) is None:
        raise ApiError("user_not_found")
    old = state.views.get(state.homes.get(user, ""))
    content = view_of(state, given.get("view"), "home", old["id"] if old else "")
    if given.get("hash") and (old is None or given["hash"] != old["hash"]):
        raise ApiError("hash_conflict")
    if old is not None:
        change(state, old, content)
        return {"view": shown(old)}
    view = _made(state, content, user)
    state.homes[user] = view["id"]
    state.changed("home", user=user)
    return {"view": shown(view)}


def change(state: State, view: Json, content: Json) -> None:
    """Draw an open view anew with checked content."""
    for key in _DRAWN:
        view.pop(key, None)
    view.update(content)
    view["state"] = {"values": kept(state, view["blocks"], view["state"]["values"])}
    view["hash"] = _hash(state)
    state.changed("home" if view["type"] == "home" else "view", user=view["seen_by"])


def shown(view: Json) -> Json:
    """A view as the app sees it."""
    return {key: value for key, value in view.items() if key not in OURS}


def modal_of(state: State, view: Any) -> Json:
    """A dialog, checked."""
    return view_of(state, view, "modal")


def view_of(state: State, view: Any, kind: str, identity: str = "") -> Json:
    """A view, checked; `identity` is the one it takes the place of. Raises ApiError."""
    faults = view_faults(view)
    if not faults and view["type"] != kind:
        faults = [f"must be a {kind} [json-pointer:/view/type]"]
    faults = faults or list(unknown_files(state, view["blocks"]))
    if faults:
        messages = [f"[ERROR] {fault}" for fault in faults[:10]]
        raise ApiError("invalid_arguments", response_metadata={"messages": messages})
    if len(json.dumps(view, ensure_ascii=False).encode(errors="replace")) > LARGEST_VIEW:
        raise ApiError("view_too_large")
    external = view.get("external_id")
    if external and any(
        v.get("external_id") == external and v["id"] != identity for v in state.views.values()
    ):
        raise ApiError("duplicate_external_id")
    given: Json = {"private_metadata": "", "callback_id": "", "external_id": ""}
    made: Json = given | view | {"blocks": with_names(view["blocks"])}
    return made


def _spend(state: State, given: Json) -> Trigger:
    """The trigger that is used up; whoever calls this has checked the view, for a bad one spends nothing."""
    trigger = state.triggers.get(str(given.get("trigger_id") or ""))
    if trigger is None:
        raise ApiError("invalid_trigger_id")
    if trigger.used:
        raise ApiError("exchanged_trigger_id")
    if state.age_s(trigger.made) > TRIGGER_S:
        raise ApiError("expired_trigger_id")
    trigger.used = True
    return trigger


def _made(state: State, content: Json, user: str) -> Json:
    view = content | {
        "id": state.new_id("V"),
        "team_id": state.workspace.team_id,
        "app_id": state.workspace.app_id,
        "bot_id": state.workspace.bot_id,
        "hash": _hash(state),
        "state": {"values": {}},
        "previous_view_id": None,
        "seen_by": user,
    }
    view["root_view_id"] = view["id"]
    state.views[view["id"]] = view
    return view


def _hash(state: State) -> str:
    return f"{int(state.clock().timestamp())}.{secrets.token_hex(4)}"
