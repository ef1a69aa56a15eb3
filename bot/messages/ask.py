"""Questions that Patrol asks people in a finding's thread, each once: it mentions whom it asks, and gives buttons."""

from collections.abc import Callable, Mapping
from datetime import datetime

from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.evidence import seen
from bot.messages.standings import where
from bot.messages.words import count, inline, name, person, slack_due
from scanners.model import Json
from storage.model import FindingView, Post, State, short
from storage.pictures import Connection, views_of

_Data = Mapping[str, Json]


def draw_ask(connection: Connection, post: Post, now: datetime) -> Message | None:
    """Whom it asks, about what, and what is still seen; calm again once the finding is settled."""
    identity = str(post.data.get("finding", ""))
    view = views_of(connection, [identity], now, sees=None).get(identity)
    if view is None:
        return None
    draft = Draft()
    if view.finding.team != post.team:
        draft.say("It belongs to another team now; nothing is asked here any more.")
        return draft.message()
    if view.state in (State.FIXED, State.OUT_OF_SCOPE):
        draft.say(
            f":white_check_mark: {name(view.finding.resource_id)} is settled now; nothing is asked any more."
        )
        return draft.message()
    tell = _QUESTIONS.get(str(post.data.get("why", "")), _refuted)
    draft.say(*tell(view, post.data, now))
    draft.buttons(*buttons.for_finding(view, now, details=True), block_id=f"ask-{short(identity)}")
    return draft.message()


def _refuted(view: FindingView, data: _Data, _now: datetime) -> list[str]:
    leads = ", ".join(_mention(str(lead)) for lead in data.get("leads", ()))
    claims = count(int(data.get("refutations", 3)), "claimed fix", "claimed fixes")
    saw = seen(view)
    return [
        f"{leads}: {claims} of {name(view.finding.resource_id)} did not hold. Please look at it together.",
        f"*Still seen:* {saw}" if saw else "",
    ]


def _lapsed(view: FindingView, data: _Data, now: datetime) -> list[str]:
    if view.state not in (State.OPEN, State.REGRESSED):
        return _taken(view, "The acknowledgement had run out")
    finding = view.finding
    return [
        f"{person(str(data.get('who', '')))}, your acknowledgement of {name(finding.resource_id)} has run out, so it is"
        f" open again, {slack_due(finding.due, now)}.",
        "Fix it, start work on it, or give it to the team whose it is.",
    ]


def _silent(view: FindingView, data: _Data, _now: datetime) -> list[str]:
    if view.state is not State.IN_PROGRESS:
        return _taken(view, "The work was silent for two weeks")
    finding = view.finding
    link = f" {where(finding.decision.link)}" if finding.decision.link else ""
    return [
        f"{person(str(data.get('who', '')))}, you started work on {name(finding.resource_id)}{link}, and nothing was said"
        " of it for two weeks. How does it stand?",
        "A note, or Start work again, shows that it goes on; silent for one week more, it is open again.",
    ]


def _taken(view: FindingView, before: str) -> list[str]:
    """Somebody has acted since: the question is answered, and nobody is asked any more."""
    return [f"{before}; since then somebody has acted on {name(view.finding.resource_id)}."]


_QUESTIONS: Mapping[str, Callable[[FindingView, _Data, datetime], list[str]]] = {
    "lapsed": _lapsed,
    "silent": _silent,
}


def _mention(lead: str) -> str:
    if lead.startswith(("C", "G")):
        return f"everyone in <#{inline(lead)}>"
    return f"<!subteam^{inline(lead)}>" if lead.startswith("S") else f"<@{inline(lead)}>"
