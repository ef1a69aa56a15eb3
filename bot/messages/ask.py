"""Three refuted claims on one finding: the team's leads are asked to look."""

from datetime import datetime

from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.evidence import seen
from bot.messages.words import count, inline, name
from storage.model import Post, State, short
from storage.pictures import Connection, views_of


def draw_ask(connection: Connection, post: Post, now: datetime) -> Message | None:
    """Whom it asks, about what, and what is still seen; calm again once the finding is fixed."""
    identity = str(post.data.get("finding", ""))
    view = views_of(connection, [identity], now).get(identity)
    if view is None:
        return None
    draft = Draft()
    if view.state in (State.FIXED, State.OUT_OF_SCOPE):
        draft.say(
            f":white_check_mark: {name(view.finding.resource_id)} is settled now; nothing is asked any more."
        )
        return draft.message()
    leads = ", ".join(_mention(str(lead)) for lead in post.data.get("leads", ()))
    claims = count(int(post.data.get("refutations", 3)), "claimed fix", "claimed fixes")
    draft.say(
        f"{leads}: {claims} of {name(view.finding.resource_id)} did not hold. Please look at it together.",
        f"*Still seen:* {seen(view)}" if seen(view) else "",
    )
    draft.buttons(*buttons.for_finding(view, details=True), block_id=f"ask-{short(identity)}")
    return draft.message()


def _mention(lead: str) -> str:
    if lead.startswith(("C", "G")):
        return f"everyone in <#{inline(lead)}>"
    return f"<!subteam^{inline(lead)}>" if lead.startswith("S") else f"<@{inline(lead)}>"
