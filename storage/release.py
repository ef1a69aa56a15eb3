"""Security's word: what a held run saw takes effect without waiting for a second complete run (rule 3)."""

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from scanners.model import Json
from storage.clock import parse
from storage.model import Event, Kind
from storage.reconcile import record

# As `holds.end_settled`: a failure seen since takes back what the held run had said of the finding.
_OPEN_STILL = """select f.id, o.missed_at from json_each(?) h join findings f on f.id = h.key
    join observations o on o.finding = f.id
    where f.detection = 'present' and not f.out_of_scope and o.checked_at < ?"""
_SEEN = (
    "update observations set checked_at = ?, scan = ?, reason = '', missed_scan = '', missed_at = null"
    " where finding = ?"
)


@dataclass(frozen=True, slots=True)
class Released:
    """What a release did: the events written, the scopes, and the newest scan that takes effect ("")."""

    events: tuple[Event, ...] = ()
    scopes: frozenset[str] = frozenset()
    scan: str = ""


def release(connection: sqlite3.Connection, target: str, actor: str, now: datetime) -> Released:
    """Close what the waiting holds of `target` would have closed, by the evidence that they had.

    What was seen failing since, and what was gone and is seen again, stays open. Who may do this is the
    caller's to check. Must run inside `Store.write`; nothing is written where nothing waits.
    """
    waiting = connection.execute(
        "select id, scope, scan, started, closings from holds where target = ? and ended_by = ''"
        " and closings <> '{}' order by started desc, id desc",
        (target,),
    ).fetchall()
    if not waiting:
        return Released()
    events: list[Event] = []
    told: list[Event] = []
    closed: dict[str, sqlite3.Row] = {}
    for hold in waiting:
        closings = {i: said for i, said in _standing(connection, hold).items() if i not in closed}
        closed |= dict.fromkeys(closings, hold)
        data = {"target": target, "scope": hold["scope"], "scan": hold["scan"], "closings": len(closings)}
        told.append(Event(now, Kind.RELEASED, "", actor, data))
        events += [
            Event(parse(hold["started"]), Kind.FIXED, identity, "scan", {**said, "released_by": actor})
            for identity, said in closings.items()
        ]
    written = record(connection, [*told, *events])
    connection.executemany(
        _SEEN, [(hold["started"], hold["scan"], identity) for identity, hold in sorted(closed.items())]
    )
    connection.executemany(
        "update holds set ended_by = ? where id = ?", [(actor, hold["id"]) for hold in waiting]
    )
    return Released(tuple(written), frozenset(hold["scope"] for hold in waiting), waiting[0]["scan"])


def _standing(connection: sqlite3.Connection, hold: sqlite3.Row) -> Mapping[str, Mapping[str, Json]]:
    """Of what `hold` would close: what nothing has spoken against since, with the words of its event."""
    said = json.loads(hold["closings"])
    found = connection.execute(_OPEN_STILL, (hold["closings"], hold["started"])).fetchall()
    return {
        row["id"]: said[row["id"]]
        for row in found
        # Gone, and then seen again without an answer: absence is no longer what the evidence says.
        if row["missed_at"] is not None or said[row["id"]]["evidence"] != {"gone": True}
    }
