"""What the store knows before a scan is reconciled: light rows, so that 100,000 of them are cheap."""

import json
import re
import sqlite3
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

from scanners.model import Json, Scan
from storage.identity import storable

# What other tools say in a sentence: "the key is 95 days old".
_AGE = re.compile(r"\d+(?= (?:day|hour|minute|second|week|month)s?\b)")
# Of an import: where the line has moved to, and how the tool words the check's title.
_MOVING = ("line", "title")
ScopeChecks = dict[tuple[str, str], str]  # (control, scope) -> start of the newest complete scan


class Known(NamedTuple):
    """A finding as reconcile needs it; times stay ISO text, whose order is time order."""

    id: str
    control: str
    scope: str
    resource: str
    present: int
    severity: str
    version: str
    claim_at: str | None
    claim_by: str
    checked_at: str
    evidence: str
    missed_at: str | None
    team: str
    tags: str
    exploited: int
    disposition: str


_SELECT = """select f.id, f.control, f.scope, f.resource,
    f.detection = 'present' and not f.out_of_scope, f.severity, f.control_version, f.claim_at, f.claim_by,
    o.checked_at, o.evidence, o.missed_at, f.team, f.tags, f.exploited, f.disposition
    from findings f join observations o on o.finding = f.id where f.scope = ?"""


def load_known(connection: sqlite3.Connection, scan: Scan) -> dict[str, Known]:
    """Every finding that `scan` could speak of, by id.

    A targeted check loads its own resource only, so that "I fixed it" stays quick in a large store.
    """
    known: dict[str, Known] = {}
    make = partial(tuple.__new__, Known)  # what Known._make does, without its check of the length
    for scope in sorted(_scopes(scan)):
        cursor = connection.cursor()
        cursor.row_factory = None
        sql, parameters = _SELECT, [scope]
        if scan.only_resource:
            sql, parameters = _SELECT + " and f.resource = ?", [scope, storable(scan.only_resource)]
        known.update((finding.id, finding) for finding in map(make, cursor.execute(sql, parameters)))
    return known


def load_scope_checks(connection: sqlite3.Connection, scan: Scan) -> ScopeChecks:
    """When each control and scope of `scan` was last checked completely; the other accounts of a company are left out."""
    controls = {cover.control for cover in scan.coverage} | {verdict.control for verdict in scan.verdicts}
    found = connection.execute(
        "select control, scope, started from scope_checks where control in (select value from json_each(?))"
        " and scope in (select value from json_each(?))",
        (json.dumps(sorted(controls)), json.dumps(sorted(_scopes(scan)))),
    )
    return {(row["control"], row["scope"]): row["started"] for row in found}


def _scopes(scan: Scan) -> set[str]:
    return {cover.scope for cover in scan.coverage} | {verdict.scope for verdict in scan.verdicts}


def same_evidence(before: str, after: Mapping[str, Json]) -> bool:
    """True where only what changes by itself (an age in days) has changed.

    Without this, every key older than ninety days would be a ledger event a day.
    """
    return bool(_steady(json.loads(before)) == _steady(dict(after)))


def _steady(value: Json) -> Json:
    if isinstance(value, dict):
        return {key: _steady(item) for key, item in value.items() if not _ages(key)}
    if isinstance(value, list):
        return [_steady(item) for item in value]
    return _AGE.sub("", value) if isinstance(value, str) else value


def _ages(key: str) -> bool:
    return key.endswith(("_days", "_age", "_seconds")) or key.startswith("age") or key in _MOVING
