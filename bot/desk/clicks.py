"""Slash commands, and buttons and menus of messages, dialogs and the App Home."""

import logging

from bot.answers import Asker, answer, open_view, update_view
from bot.desk.asking import question
from bot.desk.bulk import begin
from bot.desk.desk import Desk
from bot.desk.follow import follow
from bot.desk.home import turn_page
from bot.desk.picture import follow_with_picture
from bot.desk.showing import message_of, show
from bot.messages import buttons
from bot.messages.dialogs import FORMS, decision_view, menu_view
from bot.messages.search_view import search_view
from commands.model import Arguments
from commands.registry import run_command, run_text
from commands.summary_model import Summary
from scanners.errors import PatrolError, UsageError

log = logging.getLogger("patrol.desk")
VERBS = {
    buttons.ACKNOWLEDGE: "acknowledge",
    buttons.FIX: "fix",
    buttons.FIXED: "fixed",
    buttons.SHOW: "show",
    buttons.UNDO: "undo",
}


def slash(desk: Desk, asker: Asker, text: str) -> None:
    """`/patrol ...`: the answer is seen by the asker alone."""
    reply = desk.run(asker, lambda context: run_text(context, text))
    answer(desk.slack, asker, message_of(desk, asker, reply))
    follow(desk, asker, reply)
    if isinstance(reply, Summary):
        follow_with_picture(desk, asker, reply)
    desk.directory.meet(asker.user)


def click(desk: Desk, asker: Asker, action: str, value: str) -> None:
    """A button or a choice: the value is a finding's id, a verb with one, or the words of a command.

    Every click ends in something that the person sees.
    """
    try:
        _act(desk, asker, action, value)
    except Exception:
        log.exception("click.failed user=%s action=%s", asker.user, action)
        show(
            desk,
            asker,
            PatrolError("Something broke inside Patrol. Its log says what; look before you click again."),
        )
    desk.directory.meet(asker.user)


def _act(desk: Desk, asker: Asker, action: str, value: str) -> None:
    if action.startswith(buttons.HOME):
        turn_page(desk, asker, value)
    elif action == buttons.SEARCH:
        open_view(desk.slack, asker, search_view())
    elif action == buttons.SELECT:
        begin(desk, asker, value)
    elif action in (buttons.APPROVE, buttons.REJECT):
        _ask(desk, asker, action, value)
    elif action == buttons.MORE or action.startswith(buttons.CHOOSE):
        verb, _, finding = value.partition(" ")
        _ask(desk, asker, verb, finding, instead=action != buttons.MORE)
    else:
        _do(desk, asker, action, value)


def _do(desk: Desk, asker: Asker, action: str, value: str) -> None:
    verb = VERBS.get(action)
    if verb:
        reply = desk.run(asker, lambda context: run_command(context, verb, Arguments((value,), text=value)))
    else:
        reply = desk.run(asker, lambda context: run_text(context, value))
    show(desk, asker, reply, value if verb else "")
    follow(desk, asker, reply)


def _ask(desk: Desk, asker: Asker, verb: str, finding: str, instead: bool = False) -> None:
    """Open the dialog of a decision; `instead` of the one that was clicked in."""
    try:
        if verb not in FORMS and verb != buttons.MENU:
            raise UsageError(f"There is no decision {verb[:40]!r}. Open the menu again.")
        asked = question(desk, asker, "note" if verb == buttons.MENU else verb, finding)
    except PatrolError as error:
        show(desk, asker, error)
        return
    assert asked.view is not None, "a question on one finding holds it"
    view = (
        menu_view(asked.view, asked.title, asked.channel, asked.under)
        if verb == buttons.MENU
        else decision_view(asked)
    )
    if instead:
        update_view(desk.slack, asker.view, view)
    elif not open_view(desk.slack, asker, view):
        show(
            desk,
            asker,
            PatrolError("Slack did not open the dialog in time. Nothing was changed; click again."),
        )
