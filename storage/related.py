"""What belongs together: findings of one resource, and what waits for a second person's word."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from storage.clock import iso
from storage.fixes import ACCOUNT
from storage.manual import TARGET
from storage.model import Finding, FindingView
from storage.pictures import views_of
from storage.queries import Sees, team_scope

MOST_RELATED = 5
MOST_WAITING = 50


def same_resource(
    connection: sqlite3.Connection, finding: Finding, now: datetime, *, sees: Sees
) -> list[FindingView]:
    """What else is wrong with the finding's own resource, the worst first; a few at most. Nothing for a whole account."""
    if finding.resource_type == ACCOUNT:
        return []
    scope, teams = team_scope("team", sees)
    found = connection.execute(
        "select id from findings where target = ? and resource = ? and id <> ? and detection = 'present'"  # noqa: S608
        f" and not out_of_scope and {scope} order by due, id limit ?",
        (finding.target, finding.resource, finding.id, *teams, MOST_RELATED),
    ).fetchall()
    views = views_of(connection, [row["id"] for row in found], now, sees=sees).values()
    return sorted(views, key=lambda view: (view.finding.severity.rank, view.finding.due, view.finding.id))


def waiting(connection: sqlite3.Connection, teams: Sequence[str], now: datetime) -> list[FindingView]:
    """Findings of `teams` on which a request waits as of `now`, or a fix that only a second person can confirm; oldest first."""
    found = connection.execute(
        "select id from findings where request_until > ?1 and detection = 'present' and not out_of_scope"
        " and team in (select value from json_each(?2))"
        " union all select id from findings where target = ?3 and detection = 'present' and claim_at is not null"
        " and request = '' and team in (select value from json_each(?2)) limit ?4",
        (iso(now), json.dumps(list(teams)), TARGET, MOST_WAITING),
    ).fetchall()
    views = views_of(connection, [row["id"] for row in found], now, sees=frozenset(teams)).values()
    return sorted(views, key=lambda view: (view.finding.request_until or view.finding.due, view.finding.id))
