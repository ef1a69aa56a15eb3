"""Questions about findings, answered as of an instant."""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanners.errors import UsageError
from storage.clock import iso, parse
from storage.model import FindingView, State
from storage.rows import FINDING_SELECT, finding_of, remediation_of
from storage.rules import STALE_FLOOR, is_stale, shown_state

# The shown state in SQL, as of :now; a test holds it against `rules.shown_state`.
STATE_SQL = """case
    when f.out_of_scope then 'out_of_scope'
    when f.detection = 'absent' then 'fixed'
    when f.disposition in ('snoozed', 'risk_accepted', 'false_positive')
        and (f.until is null or f.until > :now) then f.disposition
    when f.claim_at is not null then 'fix_claimed'
    when f.disposition in ('acknowledged', 'in_progress')
        and (f.until is null or f.until > :now) then f.disposition
    when f.episode > 1 then 'regressed'
    else 'open' end"""
_SEVERITY_ORDER = (
    "case f.severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3"
    " else 4 end"
)
SETTLED = (State.FIXED, State.OUT_OF_SCOPE)


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list; an empty part means any. `states` empty means all that is not settled.

    `moved` splits the findings of `post`: True those that belong to another team by now, False the others.
    """

    teams: tuple[str, ...] = ()
    severities: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    controls: tuple[str, ...] = ()
    resource: str = ""
    target: str = ""
    post: int | None = None
    moved: bool | None = None
    all_states: bool = False
    visible_teams: tuple[str, ...] | None = None


def list_findings(
    connection: sqlite3.Connection,
    wanted: Filter,
    now: datetime,
    *,
    limit: int | None = None,
    offset: int = 0,
    interval: timedelta = timedelta(days=1),
) -> list[FindingView]:
    """Findings that meet `wanted`, worst first, then longest overdue, then by id."""
    where, parameters = _where(wanted, now)
    sql = (
        f"select {FINDING_SELECT}, o.checked_at, o.evidence, o.remediation, o.reason"  # noqa: S608
        f" from findings f join observations o on o.finding = f.id where {where}"
        f" order by {_SEVERITY_ORDER}, f.due, f.id"
    )
    if limit is not None:
        sql += " limit :limit offset :offset"
        parameters |= {"limit": limit, "offset": offset}
    return [view(row, now, interval) for row in connection.execute(sql, parameters)]


def count_by(connection: sqlite3.Connection, wanted: Filter, now: datetime, column: str) -> Counter[str]:
    """How many findings meet `wanted`, per value of `severity`, `state`, `control` or `team`."""
    expression = {"severity": "f.severity", "state": STATE_SQL, "control": "f.control", "team": "f.team"}[
        column
    ]
    where, parameters = _where(wanted, now)
    found = connection.execute(
        f"select {expression}, count(*) from findings f where {where} group by 1",  # noqa: S608
        parameters,
    )
    return Counter({row[0]: row[1] for row in found})


def _where(wanted: Filter, now: datetime) -> tuple[str, dict[str, object]]:
    parts: list[str] = ["1"]
    parameters: dict[str, object] = {"now": iso(now)}

    def among(expression: str, name: str, values: tuple[str, ...]) -> None:
        marks = [f":{name}{i}" for i in range(len(values))]
        parameters.update({f"{name}{i}": value for i, value in enumerate(values)})
        parts.append(f"{expression} in ({', '.join(marks)})")

    if wanted.states:
        among(STATE_SQL, "state", wanted.states)
    elif not wanted.all_states:
        parts.append("f.detection = 'present' and not f.out_of_scope")
    if wanted.visible_teams is not None:
        among("f.team", "visible", wanted.visible_teams)
    for expression, name, values in (
        ("f.team", "team", wanted.teams),
        ("f.severity", "severity", wanted.severities),
        ("f.control", "control", wanted.controls),
    ):
        if values:
            among(expression, name, values)
    if wanted.resource:
        parameters["resource"] = wanted.resource
        parts.append(
            "(instr(lower(f.resource), lower(:resource)) or instr(lower(f.resource_id), lower(:resource)))"
        )
    if wanted.target:
        parameters["target"] = wanted.target
        parts.append("f.target = :target")
    if wanted.post is not None:
        parameters["post"] = wanted.post
        which = {None: "", True: " and pf.team <> o.team", False: " and pf.team = o.team"}[wanted.moved]
        parts.append(
            "f.id in (select pf.finding from post_findings pf join findings o on o.id = pf.finding"  # noqa: S608
            f" where pf.post = :post{which})"
        )
    return " and ".join(parts), parameters


def view(row: sqlite3.Row, now: datetime, interval: timedelta = timedelta(days=1)) -> FindingView:
    """A row of findings joined with observations, as of `now`."""
    finding = finding_of(row)
    checked = parse(row["checked_at"])
    evidence: Mapping[str, object] = json.loads(row["evidence"])
    state = shown_state(finding, now)
    return FindingView(
        finding=finding,
        state=state,
        last_checked=checked,
        evidence=evidence,
        remediation=remediation_of(row["remediation"]),
        unchecked_reason=row["reason"],
        stale=state not in SETTLED and is_stale(checked, now, interval),
    )


def find_one(connection: sqlite3.Connection, start: str, now: datetime) -> FindingView:
    """The finding whose id starts with `start` (with or without "pf1_").

    Raises UsageError where none or several do, naming the nearest.
    """
    wanted = start.strip().removeprefix("pf1_").lower()
    if len(wanted) < 4 or any(letter not in "0123456789abcdef" for letter in wanted):
        raise UsageError(
            f"{start[:40]!r} is no finding id. An id is at least 4 of the digits and letters a-f that"
            " `patrol findings` lists, such as 3fa1c09b."
        )
    low = "pf1_" + wanted
    found = connection.execute(
        f"select {FINDING_SELECT}, o.checked_at, o.evidence, o.remediation, o.reason"  # noqa: S608
        " from findings f join observations o on o.finding = f.id where f.id >= ? and f.id < ? limit 6",
        (low, low + "g"),
    ).fetchall()
    if not found:
        raise UsageError(
            f"No finding starts with {wanted[:16]}. `patrol findings state:all` lists every one."
        )
    if len(found) > 1:
        listed = ", ".join(row["id"].removeprefix("pf1_")[:12] for row in found[:5])
        raise UsageError(f"{wanted} fits {len(found)} findings or more ({listed}). Give more of the id.")
    return view(found[0], now)


def claim_waits(connection: sqlite3.Connection, finding: str) -> bool:
    """True while a claim of the finding of that whole id waits for its proof."""
    found = connection.execute(
        "select 1 from findings where id = ? and detection = 'present' and claim_at is not null", (finding,)
    )
    return found.fetchone() is not None


def count_stale(
    connection: sqlite3.Connection, now: datetime, interval: timedelta = timedelta(days=1)
) -> int:
    """How many present findings were not conclusively checked for too long."""
    limit = iso(now - max(2 * interval, STALE_FLOOR))
    row = connection.execute(
        "select count(*) from findings f join observations o on o.finding = f.id"
        " where f.detection = 'present' and not f.out_of_scope and o.checked_at < ?",
        (limit,),
    ).fetchone()
    return int(row[0])
