"""A decision's dialog was sent: run the command, and show what came of it in the dialog."""

from bot.answers import Asker, update_view
from bot.desk.asking import question
from bot.desk.desk import Desk
from bot.desk.follow import follow
from bot.desk.home import redraw_home
from bot.desk.showing import finding_modal, late
from bot.desk.submitted import Answer, Submitted
from bot.messages.dialogs import FORMS, decision_view, told_view, typed_back
from bot.messages.draft import Draft, Message
from bot.messages.replies import draw, draw_error, error_words
from bot.messages.words import shown
from commands.model import Arguments
from commands.registry import run_command
from commands.reply import FindingDetail, Reply
from scanners.errors import PatrolError, RefusedError, UsageError
from storage.decisions import ChangedError

OPTIONS = ("days", "reason", "until", "link", "team")


def decided(desk: Desk, asker: Asker, sent: Submitted) -> Answer:
    """Carry the decision out, as of the newest event that the dialog had shown."""
    verb, finding = sent.text("verb"), sent.text("finding")
    if verb not in FORMS:
        return failed(UsageError("This dialog is from an older Patrol. Close it and open it again."), sent)
    given = arguments(finding, sent, {"seen": str(sent.carried.get("seen", ""))})
    reply = desk.run(asker, lambda context: run_command(context, verb, given))
    if isinstance(reply, PatrolError):
        return _refused(desk, asker, verb, finding, sent, reply)
    return done(desk, asker, reply, sent.text("under"))


def arguments(word: str, sent: Submitted, more: dict[str, str] | None = None) -> Arguments:
    """The words and options of a dialog, as the command takes them; nothing is quoted or split."""
    text = sent.typed.get("text", "")
    return Arguments((word, text) if text else (word,), sent.options(*OPTIONS) | (more or {}), text=word)


def done(desk: Desk, asker: Asker, reply: Reply, under: str = "") -> Answer:
    """The outcome takes the place of the question; the finding's dialog `under` it is drawn anew."""
    message = draw(reply)

    def after() -> None:
        follow(desk, asker, reply)
        if under and asker.below:
            detail = desk.run(asker, lambda context: run_command(context, "show", Arguments((under,))))
            if isinstance(detail, FindingDetail):
                update_view(desk.slack, asker.below, finding_modal(desk, detail))
        redraw_home(desk, asker.user)

    return Answer(told_view(message), message, after=after)


def failed(error: PatrolError, sent: Submitted) -> Answer:
    """Nothing more can be asked here: the words that were typed are shown back."""
    message = _lost(error, sent)
    return Answer(told_view(message), message)


def about(error: PatrolError, sent: Submitted) -> dict[str, str]:
    """The input that the error is about, with its words; empty where it is about none."""
    named = error.about if isinstance(error, UsageError | RefusedError) else ""
    return {named: shown(str(error))[:1_000]} if named in sent.typed else {}


def _refused(
    desk: Desk, asker: Asker, verb: str, finding: str, sent: Submitted, error: PatrolError
) -> Answer:
    message = _lost(error, sent, late(desk, asker, error, finding))
    news = error.events if isinstance(error, ChangedError) else []
    refused = "" if news else error_words(error, late(desk, asker, error, finding))
    try:
        again = question(desk, asker, verb, finding, typed=sent.typed, news=news, refused=refused)
    except PatrolError as gone:
        return failed(gone, sent)
    return Answer(decision_view(again), message, errors={} if news else about(error, sent))


def _lost(error: PatrolError, sent: Submitted, before: str = "") -> Message:
    draft = Draft()
    draft.say(error_words(error, before))
    draft.say(*typed_back(sent.typed))
    return draft.message() if sent.typed else draw_error(error, before)
