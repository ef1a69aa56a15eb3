"""`approve` and `reject`: the answer to a request, by somebody else than the one who asked."""

from datetime import datetime

from commands.accept import reason_of
from commands.decide import Deed, allow, until_words, verb
from commands.model import Arguments, Context
from commands.people import Organisation, Role
from storage import lifecycle, manual
from storage.decisions import Rule
from storage.model import Event, Finding, FindingView, State
from storage.rules import SECURITY_APPROVES


def _is_word(finding: Finding) -> bool:
    """True where the answer is a second person's word on a claimed fix, not one to a request."""
    return manual.is_manual(finding) and not finding.request


def _for_security_alone(finding: Finding) -> bool:
    return finding.severity in SECURITY_APPROVES and not _is_word(finding)


def _approver(context: Context, finding: Finding, may: str) -> None:
    if _for_security_alone(finding):
        allow(context, finding, f"{may} {finding.severity}", Role.SECURITY)
    else:
        allow(context, finding, may, Role.LEAD, Role.SECURITY)


def _rejecter(context: Context, finding: Finding, may: str) -> None:
    if finding.request_by != context.actor.id:  # one's own request may be taken back
        _approver(context, finding, may)


def may_approve(context: Context, finding: Finding) -> bool:
    """True where the actor may answer what waits on this finding: a request, or a fix that no scan can see."""
    roles = context.organisation.roles(context.actor, finding.team)
    wanted = {Role.SECURITY} if _for_security_alone(finding) else {Role.LEAD, Role.SECURITY}
    said_by = finding.claim_by if _is_word(finding) else finding.request_by
    return bool(roles & wanted) and said_by != context.actor.id


def approvers(organisation: Organisation, finding: Finding) -> tuple[str, ...]:
    """Who may answer a request on this finding, as configured: people, groups and channels."""
    if _for_security_alone(finding):
        return organisation.security
    return (*organisation.leads(finding.team), *organisation.security)


def _approve(_context: Context, _arguments: Arguments, _finding: Finding) -> Rule:
    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        answer = manual.confirm if _is_word(finding) else lifecycle.approve
        return answer(finding, actor, now)

    return rule


def _reject(_context: Context, arguments: Arguments, finding: Finding) -> Rule:
    reason = reason_of(arguments)

    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        answer = manual.refute if _is_word(finding) else lifecycle.reject
        return answer(finding, actor, now, reason)

    return rule


def _approved(view: FindingView) -> str:
    if view.state is State.FIXED:
        return "Confirmed. It is closed on your word, and not counted as proven by a scan."
    what = "Risk accepted" if view.state is State.RISK_ACCEPTED else "Marked a false positive"
    return f"{what}{until_words(view)}; then it is open again."


COMMAND = verb(
    Deed("approve", "approve", _approve, _approved, _approver, hides=True),
    summary="Grant the acceptance or false positive that was asked for.",
    usage="approve ID",
    role=Role.LEAD,
    examples=("approve 3fa1c09b",),
    help="Security for critical and high findings, a lead or security for the rest; never the one who asked.",
)
REJECT = verb(
    Deed("reject", "reject requests on", _reject, lambda _view: "Rejected. It stays as it was.", _rejecter),
    summary="Refuse the acceptance or false positive that was asked for.",
    usage="reject ID [--reason TEXT]",
    role=Role.LEAD,
    examples=('reject 3fa1c09b --reason "The bucket holds customer data"',),
    options=("reason",),
    help="Whoever asked may take the request back with it.",
)
