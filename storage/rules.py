"""The clocks and caps of the lifecycle, and the one state that is shown. Pure functions.

Source of every number: design.md, "Three axes, one shown state". What people may do is in `lifecycle`, what
the clock does in `lapses`, what an event changes in `changes`.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from scanners.model import Severity
from storage.model import Detection, Disposition, Finding, State

SLA_DAYS: Mapping[Severity, int] = {
    Severity.CRITICAL: 7,
    Severity.HIGH: 30,
    Severity.MEDIUM: 90,
    Severity.LOW: 120,
    Severity.UNKNOWN: 90,
}
ACKNOWLEDGE_LAPSE: Mapping[Severity, timedelta] = {
    Severity.CRITICAL: timedelta(hours=24),
    Severity.HIGH: timedelta(days=3),
    Severity.MEDIUM: timedelta(days=7),
    Severity.LOW: timedelta(days=14),
    Severity.UNKNOWN: timedelta(days=7),
}
# An approved acceptance, and a false positive, end after this long at the latest.
ACCEPTANCE_CAP: Mapping[Severity, timedelta] = {
    Severity.CRITICAL: timedelta(days=30),
    Severity.HIGH: timedelta(days=90),
    Severity.MEDIUM: timedelta(days=180),
    Severity.LOW: timedelta(days=365),
    Severity.UNKNOWN: timedelta(days=180),
}
# The severities of which only security approves an acceptance; of the others a lead does too.
SECURITY_APPROVES = frozenset({Severity.CRITICAL, Severity.HIGH})
WORK_SILENT = timedelta(days=14)
WORK_LAPSE = timedelta(days=21)
SNOOZE_DAYS_MEMBER = 7
SNOOZE_DAYS_LEAD = 14
SNOOZES_IN_A_ROW = 2
REQUEST_LAPSE = timedelta(days=7)
SHORTEST_REASON = 20
UNDO_WITHIN = timedelta(minutes=5)
STALE_FLOOR = timedelta(days=7)
CLAIM_RETRY_MINUTES = (1, 5, 30)
REFUTATIONS_ASK_LEAD = 3

SUPPRESSED: Mapping[Disposition, State] = {
    Disposition.RISK_ACCEPTED: State.RISK_ACCEPTED,
    Disposition.FALSE_POSITIVE: State.FALSE_POSITIVE,
    Disposition.SNOOZED: State.SNOOZED,
}
_WORKED = {Disposition.IN_PROGRESS: State.IN_PROGRESS, Disposition.ACKNOWLEDGED: State.ACKNOWLEDGED}


def due_date(opened_at: datetime, severity: Severity) -> datetime:
    """When the SLA of an episode ends where none is configured: 7, 30, 90 or 120 days after it opened."""
    return opened_at + timedelta(days=SLA_DAYS[severity])


def due_of(finding: Finding) -> datetime:
    """When the current episode is due: the date of its SLA less the time its clock stood still, or a person's own date."""
    decision = finding.decision
    if decision.own_due is not None:
        return decision.own_due
    due = decision.sla_due or due_date(finding.opened_at, finding.severity)
    return due + timedelta(seconds=decision.paused_s)


def due_now(finding: Finding, now: datetime) -> datetime:
    """When it is due as of `now`: an acceptance that stands, or has run out unwritten, stopped the clock too."""
    since = finding.decision.paused_at
    if since is None or finding.decision.own_due is not None:
        return finding.due
    stood = min(now, finding.until or now) - since
    return finding.due + timedelta(seconds=max(0, int(stood.total_seconds())))


def is_live(finding: Finding, now: datetime) -> bool:
    """True while the disposition holds: it has no end, or its end is not reached."""
    return finding.disposition is not Disposition.NONE and (finding.until is None or now < finding.until)


def is_requested(finding: Finding, now: datetime) -> bool:
    """True while a request for an acceptance or a false positive waits for its answer."""
    return bool(finding.request) and (finding.request_until is None or now < finding.request_until)


def shown_state(finding: Finding, now: datetime) -> State:
    """The one state shown, as of `now`: a lapse holds from its instant, whoever ran meanwhile."""
    if finding.out_of_scope:
        return State.OUT_OF_SCOPE
    if finding.detection is Detection.ABSENT:
        return State.FIXED
    live = is_live(finding, now)
    if live and finding.disposition in SUPPRESSED:
        return SUPPRESSED[finding.disposition]
    if finding.claim_at is not None:
        return State.FIX_CLAIMED
    if live:
        return _WORKED[finding.disposition]
    return State.REGRESSED if finding.episode > 1 else State.OPEN


def is_stale(last_checked: datetime, now: datetime, scan_interval: timedelta = timedelta(days=1)) -> bool:
    """True when not conclusively checked for more than max(2 x scan interval, 7 days)."""
    return now - last_checked > max(2 * scan_interval, STALE_FLOOR)
