"""A decision on a frozen selection: what it would do, then what it did. Nothing is done before it was previewed."""

from collections.abc import Sequence

from bot.blockkit import escape
from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.lines import line
from bot.messages.words import count, cut, name, severities, shown
from commands.reply import BulkDone, BulkPreview
from storage.model import FindingView, short

MOST_LINES = 10
Refused = Sequence[tuple[FindingView, str]]


def draw_preview(reply: BulkPreview) -> Message:
    """Before: how many, what it hides, what the rules keep as it is, and the button that carries it out."""
    draft = Draft()
    fill_preview(draft, reply)
    if reply.possible:
        label = f"Do it: {reply.verb} {len(reply.possible):,}"[:75]
        draft.buttons(*buttons.page(label, "bulk", reply.words), block_id="bulk")
    return draft.message()


def fill_preview(draft: Draft, reply: BulkPreview, *, command: bool = True) -> None:
    """The words of a preview, for every face; `command` adds the words that carry it out."""
    if not reply.possible:
        draft.say(f"*Nothing to do:* `{escape(reply.verb)}` fits none of these {len(reply.refused):,}.")
    else:
        draft.say(
            f"*Not done yet.* `{escape(reply.verb)}` would be done to"
            f" {count(len(reply.possible), 'finding')}, as listed: {name(reply.selection.words, 200)}"
        )
        hidden = sum(reply.hides.values())
        draft.say(
            f"It would hide {count(hidden, 'finding')}: {severities(reply.hides)}." if hidden else "",
            *(line(view, reply.as_of) for view in reply.possible[:MOST_LINES]),
            _more(len(reply.possible)),
        )
    _refused(draft, reply.refused)
    if reply.possible and command:
        draft.note(f"To do it: {name('/patrol ' + reply.words, 300)}")


def draw_bulk_done(reply: BulkDone) -> Message:
    """After: how many, and what was refused."""
    draft = Draft()
    fill_bulk_done(draft, reply)
    return draft.message()


def fill_bulk_done(draft: Draft, reply: BulkDone) -> None:
    """The words of the outcome, for every face."""
    draft.say(f"*Done:* `{escape(reply.verb)}` on {count(len(reply.done), 'finding')}.")
    draft.say(*(line(view, reply.as_of) for view in reply.done[:MOST_LINES]), _more(len(reply.done)))
    _refused(draft, reply.refused)
    draft.note("`/patrol undo` takes all of it back, for five minutes.")


def _refused(draft: Draft, refused: Refused) -> None:
    if refused:
        said = [
            f"`{short(view.finding.id)}` {escape(cut(shown(why), 200))}" for view, why in refused[:MOST_LINES]
        ]
        draft.say(f"*Left as they are:* {len(refused):,}", *said, _more(len(refused)))


def _more(number: int) -> str:
    return f"and {number - MOST_LINES:,} more" if number > MOST_LINES else ""
