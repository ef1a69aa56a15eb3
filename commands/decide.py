"""How every decision is made: one finding or a frozen selection, role, rule, event, posts; one transaction."""

import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from commands import catalogue
from commands.model import Arguments, Command, Context
from commands.people import Role
from commands.reply import BulkDone, BulkPreview, Decided, Reply
from commands.show import finding_word
from scanners.errors import RefusedError, UsageError
from storage import jobs, posts, selections
from storage.asks import ask_again
from storage.decisions import Rule, decide, settle
from storage.imported import is_imported
from storage.manual import is_manual
from storage.model import Event, Finding, FindingView, State
from storage.pictures import Connection
from storage.queries import find_one
from storage.selections import Selection

SEEN = "seen"
# What the shown state hides from the list of what is to be done.
HIDDEN = (State.SNOOZED, State.RISK_ACCEPTED, State.FALSE_POSITIVE)


@dataclass(frozen=True, slots=True)
class Deed:
    """One verb's part of a decision.

    `may` are the words of a refusal ("You can't <may> findings of payments"), `allow` raises RefusedError
    unless the actor's role suffices, `rule` gives the state rule for one finding, `said` the outcome's words.
    `claims` queues a check; `hides` is true of verbs that take findings out of sight.
    """

    name: str
    may: str
    rule: Callable[[Context, Arguments, Finding], Rule]
    said: Callable[[FindingView], str]
    allow: Callable[[Context, Finding, str], None] = lambda context, finding, may: allow(
        context, finding, may, Role.MEMBER
    )
    claims: bool = False
    hides: bool = False


def allow(context: Context, finding: Finding, may: str, *roles: Role) -> None:
    """Raise RefusedError, naming who can, unless the actor has one of `roles` towards the finding."""
    context.organisation.require(context.actor, roles[0], finding.team, may, *roles[1:])


def run(context: Context, arguments: Arguments, deed: Deed) -> Reply:
    """The decision on the finding or the selection that the first word names."""
    word = finding_word(arguments, deed.name)
    if word.startswith(selections.PREFIX):
        return _bulk(context, arguments, deed, word)
    now = context.now()
    with context.store.write() as connection:
        view = find_one(connection, word, now, sees=context.sees)
        _events, job = _act(connection, context, arguments, deed, view.finding, now, "")
        after = find_one(connection, view.finding.id, now, sees=None)
    return Decided(deed.said(after), after, catalogue.title_of(after), now, job)


def _act(
    connection: Connection, context: Context, arguments: Arguments, deed: Deed, finding: Finding,
    now: datetime, batch: str,
) -> tuple[list[Event], int]:  # fmt: skip
    deed.allow(context, finding, deed.may)
    events = decide(
        connection, finding.id, context.actor.id, now, deed.rule(context, arguments, finding),
        behind=context.actor.behind, batch=batch, seen=None if batch else seen(arguments),
    )  # fmt: skip
    publish(connection, context, events, now)
    if not deed.claims or is_manual(finding) or is_imported(finding):
        return events, 0
    job, _made = jobs.enqueue(connection, "check", finding.id, context.actor.id, now, channel=context.channel)
    return events, job


def publish(connection: Connection, context: Context, events: Sequence[Event], now: datetime) -> None:
    """The posts that `events` change, in the same transaction."""
    posts.plan(connection, events, context.whole.route, now)
    ask_again(connection, events, context.whole.route, now)


def seen(arguments: Arguments) -> int | None:
    """The number of the newest event that the person had before them, where a dialog noted it down."""
    given = arguments.options.get(SEEN)
    if given is None:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise UsageError(f"--{SEEN} takes the number of an event, not {given[:20]!r}.")
    return int(given)


def _bulk(context: Context, arguments: Arguments, deed: Deed, word: str) -> Reply:
    now = context.now()
    carry_out = "yes" in arguments.options
    with context.store.write() as connection:
        selection = selections.get(connection, word, context.actor.id, now)
        views = [find_one(connection, identity, now, sees=context.sees) for identity in selection.findings]
        if not carry_out:
            return _preview(connection, context, arguments, deed, selection, views, now)
        return _carry_out(connection, context, arguments, deed, selection, views, now)


def _preview(
    connection: Connection, context: Context, arguments: Arguments, deed: Deed, selection: Selection,
    views: Sequence[FindingView], now: datetime,
) -> BulkPreview:  # fmt: skip
    possible: list[FindingView] = []
    refused: list[tuple[FindingView, str]] = []
    for view in views:
        current = _settled(connection, context, view, now)
        try:
            deed.allow(context, current.finding, deed.may)
            deed.rule(context, arguments, current.finding)(current.finding, context.actor.id, now)
        except RefusedError as error:
            refused.append((current, str(error)))
        else:
            possible.append(current)
    seen_now = [view for view in possible if view.state not in HIDDEN]
    hides = Counter(str(view.finding.severity) for view in seen_now) if deed.hides else Counter[str]()
    # In front, for behind the id of a note everything is text.
    words = f"{deed.name} --yes {arguments.text}"
    return BulkPreview(deed.name, selection, words, tuple(possible), tuple(refused), hides, now)


def _settled(connection: Connection, context: Context, view: FindingView, now: datetime) -> FindingView:
    """As it is once what fell due is written and told: of what a bulk action refuses, that must stay too."""
    publish(connection, context, settle(connection, now, only=view.finding.id), now)
    return find_one(connection, view.finding.id, now, sees=None)


def _carry_out(
    connection: Connection, context: Context, arguments: Arguments, deed: Deed, selection: Selection,
    views: Sequence[FindingView], now: datetime,
) -> BulkDone:  # fmt: skip
    batch = uuid.uuid4().hex
    done: list[FindingView] = []
    refused: list[tuple[FindingView, str]] = []
    queued: list[int] = []
    for view in views:
        current = _settled(connection, context, view, now)
        try:
            _events, job = _act(connection, context, arguments, deed, current.finding, now, batch)
        except RefusedError as error:
            refused.append((current, str(error)))
            continue
        done.append(find_one(connection, view.finding.id, now, sees=None))
        queued += [job] if job else []
    return BulkDone(deed.name, selection, tuple(done), tuple(refused), tuple(queued), now)


def verb(deed: Deed, **given: object) -> Command:
    """The command of a deed; `given` are the fields of Command that are its own."""

    def decide_it(context: Context, arguments: Arguments) -> Reply:
        return run(context, arguments, deed)

    fields: dict[str, object] = {
        "role": Role.MEMBER,
        "most_words": 1,
        "flags": ("yes",),
        "decides": True,
    } | given
    options = (*fields.pop("options", ()), SEEN)  # type: ignore[misc]
    return Command(name=deed.name, run=decide_it, options=options, **fields)  # type: ignore[arg-type]


def until_words(view: FindingView) -> str:
    """ " until Mon 30 Nov 10:32 UTC", "" where the disposition has no end."""
    until = view.finding.until
    return f" until {until:%a %d %b %Y %H:%M} UTC" if until else ""
