"""Questions that Patrol asks people in a finding's thread, each once.

Three refuted claims in one episode ask the team's leads; an acknowledgement that lapsed, and work that was silent
for long, ask the one who took it.
"""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from scanners.model import Json
from storage import noise
from storage.model import Detection, Disposition, Event, Finding, Kind
from storage.noise import Route, Routing
from storage.post_rows import want
from storage.rows import load_findings
from storage.rules import REFUTATIONS_ASK_LEAD

LeadsOf = Callable[[str], tuple[str, ...]]  # team name -> user ids or user groups


def ask_leads(
    connection: sqlite3.Connection, events: Sequence[Event], routing: Routing, leads_of: LeadsOf,
    now: datetime,
) -> None:  # fmt: skip
    """A post of kind `ask` for each finding whose third claim `events` refuted; once an episode.

    Its data: `finding` (id), `refutations`, `leads`. It hangs in the thread of the newest message that
    shows the finding. Must run in the transaction that wrote the events (rule 7).
    """
    refuted = sorted({event.finding for event in events if event.kind is Kind.REFUTED})
    found = load_findings(
        connection,
        "f.id in (select value from json_each(?)) and f.refutations = ?",
        json.dumps(refuted),
        REFUTATIONS_ASK_LEAD,
    )
    for finding in found:
        route, leads = routing(finding.team), leads_of(finding.team)
        if route is None or not leads:
            continue
        data = {"finding": finding.id, "refutations": finding.refutations, "leads": list(leads)}
        _ask(connection, finding, route, f"{finding.id}:{finding.episode}", now, data)


def ask_again(
    connection: sqlite3.Connection, events: Sequence[Event], routing: Routing, now: datetime
) -> None:
    """An acknowledgement that lapsed asks its owner once an episode; silent work asks once each time it is taken.

    Their data: `finding`, `why` ("lapsed" or "silent"), `who`. Must run in the transaction of the events.
    """
    for event in events:
        silent = event.kind is Kind.NUDGED
        lapsed = event.kind is Kind.LAPSED and event.data["was"] == Disposition.ACKNOWLEDGED
        if not (silent or lapsed):
            continue
        (finding,) = load_findings(connection, "f.id = ?", event.finding)
        route = routing(finding.team)
        if route is None or finding.detection is Detection.ABSENT or _taken_again(finding):
            continue
        why = "silent" if silent else "lapsed"
        # Asked once: a second acknowledgement of the same episode that lapses is no second question.
        mark = event.seq if silent else finding.episode
        data = {"finding": finding.id, "why": why, "who": event.data.get("by", "")}
        subject = f"{finding.id}:{why}:{mark}"
        if not _asked(connection, route, subject):
            _ask(connection, finding, route, subject, now, data)


def _taken_again(finding: Finding) -> bool:
    """True where somebody has decided on it since the clock did, so that there is nothing to ask."""
    return finding.disposition is not Disposition.NONE and not finding.decision.nudged


def _asked(connection: sqlite3.Connection, route: Route, subject: str) -> bool:
    found = connection.execute(
        "select 1 from posts where channel = ? and kind = 'ask' and subject = ?", (route.channel, subject)
    )
    return found.fetchone() is not None


def _ask(
    connection: sqlite3.Connection, finding: Finding, route: Route, subject: str, now: datetime, data: Json
) -> None:
    made = want(connection, route.channel, "ask", subject, "", finding.team, now, data)
    parent = _showing(connection, finding, route)
    if parent is None and noise.room(connection, route, now) and not noise.is_quiet(route, now):
        noise.note(connection, route, now, would=1, got=1)
    elif parent is None:
        # A question must not get lost: it hangs in the thread of the newest message there is.
        parent = _newest(connection, route)
    connection.execute("update posts set parent = ? where id = ?", (parent, made))


def _showing(connection: sqlite3.Connection, finding: Finding, route: Route) -> int | None:
    """The newest message that shows the finding to its team."""
    row = connection.execute(
        "select max(p.id) from posts p join post_findings pf on pf.post = p.id"
        " where pf.finding = ? and pf.team = ? and p.channel = ?",
        (finding.id, finding.team, route.channel),
    ).fetchone()
    return int(row[0]) if row[0] else None


def _newest(connection: sqlite3.Connection, route: Route) -> int | None:
    row = connection.execute(
        "select max(id) from posts where channel = ? and parent is null and kind in ('control', 'scan', 'digest')",
        (route.channel,),
    ).fetchone()
    return int(row[0]) if row[0] else None
