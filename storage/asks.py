"""Three refuted claims in one episode ask the team's leads: one line in the finding's thread, once."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from datetime import datetime

from storage.model import Event, Kind
from storage.posts import Routing, want
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
        subject = f"{finding.id}:{finding.episode}"
        made = want(connection, route.channel, "ask", subject, "", finding.team, now, data)
        connection.execute(
            "update posts set parent = (select max(p.id) from posts p join post_findings pf on pf.post = p.id"
            " where pf.finding = ? and p.channel = posts.channel) where id = ?",
            (finding.id, made),
        )
