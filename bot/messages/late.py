"""Who was faster: the last thing that happened to a finding, for somebody whose click came too late."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from bot.messages.words import person
from storage.model import Event, Kind

RECENT = timedelta(minutes=10)
WORDS: Mapping[Kind, str] = {
    Kind.ACKNOWLEDGED: "acknowledged it",
    Kind.STARTED: "started work on it",
    Kind.SNOOZED: "snoozed it",
    Kind.REQUESTED: "asked for a decision on it",
    Kind.APPROVED: "approved what was asked for",
    Kind.REJECTED: "rejected what was asked for",
    Kind.REVOKED: "ended the decision on it",
    Kind.CLAIMED: "said that it is fixed",
    Kind.UNDONE: "took something back",
    Kind.OWNER_CHANGED: "gave it to another team",
    Kind.FIXED: "proved it fixed",
    Kind.LAPSED: "let a decision run out",
}


def just_now(event: Event | None, asker: str, names: Mapping[str, str], now: datetime) -> str:
    """ "Dana acknowledged it 3 s ago."; "" where that is no news any more."""
    if event is None or event.kind not in WORDS or not timedelta(0) <= now - event.at <= RECENT:
        return ""
    # Whom Patrol has not met yet is mentioned: an answer seen by one person alone pings nobody.
    known = names if event.actor in names else None
    who = "You" if event.actor == asker else person(event.actor, known)
    seconds = int((now - event.at).total_seconds())
    ago = f"{seconds} s" if seconds < 60 else f"{seconds // 60} min"
    return f"{who} {WORDS[event.kind]} {ago} ago."
