"""Slack's payloads to the desk: acknowledge first, drop what is delivered twice, then act. No rules here."""

import logging
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor
from typing import Any

from slack_bolt import App

from bot.answers import Asker
from bot.desk import Desk, clicks
from bot.desk.home import draw_home
from bot.desk.submissions import HANDLERS, Submissions
from bot.desk.tracking import begin as begin_tracking
from bot.messages import buttons
from bot.messages.track_view import TRACK

log = logging.getLogger("patrol.listeners")
Body = Mapping[str, Any]
DeskOf = Callable[[Body], Desk | None]
COMMAND = "/patrol"
EVENTS = ("app_home_opened",)
SHORTCUTS = (TRACK,)
# A message may hold the same button for several findings; what follows the name only makes its id unique.
ACTION = re.compile(
    rf"({buttons.ACKNOWLEDGE}|{buttons.FIXED}|{buttons.FIX}|{buttons.SHOW_ALL}|{buttons.SHOW}|{buttons.APPROVE}"
    rf"|{buttons.REJECT}|{buttons.UNDO}|{buttons.MORE}|{buttons.SELECT}|{buttons.SEARCH}"
    rf"|{buttons.CHOOSE}\w+|{buttons.HOME}\w+|{buttons.RUN}\w+)(?:[-:]\S*)?"
)
CALLBACK = re.compile("|".join(map(re.escape, HANDLERS)) + r"\Z")


def listen(app: App, desk_of: DeskOf, desks: Sequence[Desk], work: Executor) -> None:
    """Register every listener of Patrol; `desk_of` says which of `desks` a payload is for, None for a stranger.

    Each acknowledges and hands over to `work`, so that whoever comes next is not kept waiting by the answer. A dialog
    alone is answered in its acknowledgement, for Slack shows a refusal beside its input only there.
    """
    submissions = {id(desk): Submissions(desk, work) for desk in desks}

    def later(body: Body, task: Callable[[Desk], None]) -> None:
        desk = desk_of(body)
        if desk is not None:
            work.submit(_told_if_it_fails, lambda: task(desk))

    @app.command(COMMAND)
    def on_command(ack: Callable[[], None], body: Body) -> None:
        ack()
        later(body, lambda desk: slash(desk, body))

    @app.action(re.compile(ACTION.pattern + r"\Z"))
    def on_action(ack: Callable[[], None], body: Body) -> None:
        ack()
        later(body, lambda desk: click(desk, body))

    @app.view(CALLBACK)
    def on_submission(ack: Callable[..., None], body: Body) -> None:
        desk = desk_of(body)
        ack(**(submissions[id(desk)].take(body) if desk is not None else {}))

    @app.shortcut(SHORTCUTS[0])
    def on_shortcut(ack: Callable[[], None], body: Body) -> None:
        ack()
        later(body, lambda desk: shortcut(desk, body))

    @app.event(EVENTS[0])
    def on_home(event: Body, body: Body) -> None:
        later(body, lambda desk: home(desk, event, body))


def slash(desk: Desk, body: Body) -> None:
    """A slash command, once."""
    if desk.is_first(f"command {body.get('trigger_id')}"):
        clicks.slash(desk, Asker.of(body), str(body.get("text") or ""))


def click(desk: Desk, body: Body) -> None:
    """Each button or choice of the payload, once."""
    asker = Asker.of(body)
    for action in body.get("actions") or ():
        name = str(action.get("action_id"))
        key = f"action {action.get('action_ts')} {asker.user} {name} {action.get('block_id')}"
        if desk.is_first(key):
            chosen = (action.get("selected_option") or action).get("value")
            clicks.click(desk, asker, action_name(name), str(chosen or ""))


def shortcut(desk: Desk, body: Body) -> None:
    """A shortcut on a message, once."""
    if desk.is_first(f"shortcut {body.get('trigger_id')}"):
        begin_tracking(desk, Asker.of(body), body)


def home(desk: Desk, event: Body, body: Body) -> None:
    """The Home tab was opened."""
    if event.get("tab", "home") == "home" and desk.is_first(f"event {body.get('event_id')}"):
        draw_home(desk, str(event.get("user") or ""))
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
