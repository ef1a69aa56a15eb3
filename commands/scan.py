"""`scan`: look now. Scanning, reconciling and planning posts are one path, whoever starts it."""

from dataclasses import replace
from threading import Event as StopSignal

from commands import catalogue, routing
from commands.model import Arguments, Command, Context, Progress
from commands.parse import nearest
from commands.people import Organisation, Role
from commands.reply import Reply, ScanDone, ScanQueued, ScanStopping
from commands.tool_evidence import after_claims
from scanners.errors import RefusedError, UsageError
from scanners.model import Scan, Target, Verdict
from storage import imported, jobs, owners, posts, running
from storage.asks import ask_again, ask_leads
from storage.decisions import settle
from storage.holds import waiting
from storage.jobs import Job
from storage.model import FIXES, Event, Kind
from storage.pictures import Connection, people
from storage.queries import Filter, count_by
from storage.reconcile import Outcome, reconcile
from storage.scans import save_target, scan_line

STOP = "stop"  # no target may have that name


def run(context: Context, arguments: Arguments) -> Reply:
    """Queue a scan of a configured target, or join the one under way; `stop` ends it."""
    if arguments.words[:1] == (STOP,):
        return stop(context, replace(arguments, words=arguments.words[1:]))
    target = named_target(context.organisation, arguments)
    context.organisation.require_somewhere(context.actor, Role.MEMBER, "start a scan")
    with context.store.write() as connection:
        save_target(connection, target)
        job, made = jobs.enqueue(
            connection, "scan", target.name, context.actor.id, context.now(), channel=context.channel
        )
        if made and context.channel:
            posts.want(
                connection,
                context.channel,
                "job",
                str(job),
                "",
                target.owner,
                context.now(),
                {"job": job} | ({"workspace": context.workspace} if context.workspace else {}),
            )
        found = jobs.get(connection, job)
    if made or found is None:
        return ScanQueued(target.name, job, joined=False)
    return ScanQueued(target.name, job, True, found.requested_by, found.started or found.created)


def stop(context: Context, arguments: Arguments) -> Reply:
    """End the scan of a target: what it has read is kept, what it has not is told as not looked at.

    Whoever may start a scan may stop one.
    """
    target = named_target(context.organisation, arguments)
    context.organisation.require_somewhere(context.actor, Role.MEMBER, "stop a scan")
    with context.store.write() as connection:
        who = people(connection).get(context.actor.id, context.actor.id)
        job = running.ask_to_stop(connection, target.name, f"stopped by {who}", context.now())
        if job is None:
            raise RefusedError(f"No scan of {target.name} is under way.")
        posts.touch_job(connection, job.id)
    return ScanStopping(target.name, job.id, job.status == "running")


def begin(context: Context, target: Target) -> Job:
    """A scan of `target` in a terminal's hands. Raises RefusedError where one is under way."""
    with context.store.write() as connection:
        save_target(connection, target)
        job, made = running.begin(connection, target.name, context.actor.id, context.now())
    if not made:
        since = f"{job.started or job.created:%Y-%m-%d %H:%M} UTC"
        how = "is under way" if job.status == "running" else "waits to begin"
        raise RefusedError(
            f"A scan of {target.name} {how} already: {job.requested_by} asked for it at {since}."
            f" Wait for it (`patrol status`), or end it: `patrol scan stop {target.name}`."
        )
    return job


def named_target(organisation: Organisation, arguments: Arguments) -> Target:
    """The configured target that was named, or the only one. Raises UsageError with the nearest name."""
    if len(arguments.words) > 1:
        raise UsageError(f"{arguments.words[1][:60]!r} is one word too many. Name one target.")
    known = [target.name for target in organisation.targets]
    if not arguments.words:
        if len(known) == 1:
            return organisation.targets[0]
        listed = ", ".join(known) or "none yet: add a [[target]] to patrol.toml"
        raise UsageError(f"Which target? Configured: {listed}.")
    found = organisation.target(arguments.words[0])
    if found is None:
        near = nearest(arguments.words[0], known)
        hint = f" Did you mean {near}?" if near else ""
        listed = ", ".join(known) or "none yet: add a [[target]] to patrol.toml"
        raise UsageError(f"There is no target {arguments.words[0][:60]!r}.{hint} Configured: {listed}.")
    return found


def scan_now(
    context: Context,
    target: Target,
    controls: tuple[str, ...] = (),
    *,
    only_resource: str = "",
    trigger: str = "command",
    progress: Progress | None = None,
    cancel: StopSignal | None = None,
) -> tuple[Scan, ScanDone]:
    """Scan `target` and record what it saw. The scanner's errors go through to the caller."""
    scan = context.scanner(
        target, controls, only_resource=only_resource, trigger=trigger, progress=progress, cancel=cancel
    )
    scan = replace(scan, chosen=bool(controls) and not only_resource)
    return scan, keep(context, target, scan)


def keep(context: Context, target: Target, scan: Scan) -> ScanDone:
    """Reconcile `scan` and plan its posts in one transaction: nothing is posted before it is committed."""
    with context.store.write() as connection:
        return _keep(connection, context, target, scan)


def try_out(context: Context, target: Target, scan: Scan) -> ScanDone:
    """What `keep` would answer, with nothing kept."""
    try:
        with context.store.write() as connection:
            raise _NotKept(_keep(connection, context, target, scan))
    except _NotKept as told:
        return told.done


class _NotKept(Exception):
    """Takes the transaction back."""

    def __init__(self, done: ScanDone) -> None:
        super().__init__("tried out")
        self.done = done


def _keep(connection: Connection, context: Context, target: Target, scan: Scan) -> ScanDone:
    now = context.now()
    if scan.identity.startswith(imported.SCOPE):
        scan = after_claims(connection, scan)
    remembered = owners.remembered(connection)

    def owner_of(verdict: Verdict) -> str:
        return routing.owner_of(context.whole, target, verdict.resource, remembered)

    save_target(connection, target)
    lapsed = settle(connection, now)
    outcome = reconcile(connection, scan, owner_of, now, context.whole.sla_of)
    posts.plan(
        connection, [*lapsed, *outcome.events], context.whole.route, now,
        scan="" if scan.only_resource else scan.id, first=outcome.first,
        closes=catalogue.closes() if outcome.first else None,
    )  # fmt: skip
    ask_again(connection, lapsed, context.whole.route, now)
    ask_leads(connection, outcome.events, context.whole.route, context.whole.leads, now)
    posts.report_health(connection, scan, context.whole.route(target.owner), now, outcome)
    line = scan_line(connection, scan.id)
    assert line is not None, "a scan that was just recorded is there"
    still = count_by(connection, Filter(target=target.name, sees=context.sees), now, "severity")
    held = tuple(hold for hold in waiting(connection) if hold.target == target.name)
    return ScanDone(
        scan=line,
        opened=_count(outcome, Kind.OPENED),
        regressed=_count(outcome, Kind.REGRESSED),
        fixed=sum(event.kind is Kind.FIXED and event.data["cause"] in FIXES for event in outcome.events),
        still_open=sum(still.values()),
        held=held,
        duplicate=outcome.duplicate,
    )


def _count(outcome: Outcome, kind: Kind) -> int:
    events: tuple[Event, ...] = outcome.events
    return sum(event.kind is kind for event in events)


COMMAND = Command(
    name="scan",
    summary="Scan a target now.",
    usage="scan [stop] [TARGET]",
    role=Role.MEMBER,
    run=run,
    examples=("scan prod", "scan stop prod"),
    most_words=2,
    help="The answer is one message that is edited while the scan runs. One scan at a time per target. `stop` ends it:"
    " what was read is kept, what was not is told, and nothing closes for not having been looked at.",
)
