"""The message shortcut "Track in Patrol": a message becomes a finding with an owner and a date."""

from collections.abc import Mapping
from typing import Any

from bot.answers import Asker, answer, open_view
from bot.desk.asking import teams
from bot.desk.deciding import about, done
from bot.desk.desk import Desk
from bot.desk.submitted import Answer, Submitted
from bot.messages.replies import draw_error, error_words
from bot.messages.track_view import Tracking, track_view, words_of
from bot.slack import SlackError
from commands.model import Arguments
from commands.people import Person, Role
from commands.registry import run_command
from scanners.errors import PatrolError


def begin(desk: Desk, asker: Asker, body: Mapping[str, Any]) -> None:
    """Open the dialog with the message's words and address."""
    message = body.get("message") or {}
    asks = Tracking(
        words_of(str(message.get("text") or "")), _link(desk, asker.channel, str(message.get("ts") or "")),
        teams(desk, asker.user), asker.channel, _mine(desk, asker.user),
    )  # fmt: skip
    if not open_view(desk.slack, asker, track_view(asks)):
        answer(
            desk.slack, asker, draw_error(PatrolError("Slack did not open the dialog in time. Try again."))
        )
    desk.directory.meet(asker.user)


def tracked(desk: Desk, asker: Asker, sent: Submitted) -> Answer:
    """Track it; a mistake is told where it was made."""
    link = sent.text("link")
    given = Arguments(
        (sent.typed.get("words", ""),),
        sent.options("team", "severity", "due") | ({"link": link} if link else {}),
    )
    reply = desk.run(asker, lambda context: run_command(context, "track", given))
    if not isinstance(reply, PatrolError):
        return done(desk, asker, reply)
    again = Tracking(
        link=link,
        teams=teams(desk, asker.user),
        channel=sent.text("channel"),
        typed=sent.typed,
        refused=error_words(reply),
    )
    return Answer(track_view(again), draw_error(reply), errors=about(reply, sent))


def _link(desk: Desk, channel: str, ts: str) -> str:
    try:
        return str(
            desk.slack.call("chat.getPermalink", channel=channel, message_ts=ts).get("permalink") or ""
        )
    except SlackError:
        return ""  # a channel that Patrol is not in: the dialog says that the address is missing


def _mine(desk: Desk, user: str) -> str:
    """The one team of the person, "" where that is not clear."""
    organisation = desk.directory.organisation
    found = [name for name in teams(desk, user) if Role.MEMBER in organisation.roles(Person(user), name)]
    return found[0] if len(found) == 1 else ""
