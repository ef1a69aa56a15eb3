"""What a target's events touched is checked anew. The schedule remains the truth: an event only says where to look sooner.

docs/decisions/0019-events.md
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from threading import Event as StopSignal

from commands import catalogue
from commands.model import Context, Progress
from commands.scan import scan_now
from commands.work_targets import narrowed, target_of
from scanners.aws.events.options import event_options
from scanners.aws.events.read import Place, Reading, Touch, read
from scanners.aws.options import options_of
from scanners.aws.paths import ANY_PATH
from scanners.model import Target
from storage import event_queues, touched
from storage.jobs import Job
from storage.pictures import Connection
from storage.touched import Check


def take_in(context: Context, target: Target, bodies: Sequence[str], place: Place) -> tuple[Reading, ...]:
    """Put down what the messages call for, durably: once this returns they may be deleted.

    Raises StoreError where that failed; then they must come again.
    """
    readings = tuple(read(body, place) for body in bodies)
    checks = checks_of(readings)
    now = context.now()
    with context.store.write() as connection:
        touched.put_down(connection, target.name, checks, now, event_options(target).per_minute)
        event_queues.count(connection, target.name, [reading.outcome for reading in readings], now)
    return readings


def idle(context: Context, target: Target) -> None:
    """Nothing came in: see to what is left of a storm."""
    now = context.now()
    with context.store.read() as connection:
        if not touched.something_to_do(connection, target.name, now):
            return
    with context.store.write() as connection:
        touched.keep_up(connection, target.name, now)
        touched.clear(connection, target.name, now)


def place_of(context: Context, target: Target, own: str, regions: frozenset[str]) -> Place:
    """What the queue of `target` may speak of. `own` is the account of its credentials, `regions` are AWS's."""
    options = options_of(target)
    scanned = frozenset(target.regions) or None
    if options.organization:
        with context.store.read() as connection:
            accounts = event_queues.accounts_seen(connection, target.name)
    else:
        accounts = frozenset(options.accounts or (own,))
    return Place(accounts - set(options.skip_accounts), regions | set(target.regions), scanned)


def checks_of(readings: Iterable[Reading]) -> list[Check]:
    """One check for each resource, and one for each scope of which more was touched."""
    found: dict[tuple[str, str, str], Check] = {}
    for reading in readings:
        for touch in reading.touches:
            _add(found, touch, frozenset({touch.dataset}), frozenset(), reading.at)
            if touch.dataset in _contexts():
                beside = replace(touch, region="", arn="")
                _add(found, beside, frozenset(), frozenset({touch.dataset}), reading.at)
    return list(found.values())


def _add(
    found: dict[tuple[str, str, str], Check], touch: Touch, datasets: frozenset[str], contexts: frozenset[str],
    at: datetime | None,
) -> None:  # fmt: skip
    key = touch.account, touch.region, touch.arn
    before = found.get(key) or Check(*key, frozenset(), at=at)
    newest = max((stamp for stamp in (before.at, at) if stamp), default=None)
    found[key] = Check(*key, before.datasets | datasets, before.contexts | contexts, newest)


def check(context: Context, job: Job, progress: Progress | None, cancel: StopSignal | None) -> str:
    """The scan that looks at what was touched; its id, "" where no control reads it."""
    wanted = touched.check_of(job)
    controls = _controls(wanted)
    if not controls:
        return ""
    target = narrowed(target_of(context, str(job.data["target"])), f"aws/{wanted.account}/{wanted.region}")
    if wanted.region:
        target = replace(target, regions=(wanted.region,))
    scan, done = scan_now(
        context, target, controls, only_resource=_known(context, wanted), trigger=touched.ASKER,
        progress=progress, cancel=cancel,
    )  # fmt: skip
    with context.store.write() as connection:
        touched.saw(connection, job.id, news=bool(done.opened or done.regressed or done.fixed))
    return scan.id


def follow(context: Context, connection: Connection, job: Job) -> None:
    """The check has ended, well or not: look again where that may tell more."""
    target = context.whole.target(str(job.data["target"]))
    if target is not None:
        touched.follow(connection, job, context.now(), event_options(target).per_minute)


def _known(context: Context, wanted: Check) -> str:
    """The ARN of a user as findings know it: who is gone can't be asked for the path."""
    if ANY_PATH not in wanted.resource:
        return wanted.resource
    name = wanted.resource.rsplit("/", 1)[-1]
    with context.store.read() as connection:
        known = touched.arns_named(connection, wanted.account, "aws.iam.user", name)
    return known[0] if len(known) == 1 else wanted.resource


def _controls(wanted: Check) -> tuple[str, ...]:
    return tuple(
        control.id
        for control in catalogue.controls().values()
        if control.dataset in wanted.datasets or wanted.contexts & set(control.context.values())
    )


def _contexts() -> frozenset[str]:
    """Datasets by which controls judge the resources of others: a change there may change those verdicts."""
    return frozenset(name for control in catalogue.controls().values() for name in control.context.values())
