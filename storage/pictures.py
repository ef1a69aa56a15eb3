"""What a message needs to know of the store, read in one place. Reads only; writes nothing.

`sees` is as in `storage.queries`: what is outside does not exist. None is for what no single person asks,
such as the message of a team's own channel.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from storage.clock import iso
from storage.ledger import event_of
from storage.model import Event, FindingView, Kind
from storage.queries import TO_FIX, VIEW_SELECT, Filter, Sees, list_findings, team_scope, view

Connection = sqlite3.Connection
_VIEW = f"select {VIEW_SELECT} from findings f join observations o on o.finding = f.id"  # noqa: S608


@dataclass(frozen=True, slots=True)
class ControlCount:
    """How many findings of one control and severity."""

    control: str
    severity: str
    count: int


def opened_by(
    connection: Connection, target: str, started: datetime, owners: Collection[str], *, sees: Sees
) -> list[ControlCount]:
    """What the scan that started then opened (or brought back) for the teams `owners`, worst and most first."""
    scope, teams = team_scope("team", sees)
    found = connection.execute(
        "select control, severity, count(*) as n from findings"  # noqa: S608
        " where target = ? and team in (select value from json_each(?)) and opened_at = ?"
        f" and {scope} group by control, severity"
        " order by case severity"
        " when 'critical' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end,"
        " n desc, control",
        (target, json.dumps(list(owners)), iso(started), *teams),
    )
    return [ControlCount(row["control"], row["severity"], row["n"]) for row in found]


def controls_posted(connection: Connection, channel: str, day: str) -> frozenset[str]:
    """The controls that have a message of their own in that channel on that day."""
    found = connection.execute(
        "select subject from posts where channel = ? and kind = 'control' and day = ?", (channel, day)
    )
    return frozenset(row["subject"] for row in found)


def controls_checked(connection: Connection, scan: str) -> int:
    """How many controls the scan covered in any way."""
    row = connection.execute(
        "select count(distinct control) from coverage where scan = ?", (scan,)
    ).fetchone()
    return int(row[0])


def views_of(
    connection: Connection, ids: Collection[str], now: datetime, *, sees: Sees
) -> dict[str, FindingView]:
    """Findings by id, as of `now`; meant for a few dozen."""
    marks = ", ".join("?" * len(ids))
    scope, teams = team_scope("f.team", sees)
    found = connection.execute(f"{_VIEW} where f.id in ({marks}) and {scope}", (*ids, *teams))
    return {row["id"]: view(row, now) for row in found}


def soonest_due(
    connection: Connection, teams: Sequence[str], now: datetime, limit: int, *, offset: int = 0, sees: Sees
) -> list[FindingView]:
    """The findings of `teams` that are still to be fixed, the earliest due first."""
    if not teams:
        return []
    wanted = Filter(teams=tuple(teams), states=tuple(map(str, TO_FIX)), sees=sees)
    return list_findings(connection, wanted, now, limit=limit, offset=offset, soonest=True)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where a finding went that a message showed; `hidden` where the message's channel may not know that team."""

    team: str
    resource: str
    hidden: bool

    @property
    def whither(self) -> str:
        """ "to web", "to nobody", or "away" where no more may be said."""
        return "away" if self.hidden else f"to {self.team or 'nobody'}"


def moved_away(connection: Connection, post: int) -> dict[str, Moved]:
    """The findings of a message that belong to another team than the one that was shown them."""
    found = connection.execute(
        "select pf.finding, pf.hidden, f.team, f.resource_id from post_findings pf join findings f on f.id = pf.finding"
        " where pf.post = ? and f.team <> pf.team",
        (post,),
    )
    return {row["finding"]: Moved(row["team"], row["resource_id"], bool(row["hidden"])) for row in found}


def events_of(connection: Connection, seqs: Sequence[int]) -> list[Event]:
    """The events of those numbers, oldest first."""
    marks = ", ".join("?" * len(seqs))
    found = connection.execute(f"select * from events where seq in ({marks}) order by seq", tuple(seqs))  # noqa: S608
    return [event_of(row) for row in found]


def newest_events(
    connection: Connection, findings: Collection[str], kinds: Collection[Kind]
) -> dict[str, Event]:
    """The newest event of one of `kinds` for each finding that has one."""
    marks = ", ".join("?" * len(kinds))
    newest: dict[str, Event] = {}
    for finding in findings:
        row = connection.execute(
            f"select * from events where finding = ? and kind in ({marks}) order by seq desc limit 1",  # noqa: S608
            (finding, *map(str, kinds)),
        ).fetchone()
        if row:
            newest[finding] = event_of(row)
    return newest


def people(connection: Connection) -> Mapping[str, str]:
    """The names of the people whom Patrol has met, by user id."""
    return {row["id"]: row["name"] for row in connection.execute("select id, name from people")}
