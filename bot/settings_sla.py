"""[sla] and a team's own `sla`: the days that each severity has, and which days count."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from zoneinfo import ZoneInfo

from bot import settings_values as values
from bot.settings_hours import WEEKDAYS
from bot.settings_tables import Table, Tables
from scanners.model import Severity
from storage.figures.sla import WEEKEND, Calendar, Sla
from storage.rules import SLA_DAYS

BUSINESS, EVERY_DAY = "business", "every-day"
KEYS = (*map(str, Severity), "calendar", "weekend", "holidays")
LONGEST_DAYS = 3_650
USUAL = tuple(SLA_DAYS[severity] for severity in Severity)


@dataclass(frozen=True)
class Promise:
    """What is configured: days by severity, `business` where only working days count, which those are not."""

    days: Mapping[Severity, int] = field(default_factory=lambda: dict(SLA_DAYS))
    business: bool = False
    calendar: Calendar = field(default_factory=Calendar)

    def sla(self, timezone: str) -> Sla | None:
        """The SLA in a team's time zone; None where it is the usual days, of which the ledger keeps no date."""
        if not self.business and tuple(self.days[severity] for severity in Severity) == USUAL:
            return None
        return Sla(self.days, self.calendar if self.business else None, ZoneInfo(timezone))


def read_promise(tables: Tables, company: Table) -> Promise:
    """The table [sla]."""
    return _read(tables, company, "sla", Promise())


def team_promise(tables: Tables, place: str, entry: Table, company: Promise) -> Promise:
    """A team's own `sla`; what it leaves out is the company's."""
    return _read(tables, tables.below(entry, f"{place}.sla", KEYS), f"{place}.sla", company)


def unused(tables: Tables, company: Table, promises: list[Promise]) -> None:
    """Tell days off in [sla] that nobody's calendar heeds."""
    if any(promise.business for promise in promises):
        return
    for key in ("weekend", "holidays"):
        if key in company:
            tables.wrong(f"sla.{key}", f'it counts only with calendar = "{BUSINESS}". Add that to [sla].')


def _read(tables: Tables, table: Table, place: str, base: Promise) -> Promise:
    days = {
        severity: tables.number(table, f"{place}.{severity}", 1, LONGEST_DAYS, base.days[severity])
        for severity in Severity
    }
    said = tables.text(table, f"{place}.calendar", check=values.one_of((BUSINESS, EVERY_DAY), "calendar"))
    calendar = base.calendar
    if "weekend" in table:
        calendar = replace(calendar, weekend=_weekend(tables, table, f"{place}.weekend"))
    if "holidays" in table:
        calendar = replace(calendar, holidays=_holidays(tables, table, f"{place}.holidays"))
    return Promise(days, said == BUSINESS if said else base.business, calendar)


def _weekend(tables: Tables, table: Table, place: str) -> frozenset[int]:
    found = frozenset(WEEKDAYS.index(day) for day in tables.texts(table, place, _weekday))
    if len(found) < len(WEEKDAYS):
        return found
    tables.wrong(place, "no working day is left. Take one out.")
    return WEEKEND


def _weekday(value: str) -> str:
    if value in WEEKDAYS:
        return ""
    return f"{values.shown(value)} is no day of the week.{values.hint(value[:3], WEEKDAYS)}"


def _holidays(tables: Tables, table: Table, place: str) -> frozenset[date]:
    """Dates as TOML writes them, or the same in quotes."""
    value = table["holidays"]
    if not isinstance(value, list):
        tables.wrong(place, f"{values.shown(value)} must be a list of dates: [2026-12-25, 2027-01-01].")
        return frozenset()
    return frozenset(day for one in value if (day := _date(tables, place, one)) is not None)


def _date(tables: Tables, place: str, value: object) -> date | None:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(value if isinstance(value, str) and len(value) == 10 else "")
    except ValueError:
        tables.wrong(place, f"{values.shown(value)} is no date. Write it like 2026-12-25.")
        return None
