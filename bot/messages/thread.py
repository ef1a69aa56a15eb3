"""Lines in a post's thread: what happened since, one event a line."""

from datetime import datetime

from bot.messages.draft import Draft, Message
from bot.messages.story import told_event
from bot.messages.words import count
from storage.model import Post
from storage.pictures import Connection, events_of, people, views_of

MOST_EVENTS = 10


def draw_history(connection: Connection, post: Post, now: datetime) -> Message | None:
    """At most ten events, oldest first, then how many more. People are named, not mentioned: no ping."""
    seqs = [int(seq) for seq in post.data.get("events", ())]
    events = events_of(connection, seqs[:MOST_EVENTS])
    if not events:
        return None
    views = views_of(connection, {event.finding for event in events}, now, sees=None)
    names = people(connection)
    draft = Draft()
    draft.say(*(told_event(event, views.get(event.finding), names) for event in events))
    more = len(seqs) - len(events)
    if more > 0:
        draft.note(f"and {count(more, 'more event')}; the message above shows how each stands now")
    return draft.message()
