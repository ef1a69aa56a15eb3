"""When another tool looked decides what it says of a claimed fix, however new its report is."""

from dataclasses import replace
from datetime import datetime

from scanners.model import Scan, Status, Verdict
from storage import imported
from storage.identity import finding_id
from storage.pictures import Connection


def after_claims(connection: Connection, scan: Scan) -> Scan:
    """The scan, with "last looked before the fix was claimed" for a failure that is older than its claim.

    The verdicts' own moments (`as_of`) are used up by this: of what the report still lists, the report is the evidence.
    """
    claims = imported.claimed(connection, {verdict.scope for verdict in scan.verdicts})
    return replace(scan, verdicts=tuple(_claimed(verdict, claims) for verdict in scan.verdicts))


def _claimed(verdict: Verdict, claims: dict[str, datetime]) -> Verdict:
    at = verdict.as_of
    if at is None:
        return verdict
    told = replace(verdict, as_of=None)
    if verdict.status is not Status.FAIL or not claims:
        return told
    since = claims.get(finding_id(verdict.control, verdict.scope, verdict.resource.arn, verdict.locus))
    if since is None or at >= since:
        return told
    tool = verdict.control.partition("/")[0]
    reason = f"{tool} last looked at it on {at:%d %b %H:%M} UTC, before the fix was claimed"
    return replace(told, status=Status.UNKNOWN, reason=reason, remediation=None)
