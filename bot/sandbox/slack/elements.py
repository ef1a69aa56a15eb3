"""Block Kit's elements: buttons, choices and inputs, and where each may stand (Slack's reference)."""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

from bot.sandbox.slack.texts import (
    ANY,
    PLAIN,
    Json,
    confirm,
    extra,
    items,
    option,
    said,
    style,
    text,
    words,
    yes_or_no,
)  # fmt: skip

_CHOICE = {"confirm", "focus_on_load"}
_PROMPTED = {*_CHOICE, "placeholder"}
_KEYS: Mapping[str, set[str]] = {
    "button": {"text", "url", "value", "style", "confirm", "accessibility_label"},
    "overflow": {"options", "confirm"},
    "static_select": {*_PROMPTED, "options", "option_groups", "initial_option"},
    "multi_static_select": {*_PROMPTED, "options", "option_groups", "initial_options", "max_selected_items"},
    "users_select": {*_PROMPTED, "initial_user"},
    "multi_users_select": {*_PROMPTED, "initial_users", "max_selected_items"},
    "channels_select": {*_PROMPTED, "initial_channel", "response_url_enabled"},
    "datepicker": {*_PROMPTED, "initial_date"},
    "timepicker": {*_PROMPTED, "initial_time", "timezone"},
    "checkboxes": {*_CHOICE, "options", "initial_options"},
    "radio_buttons": {*_CHOICE, "options", "initial_option"},
    "plain_text_input": {
        "initial_value", "multiline", "min_length", "max_length", "placeholder", "dispatch_action_config",
        "focus_on_load",
    },
    "email_text_input": {"initial_value", "placeholder", "dispatch_action_config", "focus_on_load"},
    "url_text_input": {"initial_value", "placeholder", "dispatch_action_config", "focus_on_load"},
    "number_input": {
        "is_decimal_allowed", "initial_value", "min_value", "max_value", "placeholder",
        "dispatch_action_config", "focus_on_load",
    },
}  # fmt: skip
_TYPED = {"plain_text_input", "number_input", "email_text_input", "url_text_input"}
_CHOICES = set(_KEYS) - _TYPED
ACTIONS = _CHOICES
ACCESSORY = _CHOICES
INPUT = set(_KEYS) - {"button", "overflow"}
STATEFUL = INPUT
_MOST_OPTIONS = {"overflow": 5, "checkboxes": 10, "radio_buttons": 10}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TRIGGERS = {"on_enter_pressed", "on_character_entered"}


def element(given: Any, place: str, kinds: set[str]) -> Iterator[str]:
    """Each fault of an element that must be one of `kinds`."""
    kind = given.get("type") if isinstance(given, dict) else given
    if not isinstance(given, dict) or not isinstance(kind, str) or kind not in kinds:
        yield said(f"unsupported type: {kind}", place)
        return
    yield from extra(given, _KEYS[kind] | {"type", "action_id"}, place)
    yield from words(given, "action_id", place, 255, least=1)
    if "confirm" in given:
        yield from confirm(given["confirm"], f"{place}/confirm")
    if "placeholder" in given:
        yield from text(given["placeholder"], f"{place}/placeholder", 150)
    most = given.get("max_selected_items", 1)
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        yield said("must be at least 1", f"{place}/max_selected_items")
    for key in ("focus_on_load", "multiline", "is_decimal_allowed"):
        yield from yes_or_no(given, key, place)
    yield from _CHECKS[kind](given, place)


def _button(given: Json, place: str) -> Iterator[str]:
    yield from text(given.get("text"), f"{place}/text", 75)
    yield from words(given, "value", place, 2000)
    yield from words(given, "url", place, 3000)
    yield from words(given, "accessibility_label", place, 75)
    yield from style(given, place)


def _choice(given: Json, place: str) -> Iterator[str]:
    kind = given["type"]
    kinds = ANY if kind in ("checkboxes", "radio_buttons") else PLAIN
    options, faults = _options(given, place, _MOST_OPTIONS.get(kind, 100))
    yield from faults
    for at, (where, one) in enumerate(options):
        yield from option(one, f"{place}/{where}/{at}", kinds)
    initial = given.get("initial_options", [given["initial_option"]] if "initial_option" in given else [])
    known = [one for _where, one in options]
    if not isinstance(initial, list) or any(one not in known for one in initial):
        yield said("must be one of the options", f"{place}/initial_option")


def _options(given: Json, place: str, most: int) -> tuple[list[tuple[str, Any]], list[str]]:
    """(where and what of each option, faults); a select has options or groups of them, not both."""
    if "option_groups" not in given:
        found, faults = items(given, "options", place, most)
        return [("options", one) for one in found], faults
    groups, faults = items(given, "option_groups", place, 100)
    if "options" in given:
        faults.append(said("options and option_groups exclude each other", place))
    options: list[tuple[str, Any]] = []
    for at, group in enumerate(groups):
        where = f"option_groups/{at}"
        if not isinstance(group, dict):
            faults.append(said("must be an object", f"{place}/{where}"))
            continue
        faults += [*text(group.get("label"), f"{place}/{where}/label", 75)]
        found, wrong = items(group, "options", f"{place}/{where}", 100)
        faults += wrong
        options += [(f"{where}/options", one) for one in found]
    return options, faults


def _person(given: Json, place: str) -> Iterator[str]:
    yield from words(given, "initial_user", place, 30, least=1)


def _date(given: Json, place: str) -> Iterator[str]:
    if "initial_date" in given and not _real(str(given["initial_date"])):
        yield said("must be YYYY-MM-DD", f"{place}/initial_date")


def _real(text: str) -> bool:
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def _time(given: Json, place: str) -> Iterator[str]:
    if "initial_time" in given and not _TIME.fullmatch(str(given["initial_time"])):
        yield said("must be HH:mm", f"{place}/initial_time")
    yield from words(given, "timezone", place, 100, least=1)


def _people(given: Json, place: str) -> Iterator[str]:
    chosen = given.get("initial_users", [])
    if not isinstance(chosen, list) or not all(isinstance(one, str) and one for one in chosen):
        yield said("must be a list of users", f"{place}/initial_users")


def _place(given: Json, place: str) -> Iterator[str]:
    yield from words(given, "initial_channel", place, 30, least=1)


def _lines(given: Json, place: str) -> Iterator[str]:
    yield from words(given, "initial_value", place, 3000)
    yield from _dispatch(given, place)
    for key, least in (("min_length", 0), ("max_length", 1)):
        value = given.get(key, least)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= 3000:
            yield said(f"must be {least} to 3000", f"{place}/{key}")


def _number(given: Json, place: str) -> Iterator[str]:
    if "is_decimal_allowed" not in given:
        yield said("missing required field: is_decimal_allowed", place)
    yield from _dispatch(given, place)
    for key in ("initial_value", "min_value", "max_value"):
        yield from words(given, key, place, 100, least=1)


def _address(given: Json, place: str) -> Iterator[str]:
    yield from words(given, "initial_value", place, 3000)
    yield from _dispatch(given, place)


def _dispatch(given: Json, place: str) -> Iterator[str]:
    """When a typed input tells the app: on enter, on each character, or both."""
    if "dispatch_action_config" not in given:
        return
    asked = given["dispatch_action_config"]
    on = asked.get("trigger_actions_on") if isinstance(asked, dict) else None
    if not isinstance(on, list) or not on or not set(map(str, on)) <= _TRIGGERS or len(set(on)) != len(on):
        yield said(
            "must be one or both of the triggers", f"{place}/dispatch_action_config/trigger_actions_on"
        )


_CHECKS: Mapping[str, Callable[[Json, str], Iterator[str]]] = {
    "button": _button,
    "overflow": _choice,
    "static_select": _choice,
    "multi_static_select": _choice,
    "checkboxes": _choice,
    "radio_buttons": _choice,
    "users_select": _person,
    "multi_users_select": _people,
    "channels_select": _place,
    "datepicker": _date,
    "timepicker": _time,
    "plain_text_input": _lines,
    "number_input": _number,
    "email_text_input": _address,
    "url_text_input": _address,
}
