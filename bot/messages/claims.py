"""Where a claimed fix stands: being checked, refuted, or not yet decidable."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.messages.evidence import seen
from bot.messages.words import inline, person, sentence, slack_time
from storage import jobs
from storage.imported import is_imported, tool_of
from storage.jobs import Job
from storage.manual import is_manual
from storage.model import Event, Finding, FindingView, Kind, State
from storage.pictures import Connection, newest_events
from storage.rules import CLAIM_RETRY_MINUTES


@dataclass(frozen=True, slots=True)
class Claim:
    """`words` is one escaped line, "" where nobody claims; `checking` while an answer is to be awaited."""

    words: str = ""
    checking: bool = False


def claims(
    connection: Connection, views: Collection[FindingView], names: Mapping[str, str] | None = None
) -> dict[str, Claim]:
    """What to say of the claim of each finding, by finding id."""
    asked = [v for v in views if v.state is State.FIX_CLAIMED or v.finding.refutations]
    if not asked:
        return {}
    told = newest_events(connection, [v.finding.id for v in asked], (Kind.INCONCLUSIVE, Kind.REFUTED))
    checks = {job.subject: job for job in jobs.active(connection) if job.kind == "check"}
    return {v.finding.id: _claim(v, told.get(v.finding.id), checks.get(v.finding.id), names) for v in asked}


def _claim(
    view: FindingView, event: Event | None, check: Job | None, names: Mapping[str, str] | None
) -> Claim:
    finding = view.finding
    if finding.claim_at is None:
        if is_manual(finding):
            return Claim()  # the thread says who saw that it is not done
        return Claim(_refuted(view, event)) if view.state is not State.FIXED else Claim()
    undecided = event is not None and event.kind is Kind.INCONCLUSIVE and event.at >= finding.claim_at
    if event is not None and undecided and _is_old_news(event, check):
        return _undecided(event, check, finding)
    who, when = person(finding.claim_by, names), slack_time(finding.claim_at)
    if is_manual(finding):
        return Claim(f"*Fix claimed* by {who} at {when}; a second person must confirm.")
    if is_imported(finding):
        return Claim(
            f"*Fix claimed* by {who} at {when}; the next import of {inline(tool_of(finding))} decides."
        )
    if check is None:
        return Claim(f"*Fix claimed* by {who} at {when}; the next scan decides.")
    return Claim(f"*Checking:* fix claimed by {who} at {when}.", checking=True)


def _is_old_news(event: Event, check: Job | None) -> bool:
    """True where the answer on record is newer than the check that is under way, or none is."""
    if check is None or (check.status == "queued" and check.attempt > 0):
        return True
    return check.status == "running" and check.started is not None and event.at >= check.started


def _undecided(event: Event, check: Job | None, finding: Finding) -> Claim:
    said = f"*Could not check:* {_reason(event)}"
    if is_imported(finding):
        return Claim(f"{said} The next import of {inline(tool_of(finding))} decides.")
    again = _again(event, check)
    if again is None:
        return Claim(f"{said} Nothing was changed. Mend that, then press I fixed it again.")
    return Claim(f"{said} Trying again at {slack_time(again)}.", checking=True)


def _again(event: Event, check: Job | None) -> datetime | None:
    if check is None:
        return None
    if check.status == "queued":
        return check.run_after
    if check.attempt >= len(CLAIM_RETRY_MINUTES):
        return None
    return event.at + timedelta(minutes=CLAIM_RETRY_MINUTES[check.attempt])


def _reason(event: Event) -> str:
    reason = sentence(str(event.data.get("reason", "")), 300) or "no reason was given"
    return reason if reason.endswith((".", "!", "?")) else reason + "."


def _refuted(view: FindingView, event: Event | None) -> str:
    saw = seen(view) or "the control still fails."
    when = f" (checked {slack_time(event.at)})" if event and event.kind is Kind.REFUTED else ""
    return f"*Not yet:* {saw}{when}"
