"""How a claimed fix ended, for the one who claimed it: proven, refuted, or not yet decidable."""

from datetime import datetime

from bot.messages.evidence import seen_plain
from commands import catalogue
from commands.reply import Decided
from storage.jobs import Job
from storage.model import FindingView, Kind, State
from storage.pictures import Connection, newest_events

_ASKED = (Kind.FIXED, Kind.REFUTED, Kind.INCONCLUSIVE)


def outcome_reply(connection: Connection, view: FindingView, job: Job, now: datetime) -> Decided:
    """What the check `job` of this finding found, three-valued."""
    title = catalogue.title_of(view)
    return Decided(_words(connection, view, job), view, title, now, undoable=False)


def _words(connection: Connection, view: FindingView, job: Job) -> str:
    if view.state is State.FIXED:
        return "Proven: the check saw the control pass, so this is fixed. Thank you."
    told = newest_events(connection, [view.finding.id], _ASKED).get(view.finding.id)
    if told is not None and told.kind is Kind.REFUTED and told.at >= job.created:
        saw = seen_plain(view).rstrip(".")
        return f"Not yet: {saw or 'the control still fails'}. It is open as before."
    if view.finding.claim_at is None:
        return "This changed while it was checked; it stands as below."
    reason = str(told.data.get("reason", "")) if told else ""
    reason = reason or job.error or view.unchecked_reason or "no reason was given"
    return (
        f"Could not check: {reason.rstrip('.')}. Nothing was changed; Patrol tries again after 1, 5 and 30"
        " minutes."
    )
