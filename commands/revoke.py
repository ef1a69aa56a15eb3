"""`revoke`: end a snooze, an acceptance or a false positive before its time."""

from datetime import datetime

from commands.accept import reason_of
from commands.decide import Deed, allow, verb
from commands.model import Arguments, Context
from commands.people import Role
from storage import lifecycle
from storage.decisions import Rule
from storage.model import Event, Finding


def _allow(context: Context, finding: Finding, may: str) -> None:
    allow(context, finding, may, Role.LEAD, Role.SECURITY)


def _rule(_context: Context, arguments: Arguments, _finding: Finding) -> Rule:
    reason = reason_of(arguments)

    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        return lifecycle.revoke(finding, actor, now, reason)

    return rule


COMMAND = verb(
    Deed("revoke", "revoke decisions on", _rule, lambda _view: "Revoked. It is open again.", _allow),
    summary="End a snooze, a risk acceptance or a false positive before its time.",
    usage="revoke ID [--reason TEXT]",
    role=Role.LEAD,
    examples=("revoke 3fa1c09b",),
    options=("reason",),
    help="Leads and security. The SLA clock, which an acceptance had stopped, goes on from there.",
)
