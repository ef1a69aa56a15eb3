"""`note`: a word for the history."""

from datetime import datetime

from commands.decide import Deed, verb
from commands.model import Arguments, Context
from scanners.errors import UsageError
from storage import lifecycle
from storage.decisions import Rule
from storage.model import Event, Finding

LONGEST = 1_000


def _rule(_context: Context, arguments: Arguments, _finding: Finding) -> Rule:
    text = " ".join(arguments.words[1].split()) if len(arguments.words) > 1 else ""
    if not text:
        raise UsageError("What should the note say? Usage: note ID TEXT", "text")
    if len(text) > LONGEST:
        raise UsageError(f"A note may have {LONGEST:,} characters; that is {len(text):,}.", "text")

    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        return lifecycle.note(finding, actor, now, text)

    return rule


COMMAND = verb(
    Deed("note", "write notes on", _rule, lambda _view: "Noted. It stands in the finding's history."),
    summary="Add a note to a finding's history.",
    usage="note ID TEXT",
    examples=("note 3fa1c09b Waiting for the vendor's answer",),
    most_words=2,
    free_text=True,
    help="Where work has started, a note shows that it goes on.",
)
