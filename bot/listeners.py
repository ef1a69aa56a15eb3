"""Slack's payloads to the desk: acknowledge first, drop what is delivered twice, then act. No rules here."""

import logging
import re
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from typing import Any

from slack_bolt import App

from bot.answers import Asker
from bot.desk import Desk
from bot.messages import buttons

log = logging.getLogger("patrol.listeners")
Body = Mapping[str, Any]
COMMAND = "/patrol"
EVENTS = ("app_home_opened",)
# A message may hold the same button for several findings; what follows the name only makes its id unique.
ACTION = re.compile(
    rf"({buttons.ACKNOWLEDGE}|{buttons.FIXED}|{buttons.FIX}|{buttons.SHOW_ALL}|{buttons.SHOW}|{buttons.RUN}\w+)"
    r"(?:[-:]\S*)?"
)


def listen(app: App, desk: Desk, work: Executor) -> None:
    """Register every listener of Patrol.

    Each acknowledges and hands over to `work`, so that whoever comes next is not kept waiting by the answer.
    """

    def later(task: Callable[[], None]) -> None:
        work.submit(_told_if_it_fails, task)

    @app.command(COMMAND)
    def on_command(ack: Callable[[], None], body: Body) -> None:
        ack()
        later(lambda: slash(desk, body))

    @app.action(re.compile(ACTION.pattern + r"\Z"))
    def on_action(ack: Callable[[], None], body: Body) -> None:
        ack()
        later(lambda: clicks(desk, body))

    @app.event(EVENTS[0])
    def on_home(event: Body, body: Body) -> None:
        later(lambda: home(desk, event, body))


def slash(desk: Desk, body: Body) -> None:
    """A slash command, once."""
    if desk.is_first(f"command {body.get('trigger_id')}"):
        desk.slash(Asker.of(body), str(body.get("text") or ""))


def clicks(desk: Desk, body: Body) -> None:
    """Each button of the payload, once."""
    asker = Asker.of(body)
    for action in body.get("actions") or ():
        name = str(action.get("action_id"))
        key = f"action {action.get('action_ts')} {asker.user} {name} {action.get('block_id')}"
        if desk.is_first(key):
            desk.click(asker, action_name(name), str(action.get("value") or ""))


def home(desk: Desk, event: Body, body: Body) -> None:
    """The Home tab was opened."""
    if event.get("tab", "home") == "home" and desk.is_first(f"event {body.get('event_id')}"):
        desk.home(str(event.get("user") or ""))
        desk.directory.meet(str(event.get("user") or ""))


def _told_if_it_fails(task: Callable[[], None]) -> None:
    try:
        task()
    except Exception:
        log.exception("listener.failed")


def action_name(action_id: str) -> str:
    """The button behind an action id: "acknowledge" of "acknowledge-2"."""
    found = ACTION.fullmatch(action_id)
    return found.group(1) if found else action_id
