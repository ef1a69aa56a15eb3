"""Taking back one's own last action, for five minutes. The ledger keeps both; the finding is as it was before."""

import json
import sqlite3
from collections.abc import Sequence
from datetime import datetime

from scanners.errors import RefusedError
from storage.changes import apply, peoples_part
from storage.clock import iso
from storage.decisions import settle, told
from storage.ledger import event_of, history
from storage.model import Detection, Event, Finding, Kind, short
from storage.owners import taken_back
from storage.queries import Sees
from storage.reconcile import record
from storage.rows import load_findings
from storage.rules import UNDO_WITHIN

UNDOABLE = (
    Kind.ACKNOWLEDGED, Kind.STARTED, Kind.SNOOZED, Kind.REQUESTED, Kind.APPROVED, Kind.REJECTED, Kind.REVOKED,
    Kind.NOTED, Kind.CLAIMED, Kind.OWNER_CHANGED,
)  # fmt: skip
NOTHING = "There is nothing of yours from the last five minutes to take back"


def last_action(
    connection: sqlite3.Connection, actor: str, now: datetime, finding_id: str = "", *, sees: Sees
) -> list[Event]:
    """The newest action of `actor` that can still be taken back (all of it, where it was a bulk action).

    `finding_id` is a whole id. Of findings that `sees` leaves out nothing is taken back, but for what the actor gave
    away themselves: the finding was theirs to see until then. Raises RefusedError where there is none within five minutes.
    """
    marks = ", ".join(f"'{kind}'" for kind in UNDOABLE)
    seen = None if sees is None else json.dumps(sorted(sees))
    recent = [
        event_of(row)
        for row in connection.execute(
            # The clock and scans are left out in words too: only then is the index of people's events used.
            "select e.* from events e join findings f on f.id = e.finding"  # noqa: S608
            " where e.actor = ?1 and e.actor not in ('scan', 'clock')"
            f" and e.at >= ?2 and e.kind in ({marks})"
            " and (?3 is null or iif(e.kind = 'owner_changed', json_extract(e.data, '$.from'), f.team)"
            " in (select value from json_each(?3)))"
            " and not exists (select 1 from events u where u.finding = e.finding and u.kind = 'undone'"
            " and json_extract(u.data, '$.undoes') = e.seq) order by e.seq desc",
            (actor, iso(now - UNDO_WITHIN), seen),
        )
    ]
    newest = next((event for event in recent if not finding_id or event.finding == finding_id), None)
    if newest is None:
        about = f" on {short(finding_id)}" if finding_id else ""
        raise RefusedError(f"{NOTHING}{about}.")
    batch = newest.data.get("batch")
    return [event for event in recent if event.data.get("batch") == batch] if batch else [newest]


def given_away(connection: sqlite3.Connection, start: str, actor: str, now: datetime, *, sees: Sees) -> str:
    """The whole id that starts with `start`, where the actor just gave that finding away; "" else."""
    wanted = "pf1_" + start.strip().removeprefix("pf1_").lower()
    try:
        own = last_action(connection, actor, now, sees=sees)
    except RefusedError:
        return ""
    found = {event.finding for event in own if event.kind is Kind.OWNER_CHANGED}
    return next((one for one in found if one.startswith(wanted) and len(wanted) >= len("pf1_") + 4), "")


def undo(
    connection: sqlite3.Connection, actions: Sequence[Event], actor: str, now: datetime, behind: str = ""
) -> list[Event]:
    """Put back what `actions` (of `last_action`) changed. Must run inside `Store.write`.

    Raises RefusedError where somebody, a scan or the clock has changed the finding since.
    """
    # Else it would depend on whether somebody looked meanwhile what may be taken back.
    lapsed = [event for action in actions for event in settle(connection, now, only=action.finding)]
    return lapsed + record(
        connection, [told(_undoing(connection, action, actor, now), behind) for action in actions]
    )


def _undoing(connection: sqlite3.Connection, action: Event, actor: str, now: datetime) -> Event:
    before: Finding | None = None
    after: Finding | None = None
    for event in history(connection, action.finding):
        before, after = (after, apply(after, event)) if event.seq <= action.seq else (before, after)
    (current,) = load_findings(connection, "f.id = ?", action.finding)
    assert before is not None and after is not None, "an action follows the event that opened its finding"
    if current.detection is Detection.ABSENT and after.detection is Detection.PRESENT:
        raise RefusedError(
            f"{short(current.id)} is fixed meanwhile, so there is nothing to take back any more."
        )
    if peoples_part(after) != peoples_part(current) or after.episode != current.episode:
        raise RefusedError(
            f"{short(current.id)} was changed since, so that can't be taken back any more."
            f" `show {short(current.id)}` tells by whom."
        )
    data = {"undoes": action.seq, "what": str(action.kind), "before": peoples_part(before)}
    return Event(now, Kind.UNDONE, action.finding, actor, data | dict(taken_back(action)))
