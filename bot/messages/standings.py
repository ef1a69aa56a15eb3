"""What people decided of a finding and what waits for an answer, in sentences: who, why, until when, on whose word."""

from collections.abc import Mapping
from datetime import datetime

from bot.messages.words import inline, person, sentence, slack_date, slack_day
from storage.manual import is_manual
from storage.model import Disposition, Finding, FindingView, State
from storage.rules import is_live, is_requested

WHAT: Mapping[str, str] = {"risk_accepted": "a risk acceptance", "false_positive": "a false positive"}
_HELD: Mapping[Disposition, str] = {
    Disposition.ACKNOWLEDGED: "Acknowledged",
    Disposition.IN_PROGRESS: "In progress",
    Disposition.SNOOZED: "Snoozed",
    Disposition.RISK_ACCEPTED: "Risk accepted",
    Disposition.FALSE_POSITIVE: "Marked a false positive",
}
Names = Mapping[str, str] | None


def waits(view: FindingView, now: datetime, names: Names = None) -> list[str]:
    """The request that waits, or the fix that a second person must confirm; nothing for most findings."""
    finding = view.finding
    if view.state in (State.FIXED, State.OUT_OF_SCOPE):
        return []
    if is_requested(finding, now):
        return asked(finding, names)
    if is_manual(finding) and finding.claim_at is not None:
        by = person(finding.claim_by, names)
        return [f"*Waits for a second person:* {by} says that it is done. No scan can see it."]
    return []


def asked(finding: Finding, names: Names = None) -> list[str]:
    """What was asked for, by whom, until when and why, and when the request lapses."""
    until = finding.decision.asked_until
    end = f" until {slack_day(until)}" if until else ""
    lapse = (
        f" Without an answer it lapses on {slack_date(finding.request_until)}."
        if finding.request_until
        else ""
    )
    what = WHAT.get(finding.request, "a decision")
    return [
        f"*Waits for an answer:* {what}{end}, asked for by {person(finding.request_by, names)}.{lapse}",
        quoted(finding.decision.asked_reason),
    ]


def held(view: FindingView, now: datetime, names: Names = None) -> list[str]:
    """The decision that holds: by whom, on whose word, until when, with its reason or link."""
    finding, decision = view.finding, view.finding.decision
    if not is_live(finding, now) or finding.disposition not in _HELD or view.state is State.FIXED:
        return []
    until = f" until {slack_date(finding.until)}" if finding.until else ""
    who = person(finding.disposition_by, names)
    asker = person(decision.requested_by, names)
    by = f", asked for by {asker}, approved by {who}" if decision.requested_by else f" by {who}"
    link = f" {where(decision.link)}" if decision.link else ""
    return [f"*{_HELD[finding.disposition]}*{by}{until}{link}.", quoted(decision.reason)]


def where(link: str) -> str:
    """A ticket, or an address, that a person typed."""
    return f"({inline(link, 300)})"


def quoted(words: str) -> str:
    """What a person typed, as a quotation on one line; "" for nothing."""
    return f"> {sentence(words, 1_000)}" if words.strip() else ""
