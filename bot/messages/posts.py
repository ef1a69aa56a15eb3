"""What a post should show now, drawn from the store. The sender calls this and nothing else."""

from collections.abc import Callable
from datetime import datetime

from bot.messages.ask import draw_ask
from bot.messages.control_post import draw_control
from bot.messages.digest import draw_digest, draw_more
from bot.messages.draft import Message
from bot.messages.first_day import draw_first_day
from bot.messages.notices import draw_health, draw_hold, draw_job, draw_summary
from bot.messages.summary import draw_weekly, draw_weekly_more
from bot.messages.thread import draw_history
from commands import catalogue
from storage import imported
from storage.model import Post
from storage.pictures import Connection

Titles = Callable[[str], str]


def draw_post(
    connection: Connection, post: Post, now: datetime, title_of: Titles = catalogue.title
) -> Message | None:
    """The message of `post` as of `now`; None where there is nothing to show, or its kind is not known.

    Reads only, inside the caller's transaction. The sender adds the message's metadata.
    """

    def titled(control: str) -> str:
        known = title_of(control)
        return imported.title_of(connection, control, known) if "/" in control else known

    match post.kind:
        case "control":
            return draw_control(connection, post, now, titled)
        case "scan" if post.data.get("first"):
            return draw_first_day(connection, post, now, titled)
        case "scan":
            return draw_summary(connection, post, titled)
        case "digest":
            return draw_digest(post)
        case "digest_more":
            return draw_more(connection, post)
        case "weekly":
            return draw_weekly(post)
        case "weekly_more":
            return draw_weekly_more(connection, post)
        case "weekly_files":
            return None  # files are no message of their own: `bot.uploads`
        case "health":
            return draw_health(connection, post)
        case "hold":
            return draw_hold(connection, post)
        case "job":
            return draw_job(connection, post)
        case "ask":
            return draw_ask(connection, post, now)
        case "history":
            return draw_history(connection, post, now)
    return None
