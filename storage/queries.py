"""Questions about findings, answered as of an instant, and only of what one may see.

`sees` is the names of the teams whose findings the one who asks may see; None is all. A finding outside is
never counted, listed or found by its id: it is as if it did not exist.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from scanners.errors import UsageError
from scanners.model import Severity
from storage import search
from storage.clock import iso, parse
from storage.manual import TARGET as MANUAL
from storage.model import FindingView, State
from storage.rows import FINDING_SELECT, finding_of, remediation_of
from storage.rules import STALE_FLOOR, due_now, is_stale, shown_state

Sees = frozenset[str] | None
SETTLED = (State.FIXED, State.OUT_OF_SCOPE)
# What still waits for a fix: neither settled nor set aside by a decision.
TO_FIX = (
    State.OPEN, State.REGRESSED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.FIX_CLAIMED,
)  # fmt: skip
VIEW_SELECT = f"{FINDING_SELECT}, o.checked_at, o.evidence, o.remediation, o.reason"
# `finding_keys` (k) and `finding_groups` (g) hold what filters read; see m010_search. The numbers of its states
# and ranks are places in these.
_STATES = tuple(State)
_RANKS = tuple(Severity)
# The shown state as of :now; a test holds it against `rules.shown_state`.
_STATE = "iif(k.until is null or k.until > :now, k.held, k.free)"
_LIVE = f"k.free < {min(map(_STATES.index, SETTLED))}"
_OF_POST = "select f.rowid from post_findings p join findings f on f.id = p.finding where p.post = :post"
_MOVED = {None: "", True: " and p.team <> f.team", False: " and p.team = f.team"}
_NEAR = 500
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Filter:
    """What to list; an empty part means any. `states` empty means all that is not settled.

    `text` are words, found by their beginnings in names, tags, region, control and id, or in the control's
    title where `titles` (control id -> title) holds them. `tags` are "key" or "key=value". `resource` is a
    part of a name. `due_by`: due at that instant or before, `due_after`: later than that. `teams` may hold "" (owned by
    nobody). `moved` splits the findings of `post`: True those that belong to another team by now, False the others.
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
    sees: Sees = None
    text: str = ""
    tags: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    due_by: datetime | None = None
    due_after: datetime | None = None
    titles: Mapping[str, str] = field(default_factory=dict)


def list_findings(
    connection: sqlite3.Connection,
    wanted: Filter,
    now: datetime,
    *,
    limit: int | None = None,
    offset: int = 0,
    interval: timedelta = timedelta(days=1),
    soonest: bool = False,
) -> list[FindingView]:
    """Findings that meet `wanted`, worst first, then longest overdue, then in the order they were found.

    With `soonest` what is due first comes first, however bad it is.
    """
    ask = _ask(connection, wanted, now)
    page = {"limit": -1 if limit is None else limit, "offset": offset}
    found: list[sqlite3.Row] = []
    if ask.near and limit is not None and not soonest:
        found = _page(connection, ask.near, ask.parameters | page, "worst, soon, at")
    if limit is None or len(found) < limit:
        found = _page(
            connection, ask.source, ask.parameters | page, "soon, at" if soonest else "worst, soon, at"
        )
    return [view(row, now, interval) for row in found]


def _page(
    connection: sqlite3.Connection, source: str, parameters: dict[str, object], order: str
) -> list[sqlite3.Row]:
    """The page is chosen among the narrow keys; only its own rows are read in full."""
    return connection.execute(
        f"with page as materialized (select g.rank as worst, k.due as soon, k.row as at {source}"  # noqa: S608
        f" order by {order} limit :limit offset :offset)"
        f" select {VIEW_SELECT} from page p cross join findings f on f.rowid = p.at"
        f" cross join observations o on o.finding = f.id order by {order}",
        parameters,
    ).fetchall()


def counted_page(
    connection: sqlite3.Connection, wanted: Filter, now: datetime, *, limit: int | None, offset: int = 0
) -> tuple[Counter[str], list[FindingView]]:
    """What `count_by` severity and `list_findings` say, with one search for both where that is quicker."""
    ask = _ask(connection, wanted, now)
    parameters: dict[str, object] = {**ask.parameters, "limit": limit, "offset": offset}
    if limit is None or not ask.sought:
        listed = list_findings(connection, wanted, now, limit=limit, offset=offset)
        return count_by(connection, wanted, now, "severity"), listed
    found = _page(connection, ask.near, parameters, "worst, soon, at") if ask.near else []
    if len(found) >= limit:
        return count_by(connection, wanted, now, "severity"), [view(row, now) for row in found]
    both = connection.execute(
        f"with fit as materialized (select g.rank as worst, k.due as soon, k.row as at {ask.source})"  # noqa: S608
        " select worst, count(*), null from fit group by worst union all"
        " select * from (select worst, soon, at from fit order by worst, soon, at limit :limit offset :offset)",
        parameters,
    ).fetchall()
    rows = [row[2] for row in sorted(tuple(row) for row in both if row[2] is not None)]
    counts = Counter({str(_RANKS[row[0]]): row[1] for row in both if row[2] is None})
    return counts, _views_of_rows(connection, rows, now)


def _views_of_rows(connection: sqlite3.Connection, rows: Sequence[int], now: datetime) -> list[FindingView]:
    """The findings of those row numbers, in that order."""
    found = connection.execute(
        f"select {VIEW_SELECT} from json_each(?) r cross join findings f on f.rowid = r.value"  # noqa: S608
        " cross join observations o on o.finding = f.id order by r.key",
        (json.dumps(rows),),
    )
    return [view(row, now) for row in found]


def count_by(connection: sqlite3.Connection, wanted: Filter, now: datetime, column: str) -> Counter[str]:
    """How many findings meet `wanted`, per value of `severity`, `state`, `control`, `team` or `region`."""
    ask = _ask(connection, wanted, now)
    names = {"severity": _RANKS, "state": _STATES}.get(column)
    group = {"severity": "rank", "state": "state"}.get(column, column)
    # Summed by group first: there are far fewer groups than findings, and their order is the index's.
    by_state = f", {_STATE}" if column == "state" else ""
    state = _STATE if by_state else "0"
    found = connection.execute(
        f"with counted as materialized (select g.id as grp, {state} as state, count(*) as many"  # noqa: S608
        f" {ask.source} group by g.id{by_state})"
        f" select {group}, sum(many) from counted join finding_groups g on g.id = counted.grp group by 1",
        ask.parameters,
    )
    return Counter({str(names[row[0]]) if names else row[0]: row[1] for row in found})


def controls_found(connection: sqlite3.Connection, sees: Sees = None) -> list[str]:
    """Which controls ever failed, as far as the teams in `sees` may know."""
    found = connection.execute("select distinct control, team from finding_groups order by control")
    return list(dict.fromkeys(row["control"] for row in found if sees is None or row["team"] in sees))


@dataclass(frozen=True, slots=True)
class _Ask:
    """The from and where of a query over keys and groups, and what its marks stand for.

    `near` looks at the worst few that live, and no further: where many fit, the first page is among them.
    """

    source: str
    near: str
    parameters: dict[str, object]
    sought: bool


def _ask(connection: sqlite3.Connection, wanted: Filter, now: datetime) -> _Ask:
    parts, parameters = _where(wanted, now)
    match = search.Match()
    sought = search.Sought(wanted.text, wanted.tags, wanted.resource, wanted.titles)
    if sought:
        match = search.matching(connection, sought)
    rows = list(match.rows)
    if wanted.post is not None:
        rows.append(_OF_POST + _MOVED[wanted.moved])
    where = " and ".join(parts)
    # `cross join` fixes the order of reading: what was searched first, else the groups that fit.
    source = f"from finding_groups g cross join finding_keys k on k.grp = g.id where {where}"
    if rows:
        first, *others = rows
        inside = "".join(f" and k.row in ({query})" for query in others)
        source = (
            f"from ({first}) r cross join finding_keys k on k.row = r.rowid cross join finding_groups g"
            f" on g.id = k.grp where {where}{inside}"
        )
    near = ""
    if wanted.post is None and _lives(wanted):
        worst = "rank in ({})".format(", ".join(map(str, _ranks(wanted) or range(len(_RANKS)))))
        fits = " and ".join(match.has)
        has = f" and exists (select 1 from findings where rowid = k.row and {fits})" if fits else ""  # noqa: S608
        near = (
            "from (select * from finding_keys indexed by finding_keys_worst"  # noqa: S608
            f" where {worst} and free < 8 order by rank, due, row limit {_NEAR}) k"
            f" cross join finding_groups g on g.id = k.grp where {where}{has}"
        )
    return _Ask(source, near, {**parameters, **match.parameters, "post": wanted.post}, bool(sought))


def _lives(wanted: Filter) -> bool:
    return not wanted.all_states and not set(map(str, SETTLED)) & set(wanted.states)


def _ranks(wanted: Filter) -> tuple[int, ...]:
    return tuple(_RANKS.index(Severity(severity)) for severity in wanted.severities)


def _where(wanted: Filter, now: datetime) -> tuple[list[str], dict[str, object]]:
    parts: list[str] = ["1"]
    parameters: dict[str, object] = {"now": iso(now)}

    def among(expression: str, name: str, values: tuple[object, ...]) -> None:
        marks = [f":{name}{i}" for i in range(len(values))]
        parameters.update({f"{name}{i}": value for i, value in enumerate(values)})
        parts.append(f"{expression} in ({', '.join(marks)})")

    if wanted.states:
        among(_STATE, "state", tuple(_STATES.index(State(state)) for state in wanted.states))
    elif not wanted.all_states:
        parts.append(_LIVE)
    if wanted.sees is not None:
        among("g.team", "sees", tuple(sorted(wanted.sees)))
    if wanted.severities:
        among("g.rank", "rank", _ranks(wanted))
    for name, values in (("team", wanted.teams), ("control", wanted.controls), ("region", wanted.regions)):
        if values:
            among(f"g.{name}", name, values)
    if wanted.target:
        parameters["target"] = wanted.target
        parts.append("g.target = :target")
    for name, at, sign in (("due_by", wanted.due_by, "<="), ("due_after", wanted.due_after, ">")):
        if at is not None:
            parameters[name] = (at - _EPOCH) // timedelta(microseconds=1)
            parts.append(f"k.due {sign} :{name}")
    return parts, parameters


def view(row: sqlite3.Row, now: datetime, interval: timedelta = timedelta(days=1)) -> FindingView:
    """A row of `VIEW_SELECT`, as of `now`."""
    finding = finding_of(row)
    if finding.decision.paused_at is not None:
        finding = replace(finding, due=due_now(finding, now))
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
        stale=state not in SETTLED and finding.target != MANUAL and is_stale(checked, now, interval),
    )


def find_one(connection: sqlite3.Connection, start: str, now: datetime, *, sees: Sees) -> FindingView:
    """The finding whose id starts with `start` (with or without "pf1_").

    Raises UsageError where none or several of those that `sees` allows do, naming the nearest.
    """
    wanted = start.strip().removeprefix("pf1_").lower()
    if len(wanted) < 4 or any(letter not in "0123456789abcdef" for letter in wanted):
        raise UsageError(
            f"{start[:40]!r} is no finding id. An id is at least 4 of the digits and letters a-f that"
            " `patrol findings` lists, such as 3fa1c09b."
        )
    low = "pf1_" + wanted
    scope, teams = team_scope("f.team", sees)
    found = connection.execute(
        f"select {VIEW_SELECT} from findings f join observations o on o.finding = f.id"  # noqa: S608
        f" where f.id >= ? and f.id < ? and {scope} limit 6",
        (low, low + "g", *teams),
    ).fetchall()
    if not found:
        raise UsageError(
            f"No finding starts with {wanted[:16]}. `patrol findings state:all` lists every one."
        )
    if len(found) > 1:
        listed = ", ".join(row["id"].removeprefix("pf1_")[:12] for row in found[:5])
        raise UsageError(f"{wanted} fits {len(found)} findings or more ({listed}). Give more of the id.")
    return view(found[0], now)


def team_scope(column: str, sees: Sees) -> tuple[str, tuple[str, ...]]:
    """SQL that keeps to what `sees` allows, with ? marks, and their values."""
    if sees is None:
        return "1", ()
    # A unary plus: the scope is no reason to prefer the index of teams to that of ids.
    return f"+{column} in ({', '.join('?' * len(sees))})", tuple(sorted(sees))


def claim_waits(connection: sqlite3.Connection, finding: str) -> bool:
    """True while a claim of the finding of that whole id waits for its proof."""
    found = connection.execute(
        "select 1 from findings where id = ? and detection = 'present' and claim_at is not null", (finding,)
    )
    return found.fetchone() is not None


def count_stale(
    connection: sqlite3.Connection, now: datetime, interval: timedelta = timedelta(days=1), *, sees: Sees
) -> int:
    """How many present findings were not conclusively checked for too long."""
    limit = iso(now - max(2 * interval, STALE_FLOOR))
    scope, teams = team_scope("f.team", sees)
    row = connection.execute(
        "select count(*) from findings f join observations o on o.finding = f.id"  # noqa: S608
        f" where f.detection = 'present' and not f.out_of_scope and f.target <> ? and o.checked_at < ? and {scope}",
        (MANUAL, limit, *teams),
    ).fetchone()
    return int(row[0])
