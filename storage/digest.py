"""What a team's daily digest says: read from the store once, then frozen in the message's data.

A past figure never changes: the message is drawn from its own data, not from the store of a later day.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta

from scanners.model import CoverageStatus, Json
from storage.clock import iso
from storage.holds import waiting as waiting_holds
from storage.model import FIXES, Cause
from storage.noise import BELOW, GROUPED, OVER, QUIET, STAGED
from storage.posts import gaps_signature
from storage.rules import SECURITY_APPROVES, STALE_FLOOR
from storage.scans import GapLine, ScanLine, last_scans
from storage.staged import StagedControl, staged_for

MOST_KEPT = 50  # findings of one part that are kept by name; the totals count all
ALL_CONTROLS = "every control"
LAPSES_SOON = timedelta(hours=24)
ENDS_SOON = timedelta(days=7)
DUE_SOON = timedelta(days=7)
FIRST_LOOK_BACK = timedelta(hours=24)
_OPEN = "f.team = ? and f.detection = 'present' and not f.out_of_scope"
_SEEN = " and not (f.disposition in ('snoozed', 'risk_accepted', 'false_positive') and (f.until is null or f.until > ?))"
_WORST = "case f.severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 when 'low' then 3 else 4 end"
_ITEM = "f.id, f.control, f.resource_id, f.severity"


@dataclass(frozen=True, slots=True)
class Item:
    """A finding as it was named that day; `note` is why it was kept back, its end (ISO), or who fixed it."""

    id: str
    control: str
    resource: str
    severity: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the digest: how many, split by severity, and at most `MOST_KEPT` of them by name."""

    total: int = 0
    severities: Mapping[str, int] = field(default_factory=dict)
    items: tuple[Item, ...] = ()


NOTHING = Part()


@dataclass(frozen=True, slots=True)
class Digest:
    """What one team is told. Times are ISO 8601, `names` maps user ids to names (nobody is pinged).

    `new` was not posted before, `posted` counts what was; `kept` counts `new` by the reason it was kept back.
    `lead` and `security` are the decisions that wait for them. `upto` is the newest event it knows.
    """

    team: str
    day: str
    made: str
    upto: int
    gaps: tuple[tuple[str, str, str, str, str], ...] = ()
    gaps_mark: str = ""
    gaps_new: bool = False
    closings: int = 0
    new: Part = NOTHING
    posted: int = 0
    kept: Mapping[str, int] = field(default_factory=dict)
    regressed: Part = NOTHING
    fixed: Part = NOTHING
    lapsing: Part = NOTHING
    due: Part = NOTHING
    overdue: int = 0
    lead: int = 0
    security: int = 0
    staged: tuple[tuple[str, str, int, str], ...] = ()
    unowned: int = 0
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """True where nothing asks for anybody's eye; gaps that were told before and unowned findings do not."""
        parts = (self.new, self.regressed, self.fixed, self.lapsing, self.due)
        return not (
            any(part.total for part in parts) or self.posted or self.lead or self.security or self.staged
            or self.closings or self.gaps_new
        )  # fmt: skip

    @property
    def why_skipped(self) -> str:
        """Why an empty one is not sent."""
        gaps = "; the same gaps as before" if self.gaps else ""
        return f"nothing new, nothing due{gaps}"


def to_data(digest: Digest) -> dict[str, Json]:
    """JSON for the message's data."""
    found: dict[str, Json] = json.loads(json.dumps(asdict(digest)))
    return found


def from_data(data: Mapping[str, Json]) -> Digest:
    """The reverse of `to_data`."""
    given = dict(data)
    for name in ("new", "regressed", "fixed", "lapsing", "due"):
        part = given[name]
        items = tuple(Item(**item) for item in part["items"])
        given[name] = Part(part["total"], part["severities"], items)
    for name in ("gaps", "staged"):
        given[name] = tuple(tuple(row) for row in given[name])
    return Digest(**given)


def gap_lines(digest: Digest) -> list[GapLine]:
    """The gaps, as a scan's own."""
    return [GapLine(*row) for row in digest.gaps]


def read(
    connection: sqlite3.Connection, team: str, day: str, now: datetime, *,
    targets: Sequence[str] = (), digest: bool = True, known: Sequence[str] | None = None,
) -> Digest:  # fmt: skip
    """What the digest of `team` would say now.

    `targets` are those that the team owns: their gaps are its business, as are those of targets in which it has
    findings. `known` names every team, for the default team alone: it hears of what nobody owns.
    """
    after, gaps_before = _last(connection, team, now)
    gaps = _gaps(connection, team, targets, now)
    mark = gaps_signature(gap[:4] for gap in gaps)
    new, kept = _new(connection, team)
    due, overdue = _due(connection, team, now)
    lead, security = _decisions(connection, team, now)
    fixed = _fixed(connection, team, after)
    return Digest(
        team, day, iso(now), _newest(connection), tuple(gaps), mark, bool(gaps) and mark != gaps_before,
        _closings(connection, team, targets), new, _posted(connection, team, after), kept,
        _regressed(connection, team, after), fixed, _lapsing(connection, team, now), due, overdue, lead,
        security, tuple(_line(one) for one in staged_for(connection, team, digest, now) if _told_of(one)),
        unowned(connection, known) if known is not None else 0, _names(connection, fixed),
    )  # fmt: skip


def unowned(connection: sqlite3.Connection, known: Sequence[str]) -> int:
    """How many open findings belong to nobody, or to a team that is not configured."""
    row = connection.execute(
        "select count(*) from findings f where f.detection = 'present' and not f.out_of_scope"
        " and f.team not in (select value from json_each(?))",
        (json.dumps(list(known)),),
    ).fetchone()
    return int(row[0])


def _told_of(one: StagedControl) -> bool:
    return one.findings > 0 and not one.told


def _line(one: StagedControl) -> tuple[str, str, int, str]:
    return one.control, one.target, one.findings, iso(one.posts_from)


def _last(connection: sqlite3.Connection, team: str, now: datetime) -> tuple[int, str]:
    """Up to which event the last digest told, and the mark of its gaps; the first looks back a day."""
    row = connection.execute(
        "select seq, gaps from digest_days where team = ? order by day desc limit 1", (team,)
    ).fetchone()
    if row:
        return row["seq"], row["gaps"]
    began = connection.execute(
        "select max(seq) from events where at < ?", (iso(now - FIRST_LOOK_BACK),)
    ).fetchone()
    return int(began[0] or 0), ""


def _newest(connection: sqlite3.Connection) -> int:
    return int(connection.execute("select coalesce(max(seq), 0) from events").fetchone()[0])


def _targets(connection: sqlite3.Connection, team: str, owned: Sequence[str]) -> set[str]:
    found = connection.execute(f"select distinct f.target from findings f where {_OPEN}", (team,))  # noqa: S608
    return {row[0] for row in found} | set(owned)


def _gaps(
    connection: sqlite3.Connection, team: str, owned: Sequence[str], now: datetime
) -> list[tuple[str, str, str, str, str]]:
    mine = _targets(connection, team, owned)
    scans = {scan.target: scan for scan in last_scans(connection) if scan.target in mine}
    unseen = [
        (ALL_CONTROLS, target, str(CoverageStatus.SKIPPED), _unseen(scans.get(target)), "")
        for target in sorted(set(owned) | scans.keys())
        if target not in scans or now - scans[target].started > STALE_FLOOR
    ]
    return unseen + [
        (gap.control, gap.scope, gap.status, gap.reason, gap.missing_permission)
        for scan in scans.values()
        for gap in scan.gaps
    ]


def _unseen(last: ScanLine | None) -> str:
    """Why a target counts as not checked at all; the same words each day, so that they are news once."""
    return f"its last full scan was on {last.started:%d %b %Y}" if last else "it was never scanned"


def _closings(connection: sqlite3.Connection, team: str, owned: Sequence[str]) -> int:
    mine = _targets(connection, team, owned)
    return sum(hold.closings for hold in waiting_holds(connection) if hold.target in mine)


def _part(rows: Sequence[sqlite3.Row]) -> Part:
    """Of rows with the columns of `_ITEM` and `note`, worst first."""
    items = tuple(
        Item(row["id"], row["control"], row["resource_id"], row["severity"], row["note"])
        for row in rows[:MOST_KEPT]
    )
    return Part(len(rows), dict(Counter(row["severity"] for row in rows)), items)


def _new(connection: sqlite3.Connection, team: str) -> tuple[Part, Mapping[str, int]]:
    rows = connection.execute(
        f"select {_ITEM}, u.why as note from unposted u join findings f on f.id = u.finding"  # noqa: S608
        f" where u.told is null and u.team = ? and u.what <> 'regressed'"
        # A new control is announced as such once; what it finds after that is new like anything else.
        f" and (u.why <> '{STAGED}' or exists (select 1 from control_told t where t.target = f.target"
        " and t.control = f.control and t.team = u.team))"
        f" and f.detection = 'present' and not f.out_of_scope order by {_WORST}, f.due, f.id",
        (team,),
    ).fetchall()
    kept = Counter(row["note"] for row in rows)
    return _part(rows), {why: kept[why] for why in (QUIET, OVER, BELOW, GROUPED, STAGED) if kept[why]}


def _posted(connection: sqlite3.Connection, team: str, after: int) -> int:
    row = connection.execute(
        "select count(distinct e.finding) from events e where e.seq > ? and e.kind = 'opened' and exists ("
        "select 1 from post_findings pf join posts p on p.id = pf.post"
        " where pf.finding = e.finding and pf.team = ? and p.kind = 'control')",
        (after, team),
    ).fetchone()
    return int(row[0])


def _regressed(connection: sqlite3.Connection, team: str, after: int) -> Part:
    return _part(
        connection.execute(
            f"select {_ITEM}, '' as note from findings f where {_OPEN} and f.episode > 1 and f.id in"  # noqa: S608
            f" (select finding from events where seq > ? and kind = 'regressed') order by {_WORST}, f.due, f.id",
            (team, after),
        ).fetchall()
    )


def _fixed(connection: sqlite3.Connection, team: str, after: int) -> Part:
    causes = json.dumps([*FIXES, Cause.CONFIRMED])
    return _part(
        connection.execute(
            f"select {_ITEM}, f.fixed_by as note from findings f where f.team = ? and f.detection = 'absent'"  # noqa: S608
            " and not f.out_of_scope and f.cause in (select value from json_each(?)) and f.id in"
            f" (select finding from events where seq > ? and kind = 'fixed') order by {_WORST}, f.id",
            (team, causes, after),
        ).fetchall()
    )


def _lapsing(connection: sqlite3.Connection, team: str, now: datetime) -> Part:
    return _part(
        connection.execute(
            f"select {_ITEM}, f.disposition || ' ' || f.until as note from findings f where {_OPEN}"  # noqa: S608
            " and f.until > ? and f.until <= case when f.disposition in ('risk_accepted', 'false_positive')"
            " then ? else ? end and f.disposition <> 'none' order by f.until, f.id",
            (team, iso(now), iso(now + ENDS_SOON), iso(now + LAPSES_SOON)),
        ).fetchall()
    )


def _due(connection: sqlite3.Connection, team: str, now: datetime) -> tuple[Part, int]:
    rows = connection.execute(
        f"select {_ITEM}, f.due as note from findings f where {_OPEN}{_SEEN} and f.due <= ?"  # noqa: S608
        " order by f.due, f.id",
        (team, iso(now), iso(now + DUE_SOON)),
    ).fetchall()
    return _part(rows), sum(row["note"] <= iso(now) for row in rows)


def _decisions(connection: sqlite3.Connection, team: str, now: datetime) -> tuple[int, int]:
    """How many requests wait for a lead, and how many for security alone."""
    rows = connection.execute(
        f"select f.severity, count(*) from findings f where {_OPEN} and f.request <> ''"  # noqa: S608
        " and (f.request_until is null or f.request_until > ?) group by 1",
        (team, iso(now)),
    ).fetchall()
    grave = sum(row[1] for row in rows if row[0] in SECURITY_APPROVES)
    return sum(row[1] for row in rows) - grave, grave


def _names(connection: sqlite3.Connection, fixed: Part) -> Mapping[str, str]:
    helpers = json.dumps(sorted({item.note for item in fixed.items if item.note}))
    found = connection.execute(
        "select id, name from people where id in (select value from json_each(?))", (helpers,)
    )
    return {row["id"]: row["name"] for row in found}
