"""What became of what was open thirty days ago. Counts only; a finding that came back counts as open."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from storage.clock import iso
from storage.model import FIXES, Cause, Detection, Disposition

THIRTY_DAYS = timedelta(days=30)
Ending = tuple[bool, str, str, str]  # out of scope, detection, cause of the closing, disposition that holds
_ACCEPTED = (Disposition.RISK_ACCEPTED, Disposition.FALSE_POSITIVE)


@dataclass(frozen=True, slots=True)
class Cohort:
    """`total` findings were open then; now they are `fixed` (seen by a scan), `confirmed` (a person's word), `accepted`
    (or false positives), `dropped` (the rule or the scope changed) or `open`.
    """

    total: int = 0
    fixed: int = 0
    confirmed: int = 0
    accepted: int = 0
    dropped: int = 0
    open: int = 0


def cohort(endings: Iterable[tuple[Ending, int]]) -> Cohort:
    """Sort counted endings into a cohort."""
    counts = dict.fromkeys(("fixed", "confirmed", "accepted", "dropped", "open"), 0)
    for ending, number in endings:
        counts[_sorted(ending)] += number
    return Cohort(total=sum(counts.values()), **counts)


def _sorted(ending: Ending) -> str:
    out_of_scope, detection, cause, disposition = ending
    if out_of_scope:
        return "dropped"
    if detection == Detection.ABSENT:
        if cause == Cause.CONFIRMED:
            return "confirmed"
        return "fixed" if cause in FIXES else "dropped"
    return "accepted" if disposition in _ACCEPTED else "open"


def thirty_days(connection: sqlite3.Connection, teams: Sequence[str], now: datetime) -> Cohort:
    """The cohort of findings of `teams` that were open thirty days before `now`."""
    marks = ", ".join(f":team{at}" for at in range(len(teams)))
    parameters = {f"team{at}": team for at, team in enumerate(teams)}
    found = connection.execute(
        "select f.out_of_scope, f.detection, f.cause,"  # noqa: S608
        " iif(f.until is null or f.until > :now, f.disposition, '') as held, count(*) as n from findings f"
        f" where f.team in ({marks}) and f.first_seen <= :then and exists (select 1 from episodes e"
        " where e.finding = f.id and e.opened_at <= :then and (e.closed_at is null or e.closed_at > :then))"
        " group by 1, 2, 3, 4",
        parameters | {"now": iso(now), "then": iso(now - THIRTY_DAYS)},
    )
    return cohort(((bool(row[0]), row[1], row[2], row[3]), row[4]) for row in found)
