"""What events touched, as jobs: put down durably, each resource once, no faster and no more than the bound.

Beyond the bound the checks that wait give way to one full scan of the target. Two kinds of job: "event" looks at one
resource, "sweep" at all resources of some datasets.
"""

import json
import sqlite3
from bisect import insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scanners.model import Json
from storage import jobs
from storage.clock import iso, parse, parse_or_none
from storage.jobs import Job

EVENT, SWEEP = KINDS = ("event", "sweep")
ASKER = "event"
SETTLE = timedelta(seconds=3)  # AWS answers with the old state for a moment; and events come in packs
AGAIN = timedelta(seconds=60)  # the second look where the first saw nothing new
OLD = timedelta(minutes=5)  # an event older than this is no matter of consistency
SCAN_EVERY = timedelta(minutes=10)  # full scans that storms call for
MINUTE = timedelta(minutes=1)
KEPT = timedelta(hours=1)  # ended checks, for the sliding minute and for those who look
COLLAPSED = "too much changed at once: one full scan looks at all of it"


@dataclass(frozen=True, slots=True)
class Check:
    """What one or more events touched. `resource` is an ARN, or "" for everything in `datasets` (and everything that
    is judged beside `contexts`). `region` is "" for what has none. `at` is the newest event's own time.
    """

    account: str
    region: str
    resource: str
    datasets: frozenset[str]
    contexts: frozenset[str] = frozenset()
    at: datetime | None = None

    @property
    def kind(self) -> str:
        """The job's."""
        return EVENT if self.resource else SWEEP


def put_down(
    connection: sqlite3.Connection, target: str, checks: Iterable[Check], now: datetime, per_minute: int
) -> None:
    """One waiting job for each check; what waits already takes the new event in. Must run inside `Store.write`."""
    keep_up(connection, target, now)
    for check in checks:
        if _storm(connection, target):
            return  # a full scan that has not begun will see it
        if not _joined(connection, target, check):
            if waiting(connection, target) >= 2 * per_minute:
                _collapse(connection, target, now)
                keep_up(connection, target, now)
                return
            _queue(connection, target, check, now, per_minute)


def keep_up(connection: sqlite3.Connection, target: str, now: datetime) -> None:
    """See to a storm: begin its full scan once that may be, and end the storm once that has begun."""
    row = connection.execute(
        "select storm_at, scan, scanned_at from event_queues where target = ?", (target,)
    ).fetchone()
    if row is None or row["storm_at"] is None:
        return
    job = jobs.get(connection, row["scan"]) if row["scan"] else None
    if job is not None:
        if job.status != "queued":  # what happens from now on is news again
            connection.execute(
                "update event_queues set storm_at = null, scan = null where target = ?", (target,)
            )
        return
    under_way = connection.execute(
        "select 1 from jobs where kind = 'scan' and subject = ? and status = 'running'", (target,)
    ).fetchone()
    before = parse_or_none(row["scanned_at"])
    if under_way or (before is not None and now < before + SCAN_EVERY):
        return
    made, _new = jobs.enqueue(connection, "scan", target, ASKER, now, run_after=now + SETTLE)
    connection.execute(
        "update event_queues set scan = ?, scanned_at = ? where target = ?", (made, iso(now), target)
    )


def something_to_do(connection: sqlite3.Connection, target: str, now: datetime) -> bool:
    """True where a storm is not over, or old rows are to be cleared away. Reads only."""
    old = connection.execute(f"select 1 {_OLD_JOBS} limit 1", (target, iso(now - KEPT))).fetchone()
    return old is not None or _storm(connection, target)


_OLD_JOBS = (
    "from jobs where kind in ('event', 'sweep') and json_extract(data, '$.target') = ?"
    " and finished is not null and finished < ?"
)


def clear(connection: sqlite3.Connection, target: str, now: datetime) -> None:
    """Forget checks that ended long ago; what they saw is in the ledger."""
    connection.execute(f"delete {_OLD_JOBS}", (target, iso(now - KEPT)))


def saw(connection: sqlite3.Connection, job: int, *, news: bool) -> None:
    """The check's scan is recorded; `news` where it opened, regressed or fixed anything."""
    connection.execute("update jobs set data = json_set(data, '$.news', ?) where id = ?", (int(news), job))


def follow(connection: sqlite3.Connection, job: Job, now: datetime, per_minute: int) -> None:
    """The check `job` has ended. Look again where events came in meanwhile, or where it may have seen the old state."""
    fresh = jobs.get(connection, job.id)
    if fresh is None:
        return
    target = str(fresh.data["target"])
    keep_up(connection, target, now)
    if _storm(connection, target):
        return
    meanwhile = fresh.data.get("meanwhile")
    if meanwhile:
        _queue(connection, target, _check_of({**fresh.data, **meanwhile}), now, per_minute)
        return
    check = _check_of(fresh.data)
    recent = check.at is None or (fresh.started or now) - check.at < OLD
    if fresh.attempt == 0 and recent and not fresh.data.get("news"):
        _queue(connection, target, check, now, per_minute, attempt=1, wait=AGAIN)


def arns_named(connection: sqlite3.Connection, account: str, kind: str, name: str) -> list[str]:
    """The ARNs under which findings know the resource of that type and name."""
    found = connection.execute(
        "select distinct resource from findings where scope = ? and resource_type = ? and resource_id = ? limit 3",
        (f"aws/{account}/global", kind, name),
    )
    return [row["resource"] for row in found]


def earliest(taken: Sequence[datetime], wanted: datetime, most: int) -> datetime:
    """The first moment from `wanted` on that leaves no minute with more than `most`. `taken` is sorted."""
    while True:
        times = list(taken)
        insort(times, wanted)
        at = times.index(wanted)
        crowded = [
            times[first] for first in range(max(0, at - most), at + 1)
            if first + most < len(times) and times[first + most] - times[first] < MINUTE
        ]  # fmt: skip
        if not crowded:
            return wanted
        wanted = max(crowded[0] + MINUTE, wanted + timedelta(microseconds=1))


def check_of(job: Job) -> Check:
    """What the job is to look at."""
    return _check_of(job.data)


def _storm(connection: sqlite3.Connection, target: str) -> bool:
    row = connection.execute("select storm_at from event_queues where target = ?", (target,)).fetchone()
    return row is not None and row["storm_at"] is not None


def waiting(connection: sqlite3.Connection, target: str) -> int:
    """How many checks of the target wait."""
    found = connection.execute(
        "select count(*) from jobs where kind in ('event', 'sweep') and status = 'queued'"
        " and json_extract(data, '$.target') = ?",
        (target,),
    )
    return int(found.fetchone()[0])


def _joined(connection: sqlite3.Connection, target: str, check: Check) -> bool:
    """True where a job of the same subject waits or runs, which then knows of this event too."""
    row = connection.execute(
        "select id, status, data from jobs where kind = ? and subject = ? and status in ('queued', 'running')",
        (check.kind, _subject(target, check)),
    ).fetchone()
    if row is None:
        return False
    data = json.loads(row["data"])
    if row["status"] == "queued":
        data |= _merged(data, check)
    else:  # it may have asked AWS already
        data["meanwhile"] = _merged(data.get("meanwhile") or {}, check)
    connection.execute("update jobs set data = ? where id = ?", (json.dumps(data), row["id"]))
    return True


def _merged(data: Mapping[str, Json], check: Check) -> dict[str, Json]:
    stamps = [stamp for stamp in (data.get("at"), check.at and iso(check.at)) if stamp]
    return {
        "datasets": sorted({*data.get("datasets", ()), *check.datasets}),
        "contexts": sorted({*data.get("contexts", ()), *check.contexts}),
        "at": max(stamps, default=None),
    }


def _queue(
    connection: sqlite3.Connection, target: str, check: Check, now: datetime, per_minute: int, *,
    attempt: int = 0, wait: timedelta = SETTLE,
) -> None:  # fmt: skip
    """Due once AWS has settled, and so that no minute holds more than `per_minute` checks of the target."""
    rows = connection.execute(
        "select run_after from jobs where kind in ('event', 'sweep') and json_extract(data, '$.target') = ?"
        " and status <> 'stopped' and run_after > ? order by run_after",
        (target, iso(now - MINUTE)),
    ).fetchall()
    due = earliest([parse(row["run_after"]) for row in rows], now + wait, per_minute)
    data: dict[str, Json] = {
        "target": target, "account": check.account, "region": check.region, "resource": check.resource,
        **_merged({}, check),
    }  # fmt: skip
    jobs.enqueue(
        connection, check.kind, _subject(target, check), ASKER, now, run_after=due, attempt=attempt, data=data
    )


def _collapse(connection: sqlite3.Connection, target: str, now: datetime) -> None:
    connection.execute(
        "update jobs set status = 'stopped', finished = ?, error = ? where kind in ('event', 'sweep')"
        " and status = 'queued' and json_extract(data, '$.target') = ?",
        (iso(now), COLLAPSED, target),
    )
    connection.execute(
        "insert into event_queues (target, storms, storm_at) values (?, 1, ?) on conflict (target) do update"
        " set storms = storms + 1, storm_at = excluded.storm_at",
        (target, iso(now)),
    )


def _subject(target: str, check: Check) -> str:
    return f"{target} {check.account}/{check.region or 'global'} {check.resource or 'all'}"


def _check_of(data: Mapping[str, Json]) -> Check:
    return Check(
        data["account"], data["region"], data["resource"], frozenset(data["datasets"]),
        frozenset(data["contexts"]), parse_or_none(data["at"]),
    )  # fmt: skip
