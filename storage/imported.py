"""Findings that another tool reported, brought in by a file or from Security Hub: no scan of Patrol's looks at them.

They go through the same lifecycle. Their scope is "import/<tool>/<what was scanned>", their control "<tool>/<check>".
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from scanners.model import Json
from storage.clock import parse
from storage.model import Finding

SCOPE = "import/"


def is_imported(finding: Finding) -> bool:
    """True for what another tool reported."""
    return finding.scope.startswith(SCOPE)


def tool_of(finding: Finding) -> str:
    """The tool that reported it: "prowler"."""
    return finding.control.partition("/")[0]


def title_in(evidence: Mapping[str, Json], otherwise: str) -> str:
    """The tool's own title of the check, as far as it is kept."""
    title = evidence.get("title")
    return title if isinstance(title, str) and title else otherwise


def title_of(connection: sqlite3.Connection, control: str, otherwise: str) -> str:
    """What the tool calls the check, as the evidence of one of its findings tells."""
    row = connection.execute(
        "select o.evidence from finding_groups g cross join finding_keys k on k.grp = g.id"
        " cross join findings f on f.rowid = k.row cross join observations o on o.finding = f.id"
        " where g.control = ? limit 1",
        (control,),
    ).fetchone()
    return title_in(json.loads(row["evidence"]), otherwise) if row else otherwise


def newest(connection: sqlite3.Connection, target: str, control: str, scope: str) -> datetime | None:
    """When the newest import of that target saw the scope; None where there was none. `control` is "<tool>/*"."""
    row = connection.execute(
        "select max(s.started) from scans s join coverage c on c.scan = s.id and c.control = ? and c.scope = ?"
        " where s.target = ?",
        (control, scope, target),
    ).fetchone()
    return parse(row[0]) if row[0] else None


def homes(connection: sqlite3.Connection, scopes: Iterable[str]) -> dict[str, str]:
    """Scope -> the target that its open findings belong to, for those scopes that have any."""
    found: dict[str, str] = {}
    for scope in scopes:
        row = connection.execute(
            "select target from findings where scope = ? and detection = 'present' limit 1", (scope,)
        ).fetchone()
        if row:
            found[scope] = row["target"]
    return found


def failing(connection: sqlite3.Connection, scope: str) -> frozenset[str]:
    """The checks that have findings in the scope which are not settled."""
    found = connection.execute(
        "select distinct control from findings where scope = ? and detection = 'present' and not out_of_scope",
        (scope,),
    )
    return frozenset(row["control"] for row in found)


def claimed(connection: sqlite3.Connection, scopes: Collection[str]) -> dict[str, datetime]:
    """Finding -> when somebody said that it is fixed, where that still waits for its proof."""
    found: dict[str, datetime] = {}
    for scope in scopes:
        rows = connection.execute(
            "select id, claim_at from findings where scope = ? and detection = 'present' and claim_at is not null",
            (scope,),
        )
        found |= {row["id"]: parse(row["claim_at"]) for row in rows}
    return found
