"""Who owns a resource because people said so: a reassignment, or "not mine". Kept for every finding of it to come.

Pure facts of the ledger: an `owner_changed` event that a person caused carries the resource, who has refused
it since, and what was remembered before, so that the table can be made anew and a word can be taken back.
"""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from scanners.errors import RefusedError
from scanners.model import Json
from storage.clock import iso
from storage.identity import canonical_text
from storage.model import Event, Finding, Kind, short

KINDS = (Kind.OWNER_CHANGED, Kind.UNDONE)
NOT_MINE = "not_mine"
REASSIGNED = "reassigned"


@dataclass(frozen=True, slots=True)
class Owner:
    """The team that people named for a resource ("" for nobody), and the teams that said it is not theirs."""

    team: str
    refused: tuple[str, ...] = ()


def remembered(connection: sqlite3.Connection) -> dict[str, str]:
    """Resource -> team, for every resource of which people said whose it is."""
    return {row[0]: row[1] for row in connection.execute("select resource, team from resource_owners")}


def everything(connection: sqlite3.Connection) -> dict[str, Owner]:
    """Resource -> what is remembered of it."""
    found = connection.execute("select resource, team, refused from resource_owners")
    return {row[0]: Owner(row[1], tuple(json.loads(row[2]))) for row in found}


def of(connection: sqlite3.Connection, resource: str) -> Owner | None:
    """What is remembered of one resource; None where nobody said anything."""
    row = connection.execute(
        "select team, refused from resource_owners where resource = ?", (resource,)
    ).fetchone()
    return Owner(row[0], tuple(json.loads(row[1]))) if row else None


def not_mine(finding: Finding, before: Owner | None, to: str) -> Owner:
    """What to remember once `finding.team` has said "not ours"; `to` is the team proposed, "" for nobody.

    Raises RefusedError where `to` has said so itself: a finding must not go round in a circle.
    """
    refused = tuple(dict.fromkeys([*(before.refused if before else ()), finding.team]))
    if to in refused:
        who = "it is with them now" if to == finding.team else "they said already that it is not theirs"
        raise RefusedError(
            f"{to} can't get {short(finding.id)}: {who}. A lead or security can settle it with"
            f" `reassign {short(finding.id)} --team NAME`.",
            "team",
        )
    return Owner(to, refused)


def changed(
    finding: Finding, actor: str, now: datetime, owner: Owner, before: Owner | None, why: str
) -> Event:
    """The event that gives `finding` to `owner.team`."""
    was = {"team": before.team, "refused": list(before.refused)} if before else None
    data = {
        "from": finding.team, "to": owner.team, "why": why, "resource": finding.resource,
        "refused": list(owner.refused), "was": was,
    }  # fmt: skip
    return Event(now, Kind.OWNER_CHANGED, finding.id, actor, data)


def taken_back(event: Event) -> Mapping[str, Json]:
    """What the undoing of an `owner_changed` event must carry, empty for other kinds."""
    if event.kind is not Kind.OWNER_CHANGED or "resource" not in event.data:
        return {}
    return {"owner": {"resource": event.data["resource"], "was": event.data["was"]}}


def project(connection: sqlite3.Connection, events: Iterable[Event]) -> None:
    """Bring `resource_owners` to what `events` say. Must run inside `Store.write`."""
    for event in events:
        for resource, owner in said(event):
            if owner is None:
                connection.execute("delete from resource_owners where resource = ?", (resource,))
            else:
                connection.execute(
                    "insert into resource_owners (resource, team, refused, by, at) values (?, ?, ?, ?, ?)"
                    " on conflict (resource) do update set team = excluded.team,"
                    " refused = excluded.refused, by = excluded.by, at = excluded.at",
                    (resource, owner.team, canonical_text(list(owner.refused)), event.actor, iso(event.at)),
                )


def said(event: Event) -> Iterable[tuple[str, Owner | None]]:
    """What one event says of the owner of a resource; nothing for most."""
    data = event.data
    if event.kind is Kind.OWNER_CHANGED and "resource" in data:
        yield data["resource"], Owner(data["to"], tuple(data["refused"]))
    elif event.kind is Kind.UNDONE and "owner" in data:
        was = data["owner"]["was"]
        yield data["owner"]["resource"], Owner(was["team"], tuple(was["refused"])) if was else None
