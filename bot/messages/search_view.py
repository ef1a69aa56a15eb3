"""Search in a dialog: a question, then what fits, each with its Details button."""

from bot.blockkit import asked, box
from bot.messages.dialogs import View, modal
from bot.messages.draft import Draft
from bot.messages.listing import draw_list
from commands.reply import FindingList

SEARCH = "search"


def search_view(typed: str = "", refused: str = "") -> View:
    """What to look for."""
    draft = Draft()
    if refused:
        draft.say(refused)
    made = box(initial=typed, most=300, example="acme-invoices severity:critical,high")
    hint = "Words, and filters: severity: team: state: tag: region: control: target: due:"
    return modal(
        "Search findings", [*draft.blocks, asked("What are you looking for?", "words", made, hint=hint)],
        submit="Search", callback=SEARCH, carried={},
    )  # fmt: skip


def found_view(reply: FindingList) -> View:
    """What fits, ten at a time."""
    return modal("Findings", draw_list(reply, brief=True)["blocks"])
