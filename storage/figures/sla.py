"""When an episode must be fixed: a table of days per severity, over calendar or business days."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from scanners.model import Severity
from storage.figures.definition import Definition
from storage.figures.values import Episode
from storage.model import Disposition
from storage.rules import SLA_DAYS

_RISK_ACCEPTED = Disposition.RISK_ACCEPTED
WEEKEND = frozenset({5, 6})  # Saturday and Sunday, as `date.weekday` counts

COMPLIANCE = Definition(
    name="sla",
    title="SLA: met, breached, due",
    meaning="Which promises of a date were kept, which are broken now, and which fall due in the next 7 days.",
    formula="met / (met + missed), over episodes whose due date fell within the window."
    " Due = opening + 7, 30, 90 or 120 days (critical, high, medium, low; 90 where unknown), or the days and the calendar"
    " of [sla] in patrol.toml, + time under an acceptance.",
    counts=(
        "Met: the due date fell within the window and a scan had proven the fix by then.",
        "Missed: the due date fell within the window and the episode stood open at that instant, even if fixed since.",
        "Breached: open now and past its due date, however long. An acceptance after the date undoes no miss.",
        "Due in 7 days: open now, and its due date lies within the next 7 days.",
        "Snoozed findings: a snooze stops no clock.",
        "A changed [sla]: what opens, comes back or changes its severity from then on. The ledger holds the date that each"
        " was given, so a changed table moves no date of the past.",
    ),
    leaves_out=(
        "What was accepted or called a false positive at its due date: neither met nor missed.",
        "What ended without proof (changed control, removed scope, a second person's word) before its due date.",
        "Fixes of findings that are not due yet: else every young programme would begin at 100 %.",
    ),
    reading_error="The clock starts when Patrol first saw the flaw, which may be years after it was made. A severity"
    " that was raised moves the date of the whole episode, so a finding can be late the moment it is raised."
    " With a business-day calendar, time under an acceptance is added as calendar time.",
    why="By due date, every episode is counted once and the share can't be raised by fixing the easy ones early.",
)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which days count: not the `weekend` (0 is Monday) and not the `holidays`."""

    weekend: frozenset[int] = WEEKEND
    holidays: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if len(self.weekend) >= 7:
            raise ValueError("a calendar needs at least one working day a week")

    def works(self, day: date) -> bool:
        """True where the day counts."""
        return day.weekday() not in self.weekend and day not in self.holidays


@dataclass(frozen=True)
class Sla:
    """Days per severity; with a `calendar` they are business days of `zone`, else days of 24 hours."""

    days: Mapping[Severity, int] = field(default_factory=lambda: dict(SLA_DAYS))
    calendar: Calendar | None = None
    zone: tzinfo = UTC

    def due(self, opened_at: datetime, severity: Severity) -> datetime:
        """When an episode that opened then is due. A business day keeps the local time of day."""
        days = self.days[severity]
        if self.calendar is None:
            return opened_at + timedelta(days=days)
        local = opened_at.astimezone(self.zone)
        goal = business_day(self.calendar, local.date(), days)
        # What opens on a day off starts with the next working day, at its first instant.
        clock = (
            local.timetz()
            if self.calendar.works(local.date())
            else datetime.min.time().replace(tzinfo=self.zone)
        )
        return datetime.combine(goal, clock).astimezone(UTC)


@lru_cache(maxsize=65536)
def business_day(calendar: Calendar, start: date, days: int) -> date:
    """The day `days` working days after `start`; a `start` that is a day off counts from the next working day."""
    day = start
    while not calendar.works(day):
        day += timedelta(days=1)
    for _ in range(days):
        day += timedelta(days=1)
        while not calendar.works(day):
            day += timedelta(days=1)
    return day


def due_of(episode: Episode, sla: Sla, as_of: datetime) -> datetime:
    """The due date as of an instant: a person's own date, else the SLA's and the time its clock stood still.

    The SLA's date is the one that the ledger holds, else by `sla`. The clock stands still under an approved acceptance
    that began in time: an acceptance after the date undoes no miss.
    """
    if episode.own_due is not None:
        return episode.own_due
    due = episode.sla_due or sla.due(episode.opened_at, episode.severity)
    for span in episode.spans:
        if span.what is _RISK_ACCEPTED and span.start < min(due, as_of):
            due += timedelta(seconds=int((min(span.end, as_of) - span.start).total_seconds()))
    return due
