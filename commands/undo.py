"""`undo`: take back one's own last action, for five minutes."""

from datetime import datetime

from commands import catalogue
from commands.decide import publish
from commands.model import Arguments, Command, Context
from commands.people import Role
from commands.reply import Decided, Reply
from storage.pictures import Connection
from storage.queries import find_one
from storage.undo import given_away, last_action, undo

_WORDS = {
    "acknowledged": "your acknowledgement", "started": "your start of work", "snoozed": "your snooze",
    "requested": "your request", "approved": "your approval", "rejected": "your rejection", "revoked": "your revocation",
    "noted": "your note", "claimed": "your claim", "owner_changed": "your change of owner",
}  # fmt: skip


def run(context: Context, arguments: Arguments) -> Reply:
    """The newest action of the actor, on the finding named or anywhere."""
    now = context.now()
    with context.store.write() as connection:
        identity = _named(connection, context, arguments.words[0], now) if arguments.words else ""
        actions = last_action(connection, context.actor.id, now, identity, sees=context.sees)
        events = undo(connection, actions, context.actor.id, now, context.actor.behind)
        publish(connection, context, events, now)
        views = [find_one(connection, action.finding, now, sees=None) for action in actions]
    more = f" on {len(views)} findings" if len(views) > 1 else ""
    message = f"Taken back: {_WORDS[str(actions[0].kind)]}{more}. It is as it was before."
    title = catalogue.title_of(views[0])
    return Decided(message, views[0], title, now, others=tuple(views[1:]), undoable=False)


def _named(connection: Connection, context: Context, word: str, now: datetime) -> str:
    """The finding that the word means: one that is seen, or that the actor has just given away."""
    own = given_away(connection, word, context.actor.id, now, sees=context.sees)
    return own or find_one(connection, word, now, sees=context.sees).finding.id


COMMAND = Command(
    name="undo",
    summary="Take back your own last action, within five minutes.",
    usage="undo [ID]",
    role=Role.ANYONE,
    run=run,
    examples=("undo", "undo 3fa1c09b"),
    most_words=1,
    decides=True,
    help="The history keeps both. What somebody else or a scan has changed since can't be taken back.",
)
