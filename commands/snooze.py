"""`snooze`: out of sight for some days; the SLA clock runs on."""

from datetime import datetime

from commands.decide import Deed, until_words, verb
from commands.model import Arguments, Context
from commands.people import Role
from scanners.errors import UsageError
from storage import lifecycle
from storage.decisions import Rule
from storage.model import Event, Finding, FindingView
from storage.rules import SNOOZE_DAYS_LEAD, SNOOZE_DAYS_MEMBER


def _days(arguments: Arguments) -> int:
    given = arguments.options.get("days", "").strip()
    if not given:
        raise UsageError("For how many days? Usage: snooze ID --days N", "days")
    if not given.isascii() or not given.isdigit() or len(given) > 6:
        raise UsageError(f"--days takes a whole number, not {given[:20]!r}.", "days")
    return int(given)


def most_days(context: Context, finding: Finding) -> int:
    """How long the actor may snooze this finding."""
    roles = context.organisation.roles(context.actor, finding.team)
    return SNOOZE_DAYS_LEAD if roles & {Role.LEAD, Role.SECURITY} else SNOOZE_DAYS_MEMBER


def _rule(context: Context, arguments: Arguments, finding: Finding) -> Rule:
    days, most = _days(arguments), most_days(context, finding)

    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        return lifecycle.snooze(finding, actor, now, days, most)

    return rule


def _said(view: FindingView) -> str:
    due = f"{view.finding.due:%a %d %b %Y}"
    return (
        f"Snoozed{until_words(view)}, then it is open again. It stays due on {due}: a snooze stops no clock."
    )


COMMAND = verb(
    Deed("snooze", "snooze", _rule, _said, hides=True),
    summary="Hide a finding for some days; its SLA clock runs on.",
    usage="snooze ID --days N",
    examples=("snooze 3fa1c09b --days 3",),
    options=("days",),
    help="Members up to 7 days, leads and security up to 14; twice in a row at most, and never what is known to be exploited.",
)
