"""`acknowledge`: seen, and mine to look at."""

from commands.decide import Deed, until_words, verb
from storage import lifecycle
from storage.model import FindingView


def _said(view: FindingView) -> str:
    return f"Acknowledged{until_words(view)}. After that it is open again, unless it is fixed."


COMMAND = verb(
    Deed("acknowledge", "acknowledge", lambda *_: lifecycle.acknowledge, _said),
    summary="Say that you have seen a finding and will look at it.",
    usage="acknowledge ID",
    examples=("acknowledge 3fa1c09b",),
    help="Lapses after 24 hours (critical), 3 days (high), 7 days (medium) or 14 days (low).",
)
