"""Where an answer is shown: seen by the asker alone in the channel, in the dialog that was clicked in, or as a new one."""

from typing import Any

from bot.answers import Asker, answer, open_view, update_view
from bot.desk.desk import Desk
from bot.desk.home import redraw_home
from bot.messages.dialogs import told_view
from bot.messages.draft import Message
from bot.messages.fix import draw_fix
from bot.messages.fix_view import finding_view, fix_modal
from bot.messages.late import WORDS, just_now
from bot.messages.replies import draw, draw_error
from bot.messages.search_view import found_view
from commands.reply import FindingDetail, FindingList, FixGuide, Reply
from scanners.errors import PatrolError, RefusedError
from storage.model import Event
from storage.pictures import newest_events, people, views_of

View = dict[str, Any]


def show(desk: Desk, asker: Asker, reply: Reply | PatrolError, finding: str = "") -> None:
    """The outcome of a click on `finding`, where the click was."""
    view = view_of(desk, reply)
    if asker.view:
        _in_view(desk, asker, reply, view, finding)
    elif view is None or not open_view(desk.slack, asker, view):
        answer(desk.slack, asker, message_of(desk, asker, reply, finding))


def message_of(desk: Desk, asker: Asker, reply: Reply | PatrolError, finding: str = "") -> Message:
    """The outcome as a message; a refusal says who was faster, where somebody was."""
    if isinstance(reply, PatrolError):
        return draw_error(reply, before=late(desk, asker, reply, finding))
    return draw_fix(reply) if isinstance(reply, FixGuide) else draw(reply, act=True)


def late(desk: Desk, asker: Asker, error: PatrolError, finding: str) -> str:
    """ "Dana acknowledged it 3 s ago.": why a click came too late; "" where nobody was just faster."""
    if not isinstance(error, RefusedError) or not finding:
        return ""
    with desk.store.read() as connection:
        seen = views_of(connection, [finding], desk.now(), sees=desk.asked_by(asker).sees)
        newest: dict[str, Event] = newest_events(connection, seen, WORDS.keys())
        names = people(connection)
    return just_now(newest.get(finding), asker.user, names, desk.now())


def view_of(desk: Desk, reply: Reply | PatrolError) -> View | None:
    """What deserves a dialog of its own: a guide, a finding."""
    if isinstance(reply, FixGuide):
        return fix_modal(reply)
    return finding_modal(desk, reply) if isinstance(reply, FindingDetail) else None


def finding_modal(desk: Desk, detail: FindingDetail) -> View:
    """The finding whole; people are named there."""
    with desk.store.read() as connection:
        return finding_view(detail, people(connection))


def _in_view(desk: Desk, asker: Asker, reply: Reply | PatrolError, view: View | None, finding: str) -> None:
    """No channel is near: what was asked for comes on top, an outcome takes the place of the question."""
    at_home = asker.view_type == "home"
    if view is not None:
        open_view(desk.slack, asker, view)
        return
    told = (
        found_view(reply)
        if isinstance(reply, FindingList) and reply.findings
        else told_view(message_of(desk, asker, reply, finding))
    )
    if at_home or isinstance(reply, PatrolError):
        open_view(desk.slack, asker, told)
    else:
        update_view(desk.slack, asker.view, told)
    redraw_home(desk, asker.user)
