"""One finding whole: what, where, why, what was seen, what happened."""

from collections.abc import Mapping

from bot.blockkit import escape
from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.evidence import seen, values, why
from bot.messages.lines import standing
from bot.messages.story import told_event
from bot.messages.words import (
    account,
    count,
    due,
    inline,
    name,
    place,
    sentence,
    severity_badge,
    slack_date,
    slack_day,
)
from commands.reply import FindingDetail
from storage.model import FindingView, State, short

MOST_EVENTS = 8


def draw_detail(reply: FindingDetail, names: Mapping[str, str] | None = None) -> Message:
    """The finding with its history and the buttons that fit its state."""
    draft = Draft()
    fill_detail(draft, reply, names)
    draft.buttons(*buttons.for_finding(reply.view), block_id=f"finding-{short(reply.view.finding.id)}")
    return draft.message(f"`patrol show {short(reply.view.finding.id)}` on a terminal shows it whole")


def fill_detail(draft: Draft, reply: FindingDetail, names: Mapping[str, str] | None = None) -> None:
    """All of the finding but its buttons; a message and a dialog share it."""
    view = reply.view
    finding = view.finding
    draft.say(
        f"{severity_badge(finding.severity)} *{inline(reply.title, 150)}*",
        f"{name(finding.resource_id)}: {standing(view)}",
    )
    draft.say(why(view))
    facts(draft, view, [("Due", due_text(reply))])
    saw(draft, view)
    if view.state not in (State.FIXED, State.OUT_OF_SCOPE) and view.unchecked_reason:
        draft.say(f"The newest check could not decide: {sentence(view.unchecked_reason)}")
    if reply.history:
        draft.say("*History*", *_history(reply, names))
    if reply.references:
        draft.note("Read more: " + " ".join(f"<{escape(link)}>" for link in reply.references[:3]))


def due_text(reply: FindingDetail) -> str:
    """When it is due, as a date and how far off; what became of it once settled."""
    finding = reply.view.finding
    if reply.view.state in (State.FIXED, State.OUT_OF_SCOPE):
        return "no longer"
    return f"{slack_day(finding.due)} ({due(finding.due, reply.as_of)})"


def facts(draft: Draft, view: FindingView, more: list[tuple[str, str]]) -> None:
    """Where it is and how long it has been there."""
    finding = view.finding
    draft.facts(
        ("Resource", name(finding.resource, 300)),
        ("Region", place(view)),
        ("Account", inline(account(finding.scope), 60)),
        ("Team", inline(finding.team) or "nobody yet"),
        ("Since", slack_day(finding.opened_at)),
        *more,
        ("Last checked", slack_date(view.last_checked)),
        ("Id and control", f"`{short(finding.id)}` {inline(finding.control)}"),
    )


def saw(draft: Draft, view: FindingView) -> None:
    """The sentence about what was seen, and the values under it."""
    told = seen(view)
    if not told:
        return
    pairs = [f"{inline(key)} {name(value, 120)}" for key, value in values(view)]
    draft.say(f"*Seen:* {told}")
    if pairs:
        draft.note(" · ".join(pairs))


def _history(reply: FindingDetail, names: Mapping[str, str] | None) -> list[str]:
    newest = reply.history[-MOST_EVENTS:]
    lines = [told_event(event, reply.view, names, named=False) for event in newest]
    more = len(reply.history) - len(newest)
    return [*([f"{count(more, 'earlier event')} before these"] if more else []), *lines]
