"""Findings to rows and back. The column list is written once; SQL elsewhere takes it from here."""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any

from scanners.model import Json, Remediation, Severity
from storage.clock import iso, parse, parse_or_none
from storage.identity import canonical_text
from storage.model import NO_DECISION, Decision, Detection, Disposition, Finding

Row = tuple[object, ...]
FINDING_COLUMNS = (
    "id", "control", "scope", "target", "resource", "resource_id", "resource_type", "region", "locus",
    "severity", "team", "detection", "first_seen", "opened_at", "due", "control_version", "disposition",
    "disposition_by", "disposition_at", "until", "claim_by", "claim_at", "refutations", "episode",
    "fixed_at", "cause", "fixed_by", "out_of_scope", "tags", "exploited", "request", "request_by",
    "request_until", "decision",
)  # fmt: skip
FINDING_SELECT = ", ".join(f"f.{column}" for column in FINDING_COLUMNS)
_DECISION = {field.name: field.default for field in fields(Decision)}
_TIMES = frozenset({"asked_until", "paused_at", "own_due", "sla_due"})
_REMEDIATION = tuple(field.name for field in fields(Remediation))
_INSERT = "insert into findings ({}) values ({})".format(  # noqa: S608
    ", ".join(FINDING_COLUMNS), ", ".join("?" * len(FINDING_COLUMNS))
)
_REPLACE = "{} on conflict (id) do update set {}".format(
    _INSERT, ", ".join(f"{column} = excluded.{column}" for column in FINDING_COLUMNS[1:])
)

_NOTHING: Mapping[str, Finding] = {}
# Looking a word up is many times quicker than calling the enumeration.
_SEVERITY = {str(word): word for word in Severity}
_DETECTION = {str(word): word for word in Detection}
_DISPOSITION = {str(word): word for word in Disposition}


def finding_row(finding: Finding) -> Row:
    """The values of `FINDING_COLUMNS`."""
    return (
        finding.id,
        finding.control,
        finding.scope,
        finding.target,
        finding.resource,
        finding.resource_id,
        finding.resource_type,
        finding.region,
        finding.locus,
        str(finding.severity),
        finding.team,
        str(finding.detection),
        iso(finding.first_seen),
        iso(finding.opened_at),
        iso(finding.due),
        finding.control_version,
        str(finding.disposition),
        finding.disposition_by,
        _iso_or_none(finding.disposition_at),
        _iso_or_none(finding.until),
        finding.claim_by,
        _iso_or_none(finding.claim_at),
        finding.refutations,
        finding.episode,
        _iso_or_none(finding.fixed_at),
        finding.cause,
        finding.fixed_by,
        int(finding.out_of_scope),
        tags_text(finding.tags),
        int(finding.exploited),
        finding.request,
        finding.request_by,
        _iso_or_none(finding.request_until),
        decision_text(finding.decision),
    )


def tags_text(tags: Mapping[str, str]) -> str:
    """Canonical JSON of a resource's tags."""
    return _tags_text(tuple(tags.items())) if tags else "{}"


@lru_cache(maxsize=4096)  # a hundred thousand resources share a few sets of tags
def _tags_text(tags: tuple[tuple[str, str], ...]) -> str:
    return canonical_text(dict(tags))


def finding_of(row: Sequence[Any]) -> Finding:
    """A finding from a row that begins with `FINDING_COLUMNS`.

    By position: by name, SQLite's rows are searched from the front for each of the 34.
    """
    (identity, control, scope, target, resource, resource_id, resource_type, region, locus, severity, team,
     detection, first_seen, opened_at, due, control_version, disposition, disposition_by, disposition_at,
     until, claim_by, claim_at, refutations, episode, fixed_at, cause, fixed_by, out_of_scope, tags,
     exploited, request, request_by, request_until, decision, *_more) = row  # fmt: skip
    return Finding(
        identity, control, scope, target, resource, resource_id, resource_type, region, locus,
        _SEVERITY[severity], team, _DETECTION[detection], parse(first_seen), parse(opened_at), parse(due),
        control_version, _DISPOSITION[disposition], disposition_by, parse_or_none(disposition_at),
        parse_or_none(until), claim_by, parse_or_none(claim_at), refutations, episode,
        parse_or_none(fixed_at), cause, fixed_by, bool(out_of_scope), json.loads(tags) if tags != "{}" else {},
        bool(exploited), request, request_by, parse_or_none(request_until), decision_of(decision),
    )  # fmt: skip


def save_findings(
    connection: sqlite3.Connection,
    findings: list[Finding],
    fresh: Collection[str] = (),
    before: Mapping[str, Finding] = _NOTHING,
) -> None:
    """Insert or replace `findings`, and the episode each is in, in the order of their keys.

    `fresh` are ids that are known to have no row yet: asking SQLite to look costs a fifth more. `before` holds findings
    as their rows are now, by id: only what differs is written, for each index of a column named is worked on.
    """
    findings = sorted(findings, key=attrgetter("id"))
    connection.executemany(_INSERT, [finding_row(finding) for finding in findings if finding.id in fresh])
    unknown = [finding for finding in findings if finding.id not in fresh and finding.id not in before]
    connection.executemany(_REPLACE, [finding_row(finding) for finding in unknown])
    updates: dict[tuple[str, ...], list[Row]] = {}
    for finding in findings:
        was = before.get(finding.id)
        if was is not None:
            now = finding_row(finding)
            moved = [at for at, old in enumerate(finding_row(was)) if old != now[at]]
            columns = tuple(FINDING_COLUMNS[at] for at in moved)
            updates.setdefault(columns, []).append((*(now[at] for at in moved), finding.id))
    for columns, rows in updates.items():
        if columns:
            setting = ", ".join(f"{column} = ?" for column in columns)
            connection.executemany(f"update findings set {setting} where id = ?", rows)  # noqa: S608
    save_episodes(connection, [episode_row(finding) for finding in findings])


def episode_row(finding: Finding) -> Row:
    """The row of the episode that the finding is in."""
    return (
        finding.id,
        finding.episode,
        iso(finding.opened_at),
        iso(finding.due),
        _iso_or_none(finding.fixed_at),
        finding.cause or None,
    )


def save_episodes(connection: sqlite3.Connection, episodes: list[Row]) -> None:
    """Insert or replace the rows made by `episode_row`."""
    connection.executemany(
        "insert into episodes (finding, episode, opened_at, due, closed_at, cause) values (?, ?, ?, ?, ?, ?)"
        " on conflict (finding, episode) do update set"
        " due = excluded.due, closed_at = excluded.closed_at, cause = excluded.cause",
        episodes,
    )


def load_findings(connection: sqlite3.Connection, where: str, *parameters: object) -> list[Finding]:
    """Findings that meet `where` (SQL over alias f, written in this floor only)."""
    cursor = connection.cursor()
    cursor.row_factory = None
    cursor.execute(f"select {FINDING_SELECT} from findings f where {where}", parameters)  # noqa: S608
    return [finding_of(row) for row in cursor]


def decision_text(decision: Decision) -> str:
    """JSON of what differs from an empty decision; times as ISO 8601."""
    if decision is NO_DECISION or decision == NO_DECISION:
        return "{}"
    return canonical_text(decision_part(decision))


def decision_part(decision: Decision) -> dict[str, Json]:
    """As `decision_text`, before it is text."""
    found: dict[str, Json] = {}
    for name, empty in _DECISION.items():
        value = getattr(decision, name)
        if value != empty:
            found[name] = iso(value) if isinstance(value, datetime) else value
    return found


def decision_of(text: str) -> Decision:
    """The reverse of `decision_text`."""
    return NO_DECISION if text == "{}" else decision_from(json.loads(text))


def decision_from(part: Mapping[str, Json]) -> Decision:
    """The reverse of `decision_part`. A field that this Patrol does not know is passed over."""
    known: dict[str, Any] = {name: value for name, value in part.items() if name in _DECISION}
    known |= {name: parse(known[name]) for name in _TIMES & known.keys()}
    return Decision(**known)


def remediation_text(remediation: Remediation | None) -> str:
    """JSON of a remediation, "" where there is none."""
    if remediation is None:
        return ""
    # Not `asdict`: it copies deeply, which costs more than writing the row.
    return canonical_text({name: getattr(remediation, name) for name in _REMEDIATION})


def remediation_of(text: str) -> Remediation | None:
    """The reverse of `remediation_text`."""
    return Remediation(**json.loads(text)) if text else None


def _iso_or_none(moment: datetime | None) -> str | None:
    return iso(moment) if moment else None
