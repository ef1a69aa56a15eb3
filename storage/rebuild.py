"""The ledger is the truth: replay it and compare with `findings` and `episodes`."""

import sqlite3
from dataclasses import dataclass

from scanners.errors import StoreError
from storage import owners, search
from storage.changes import apply
from storage.clock import iso
from storage.identity import canonical_text
from storage.ledger import events, verify
from storage.model import Event, Finding
from storage.owners import Owner
from storage.rows import Row, episode_row, finding_row, load_findings, save_episodes, save_findings

_BY_FINDING = ("post_findings", "observations", "episodes")


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a replay found: ids whose rows differ, are missing, or that the ledger does not know.

    `owners` are the resources of which the store remembers another owner than people named.
    """

    events: int
    findings: int
    differing: tuple[str, ...]
    missing: tuple[str, ...]
    unknown: tuple[str, ...]
    owners: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """True where `findings`, and the owners that people named, are exactly what the ledger says."""
        return not (self.differing or self.missing or self.unknown or self.owners)


@dataclass(frozen=True, slots=True)
class _Told:
    """The ledger's word: findings, the episodes of each, the newest event that carried evidence, and owners."""

    findings: dict[str, Finding]
    episodes: dict[str, dict[int, Row]]
    seen: dict[str, Event]
    owners: dict[str, Owner]
    events: int


def replay(connection: sqlite3.Connection) -> tuple[dict[str, Finding], int]:
    """Every finding as the ledger tells it, and how many events were read.

    Raises StoreError where an event cannot be read, with its number.
    """
    told = _replay(connection)
    return told.findings, told.events


def _replay(connection: sqlite3.Connection) -> _Told:
    told = _Told({}, {}, {}, {}, 0)
    count = 0
    try:
        for event in events(connection):
            count += 1
            if not event.finding:
                continue
            finding = apply(told.findings.get(event.finding), event)
            told.findings[event.finding] = finding
            told.episodes.setdefault(event.finding, {})[finding.episode] = episode_row(finding)
            if "evidence" in event.data:
                told.seen[event.finding] = event
            _tell_owners(told.owners, event)
    except (ValueError, KeyError, TypeError) as error:
        raise StoreError(
            f"The ledger cannot be replayed past event {count} ({error}). `patrol audit verify` names the"
            " first broken link; restore a backup made by `patrol store backup`."
        ) from error
    return _Told(told.findings, told.episodes, told.seen, told.owners, count)


def _tell_owners(known: dict[str, Owner], event: Event) -> None:
    for resource, owner in owners.said(event):
        if owner is None:
            known.pop(resource, None)
        else:
            known[resource] = owner


def compare(connection: sqlite3.Connection) -> Comparison:
    """Replay and compare, writing nothing."""
    return _compare(connection, _replay(connection))


def _compare(connection: sqlite3.Connection, told: _Told) -> Comparison:
    kept = {finding.id: finding_row(finding) for finding in load_findings(connection, "1")}
    episodes: dict[str, dict[int, Row]] = {}
    for row in connection.execute("select finding, episode, opened_at, due, closed_at, cause from episodes"):
        episodes.setdefault(row[0], {})[row[1]] = tuple(row)
    return Comparison(
        events=told.events,
        findings=len(told.findings),
        differing=tuple(
            identity
            for identity in sorted(told.findings.keys() & kept.keys())
            if finding_row(told.findings[identity]) != kept[identity]
            or told.episodes[identity] != episodes.get(identity)
        ),
        missing=tuple(sorted(told.findings.keys() - kept.keys())),
        unknown=tuple(sorted(kept.keys() - told.findings.keys())),
        owners=_other_owners(connection, told.owners),
    )


def _other_owners(connection: sqlite3.Connection, told: dict[str, Owner]) -> tuple[str, ...]:
    kept = owners.everything(connection)
    return tuple(sorted(r for r in {*told, *kept} if told.get(r) != kept.get(r)))


def rebuild(connection: sqlite3.Connection) -> Comparison:
    """Write `findings` anew from the ledger; returns what differed before. Must run inside `Store.write`.

    Raises StoreError where the chain is broken: a changed ledger must not become the truth.
    """
    audit = verify(connection)
    if audit.broken_at is not None:
        raise StoreError(
            f"The ledger is broken at event {audit.broken_at}: {audit.reason}. Nothing was rebuilt from it;"
            " restore a backup made by `patrol store backup`."
        )
    told = _replay(connection)
    before = _compare(connection, told)
    for identity in before.unknown:
        for table in _BY_FINDING:
            connection.execute(f"delete from {table} where finding = ?", (identity,))  # noqa: S608
        connection.execute("delete from findings where id = ?", (identity,))
    changed = (*before.differing, *before.missing)
    save_findings(connection, [told.findings[identity] for identity in changed])
    for identity in changed:
        connection.execute("delete from episodes where finding = ?", (identity,))
        save_episodes(connection, list(told.episodes[identity].values()))
    if before.unknown or before.missing:
        search.start_over(connection)  # the rows that were added have the numbers of others
    _look_again(connection, [told.seen[identity] for identity in before.missing])
    connection.execute("delete from resource_owners")
    owners.project(connection, (e for e in events(connection) if e.kind in owners.KINDS))
    return before


def _look_again(connection: sqlite3.Connection, seen: list[Event]) -> None:
    """A finding without an observation is shown nowhere; the ledger knows its last evidence."""
    connection.executemany(
        "insert or ignore into observations (finding, checked_at, scan, evidence, remediation)"
        " values (?, ?, ?, ?, '')",
        [(e.finding, iso(e.at), e.data.get("scan", ""), canonical_text(e.data["evidence"])) for e in seen],
    )
