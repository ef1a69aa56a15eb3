"""One finding told twice: by the episodes read for figures, and by the store."""

from datetime import datetime

from storage.figures.values import Episode
from storage.model import Finding
from storage.rules import is_live, is_requested


def told(one: Episode, now: datetime) -> tuple[object, ...]:
    """What the newest episode says of its finding."""
    last = one.spans[-1] if one.spans else None
    live = last if last and last.end > now and one.closed_at is None else None
    return (
        one.number, one.team, one.severity, one.exploited, one.opened_at, one.first_seen, one.closed_at, one.cause,
        live and (live.what, live.start, live.end), one.pending,
    )  # fmt: skip


def kept(finding: Finding, now: datetime) -> tuple[object, ...]:
    """The same from the finding."""
    live = (finding.disposition, finding.disposition_at, finding.until) if is_live(finding, now) else None
    return (
        finding.episode, finding.team, finding.severity, finding.exploited, finding.opened_at, finding.first_seen,
        finding.fixed_at, finding.cause, live, finding.request if is_requested(finding, now) else "",
    )  # fmt: skip
