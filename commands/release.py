"""`release`: security lets held closings pass without waiting for a second complete scan."""

from commands.decide import publish
from commands.model import Arguments, Command, Context
from commands.people import Role
from commands.reply import Reply, ScanDone
from commands.scan import named_target
from scanners.errors import RefusedError
from scanners.model import Target
from storage import imported, posts
from storage.decisions import settle
from storage.holds import waiting
from storage.model import FIXES, Kind
from storage.queries import Filter, count_by
from storage.release import release
from storage.scans import scan_line


def run(context: Context, arguments: Arguments) -> Reply:
    """The held scan takes effect; the answer is what that scan changed. For security alone.

    Raises RefusedError where the role is missing or nothing waits.
    """
    target = _target(context, arguments)
    context.organisation.require(context.actor, Role.SECURITY, target.owner, "release held")
    now = context.now()
    with context.store.write() as connection:
        publish(connection, context, settle(connection, now), now)
        done = release(connection, target.name, context.actor.id, now)
        scan = scan_line(connection, done.scan)
        if scan is None:
            raise RefusedError(
                f"Nothing waits in {target.name}: no closings are held. `status` shows what waits."
            )
        posts.plan(connection, done.events, context.whole.route, now)
        posts.touch_holds(connection, done.scopes)
        still = count_by(connection, Filter(target=target.name, sees=context.sees), now, "severity")
        held = tuple(hold for hold in waiting(connection) if hold.target == target.name)
    fixes = sum(event.kind is Kind.FIXED and event.data["cause"] in FIXES for event in done.events)
    return ScanDone(scan, opened=0, regressed=0, fixed=fixes, still_open=still.total(), held=held)


def _target(context: Context, arguments: Arguments) -> Target:
    """The configured target, or what a tool reported of it ("shop.semgrep"). Raises UsageError as `scan` does."""
    name = arguments.words[0] if arguments.words else ""
    with context.store.read() as connection:
        held = {hold.target: hold for hold in waiting(connection)}.get(name)
    if held is not None and held.scope.startswith(imported.SCOPE) and context.sees_target(name):
        home = context.organisation.home(name)
        return Target(name, "import", home.owner if home else "")
    return named_target(context.organisation, arguments)


COMMAND = Command(
    name="release",
    summary="Let held closings pass: security's word instead of a second complete scan.",
    usage="release [TARGET]",
    role=Role.SECURITY,
    run=run,
    examples=("release prod",),
    most_words=1,
    decides=True,
    help=(
        "A scan that would close more than 25 findings, or 20 % of a scope, is held: it may be broken."
        " Look at `status` first. What was seen failing since the held scan stays open."
    ),
)
