"""What the app's acknowledgements do: a command's answer, and a dialog's next step."""

import re
from typing import Any

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.methods.chat import bot_message, checked, show_ephemeral
from bot.sandbox.slack.methods.views import change, modal_of, put_on_top, view_of
from bot.sandbox.slack.state import Json, State

TROUBLE = "We had some trouble connecting. Try again?"
REQUIRED = "Please complete this required field."
_URL = re.compile(r"https?://[^\s/]\S*")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def answer_command(state: State, channel: str, user: str, answer: Json) -> None:
    """An acknowledgement with content is shown, as Slack would; one that Slack refuses is logged."""
    if not answer.get("text") and not answer.get("blocks"):
        return
    try:
        content = checked(state, answer)
    except ApiError as error:
        state.log("ack of a command", channel, error.code)
        return
    show_answer(state, channel, user, answer, content)


def show_answer(state: State, channel: str, user: str, given: Json, content: Json) -> None:
    """`content` for all in the channel where `given` says so, else for `user` alone."""
    if given.get("response_type") != "in_channel":
        show_ephemeral(state, channel, user, content)
        return
    ts = state.next_ts()
    state.messages[channel][ts] = bot_message(state, ts) | content
    state.changed("message", channel)


def answer_submission(state: State, user: str, view: Json, answer: Json) -> None:
    """Close, redraw, cover or refuse the dialog. What Slack refuses is logged and told to the person."""
    action = answer.get("response_action")
    try:
        if action is None:
            close_dialog(state, user, view["id"])
        elif action == "clear":
            clear_dialogs(state, user)
        elif action == "errors":
            _refuse(state, user, view, answer.get("errors"))
        elif action == "update":
            change(state, view, view_of(state, answer.get("view"), "modal", view["id"]))
        elif action == "push":
            put_on_top(state, user, view["id"], modal_of(state, answer.get("view")))
        else:
            raise ApiError("invalid_response_action")
    except ApiError as error:
        state.log("ack of a dialog", error=error.code)
        tell_trouble(state, user, view)


def tell_trouble(state: State, user: str, view: Json) -> None:
    """The dialog stays, and says that it did not work, under its last input."""
    inputs = [block["block_id"] for block in view["blocks"] if block["type"] == "input"]
    view["errors"] = dict.fromkeys(inputs[-1:], TROUBLE)
    state.changed("view", user=user)


def close_dialog(state: State, user: str, view_id: str) -> None:
    """Take one dialog away."""
    state.stacks[user] = [one for one in state.stacks[user] if one != view_id]
    state.views.pop(view_id, None)
    state.changed("view", user=user)


def clear_dialogs(state: State, user: str) -> None:
    """Take all dialogs away."""
    for one in state.stacks.pop(user, []):
        state.views.pop(one, None)
    state.changed("view", user=user)


def unfilled(view: Json, values: Json) -> dict[str, str]:
    """The inputs that Slack's own client does not let out empty: block_id to what it says."""
    found: dict[str, str] = {}
    for block in view["blocks"]:
        if block["type"] != "input":
            continue
        held = _held(values, block)
        if not any(held.values()) and not block.get("optional"):
            found[block["block_id"]] = REQUIRED
        elif _too_many(block["element"], held):
            found[block["block_id"]] = f"Please choose at most {block['element']['max_selected_items']}."
        elif isinstance(held.get("value"), str) and (wrong := _wrong(block["element"], held["value"])):
            found[block["block_id"]] = wrong
    return found


def _held(values: Json, block: Json) -> Json:
    row = values.get(block["block_id"])
    cell = row.get(block["element"].get("action_id")) if isinstance(row, dict) else None
    return {k: v for k, v in cell.items() if k != "type"} if isinstance(cell, dict) else {}


def _too_many(element: Json, held: Json) -> bool:
    chosen = held.get("selected_options") or held.get("selected_users") or []
    return len(chosen) > int(element.get("max_selected_items", len(chosen)))


def _wrong(element: Json, text: str) -> str:
    """What Slack's client says of what was typed; "" where it takes it."""
    kind = element["type"]
    if kind == "url_text_input" and not _URL.fullmatch(text):
        return "Please enter a valid URL."
    if kind == "email_text_input" and not _EMAIL.fullmatch(text):
        return "Please enter a valid email address."
    return _amount(element, text) if kind == "number_input" else _length(element, text)


def _amount(element: Json, text: str) -> str:
    try:
        number = float(text) if element["is_decimal_allowed"] else int(text)
    except ValueError:
        return "Please enter a number." if element["is_decimal_allowed"] else "Please enter a whole number."
    least, most = element.get("min_value"), element.get("max_value")
    if least is not None and number < float(least):
        return f"Must be at least {least}."
    return f"Must be at most {most}." if most is not None and number > float(most) else ""


def _length(element: Json, text: str) -> str:
    if text and len(text) < element.get("min_length", 0):
        return f"Must be at least {element['min_length']} characters."
    if len(text) > element.get("max_length", 3000):
        return f"Must be at most {element.get('max_length', 3000)} characters."
    return ""


def _refuse(state: State, user: str, view: Json, errors: Any) -> None:
    inputs = {block["block_id"] for block in view["blocks"] if block["type"] == "input"}
    if not isinstance(errors, dict) or not errors or not set(errors) <= inputs:
        raise ApiError("invalid_errors")
    if not all(isinstance(words, str) and words for words in errors.values()):
        raise ApiError("invalid_errors")
    view["errors"] = dict(errors)
    state.changed("view", user=user)
