"""One finding whole: what, where, why, what was seen, what waits, what was decided, what happened, what else is wrong."""

from collections.abc import Mapping

from bot.blockkit import escape
from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.evidence import seen, values, why
from bot.messages.lines import kin_line, standing
from bot.messages.standings import held, waits
from bot.messages.story import told_event
from bot.messages.words import (
    count,
    due,
    inline,
    name,
    person,
    sentence,
    severity_badge,
    slack_date,
    slack_day,
    whereabouts,
)
from commands import catalogue
from commands.reply import FindingDetail
from storage.manual import is_manual
from storage.model import FindingView, State, short

MOST_EVENTS = 8
_SETTLED = (State.FIXED, State.OUT_OF_SCOPE)
Names = Mapping[str, str] | None


def draw_detail(reply: FindingDetail, names: Names = None) -> Message:
    """The finding with its history and the buttons that fit its state."""
    draft = Draft()
    fill_detail(draft, reply, names)
    row(draft, reply)
    return draft.message(f"`patrol show {short(reply.view.finding.id)}` on a terminal shows it whole")


def row(draft: Draft, reply: FindingDetail) -> None:
    """What can be done with it, and the list of those like it."""
    view, finding = reply.view, reply.view.finding
    draft.buttons(*buttons.for_finding(view, reply.as_of), block_id=f"finding-{short(finding.id)}")
    if reply.alike:
        words = f"findings control:{finding.control} target:{finding.target}"
        label = f"Show all {reply.alike + (view.state not in _SETTLED):,} of this control"
        draft.buttons(*buttons.page(label, "alike", words), block_id="alike")


def fill_detail(draft: Draft, reply: FindingDetail, names: Names = None) -> None:
    """All of the finding but its buttons; a message and a dialog share it."""
    view, finding = reply.view, reply.view.finding
    draft.say(
        f"{severity_badge(finding.severity)} *{inline(reply.title, 150)}*",
        f"{name(finding.resource_id)}: {standing(view)}",
    )
    if finding.exploited:
        draft.say("*Known to be exploited:* attackers use this flaw now.")
    draft.say(why(view))
    draft.say(*waits(view, reply.as_of, names))
    draft.say(*held(view, reply.as_of, names))
    facts(draft, view, [("Due", due_text(reply))], names)
    saw(draft, view)
    if view.state not in _SETTLED and view.unchecked_reason:
        draft.say(f"The newest check could not decide: {sentence(view.unchecked_reason)}")
    if reply.history:
        draft.say("*History*", *_history(reply, names))
    related(draft, reply)
    _links(draft, reply)


def related(draft: Draft, reply: FindingDetail) -> None:
    """What else is wrong with the same resource, and how many fail in the same way."""
    lines = kin(reply)
    if lines:
        draft.say("*Also wrong with this resource*", *lines)
    if reply.alike:
        where = inline(reply.view.finding.target)
        more = count(reply.alike, "more finding")
        draft.say(f"*The same control:* {more} in {where}. Often one change mends them all.")


def kin(reply: FindingDetail) -> list[str]:
    """One line for each other finding of the same resource."""
    return [kin_line(view, catalogue.title_of(view), reply.as_of) for view in reply.related]


def _links(draft: Draft, reply: FindingDetail) -> None:
    if reply.link:
        draft.note(f"<{escape(reply.link)}|Its newest message>")
    if reply.references:
        draft.note("Read more: " + " ".join(f"<{escape(link)}>" for link in reply.references[:3]))


def due_text(reply: FindingDetail) -> str:
    """When it is due, as a date and how far off; what became of it once settled."""
    finding = reply.view.finding
    if reply.view.state in _SETTLED:
        return "no longer"
    return f"{slack_day(finding.due)} ({due(finding.due, reply.as_of)})"


def facts(draft: Draft, view: FindingView, more: list[tuple[str, str]], names: Names = None) -> None:
    """Where it is and how long it has been there; who tracks it, where no scan sees it."""
    finding = view.finding
    team = ("Team", inline(finding.team) or "nobody yet")
    known = ("Id and control", f"`{short(finding.id)}` {inline(finding.control)}")
    if is_manual(finding):
        by = person(str(view.evidence.get("tracked_by", "")), names)
        draft.facts(("Tracked by", by), ("Tracked since", slack_day(finding.first_seen)), team, *more, known)
        return
    draft.facts(
        ("Resource", name(finding.resource, 300)),
        *whereabouts(view),
        team,
        ("Since", slack_day(finding.opened_at)),
        *more,
        ("Last checked", slack_date(view.last_checked)),
        known,
    )


def saw(draft: Draft, view: FindingView) -> None:
    """The sentence about what was seen (or said), and the values under it."""
    told = seen(view)
    if not told:
        return
    pairs = [f"{inline(key)} {name(value, 120)}" for key, value in values(view)]
    draft.say(f"*{'Said' if is_manual(view.finding) else 'Seen'}:* {told}")
    if pairs:
        draft.note(" · ".join(pairs))


def _history(reply: FindingDetail, names: Names) -> list[str]:
    newest = reply.history[-MOST_EVENTS:]
    lines = [told_event(event, reply.view, names, named=False) for event in newest]
    more = len(reply.history) - len(newest)
    return [*([f"{count(more, 'earlier event')} before these"] if more else []), *lines]
