"""The burn-down below the answer to `/patrol summary`: seen by the asker alone, and never in the way of the words."""

import logging
import threading

from bot.answers import Asker, offer
from bot.desk.desk import Desk
from bot.logs import event
from bot.messages.draft import Draft, Message
from bot.messages.summary import lacking
from bot.messages.summary_files import days_of
from bot.slack import Refused, SlackError
from bot.uploads import CHARTS, FEATURE, File, picture_of
from commands.summary_build import figures_settings
from commands.summary_model import Summary
from scanners.errors import PatrolError

log = logging.getLogger("patrol.desk")
# Slack looks through a file before a message may show it: so many seconds between tries.
WAITS_S = (0.0, 1.0, 2.0, 4.0)


def follow_with_picture(desk: Desk, asker: Asker, summary: Summary) -> None:
    """In a thread of its own: whoever asks next does not wait for the drawing."""
    threading.Thread(target=_show, args=(desk, asker, summary), name="patrol-picture", daemon=True).start()


def _show(desk: Desk, asker: Asker, summary: Summary) -> None:
    try:
        message = _message(desk, asker, summary)
        if message is not None and not any(offer(asker, message, wait) for wait in WAITS_S):
            event(log, "picture.lost", level=logging.WARNING, user=asker.user)
    except Exception:
        # The words were answered; nobody is left to tell.
        log.exception("picture.failed user=%s", asker.user)


def _message(desk: Desk, asker: Asker, summary: Summary) -> Message | None:
    """The picture, or how to see it where it can't be shown; None where there is nothing to draw."""
    context = desk.asked_by(asker)
    with desk.store.read() as connection:
        days = days_of(connection, summary, figures_settings(context).zone)
    draft = Draft()
    try:
        for one in picture_of(f"{summary.team}-{summary.document['as_of'][:10]}", summary, days):
            draft.picture(_uploaded(desk, one), one.alt)
            draft.lines.append(one.alt)
            desk.features.restore(FEATURE)
    except Refused as refused:
        desk.features.narrow(FEATURE, str(refused))
        draft.say(lacking(summary))
    except SlackError:
        raise
    except PatrolError as error:  # matplotlib is an extra
        desk.features.narrow(CHARTS, str(error))
        draft.say(lacking(summary))
    return draft.message() if draft.blocks else None


def _uploaded(desk: Desk, one: File) -> str:
    identity = desk.slack.upload(one.name, one.content, one.alt)
    desk.slack.call("files.completeUploadExternal", files=[{"id": identity, "title": one.title}])
    return identity
