"""Deciding on a frozen list in three dialogs: which decision, its inputs, then what it would do; then what it did."""

from collections.abc import Mapping
from typing import Any

from bot.blockkit import asked, radio
from bot.messages import buttons
from bot.messages.bulk import fill_bulk_done, fill_preview
from bot.messages.dialogs import FORMS, View, modal, told_first
from bot.messages.draft import Draft
from bot.messages.questions import Question, about, words
from commands.reply import BulkDone, BulkPreview

VERB, FORM, CONFIRM = "bulk_verb", "bulk_form", "bulk_confirm"
CHOICES = (
    ("acknowledge", "Acknowledge: seen, and looked at"),
    ("start", "Start work"),
    ("fixed", "I fixed them: check each"),
    ("snooze", "Snooze for some days"),
    ("accept", "Ask for a risk acceptance"),
    ("false-positive", "Ask for false positives"),
    ("approve", "Approve what was asked for"),
    ("reject", "Reject what was asked for"),
    ("revoke", "End decisions early"),
    ("note", "Add a note to each"),
)


def verb_view(question: Question) -> View:
    """Which decision? The list is frozen: what is found later is not in it."""
    draft = Draft()
    told_first(draft, question)
    draft.say(f"*{about(question)}.*", "Just these, as you saw them; what is found later is not among them.")
    inputs = [asked("What do you decide?", "verb", radio(CHOICES, question.verb or "acknowledge"))]
    return modal(
        f"Decide on {question.many:,}", [*draft.blocks, *inputs], submit="Next", callback=VERB,
        carried=_carried(question),
    )  # fmt: skip


def form_view(question: Question) -> View:
    """The inputs of the decision that was chosen."""
    form = FORMS[question.verb]
    draft = Draft()
    told_first(draft, question)
    draft.say(about(question))
    draft.say(*words(question))
    return modal(
        form.title, [*draft.blocks, *form.inputs(question)], submit="Preview", callback=FORM,
        carried=_carried(question) | {"verb": question.verb},
    )  # fmt: skip


def preview_view(reply: BulkPreview, options: Mapping[str, str], channel: str) -> View:
    """What it would do: how many, what it hides, what stays as it is. Nothing is done yet."""
    draft = Draft()
    fill_preview(draft, reply, command=False)
    carried: dict[str, Any] = {
        "selection": reply.selection.id, "verb": reply.verb, "options": dict(options), "channel": channel,
    }  # fmt: skip
    many = len(reply.possible)
    submit = f"Confirm for {many:,}" if many else ""
    return modal(
        FORMS[reply.verb].title,
        draft.blocks,
        submit=submit,
        callback=CONFIRM,
        carried=carried,
    )


def done_view(reply: BulkDone) -> View:
    """What it did."""
    draft = Draft()
    fill_bulk_done(draft, reply)
    if reply.done:
        draft.buttons(buttons.run("Undo all of it", "undo", "undo"), block_id="bulk-undo")
    return modal("Done", draft.blocks)


def _carried(question: Question) -> dict[str, Any]:
    return {
        "selection": question.selection, "counts": dict(question.by_severity), "channel": question.channel,
    }  # fmt: skip
