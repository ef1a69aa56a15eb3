"""What is news to a channel: posted at once, put into one summary, or kept back for the digest."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanners.model import Json, Severity
from storage import noise
from storage.fixes import Closes, biggest
from storage.model import Detection, Event, Finding, Kind
from storage.noise import BELOW, GROUPED, OVER, News, Route, Routing, local_day
from storage.post_rows import want
from storage.rows import load_findings
from storage.staged import IsStaged, staging

MOST_AT_ONCE = 4
WITH_BUTTONS = 3
Pair = tuple[Route, str]  # a team's route and a control
Groups = dict[Pair, list[News]]
# What a finding can be news for; the later word of one transaction counts.
_WHAT: Mapping[Kind, str] = {
    Kind.OPENED: "new",
    Kind.REGRESSED: "regressed",
    Kind.OWNER_CHANGED: "moved",
    Kind.UNDONE: "moved",
    Kind.EXPLOITED_CHANGED: "exploited",
    Kind.SEVERITY_CHANGED: "raised",
}
_LOUDER = ("exploited", "raised")


@dataclass(frozen=True, slots=True)
class Cause:
    """Where the news came from: the scan ("" for people's doing), whether it is the target's first, and what
    `closes` what."""

    scan: str = ""
    first: bool = False
    closes: Closes | None = None


def spread(
    connection: sqlite3.Connection, events: Sequence[Event], routing: Routing, now: datetime, cause: Cause
) -> None:
    """Post the news in `events`, or keep it back. Must run in the transaction that wrote them (rule 7)."""
    by_channel: dict[str, dict[Route, list[News]]] = defaultdict(lambda: defaultdict(list))
    for one in _news(connection, events):
        route = routing(one.finding.team)
        if route is not None:
            by_channel[route.channel][route].append(one)
    staged = staging(connection, now)
    for teams in by_channel.values():
        if cause.first and cause.scan:
            _first_day(connection, teams, now, cause)
        else:
            _later(connection, teams, now, cause, staged)


def release(
    connection: sqlite3.Connection, routes: Iterable[Route], now: datetime, closes: Closes | None = None
) -> bool:
    """Post what waits although the team has no digest: its quiet hours are over, or a new day has room."""
    staged = staging(connection, now)
    by_channel: dict[str, dict[Route, list[News]]] = defaultdict(lambda: defaultdict(list))
    for route in routes:
        if route.digest:
            continue
        for one in _waiting(connection, route):
            why = noise.kept_back(
                route, one.finding, one.what, noise.is_quiet(route, now), staged(one.finding, route)
            )
            if why == BELOW:
                noise.take_back(
                    connection, [one.finding.id]
                )  # its control is new no more; it is in lists alone
            elif not why and noise.room(connection, route, now):
                by_channel[route.channel][route].append(one)
    for teams in by_channel.values():
        noise.take_back(connection, [one.finding.id for news in teams.values() for one in news])
        _post(connection, _grouped(teams), now, Cause(), count=False)
    return bool(by_channel)


def something_waits(connection: sqlite3.Connection, routes: Iterable[Route], now: datetime) -> bool:
    """True where news of a team without a digest waits, and may come now. Reads only."""
    open_now = [
        route.team for route in routes
        if not noise.is_quiet(route, now) and noise.room(connection, route, now)
    ]  # fmt: skip
    found = connection.execute(
        "select 1 from unposted where told is null and team in (select value from json_each(?)) limit 1",
        (json.dumps(open_now),),
    )
    return found.fetchone() is not None


def _waiting(connection: sqlite3.Connection, route: Route) -> list[News]:
    rows = connection.execute(
        "select finding, what from unposted where told is null and team = ?", (route.team,)
    ).fetchall()
    what = {row["finding"]: row["what"] for row in rows}
    found = load_findings(connection, "f.id in (select value from json_each(?))", json.dumps(list(what)))
    gone = [one.id for one in found if one.detection is Detection.ABSENT or one.out_of_scope]
    noise.take_back(connection, gone)  # it settled itself before anybody had to hear of it
    return [News(one, what[one.id]) for one in found if one.id not in gone]


def _news(connection: sqlite3.Connection, events: Sequence[Event]) -> list[News]:
    what: dict[str, str] = {}
    for event in events:
        word = _WHAT.get(event.kind, "")
        # What got worse is no news beside what is news by itself.
        if word and _is_news(event) and not (word in _LOUDER and event.finding in what):
            what[event.finding] = word
    found = load_findings(connection, "f.id in (select value from json_each(?))", json.dumps(sorted(what)))
    live = [one for one in found if one.detection is Detection.PRESENT and not one.out_of_scope]
    again = [one.id for one in live if what[one.id] in (*_LOUDER, "moved")]
    # What waits for a digest is judged anew, by what it is and whose it is now.
    waited = noise.waiting_findings(connection, again)
    noise.take_back(connection, again)
    return [
        News(one, what[one.id])
        for one in live
        if what[one.id] in ("new", "regressed")
        or one.id in waited
        or not _heard(connection, one, what[one.id])
    ]


def _is_news(event: Event) -> bool:
    """Of an exploit or a severity only what got worse."""
    if event.kind is Kind.EXPLOITED_CHANGED:
        return bool(event.data["to"])
    if event.kind is Kind.UNDONE:
        return "owner" in event.data
    if event.kind is Kind.SEVERITY_CHANGED:
        return Severity(event.data["to"]).rank < Severity(event.data["from"]).rank
    return bool(event.finding)


def _heard(connection: sqlite3.Connection, finding: Finding, what: str) -> bool:
    """True where a message of its team shows the finding (that one is drawn again), or a digest told its move."""
    mine = (finding.id, finding.team)
    shown = connection.execute("select 1 from post_findings where finding = ? and team = ?", mine).fetchone()
    if shown or what != "moved":
        return shown is not None
    told = connection.execute(
        "select 1 from unposted where finding = ? and team = ? and told is not null", mine
    )
    return told.fetchone() is not None


def _grouped(teams: Mapping[Route, Sequence[News]]) -> Groups:
    groups: Groups = defaultdict(list)
    for route, news in teams.items():
        for one in news:
            groups[route, one.finding.control].append(one)
    return groups


def _later(
    connection: sqlite3.Connection, teams: Mapping[Route, Sequence[News]], now: datetime, cause: Cause,
    staged: IsStaged,
) -> None:  # fmt: skip
    at_once: dict[Route, list[News]] = {}
    for route, news in teams.items():
        quiet = noise.is_quiet(route, now)
        judged = [
            (one, noise.kept_back(route, one.finding, one.what, quiet, staged(one.finding, route)))
            for one in news
        ]
        noise.note(connection, route, now, would=len(news))
        noise.keep_back(connection, route, [(one, why) for one, why in judged if why], now)
        at_once[route] = [one for one, why in judged if not why]
    _post(connection, _grouped(at_once), now, cause)


def _post(
    connection: sqlite3.Connection, groups: Groups, now: datetime, cause: Cause, *, count: bool = True
) -> None:
    """The control messages of one channel, which several teams may share: limit and cap are the channel's."""
    fresh = {pair for pair in groups if not _posted(connection, *pair, now)}
    controls = {control for _route, control in fresh}
    many = bool(cause.scan) and len(controls) > MOST_AT_ONCE
    if many and not _summarise(connection, groups, now, cause):
        many = False  # no room even for the summary, so there is none for anything else
    begun: set[tuple[str, str]] = set()
    for pair in sorted(groups, key=lambda pair: _worst_first(pair, groups[pair])):
        route, control = pair
        key = (control, local_day(now, route.timezone))
        why = ""
        if pair in fresh and key not in begun:
            why = GROUPED if many and len(begun) >= MOST_AT_ONCE else ""
            why = why or ("" if noise.room(connection, route, now) else OVER)
            if not why:
                begun.add(key)
                noise.note(connection, route, now, got=1, would=0 if count else 1)
        if why:
            kept = [(one, why) for one in groups[pair]]
            noise.keep_back(connection, route, kept, now, count=count)
            continue
        post = want(connection, route.channel, "control", control, key[1], route.team, now, {})
        _link(connection, post, route.team, [one.finding.id for one in groups[pair]])


def _summarise(connection: sqlite3.Connection, groups: Groups, now: datetime, cause: Cause) -> bool:
    """The summary of a large scan: one in the channel, where there is room for it."""
    routes = sorted({route for route, _control in groups}, key=lambda route: route.team)
    if not noise.room(connection, routes[0], now):
        return False
    noise.note(connection, routes[0], now, got=1)
    data: Json = {"scan": cause.scan, "teams": [route.team for route in routes]}
    _want(connection, routes[0], cause.scan, now, data)
    return True


def _first_day(
    connection: sqlite3.Connection, teams: Mapping[Route, Sequence[News]], now: datetime, cause: Cause
) -> None:
    """The first scan of a target makes one message: totals and the fixes that remove the most. Its figures are frozen."""
    routes = sorted(teams, key=lambda route: route.team)
    for route in routes:
        noise.note(connection, route, now, would=len(teams[route]))
    noise.note(connection, routes[0], now, got=1, free=1)
    found = [one.finding for news in teams.values() for one in news]
    fixes = biggest(found, cause.closes or {})
    data: Json = {
        "scan": cause.scan,
        "first": True,
        "target": found[0].target,
        "teams": [route.team for route in routes],
        "totals": Counter(str(one.severity) for one in found),
        "controls": len({one.control for one in found}),
        "fixes": [
            {
                "kind": fix.kind, "removes": fix.removes, "finding": fix.worst.id, "controls": list(fix.controls),
                "severity": str(fix.worst.severity), "control": fix.worst.control,
                "resource": fix.worst.resource, "resource_id": fix.worst.resource_id,
                "resource_type": fix.worst.resource_type,
            }
            for fix in fixes
        ],
    }  # fmt: skip
    post = _want(connection, routes[0], cause.scan, now, data)
    for fix in fixes[:WITH_BUTTONS]:
        _link(connection, post, fix.worst.team, [fix.worst.id])


def _want(connection: sqlite3.Connection, route: Route, scan: str, now: datetime, data: Json) -> int:
    day = local_day(now, route.timezone)
    return want(connection, route.channel, "scan", scan, day, route.team, now, data)


def _link(connection: sqlite3.Connection, post: int, team: str, findings: Iterable[str]) -> None:
    connection.executemany(
        "insert into post_findings (post, finding, team) values (?, ?, ?)"
        " on conflict (post, finding) do update set team = excluded.team, hidden = 0",
        [(post, finding, team) for finding in findings],
    )


def _worst_first(pair: Pair, found: Sequence[News]) -> tuple[bool, int, int, str, str]:
    route, control = pair
    urgent = any(noise.urgent(one.finding) for one in found)
    rank = min(one.finding.severity.rank for one in found)
    return (not urgent, rank, -len(found), control, route.team)


def _posted(connection: sqlite3.Connection, route: Route, control: str, now: datetime) -> bool:
    found = connection.execute(
        "select 1 from posts where channel = ? and kind = 'control' and subject = ? and day = ?",
        (route.channel, control, local_day(now, route.timezone)),
    )
    return found.fetchone() is not None
