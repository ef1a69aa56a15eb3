"""Deciding on a list as it was shown: freeze it, ask which decision, its inputs, preview, carry out."""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from bot.answers import Asker, open_view
from bot.desk.asking import teams
from bot.desk.deciding import OPTIONS, about, arguments, failed
from bot.desk.desk import Desk
from bot.desk.home import redraw_home
from bot.desk.showing import show
from bot.desk.submitted import Answer, Submitted
from bot.messages.bulk import draw_bulk_done, draw_preview
from bot.messages.bulk_dialogs import CHOICES, done_view, form_view, preview_view, verb_view
from bot.messages.dialogs import FORMS, noted
from bot.messages.questions import Question
from bot.messages.replies import draw_error, error_words
from commands.findings import freeze_shown
from commands.model import Arguments
from commands.registry import run_command
from commands.reply import BulkDone, BulkPreview
from scanners.errors import PatrolError, UsageError
from scanners.model import Severity
from storage import selections
from storage.pictures import views_of
from storage.selections import Selection

_STALE = UsageError("This dialog can't be carried out any more. List the findings again.")


def begin(desk: Desk, asker: Asker, value: str) -> None:
    """ "Decide on these 14 ...": freeze just what the list showed, for the person who clicked."""
    try:
        chosen = _chosen(desk, asker, value)
        with desk.store.read() as connection:
            found = views_of(connection, chosen.findings, desk.now(), sees=desk.asked_by(asker).sees).values()
    except PatrolError as error:
        show(desk, asker, error)
        return
    counts = Counter(str(view.finding.severity) for view in found)
    asked = Question(
        "", desk.now(), selection=chosen.id, by_severity=counts, teams=teams(desk, asker.user),
        channel=asker.channel or str(noted(asker.meta).get("channel") or ""),
    )  # fmt: skip
    if not open_view(desk.slack, asker, verb_view(asked)):
        show(
            desk,
            asker,
            PatrolError("Slack did not open the dialog in time. Nothing was changed; click again."),
        )


def _chosen(desk: Desk, asker: Asker, value: str) -> Selection:
    context = desk.asked_by(asker)
    try:
        shown: Any = json.loads(value)
        ids = [str(one) for one in shown.get("ids") or ()][: selections.MOST]
        kept, words = str(shown.get("selection") or ""), str(shown.get("words") or "")
    except (ValueError, AttributeError, TypeError):
        raise UsageError("This list can't be read any more. List the findings again.") from None
    if kept:
        with desk.store.read() as connection:
            return selections.get(connection, kept, asker.user, context.now())
    return freeze_shown(context, ids, words)


def chose(desk: Desk, asker: Asker, sent: Submitted) -> Answer:
    """Which decision: ask for its inputs, or preview it at once where it has none."""
    asked = _question(desk, asker, sent, sent.typed.get("verb", ""))
    if asked.verb not in dict(CHOICES):
        return failed(_STALE, sent)
    if FORMS[asked.verb].inputs(asked):
        return Answer(form_view(asked), draw_error(UsageError("The dialog was closed; nothing was changed.")))
    return _previewed(desk, asker, sent, asked)


def filled(desk: Desk, asker: Asker, sent: Submitted) -> Answer:
    """Its inputs: preview it."""
    verb = sent.text("verb")
    if verb not in dict(CHOICES):
        return failed(_STALE, sent)
    return _previewed(desk, asker, sent, _question(desk, asker, sent, verb))


def confirmed(desk: Desk, asker: Asker, sent: Submitted) -> Answer:
    """The preview was read: carry it out."""
    verb, options = sent.text("verb"), sent.carried.get("options")
    if verb not in dict(CHOICES):
        return failed(_STALE, sent)
    kept = {str(key): str(text) for key, text in options.items()} if isinstance(options, Mapping) else {}
    words = (sent.text("selection"), *([kept.pop("text")] if "text" in kept else []))
    given = Arguments(words, kept | {"yes": "yes"}, text=words[0])
    reply = desk.run(asker, lambda context: run_command(context, verb, given))
    if not isinstance(reply, BulkDone):
        return failed(reply if isinstance(reply, PatrolError) else _STALE, sent)
    return Answer(done_view(reply), draw_bulk_done(reply), after=lambda: redraw_home(desk, asker.user))


def _previewed(desk: Desk, asker: Asker, sent: Submitted, asked: Question) -> Answer:
    given = arguments(asked.selection, sent)
    reply = desk.run(asker, lambda context: run_command(context, asked.verb, given))
    if isinstance(reply, BulkPreview):
        options = sent.options(*OPTIONS, "text")
        return Answer(preview_view(reply, options, asked.channel), draw_preview(reply))
    error = reply if isinstance(reply, PatrolError) else _STALE
    refused = _question(desk, asker, sent, asked.verb, error_words(error))
    view = form_view(refused) if FORMS[asked.verb].inputs(refused) else verb_view(refused)
    return Answer(view, draw_error(error), errors=about(error, sent))


def _question(desk: Desk, asker: Asker, sent: Submitted, verb: str, refused: str = "") -> Question:
    counts = sent.carried.get("counts")
    known = [str(severity) for severity in Severity]
    by_severity = {
        str(key): int(number) for key, number in (counts.items() if isinstance(counts, Mapping) else ())
        if key in known and isinstance(number, int)
    }  # fmt: skip
    return Question(
        verb, desk.now(), selection=sent.text("selection"), by_severity=by_severity, teams=teams(desk, asker.user),
        typed=sent.typed, refused=refused, channel=sent.text("channel"),
    )  # fmt: skip
