"""`status`: what runs, what the last scans could not check, what waits."""

from commands.model import Arguments, Command, Context
from commands.people import Role
from commands.reply import Reply, StatusReport, TargetHealth
from storage import jobs
from storage.holds import waiting
from storage.posts import dirty
from storage.queries import Filter, count_by, count_stale
from storage.scans import last_scans


def run(context: Context, _arguments: Arguments) -> Reply:
    """Health first: gaps, holds, failures, then counts."""
    now = context.now()
    with context.store.read() as connection:
        scans = {line.target: line for line in last_scans(connection)}
        active = tuple(jobs.active(connection))
        failures = jobs.last_failures(connection)
        report = StatusReport(
            targets=(),
            jobs=active,
            holds=tuple(waiting(connection)),
            posts_waiting=len(dirty(connection, 1000)),
            by_state=count_by(connection, Filter(sees=context.sees), now, "state"),
            by_severity=count_by(connection, Filter(sees=context.sees), now, "severity"),
            stale=count_stale(connection, now, sees=context.sees),
            problems=(
                *context.problems(),
                *(f"{job.kind} {job.subject[:40]}: {job.error}" for job in failures),
            ),
            as_of=now,
        )
    running = {job.subject: job for job in active if job.kind == "scan"}
    owners = {target.name: target.owner for target in context.organisation.targets}
    names = sorted({*owners, *scans})
    targets = tuple(TargetHealth(n, owners.get(n, ""), scans.get(n), running.get(n)) for n in names)
    return StatusReport(
        targets, report.jobs, report.holds, report.posts_waiting, report.by_state, report.by_severity,
        report.stale, report.problems, now,
    )  # fmt: skip


COMMAND = Command(
    name="status",
    summary="What runs, the last scans, and what could not be checked.",
    usage="status",
    role=Role.ANYONE,
    run=run,
    examples=("status",),
)
