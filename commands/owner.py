"""`reassign` and `not-mine`: who owns a resource. Remembered for every finding of it, now and to come."""

import uuid
from collections.abc import Callable
from datetime import datetime

from commands import catalogue
from commands.decide import allow, publish, seen
from commands.model import Arguments, Command, Context
from commands.parse import one_of
from commands.people import Role
from commands.reply import Decided, Reply
from commands.routing import candidates
from commands.show import finding_word
from scanners.errors import RefusedError, UsageError
from scanners.model import Resource
from storage import owners
from storage.decisions import decide
from storage.model import Event, Finding
from storage.owners import NOT_MINE, REASSIGNED, Owner
from storage.pictures import Connection
from storage.queries import find_one, team_scope
from storage.rows import load_findings

Choice = Callable[[Finding, Owner | None], Owner]
UNOWNED = "nobody"


def reassign(context: Context, arguments: Arguments) -> Reply:
    """The resource belongs to --team NAME from now on."""
    to = _team(context, arguments)
    if not to:
        raise UsageError("To which team? Usage: reassign ID --team NAME", "team")

    def choose(finding: Finding, before: Owner | None) -> Owner:
        roles = context.organisation.roles(context.actor, finding.team)
        taking = context.organisation.roles(context.actor, to)
        if Role.MEMBER not in taking and not _asked(context, finding, before):
            allow(context, finding, "reassign", Role.MEMBER)
        if to == finding.team:
            raise RefusedError(f"{to} has it already.", "team")
        refused = before.refused if before else ()
        if to in refused and not (roles | taking) & {Role.LEAD, Role.SECURITY}:
            raise RefusedError(
                f"{to} said already that this is not theirs. A lead or security can settle it with the same words.",
                "team",
            )
        return Owner(to, tuple(team for team in refused if team != to))

    return _hand_over(context, arguments, "reassign", REASSIGNED, choose)


def _asked(context: Context, finding: Finding, before: Owner | None) -> bool:
    """Whoever said "not mine" of what nobody owns now is asked whose it is, so they may say it."""
    refused = before.refused if before and not finding.team else ()
    return any(Role.MEMBER in context.organisation.roles(context.actor, team) for team in refused)


def not_mine(context: Context, arguments: Arguments) -> Reply:
    """This team's people say that the resource is not theirs; it goes to --team, or to the next owner there is."""
    proposed = _team(context, arguments)

    def choose(finding: Finding, before: Owner | None) -> Owner:
        if not finding.team:
            raise RefusedError("Nobody owns this yet. Give it to a team with `reassign ID --team NAME`.")
        allow(context, finding, "give away", Role.MEMBER)
        refused = {*(before.refused if before else ()), finding.team}
        to = proposed or _next(context, finding, refused)
        return owners.not_mine(finding, before, to)

    return _hand_over(context, arguments, "not-mine", NOT_MINE, choose)


def _next(context: Context, finding: Finding, refused: set[str]) -> str:
    """The first owner by the rules that has not said "not mine"; "" where every one has."""
    organisation = context.whole
    thing = Resource(
        finding.resource_type, finding.resource, finding.resource_id, finding.region, finding.tags
    )
    found = candidates(organisation, organisation.home(finding.target), thing)
    known = [team.name for team in context.organisation.teams]
    return next((team for team in found if team in known and team not in refused), "")


def _hand_over(context: Context, arguments: Arguments, verb: str, why: str, choose: Choice) -> Reply:
    now = context.now()
    with context.store.write() as connection:
        view = find_one(connection, finding_word(arguments, verb), now, sees=context.sees)
        before = owners.of(connection, view.finding.resource)
        owner = choose(view.finding, before)
        moved = _move(connection, context, arguments, view.finding, owner, before, why, now)
        after = [find_one(connection, identity, now, sees=None) for identity in moved]
    to = owner.team or UNOWNED
    more = f", with {len(moved) - 1} more of the same resource" if len(moved) > 1 else ""
    asks = "" if owner.team else f" Whose is it? {_how(context)}."
    message = f"It belongs to {to} now{more}. Patrol remembers that for this resource.{asks}"
    return Decided(message, after[0], catalogue.title_of(after[0]), now, others=tuple(after[1:]))


def _how(context: Context) -> str:
    """How to say whose it is: behind a wall it is out of sight as soon as nobody owns it."""
    if context.sees is None or "" in context.sees:
        return "Tell Patrol with `reassign ID --team NAME`"
    return "You don't see it any more; `undo` brings it back, and `not-mine ID --team NAME` says whose it is"


def _move(
    connection: Connection, context: Context, arguments: Arguments, finding: Finding, owner: Owner,
    before: Owner | None, why: str, now: datetime,
) -> list[str]:  # fmt: skip
    """Every finding of the resource goes along; the one that was named comes first."""
    scope, teams = team_scope("f.team", context.sees)
    others = load_findings(
        connection,
        "f.resource = ? and f.id <> ? and f.team <> ? and f.detection = 'present' and not f.out_of_scope"
        f" and {scope}",
        finding.resource, finding.id, owner.team, *teams,
    )  # fmt: skip
    batch = uuid.uuid4().hex if others else ""

    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        return owners.changed(finding, actor, now, owner, before, why)

    events: list[Event] = []
    for at, one in enumerate([finding, *others]):
        events += decide(
            connection, one.id, context.actor.id, now, rule, behind=context.actor.behind, batch=batch,
            seen=None if at else seen(arguments),
        )  # fmt: skip
    publish(connection, context, events, now)
    return [one.id for one in (finding, *others)]


def _team(context: Context, arguments: Arguments) -> str:
    given = arguments.options.get("team", "").strip()
    if not given:
        return ""
    named = context.organisation.named(given)
    return named.name if named else one_of(given, [team.name for team in context.organisation.teams], "team")


REASSIGN = Command(
    name="reassign",
    summary="Give a finding, and all of its resource, to another team.",
    usage="reassign ID --team NAME",
    role=Role.MEMBER,
    run=reassign,
    examples=("reassign 3fa1c09b --team platform",),
    options=("team", "seen"),
    most_words=1,
    decides=True,
    help="Its own team, the team that takes it, and security may; of what nobody owns, those too who said that it"
    " is not theirs. It is remembered for that resource.",
)
NOT_MINE_COMMAND = Command(
    name="not-mine",
    summary="Say that a finding's resource is not your team's.",
    usage="not-mine ID [--team NAME]",
    role=Role.MEMBER,
    run=not_mine,
    examples=("not-mine 3fa1c09b --team platform",),
    options=("team", "seen"),
    most_words=1,
    decides=True,
    help="Name the right team if you know it. A team that said so itself is not asked again.",
)
