"""A search from the App Home: the words go to `findings`."""

from bot.answers import Asker
from bot.desk.desk import Desk
from bot.desk.submitted import Answer, Submitted
from bot.messages.replies import draw, draw_error, error_words
from bot.messages.search_view import found_view, search_view
from commands.findings import looking_for
from commands.registry import run_command
from commands.reply import FindingList
from scanners.errors import PatrolError, UsageError


def searched(desk: Desk, asker: Asker, sent: Submitted) -> Answer:
    """What fits, in the same dialog; nothing found is said above the question, which stays."""
    typed = sent.typed.get("words", "")
    reply = desk.run(asker, lambda context: run_command(context, "findings", looking_for(typed)))
    if isinstance(reply, FindingList) and reply.findings:
        return Answer(found_view(reply), draw(reply))
    if isinstance(reply, PatrolError):
        return Answer(search_view(typed, error_words(reply)), draw_error(reply))
    message = draw(reply) if isinstance(reply, FindingList) else draw_error(UsageError("Search again."))
    return Answer(search_view(typed, str(message["blocks"][0]["text"]["text"])), message)
