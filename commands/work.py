"""Runs jobs: scans and the targeted checks that prove (or refute) a claim."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from threading import Event as StopSignal

from commands.model import Context, Progress
from commands.scan import scan_now
from scanners.aws.options import ONLY_ACCOUNT, options_of
from scanners.errors import PatrolError, StoreError
from scanners.model import Target
from storage import jobs, posts, search
from storage.jobs import Job
from storage.model import Event, FindingView, Kind
from storage.observations import say_unchecked
from storage.pictures import Connection
from storage.queries import claim_waits, find_one
from storage.reconcile import record
from storage.rules import CLAIM_RETRY_MINUTES


def run_job(
    context: Context, job: Job, *, progress: Progress | None = None, cancel: StopSignal | None = None
) -> str:
    """Do the job and finish its row; returns the error a person should read, "" where it went well."""
    steps: dict[str, Callable[[Context, Job, Progress | None, StopSignal | None], str]] = {
        "scan": _scan,
        "check": _check,
    }
    scan, error = "", ""
    try:
        scan = steps[job.kind](context, job, progress, cancel)
    except PatrolError as failure:
        error = str(failure)
        if job.kind == "check":
            _could_not_check(context, job, error)
    except Exception as failure:
        # One broken scanner must not end the worker: the others' jobs still run.
        error = (
            f"Patrol failed inside ({type(failure).__name__}: {failure}). Nothing was changed; see the log."
        )
        with context.store.write() as connection:
            jobs.finish(connection, job.id, context.now(), error=error)
            posts.touch_job(connection, job.id)
        raise
    with context.store.write() as connection:
        jobs.finish(connection, job.id, context.now(), scan=scan, error=error)
        posts.touch_job(connection, job.id)
        if job.kind == "check":
            _retry(context, connection, job)
    if job.kind == "scan" and scan:
        with suppress(StoreError):  # the scan is kept; the next one, or a search, indexes what it found
            search.keep_up(context.store)
    return error


def _scan(context: Context, job: Job, progress: Progress | None, cancel: StopSignal | None) -> str:
    target = _target(context, job.subject)
    trigger = "schedule" if job.requested_by == "schedule" else "command"
    scan, _done = scan_now(context, target, trigger=trigger, progress=progress, cancel=cancel)
    return scan.id


def _check(context: Context, job: Job, progress: Progress | None, cancel: StopSignal | None) -> str:
    view = _finding(context, job.subject)
    target = narrowed(_target(context, view.finding.target), view.finding.scope)
    scan, _done = scan_now(
        context, target, (view.finding.control,), only_resource=view.finding.resource, trigger="claim",
        progress=progress, cancel=cancel,
    )  # fmt: skip
    return scan.id


def narrowed(target: Target, scope: str) -> Target:
    """`target` for a check in `scope` ("aws/<account>/<region>"): the other accounts are not even listed."""
    if target.kind != "aws" or not options_of(target).many:
        return target
    return replace(target, settings={**target.settings, ONLY_ACCOUNT: scope.split("/")[1]})


def _target(context: Context, name: str) -> Target:
    found = context.whole.target(name)
    if found is None:
        raise PatrolError(
            f"The target {name} is no longer in patrol.toml. Add it again, or retire its findings."
        )
    return found


def _finding(context: Context, identity: str) -> FindingView:
    with context.store.read() as connection:
        return find_one(connection, identity, context.now(), sees=None)


def _could_not_check(context: Context, job: Job, reason: str) -> None:
    """A check that could not even start is as inconclusive as one that was refused."""
    now = context.now()
    with context.store.write() as connection:
        if not claim_waits(connection, job.subject):
            return  # answered meanwhile by another scan
        event = Event(now, Kind.INCONCLUSIVE, job.subject, "scan", {"reason": reason, "scan": ""})
        posts.plan(connection, record(connection, [event]), context.whole.route, now)
        say_unchecked(connection, job.subject, reason)


def _retry(context: Context, connection: Connection, job: Job) -> None:
    """A claim that is still waiting is tried again after 1, 5 and 30 minutes; then it "could not be checked"."""
    now = context.now()
    if not claim_waits(connection, job.subject) or job.attempt >= len(CLAIM_RETRY_MINUTES):
        return
    later = now + timedelta(minutes=CLAIM_RETRY_MINUTES[job.attempt])
    jobs.enqueue(
        connection, "check", job.subject, job.requested_by, now,
        channel=job.channel, run_after=later, attempt=job.attempt + 1,
    )  # fmt: skip
