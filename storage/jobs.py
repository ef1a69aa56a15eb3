"""Work that waits or runs: scans and targeted checks. Rows, so that a restart forgets none.

One active job per (kind, subject): a second request joins the first.
"""

import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from scanners.model import Json
from storage.clock import iso, parse, parse_or_none


@dataclass(frozen=True, slots=True)
class Job:
    """`kind` is "scan" (subject: target name) or "check" (subject: finding id)."""

    id: int
    kind: str
    subject: str
    requested_by: str
    channel: str
    status: str
    progress: str
    run_after: datetime
    created: datetime
    started: datetime | None
    finished: datetime | None
    attempt: int
    scan: str
    error: str
    data: Mapping[str, Json]


def enqueue(
    connection: sqlite3.Connection, kind: str, subject: str, requested_by: str, now: datetime, *,
    channel: str = "", run_after: datetime | None = None, attempt: int = 0,
    data: Mapping[str, Json] | None = None,
) -> tuple[int, bool]:  # fmt: skip
    """The id of the active job for that subject and whether this call made it.

    A waiting retry is brought forward when somebody asks again now.
    """
    end_the_dead(connection, now)
    row = connection.execute(
        "select id, run_after, status from jobs"
        " where kind = ? and subject = ? and status in ('queued', 'running')",
        (kind, subject),
    ).fetchone()
    due = iso(run_after or now)
    if row:
        if row["status"] == "queued" and due < row["run_after"]:
            connection.execute(
                "update jobs set run_after = ?, attempt = ? where id = ?", (due, attempt, row["id"])
            )
        return int(row["id"]), False
    made = connection.execute(
        "insert into jobs (kind, subject, requested_by, channel, status, run_after, created, attempt, data)"
        " values (?, ?, ?, ?, 'queued', ?, ?, ?, ?)",
        (kind, subject, requested_by, channel, due, iso(now), attempt, json.dumps(dict(data or {}))),
    )
    return int(made.lastrowid or 0), True


def take(
    connection: sqlite3.Connection, now: datetime, kinds: Sequence[str] = ("check", "scan")
) -> Job | None:
    """The next job of `kinds` that is due, marked running; None where nothing is. Checks go before scans."""
    row = connection.execute(
        "select * from jobs where status = 'queued' and run_after <= ?"
        " and kind in (select value from json_each(?)) order by kind <> 'check', run_after, id limit 1",
        (iso(now), json.dumps(list(kinds))),
    ).fetchone()
    if row is None:
        return None
    connection.execute("update jobs set status = 'running', started = ? where id = ?", (iso(now), row["id"]))
    return get(connection, row["id"])


def progress(connection: sqlite3.Connection, job: int, text: str) -> None:
    """What the job says of itself now."""
    connection.execute("update jobs set progress = ? where id = ?", (text, job))


def finish(
    connection: sqlite3.Connection, job: int, now: datetime, *, scan: str = "", error: str = ""
) -> None:
    """The job ended; `error` is empty where it went well."""
    connection.execute(
        "update jobs set status = ?, finished = ?, scan = ?, error = ? where id = ?",
        ("failed" if error else "done", iso(now), scan, error, job),
    )


def recover(connection: sqlite3.Connection, now: datetime) -> int:
    """Queue again what was running when the process died; returns how many. A terminal's scans are its own."""
    end_the_dead(connection, now)
    changed = connection.execute(
        "update jobs set status = 'queued', run_after = ?, started = null where status = 'running'"
        " and json_extract(data, '$.until') is null",
        (iso(now),),
    )
    return changed.rowcount


def end_the_dead(connection: sqlite3.Connection, now: datetime) -> None:
    """What a terminal held, and let go without a word (see `storage.running`)."""
    connection.execute(
        "update jobs set status = 'failed', finished = ?, error = 'The terminal that ran it is gone.'"
        " where status = 'running' and json_extract(data, '$.until') < ?",
        (iso(now), iso(now)),
    )


def get(connection: sqlite3.Connection, job: int) -> Job | None:
    """The job of that id."""
    row = connection.execute("select * from jobs where id = ?", (job,)).fetchone()
    return _job(row) if row else None


def active(connection: sqlite3.Connection) -> list[Job]:
    """What waits or runs, oldest first."""
    found = connection.execute("select * from jobs where status in ('queued', 'running') order by id")
    return [_job(row) for row in found]


def next_due(connection: sqlite3.Connection) -> datetime | None:
    """When the earliest waiting job falls due."""
    row = connection.execute("select min(run_after) from jobs where status = 'queued'").fetchone()
    return parse_or_none(row[0])


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        kind=row["kind"],
        subject=row["subject"],
        requested_by=row["requested_by"],
        channel=row["channel"],
        status=row["status"],
        progress=row["progress"],
        run_after=parse(row["run_after"]),
        created=parse(row["created"]),
        started=parse_or_none(row["started"]),
        finished=parse_or_none(row["finished"]),
        attempt=row["attempt"],
        scan=row["scan"],
        error=row["error"],
        data=json.loads(row["data"]),
    )


def last_failures(connection: sqlite3.Connection) -> list[Job]:
    """The newest ended job of each subject where that one failed."""
    found = connection.execute(
        "select * from jobs j where status = 'failed' and not exists (select 1 from jobs n"
        " where n.kind = j.kind and n.subject = j.subject and n.id > j.id and n.status in ('done', 'failed', 'stopped'))"
        " order by id"
    )
    return [_job(row) for row in found]


def take_this(connection: sqlite3.Connection, job: int, now: datetime) -> Job | None:
    """That job, marked running; None where it runs or has ended already."""
    taken = connection.execute(
        "update jobs set status = 'running', started = ? where id = ? and status = 'queued'", (iso(now), job)
    )
    return get(connection, job) if taken.rowcount == 1 else None
