"""What each channel should show: events make posts dirty, the sender makes Slack match.

A post is one row per (channel, kind, subject, day). `wanted` counts up whenever the picture may have
changed; the sender sets `drawn` to the `wanted` it drew. Kinds: `control` (one control, grouped over
resources), `scan` (the summary of a first or a large scan), `health` (what a target's scans cannot see),
`hold` (closings that wait), `job` (a scan on its way), `history` (a line in a post's thread), `ask` (the
leads are asked to look; `storage.asks`).
"""

import hashlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from scanners.model import CoverageStatus, Json, Scan, Severity
from storage.clock import iso
from storage.model import Event, Finding, Kind, Post
from storage.reconcile import Outcome
from storage.rows import load_findings

MOST_AT_ONCE = 4
# An owner's change is news to the new team.
NEWS = (Kind.OPENED, Kind.REGRESSED, Kind.OWNER_CHANGED)
SETTLING = (Kind.FIXED, Kind.OUT_OF_SCOPE)
TOLD_IN_THREAD = (
    Kind.REGRESSED, Kind.FIXED, Kind.REFUTED, Kind.INCONCLUSIVE, Kind.SEVERITY_CHANGED, Kind.ACKNOWLEDGED,
    Kind.CLAIMED, Kind.LAPSED, Kind.OUT_OF_SCOPE, Kind.STARTED, Kind.SNOOZED, Kind.REQUESTED, Kind.APPROVED,
    Kind.REJECTED, Kind.REVOKED, Kind.NOTED, Kind.UNDONE, Kind.OWNER_CHANGED, Kind.EXPLOITED_CHANGED,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Route:
    """Where one team's findings go, and the lowest severity posted at once."""

    team: str
    channel: str
    realtime: Severity
    timezone: str = "UTC"


Routing = Callable[[str], Route | None]
Groups = dict[str, list[Finding]]  # control -> its findings


def plan(
    connection: sqlite3.Connection, events: Sequence[Event], routing: Routing, now: datetime, *,
    scan: str = "", first: bool = False,
) -> None:  # fmt: skip
    """Turn `events` into wanted posts. Must run in the transaction that wrote the events (rule 7)."""
    # History first: the posts that a scan creates below show the new state from the start.
    _redraw(connection, events, now)
    news = _news(connection, events)
    grouped: dict[Route, Groups] = defaultdict(lambda: defaultdict(list))
    regressed = {event.finding for event in events if event.kind is Kind.REGRESSED}
    quiet: dict[Route, int] = defaultdict(int)
    for finding in news:
        route = routing(finding.team)
        if route is None:
            continue
        if finding.severity.at_least(route.realtime) or finding.id in regressed:
            grouped[route][finding.control].append(finding)
        else:
            quiet[route] += 1
    by_channel: dict[str, list[Route]] = defaultdict(list)
    for route in {**grouped, **quiet}:
        by_channel[route.channel].append(route)
    for routes in by_channel.values():
        _announce(
            connection, {route: grouped.get(route, {}) for route in routes}, now, scan=scan, first=first
        )


def _announce(
    connection: sqlite3.Connection, teams: dict[Route, Groups], now: datetime, *, scan: str, first: bool
) -> None:
    """The news of one channel, which several teams may share: the limit is the channel's, not the team's."""
    groups = [(route, control) for route, found in teams.items() for control in found]
    fresh = [pair for pair in groups if not _posted(connection, pair[0], pair[1], now)]
    summarised = bool(scan) and (first or len({control for _route, control in fresh}) > MOST_AT_ONCE)
    room = len(fresh)
    if summarised:
        room = max(0, MOST_AT_ONCE + 1 - len(teams))
        for number, route in enumerate(sorted(teams, key=lambda route: route.team)):
            subject = f"{scan}:{route.team}" if number else scan
            _want(connection, route, "scan", subject, now, {"scan": scan, "team": route.team})

    def worst_first(pair: tuple[Route, str]) -> tuple[int, int, str, str]:
        route, control = pair
        found = teams[route][control]
        return (min(f.severity.rank for f in found), -len(found), control, route.team)

    ranked = sorted(groups, key=worst_first)
    shown = list(dict.fromkeys(control for route, control in ranked if (route, control) in fresh))[:room]
    for route, control in ranked:
        if control in shown or (route, control) not in fresh:
            post = _want(connection, route, "control", control, now, {})
            connection.executemany(
                "insert or ignore into post_findings (post, finding) values (?, ?)",
                [(post, finding.id) for finding in teams[route][control]],
            )


def _posted(connection: sqlite3.Connection, route: Route, control: str, now: datetime) -> bool:
    found = connection.execute(
        "select 1 from posts where channel = ? and kind = 'control' and subject = ? and day = ?",
        (route.channel, control, local_day(now, route.timezone)),
    )
    return found.fetchone() is not None


def _want(
    connection: sqlite3.Connection, route: Route, kind: str, subject: str, now: datetime, data: Json
) -> int:
    day = local_day(now, route.timezone)
    return want(connection, route.channel, kind, subject, day, route.team, now, data)


def _news(connection: sqlite3.Connection, events: Sequence[Event]) -> list[Finding]:
    wanted = sorted({event.finding for event in events if event.kind in NEWS})
    return load_findings(connection, "f.id in (select value from json_each(?))", json.dumps(wanted))


def _redraw(connection: sqlite3.Connection, events: Sequence[Event], now: datetime) -> None:
    told: dict[int, list[int]] = defaultdict(list)
    dirty: set[int] = set()
    for event in events:
        if not event.finding or event.kind is Kind.OPENED:
            continue
        for (post,) in connection.execute(
            "select post from post_findings where finding = ?", (event.finding,)
        ):
            dirty.add(post)
            if event.kind in TOLD_IN_THREAD:
                told[post].append(event.seq)
    touch(connection, dirty)
    _touch_asks(connection, sorted({event.finding for event in events if event.kind in SETTLING}))
    for post, seqs in told.items():
        _tell(connection, post, seqs, now)


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


def want(
    connection: sqlite3.Connection, channel: str, kind: str, subject: str, day: str, team: str, now: datetime,
    data: Json,
) -> int:  # fmt: skip
    """The post of that subject, made or marked dirty; returns its id."""
    row = connection.execute(
        "insert into posts (channel, kind, subject, day, team, wanted, data, created)"
        " values (?, ?, ?, ?, ?, 1, ?, ?)"
        " on conflict (channel, kind, subject, day) do update set wanted = wanted + 1, data = excluded.data"
        " returning id",
        (channel, kind, subject, day, team, json.dumps(data), iso(now)),
    ).fetchone()
    return int(row[0])


def touch(connection: sqlite3.Connection, posts: Iterable[int]) -> None:
    """Mark posts dirty."""
    connection.executemany("update posts set wanted = wanted + 1 where id = ?", [(post,) for post in posts])


def touch_job(connection: sqlite3.Connection, job: int) -> None:
    """Mark the message that follows `job` dirty, where there is one."""
    connection.execute("update posts set wanted = wanted + 1 where kind = 'job' and subject = ?", (str(job),))


def touch_holds(connection: sqlite3.Connection, scopes: Collection[str]) -> None:
    """Mark the messages that tell of held closings in `scopes` dirty: they wait no longer."""
    connection.executemany(
        "update posts set wanted = wanted + 1 where kind = 'hold' and subject = ?",
        [(scope,) for scope in sorted(scopes)],
    )


def local_day(now: datetime, timezone: str) -> str:
    """The date in the team's own time zone, ISO 8601."""
    return now.astimezone(ZoneInfo(timezone)).date().isoformat()


@dataclass(frozen=True, slots=True)
class Lane:
    """The posts of one of several workspaces: those of its channels, and those that were asked for there."""

    channels: tuple[str, ...]
    workspace: str


def dirty(connection: sqlite3.Connection, limit: int = 100, lane: Lane | None = None) -> list[Post]:
    """Posts whose picture in Slack is behind, oldest first; a history line waits for its parent."""
    own = ""
    parameters: list[object] = [limit]
    if lane is not None:
        own = (
            " and iif(json_extract(p.data, '$.workspace') is null,"
            " p.channel in (select value from json_each(?2)), json_extract(p.data, '$.workspace') = ?3)"
        )
        parameters += [json.dumps(lane.channels), lane.workspace]
    found = connection.execute(
        "select p.* from posts p left join posts a on a.id = p.parent where p.wanted > p.drawn"  # noqa: S608
        f" and (p.parent is null or a.ts <> ''){own} order by p.id limit ?1",
        parameters,
    )
    return [post_of(row) for row in found]


def get(connection: sqlite3.Connection, post: int) -> Post | None:
    """The post of that id."""
    row = connection.execute("select * from posts where id = ?", (post,)).fetchone()
    return post_of(row) if row else None


def mark_sending(connection: sqlite3.Connection, post: int) -> None:
    """Written before a new message leaves, so that a crash between send and save is noticed."""
    connection.execute("update posts set sending = 1 where id = ?", (post,))


def mark_drawn(connection: sqlite3.Connection, post: int, version: int, ts: str) -> None:
    """Slack shows `version` at `ts`."""
    connection.execute(
        "update posts set drawn = max(drawn, ?), ts = ?, sending = 0 where id = ?", (version, ts, post)
    )


def forget_message(connection: sqlite3.Connection, post: int) -> None:
    """The message is gone from Slack (a person deleted it): the next drawing posts it anew."""
    connection.execute("update posts set ts = '', sending = 0 where id = ?", (post,))


def post_of(row: sqlite3.Row) -> Post:
    """A post from its row."""
    return Post(
        id=row["id"],
        channel=row["channel"],
        kind=row["kind"],
        subject=row["subject"],
        day=row["day"],
        team=row["team"],
        wanted=row["wanted"],
        drawn=row["drawn"],
        ts=row["ts"],
        parent=row["parent"],
        sending=bool(row["sending"]),
        data=json.loads(row["data"]),
    )


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

    A re-scan with the same gaps changes nothing, so a missing permission is told once.
    """
    touch_holds(connection, outcome.settled)
    if route is None or scan.only_resource or outcome.duplicate:
        return
    for hold in outcome.held:
        day = local_day(now, route.timezone)
        want(connection, route.channel, "hold", hold.scope, day, route.team, now, {"scan": scan.id})
    gaps = sorted(
        (c.control, c.scope, str(c.status), c.reason)
        for c in scan.coverage
        if c.status is not CoverageStatus.COMPLETE
    )
    signature = hashlib.sha256(json.dumps(gaps).encode()).hexdigest()
    row = connection.execute(
        "select id, data from posts where channel = ? and kind = 'health' and subject = ? and day = ''",
        (route.channel, scan.target),
    ).fetchone()
    if row is None and not gaps:
        return
    if row is not None and json.loads(row["data"])["signature"] == signature:
        return
    data = {"scan": scan.id, "signature": signature}
    made = want(connection, route.channel, "health", scan.target, "", route.team, now, data)
    if outcome.first and _summarised(connection, route.channel, scan.id):
        # The summary of the first scan prints the gaps already; this message waits until they change.
        # A first scan that found nothing has no summary, and its gaps must not go unsaid.
        connection.execute("update posts set drawn = wanted where id = ?", (made,))
