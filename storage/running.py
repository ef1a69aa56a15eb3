"""Scans under way: who may begin one, who holds it, and who asked it to stop.

The bot's jobs are its own: what was running when it died is queued again at its next start. A terminal's scan is a row
too, so that nobody scans the same target beside it; it holds the row for a while at a time, and a row whose time ran
out belongs to a terminal that is gone.
"""

import json
import sqlite3
from collections.abc import Collection
from datetime import datetime, timedelta

from storage import jobs
from storage.clock import iso
from storage.jobs import Job

HELD = timedelta(seconds=30)


def begin(connection: sqlite3.Connection, subject: str, requested_by: str, now: datetime) -> tuple[Job, bool]:
    """A running scan of `subject` in the caller's hands; False beside the one that stands in its way."""
    job, made = jobs.enqueue(connection, "scan", subject, requested_by, now, data={"until": iso(now + HELD)})
    if made:
        connection.execute("update jobs set status = 'running', started = ? where id = ?", (iso(now), job))
    found = jobs.get(connection, job)
    assert found is not None, "a job that was just read or written is there"
    return found, made


def hold_on(connection: sqlite3.Connection, job: int, now: datetime, progress: str) -> None:
    """The terminal is still there, and so far with its scan."""
    connection.execute(
        "update jobs set data = json_set(data, '$.until', ?), progress = ? where id = ? and status = 'running'",
        (iso(now + HELD), progress, job),
    )


def ask_to_stop(connection: sqlite3.Connection, subject: str, reason: str, now: datetime) -> Job | None:
    """The scan of `subject` as it was, marked to stop for `reason`; None where none waits or runs.

    One that has not begun ends here. The first reason stands.
    """
    row = connection.execute(
        "select id from jobs where kind = 'scan' and subject = ? and status in ('queued', 'running')",
        (subject,),
    ).fetchone()
    job = jobs.get(connection, row["id"]) if row else None
    if job is None:
        return None
    if job.status == "queued":
        connection.execute(
            "update jobs set status = 'stopped', finished = ?, error = ? where id = ?",
            (iso(now), reason, job.id),
        )
    elif not job.data.get("stop"):
        connection.execute(
            "update jobs set data = json_set(data, '$.stop', ?) where id = ?", (reason, job.id)
        )
    return job


def asked_to_stop(connection: sqlite3.Connection, running: Collection[int]) -> dict[int, str]:
    """Those of the jobs `running` that are to stop, with the reason."""
    found = connection.execute(
        "select id, json_extract(data, '$.stop') as reason from jobs"
        " where id in (select value from json_each(?)) and json_extract(data, '$.stop') is not null",
        (json.dumps(list(running)),),
    )
    return {row["id"]: row["reason"] for row in found}
