"""`accept` and `false-positive`: requests, which a lead or security approves. Nothing changes before that."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commands.decide import Deed, verb
from commands.model import Arguments, Context
from scanners.errors import UsageError
from storage import lifecycle
from storage.decisions import Rule
from storage.model import Disposition, Event, Finding, FindingView
from storage.rules import SECURITY_APPROVES

LONGEST_REASON = 1_000
_SPAN = re.compile(r"(\d{1,4})d\Z")


def reason_of(arguments: Arguments, *, needed: str = "") -> str:
    """The words behind --reason, "" where none were given. Raises UsageError where they are `needed`."""
    reason = arguments.options.get("reason", "").strip()
    if needed and not reason:
        raise UsageError(f"Why? Usage: {needed}", "reason")
    if len(reason) > LONGEST_REASON:
        raise UsageError(
            f"A reason may have {LONGEST_REASON:,} characters; that is {len(reason):,}.", "reason"
        )
    return reason


def until_of(text: str, now: datetime, zone: str, latest: datetime) -> datetime:
    """The end that `text` means: a date (all of that day in the team's `zone`), an instant, or "30d".

    The last day of the cap counts as within it. Raises UsageError for what is none of these.
    """
    given = text.strip()
    if span := _SPAN.match(given):
        return now + timedelta(days=int(span.group(1)))
    local = ZoneInfo(zone)
    try:
        day = date.fromisoformat(given)
        end = datetime.combine(day, time(23, 59, 59, fold=1), local).astimezone(UTC)
        return min(end, latest) if day == latest.astimezone(local).date() else end
    except (ValueError, OverflowError):
        pass
    try:
        moment = datetime.fromisoformat(given)
        return (moment if moment.tzinfo else moment.replace(tzinfo=local)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise UsageError(
            f"--until takes a date such as {(now + timedelta(days=14)).date()}, or days such as 14d, not {given[:40]!r}.",
            "until",
        ) from None


def zone_of(context: Context, finding: Finding) -> str:
    """The time zone in which the finding's team reads a date."""
    team = context.organisation.team(finding.team)
    return team.timezone if team else "UTC"


def _accept(context: Context, arguments: Arguments, finding: Finding) -> Rule:
    usage = "accept ID --reason TEXT --until DATE"
    reason = reason_of(arguments, needed=usage)
    text = arguments.options.get("until", "")
    if not text.strip():
        raise UsageError(f"Until when? Usage: {usage}", "until")
    zone = zone_of(context, finding)

    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        until = until_of(text, now, zone, lifecycle.latest_until(finding.severity, now))
        return lifecycle.request(
            finding, actor, now, Disposition.RISK_ACCEPTED, reason, until, ZoneInfo(zone)
        )

    return rule


def _false_positive(_context: Context, arguments: Arguments, _finding: Finding) -> Rule:
    reason = reason_of(arguments, needed="false-positive ID --reason TEXT")

    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        return lifecycle.request(finding, actor, now, Disposition.FALSE_POSITIVE, reason)

    return rule


def _said(view: FindingView) -> str:
    who = "security" if view.finding.severity in SECURITY_APPROVES else "a lead or security"
    return (
        f"Asked for. It stays as it is until {who} approves; without an answer the request lapses in 7 days."
    )


ACCEPT = verb(
    Deed("accept", "ask for acceptances of", _accept, _said, hides=True),
    summary="Ask that a risk be accepted until a date, with the reason.",
    usage="accept ID --reason TEXT --until DATE",
    examples=('accept 3fa1c09b --reason "Public on purpose: the price list" --until 30d',),
    options=("reason", "until"),
    help=(
        "A reason of 20 characters or more. At most 30 days (critical), 90 (high), 180 (medium) or 365 (low). Security"
        " approves critical and high, a lead the rest too; never the one who asked."
    ),
)
FALSE_POSITIVE = verb(
    Deed("false-positive", "ask for false positives of", _false_positive, _said, hides=True),
    summary="Ask that a finding be marked a false positive, with the reason.",
    usage="false-positive ID --reason TEXT",
    examples=('false-positive 3fa1c09b --reason "The bucket holds test data only"',),
    options=("reason",),
    help="Approved as an acceptance is. It ends when what was seen changes, and after the same number of days.",
)
