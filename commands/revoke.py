"""`revoke`: end a snooze, an acceptance or a false positive before its time."""

from datetime import datetime

from commands.accept import reason_of
from commands.decide import Deed, allow, verb
from commands.model import Arguments, Context
from commands.people import Role
from storage import lifecycle
from storage.decisions import Rule
from storage.model import Event, Finding, FindingView, State


def _allow(context: Context, finding: Finding, may: str) -> None:
    allow(context, finding, may, Role.LEAD, Role.SECURITY)


def _rule(_context: Context, arguments: Arguments, _finding: Finding) -> Rule:
    reason = reason_of(arguments)

    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        return lifecycle.revoke(finding, actor, now, reason)

    return rule


def _said(view: FindingView) -> str:
    claimed = view.state is State.FIX_CLAIMED
    return "Revoked. A fix is claimed, and a check decides." if claimed else "Revoked. It is open again."


COMMAND = verb(
    Deed("revoke", "revoke decisions on", _rule, _said, _allow),
    summary="End a snooze, a risk acceptance or a false positive before its time.",
    usage="revoke ID [--reason TEXT]",
    role=Role.LEAD,
    examples=("revoke 3fa1c09b",),
    options=("reason",),
    help="Leads and security. The SLA clock, which an acceptance had stopped, goes on from there.",
)
