"""Scans and their coverage as rows: a scan is never silent about itself (rule 8)."""

import json
import sqlite3
from dataclasses import dataclass
from datetime import datetime

from scanners.model import Coverage, CoverageStatus, Json, Scan, Status, Target
from storage.clock import iso, parse
from storage.identity import storable
from storage.staged import sight

Covered = dict[tuple[str, str], Coverage]  # (control, scope) -> how completely it was checked


def already_recorded(connection: sqlite3.Connection, scan_id: str) -> bool:
    """True where this very scan was reconciled before."""
    return connection.execute("select 1 from scans where id = ?", (scan_id,)).fetchone() is not None


def covered(scan: Scan) -> Covered:
    """The coverage of each control and scope; said twice and not alike, the incomplete word counts."""
    found: Covered = {}
    for cover in scan.coverage:
        before = found.get((cover.control, cover.scope))
        if before is None or before.status is CoverageStatus.COMPLETE:
            found[cover.control, cover.scope] = cover
    return found


def conclusive(scan: Scan, cover: Coverage) -> bool:
    """Rule 2: absence counts only under complete coverage, with the account's identity matched."""
    return cover.status is CoverageStatus.COMPLETE and own_account(scan, cover.scope) and not scan.cancelled


def cover_of(covers: Covered, control: str, scope: str) -> Coverage | None:
    """How `control` was covered in `scope`; an import covers all checks of its tool at once ("prowler/*")."""
    found = covers.get((control, scope))
    if found is None and "/" in control:
        return covers.get((f"{control.partition('/')[0]}/*", scope))
    return found


def own_account(scan: Scan, scope: str) -> bool:
    """True where the answers came from the account that `scope` lies in: each of a scan's accounts speaks for itself."""
    return any(who and (scope + "/").startswith(who + "/") for who in (scan.identity, *scan.others))


def checks_of(scan: Scan) -> list[dict[str, Json]]:
    """What a full scan covered, for its event: pairs that ended alike are told together, for brevity.

    Each part is {"status", "reason", "controls", "scopes"} and speaks of every control in every scope of it. A status
    is "complete" only where it proves something (`conclusive`), else "unproven".
    """
    ended: dict[tuple[str, str], dict[str, list[str]]] = {}
    for (control, scope), cover in sorted(covered(scan).items()):
        status, reason = str(cover.status), storable(cover.reason)
        if cover.status is CoverageStatus.COMPLETE and not conclusive(scan, cover):
            status, reason = (
                "unproven",
                "the scan was stopped" if scan.cancelled else "not this account's answers",
            )
        ended.setdefault((status, reason), {}).setdefault(control, []).append(scope)
    parts: list[dict[str, Json]] = []
    for (status, reason), scopes_of in sorted(ended.items()):
        alike: dict[tuple[str, ...], list[str]] = {}
        for control, scopes in scopes_of.items():
            alike.setdefault(tuple(scopes), []).append(control)
        parts += [
            {"status": status, "reason": reason, "controls": controls, "scopes": list(scopes)}
            for scopes, controls in alike.items()
        ]
    return parts


def save_target(connection: sqlite3.Connection, target: Target) -> None:
    """Keep the target's name, kind and owner; a scan refers to it."""
    connection.execute(
        "insert into targets (name, kind, owner) values (?, ?, ?)"
        " on conflict (name) do update set kind = excluded.kind, owner = excluded.owner",
        (target.name, target.kind, target.owner),
    )


def record_scan(connection: sqlite3.Connection, scan: Scan) -> bool:
    """Write the scan and its coverage; True where it is the target's first full one."""
    statuses = [verdict.status for verdict in scan.verdicts]
    connection.execute(
        "insert into targets (name, kind, owner) values (?, ?, '') on conflict (name) do nothing",
        (scan.target, scan.kind),
    )
    connection.execute(
        "insert into scans values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            scan.id, scan.target, scan.kind, scan.identity, iso(scan.started), iso(scan.finished),
            scan.trigger, scan.only_resource, int(scan.cancelled), scan.stats.api_calls, scan.stats.seconds,
            scan.stats.resources, statuses.count(Status.FAIL), statuses.count(Status.PASS),
            statuses.count(Status.UNKNOWN),
            json.dumps(dict(scan.versions), sort_keys=True), int(scan.chosen),
        ),
    )  # fmt: skip
    covers = covered(scan).values()
    connection.executemany(
        "insert into coverage values (?, ?, ?, ?, ?, ?)",
        [
            (scan.id, c.control, c.scope, str(c.status), storable(c.reason), storable(c.missing_permission))
            for c in covers
        ],
    )
    if scan.only_resource:
        return False
    _note_complete(connection, scan)
    first = not scan.chosen and _first(connection, scan)
    sight(connection, scan, first)
    return first


def _note_complete(connection: sqlite3.Connection, scan: Scan) -> None:
    connection.executemany(
        "insert into scope_checks (control, scope, started, scan) values (?, ?, ?, ?)"
        " on conflict (control, scope) do update set started = excluded.started, scan = excluded.scan"
        " where excluded.started > scope_checks.started",
        [
            (c.control, c.scope, iso(scan.started), scan.id)
            for c in covered(scan).values()
            if conclusive(scan, c)
        ],
    )


def _first(connection: sqlite3.Connection, scan: Scan) -> bool:
    changed = connection.execute(
        "update targets set first_scanned = ?, identity = ? where name = ? and first_scanned is null",
        (iso(scan.started), scan.identity, scan.target),
    )
    return changed.rowcount == 1


@dataclass(frozen=True, slots=True)
class GapLine:
    """One thing the newest scan could not check."""

    control: str
    scope: str
    status: str
    reason: str
    missing_permission: str


@dataclass(frozen=True, slots=True)
class ScanLine:
    """A recorded scan in short, with what it could not check."""

    id: str
    target: str
    started: datetime
    finished: datetime
    failed: int
    passed: int
    unknown: int
    api_calls: int
    resources: int
    checks: int
    gaps: tuple[GapLine, ...]
    cancelled: bool


def scan_line(connection: sqlite3.Connection, scan_id: str) -> ScanLine | None:
    """The scan of that id, None where it was never recorded."""
    row = connection.execute("select * from scans where id = ?", (scan_id,)).fetchone()
    return _line(connection, row) if row else None


def last_scans(connection: sqlite3.Connection) -> list[ScanLine]:
    """The newest full scan of each target, by target name; one of chosen controls is none."""
    found = connection.execute(
        "select * from scans s where only_resource = '' and not chosen and not exists (select 1 from scans n where"
        " n.target = s.target and n.only_resource = '' and not n.chosen and (n.started, n.id) > (s.started, s.id))"
        " order by target"
    ).fetchall()
    return [_line(connection, row) for row in found]


def _line(connection: sqlite3.Connection, row: sqlite3.Row) -> ScanLine:
    covered = connection.execute(
        "select * from coverage where scan = ? order by control, scope", (row["id"],)
    ).fetchall()
    gaps = tuple(
        GapLine(c["control"], c["scope"], c["status"], c["reason"], c["missing_permission"])
        for c in covered
        if c["status"] != CoverageStatus.COMPLETE
    )
    return ScanLine(
        id=row["id"],
        target=row["target"],
        started=parse(row["started"]),
        finished=parse(row["finished"]),
        failed=row["failed"],
        passed=row["passed"],
        unknown=row["unknown"],
        api_calls=row["api_calls"],
        resources=row["resources"],
        checks=len(covered),
        gaps=gaps,
        cancelled=bool(row["cancelled"]),
    )
