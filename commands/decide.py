"""`acknowledge` and `fixed`: what a person says of a finding. Posts change in the same transaction."""

from collections.abc import Callable
from datetime import datetime

from commands import catalogue
from commands.model import Arguments, Command, Context
from commands.people import Role
from commands.reply import Decided, Reply
from commands.show import finding_word
from storage import jobs, posts, rules
from storage.decisions import decide
from storage.model import Event, Finding, FindingView
from storage.queries import find_one

Rule = Callable[[Finding, str, datetime], Event]


def acknowledge(context: Context, arguments: Arguments) -> Reply:
    """Seen, and mine to look at; lapses by severity."""
    view, _job = _apply(context, arguments, "acknowledge", rules.acknowledge, claims=False)
    until = view.finding.until
    when = f" until {until:%a %d %b %H:%M} UTC" if until else ""
    message = f"Acknowledged{when}. After that it is open again, unless it is fixed."
    return Decided(message, view, catalogue.title(view.finding.control), context.now())


def fixed(context: Context, arguments: Arguments) -> Reply:
    """A claim, and a targeted check of that control on that resource. Closes nothing by itself."""
    view, job = _apply(context, arguments, "fixed", rules.claim, claims=True)
    message = "Thanks. Checking it now; a scan, not the click, closes it."
    return Decided(message, view, catalogue.title(view.finding.control), context.now(), job)


def _apply(
    context: Context, arguments: Arguments, verb: str, rule: Rule, *, claims: bool
) -> tuple[FindingView, int]:
    now = context.now()
    job = 0
    may = "claim fixes for" if claims else verb
    with context.store.write() as connection:
        view = find_one(connection, finding_word(arguments, verb), now)
        context.organisation.require(context.actor, Role.MEMBER, view.finding.team, may)
        events = decide(connection, view.finding.id, context.actor.id, now, rule)
        posts.plan(connection, events, context.organisation.route, now)
        if claims:
            job, _made = jobs.enqueue(
                connection, "check", view.finding.id, context.actor.id, now, channel=context.channel
            )
        return find_one(connection, view.finding.id, now), job


ACKNOWLEDGE = Command(
    name="acknowledge",
    summary="Say that you have seen a finding and will look at it.",
    usage="acknowledge ID",
    role=Role.MEMBER,
    run=acknowledge,
    examples=("acknowledge 3fa1c09b",),
    most_words=1,
    help="Lapses after 24 hours (critical), 3 days (high), 7 days (medium) or 14 days (low).",
)
FIXED = Command(
    name="fixed",
    summary='Say "I fixed it": Patrol checks that control on that resource and tells you.',
    usage="fixed ID",
    role=Role.MEMBER,
    run=fixed,
    examples=("fixed 3fa1c09b",),
    most_words=1,
    help="The finding closes only when the check sees the control pass.",
)
