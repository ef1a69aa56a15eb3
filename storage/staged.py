"""New controls are staged: counted for a day and announced in the digest before they may post.

`control_days` remembers when each control was first part of a full scan of a target; `staged` is 0 for those of the
target's first scan. `control_told` remembers which team's digest announced it.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanners.model import CoverageStatus, Scan
from storage.clock import iso, parse
from storage.model import Finding
from storage.noise import Route

STAGED_FOR = timedelta(hours=24)
IsStaged = Callable[[Finding, Route], bool]


@dataclass(frozen=True, slots=True)
class StagedControl:
    """A control that is new to a target, with how many of a team's findings it has now."""

    control: str
    target: str
    first_seen: datetime
    findings: int
    told: bool

    @property
    def posts_from(self) -> datetime:
        """The earliest moment at which it may post."""
        return self.first_seen + STAGED_FOR


def sight(connection: sqlite3.Connection, scan: Scan, first: bool) -> None:
    """Remember the controls that a full scan covered; one of chosen controls is none."""
    if scan.chosen:
        return
    # Not those of imports: for a scanner of packages each new advisory is a control of its own.
    covered = {c.control for c in scan.coverage if c.status is not CoverageStatus.SKIPPED}
    seen = sorted(control for control in covered if "/" not in control)
    connection.executemany(
        "insert or ignore into control_days (target, control, first_seen, staged) values (?, ?, ?, ?)",
        [(scan.target, control, iso(scan.started), int(not first)) for control in seen],
    )


def staging(connection: sqlite3.Connection, now: datetime) -> IsStaged:
    """Says of a finding whether its control may not post yet to its team. Reads once; most stores have none staged."""
    young = {
        (row["target"], row["control"]): parse(row["first_seen"])
        for row in connection.execute("select target, control, first_seen from control_days where staged")
    }
    if not young:
        return lambda _finding, _route: False
    told = {tuple(row) for row in connection.execute("select target, control, team from control_told")}

    def staged(finding: Finding, route: Route) -> bool:
        since = young.get((finding.target, finding.control))
        if since is None:
            return False
        unannounced = route.digest and (finding.target, finding.control, route.team) not in told
        return unannounced or now < since + STAGED_FOR

    return staged


def staged_for(connection: sqlite3.Connection, team: str, digest: bool, now: datetime) -> list[StagedControl]:
    """The controls that may not post to `team` yet, those with most findings first."""
    found = connection.execute(
        "select d.target, d.control, d.first_seen,"
        " (select count(*) from findings f where f.team = ?1 and f.detection = 'present' and f.control = d.control"
        " and f.target = d.target and not f.out_of_scope) as findings,"
        " exists (select 1 from control_told t where t.target = d.target and t.control = d.control and t.team = ?1)"
        " as told from control_days d where d.staged order by findings desc, d.control, d.target",
        (team,),
    )
    every = [
        StagedControl(
            r["control"], r["target"], parse(r["first_seen"]), r["findings"], bool(r["told"])
        )
        for r in found
    ]  # fmt: skip
    return [one for one in every if now < one.posts_from or (digest and not one.told)]


def announce(connection: sqlite3.Connection, team: str, controls: list[StagedControl], now: datetime) -> None:
    """The team's digest told of these. One without findings counts as told once its day is over."""
    connection.executemany(
        "insert or ignore into control_told (target, control, team, at) values (?, ?, ?, ?)",
        [
            (one.target, one.control, team, iso(now))
            for one in controls
            if one.findings or now >= one.posts_from
        ],
    )
