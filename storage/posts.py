"""What each channel should show: events make posts dirty, the sender makes Slack match.

A post is one row per (channel, kind, subject, day). `wanted` counts up whenever the picture may have
changed; the sender sets `drawn` to the `wanted` it drew. Kinds: `control` (one control, grouped over
resources), `scan` (the summary of a first or a large scan), `health` (what a target's scans cannot see),
`hold` (closings that wait), `job` (a scan on its way), `digest` and `digest_more` (the day's, and its thread),
`weekly`, `weekly_more` and `weekly_files` (the week's summary, its thread, and the files in it),
`history` (a line in a post's thread), `ask` (somebody is asked to look; `storage.asks`). What becomes a new
message, and what waits, is decided in `storage.news`.
"""

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from scanners.model import CoverageStatus, Scan
from storage import noise
from storage.clock import iso
from storage.fixes import Closes
from storage.model import Event, Kind
from storage.news import MOST_AT_ONCE, Cause, spread
from storage.noise import Route, Routing, local_day
from storage.post_rows import (
    dirty,
    forget_message,
    get,
    mark_drawn,
    mark_sending,
    post_of,
    touch,
    touch_holds,
    touch_job,
    want,
)
from storage.reconcile import Outcome

__all__ = [
    "MOST_AT_ONCE", "Route", "Routing", "dirty", "forget_message", "get", "local_day", "mark_drawn",
    "mark_sending", "plan", "post_of", "report_health", "retire", "something_old", "touch", "touch_holds", "touch_job", "want",
]  # fmt: skip

OLD = timedelta(days=30)
SETTLING = (Kind.FIXED, Kind.OUT_OF_SCOPE)
TOLD_IN_THREAD = (
    Kind.REGRESSED, Kind.FIXED, Kind.REFUTED, Kind.INCONCLUSIVE, Kind.SEVERITY_CHANGED, Kind.ACKNOWLEDGED,
    Kind.CLAIMED, Kind.LAPSED, Kind.OUT_OF_SCOPE, Kind.STARTED, Kind.SNOOZED, Kind.REQUESTED, Kind.APPROVED,
    Kind.REJECTED, Kind.REVOKED, Kind.NOTED, Kind.UNDONE, Kind.OWNER_CHANGED, Kind.EXPLOITED_CHANGED,
)  # fmt: skip


def plan(
    connection: sqlite3.Connection, events: Sequence[Event], routing: Routing, now: datetime, *,
    scan: str = "", first: bool = False, closes: Closes | None = None,
) -> None:  # fmt: skip
    """Turn `events` into wanted posts. Must run in the transaction that wrote the events (rule 7).

    `first` marks the first scan of a target, whose summary ranks fixes by what `closes` what.
    """
    # History first: the posts that a scan creates below show the new state from the start.
    _redraw(connection, events, routing, now)
    spread(connection, events, routing, now, Cause(scan, first, closes))


def _redraw(connection: sqlite3.Connection, events: Sequence[Event], routing: Routing, now: datetime) -> None:
    told: dict[int, list[int]] = defaultdict(list)
    changed: set[int] = set()
    for event in events:
        if not event.finding or event.kind is Kind.OPENED:
            continue
        for post, hidden in _linked(connection, event, routing):
            changed.add(post)
            if event.kind in TOLD_IN_THREAD and not hidden:
                told[post].append(event.seq)
    touch(connection, changed)
    _touch_asks(connection, sorted({event.finding for event in events if event.kind in SETTLING}))
    for post, seqs in told.items():
        _tell(connection, post, seqs, now)


def _linked(connection: sqlite3.Connection, event: Event, routing: Routing) -> list[tuple[int, bool]]:
    """The posts to draw again, each with whether the thread must not tell it.

    A message follows a finding as long as it belongs to the team that was shown it; of another team's doings it
    tells no more than that the finding moved there, and of a private team's not even which one.
    """
    rows = connection.execute(
        "select pf.post, pf.team, pf.hidden, f.team as owner from post_findings pf"
        " join findings f on f.id = pf.finding where pf.finding = ?",
        (event.finding,),
    ).fetchall()
    moved = event.kind in (Kind.OWNER_CHANGED, Kind.UNDONE)
    found: list[tuple[int, bool]] = []
    for row in rows:
        if row["team"] == row["owner"]:
            found.append((row["post"], False))
        elif moved:
            hidden = bool(row["owner"]) and _walled(routing(row["owner"]), routing(row["team"]))
            connection.execute(
                "update post_findings set hidden = ? where post = ? and finding = ?",
                (int(hidden), row["post"], event.finding),
            )
            found.append((row["post"], hidden))
    return found


def _walled(to: Route | None, before: Route | None) -> bool:
    """True where a channel must not name the team that a finding went to; it may be such a team where nobody can tell."""
    return to is None or to.private or (before is not None and before.workspace != to.workspace)


def _touch_asks(connection: sqlite3.Connection, findings: list[str]) -> None:
    """The leads need not look any more: what asked them says so."""
    if findings:
        connection.execute(
            "update posts set wanted = wanted + 1 where kind = 'ask'"
            " and json_extract(data, '$.finding') in (select value from json_each(?))",
            (json.dumps(findings),),
        )


def _tell(connection: sqlite3.Connection, parent: int, seqs: list[int], now: datetime) -> None:
    """One line in the post's thread; joins the line that is still waiting to be sent."""
    waiting = connection.execute(
        "select id, data from posts where parent = ? and kind = 'history' and drawn = 0 and not sending",
        (parent,),
    ).fetchone()
    if waiting:
        data = json.dumps({"events": [*json.loads(waiting["data"])["events"], *seqs]})
        connection.execute(
            "update posts set data = ?, wanted = wanted + 1 where id = ?", (data, waiting["id"])
        )
        return
    post = connection.execute("select channel, day, team from posts where id = ?", (parent,)).fetchone()
    subject = f"{parent}:{seqs[0]}"
    made = want(
        connection, post["channel"], "history", subject, post["day"], post["team"], now, {"events": seqs}
    )
    connection.execute("update posts set parent = ? where id = ?", (parent, made))


def retire(connection: sqlite3.Connection, now: datetime, most: int = 200) -> int:
    """Draw messages that turned 30 days old again, where nothing in them is left to do: they collapse to one line.

    Each is looked at once; whatever happens to it later draws it again by itself. Returns how many were drawn.
    """
    old = connection.execute(
        "select id from posts where kind = 'control' and aged = 0 and created <= ? order by created limit ?",
        (iso(now - OLD), most),
    ).fetchall()
    ids = [row["id"] for row in old]
    connection.executemany("update posts set aged = 1 where id = ?", [(post,) for post in ids])
    calm = [post for post in ids if not _open_in(connection, post, now)]
    touch(connection, calm)
    return len(calm)


def something_old(connection: sqlite3.Connection, now: datetime) -> bool:
    """True where `retire` has messages to look at. Reads only."""
    found = connection.execute(
        "select 1 from posts where kind = 'control' and aged = 0 and created <= ? limit 1", (iso(now - OLD),)
    )
    return found.fetchone() is not None


def _open_in(connection: sqlite3.Connection, post: int, now: datetime) -> bool:
    """True where a finding that the message shows is still to be done, and by its own team."""
    found = connection.execute(
        "select 1 from post_findings pf join findings f on f.id = pf.finding where pf.post = ?"
        " and f.team = pf.team and f.detection = 'present' and not f.out_of_scope"
        " and not (f.disposition in ('snoozed', 'risk_accepted', 'false_positive')"
        " and (f.until is null or f.until > ?)) limit 1",
        (post, iso(now)),
    )
    return found.fetchone() is not None


def _summarised(connection: sqlite3.Connection, channel: str, scan: str) -> bool:
    found = connection.execute(
        "select 1 from posts where channel = ? and kind = 'scan' and json_extract(data, '$.scan') = ?",
        (channel, scan),
    )
    return found.fetchone() is not None


def report_health(
    connection: sqlite3.Connection, scan: Scan, route: Route | None, now: datetime, outcome: Outcome
) -> None:
    """One message per target that says what its scans cannot see; made when the first gap appears.

    A re-scan with the same gaps changes nothing, so a missing permission is told once. Where a new message may not
    come now (quiet hours, the day's cap) the next scan tries again, and the digest begins with the gaps anyway.
    """
    touch_holds(connection, outcome.settled)
    if route is None or scan.only_resource or scan.chosen or outcome.duplicate:
        return
    for hold in outcome.held:
        day = local_day(now, route.timezone)
        if _is_there(connection, route, "hold", hold.scope, day) or _may_notify(connection, route, now):
            want(connection, route.channel, "hold", hold.scope, day, route.team, now, {"scan": scan.id})
    signature = gaps_signature(
        (c.control, c.scope, str(c.status), c.reason)
        for c in scan.coverage
        if c.status is not CoverageStatus.COMPLETE
    )
    row = connection.execute(
        "select data, ts = '' and drawn > 0 as unsent from posts"
        " where channel = ? and kind = 'health' and subject = ? and day = ''",
        (route.channel, scan.target),
    ).fetchone()
    if row is None and not signature:
        return
    if row is not None and json.loads(row["data"])["signature"] == signature:
        return
    # The summary of the first scan prints the gaps already; this message waits until they change.
    # A first scan that found nothing has no summary, and its gaps must not go unsaid.
    told = outcome.first and _summarised(connection, route.channel, scan.id)
    new = row is None or row["unsent"]
    if new and not told and not _may_notify(connection, route, now):
        return
    data = {"scan": scan.id, "signature": signature}
    made = want(connection, route.channel, "health", scan.target, "", route.team, now, data)
    if told:
        connection.execute("update posts set drawn = wanted where id = ?", (made,))


def gaps_signature(gaps: Iterable[tuple[str, str, str, str]]) -> str:
    """The same for the same gaps (control, scope, status, reason); "" for none."""
    found = sorted(gaps)
    return hashlib.sha256(json.dumps(found).encode()).hexdigest() if found else ""


def _may_notify(connection: sqlite3.Connection, route: Route, now: datetime) -> bool:
    """Room for one more notice; counted where there is. A team without a digest hears of it in quiet hours too."""
    if not noise.room(connection, route, now) or (route.digest and noise.is_quiet(route, now)):
        return False
    noise.note(connection, route, now, would=1, got=1)
    return True


def _is_there(connection: sqlite3.Connection, route: Route, kind: str, subject: str, day: str) -> bool:
    found = connection.execute(
        "select 1 from posts where channel = ? and kind = ? and subject = ? and day = ?",
        (route.channel, kind, subject, day),
    )
    return found.fetchone() is not None
