"""`show` and `fix`: one finding whole, and how to fix it."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from commands import catalogue
from commands.model import Arguments, Command, Context
from commands.people import Role
from commands.reply import FindingDetail, FixGuide, Reply
from scanners.errors import UsageError
from scanners.model import Json
from storage.changes import apply
from storage.ledger import history
from storage.model import Detection, Event, Finding, Kind
from storage.pictures import Connection
from storage.queries import Filter, count_by, find_one
from storage.related import same_resource
from storage.workspaces import link_of

ELSEWHERE = "another team"


def finding_word(arguments: Arguments, verb: str) -> str:
    """The id given. Raises UsageError where none was."""
    if not arguments.words:
        raise UsageError(
            f"`{verb}` needs the id of a finding, such as `{verb} 3fa1c09b`. `findings` lists them."
        )
    return arguments.words[0]


def show(context: Context, arguments: Arguments) -> Reply:
    """One finding with its history."""
    now = context.now()
    with context.store.read() as connection:
        view = find_one(connection, finding_word(arguments, "show"), now, sees=context.sees)
        finding = view.finding
        told = tuple(told_to(context, history(connection, finding.id)))
        related = tuple(same_resource(connection, finding, now, sees=context.sees))
        link = link_of(connection, finding.id, context.workspace, _channels(context))
        alike = _alike(connection, context, finding, now)
    return FindingDetail(
        view, catalogue.title_of(view), told, catalogue.references(finding.control), now,
        seen=max((event.seq for event in told), default=0), related=related, alike=alike, link=link,
    )  # fmt: skip


def told_to(context: Context, events: Sequence[Event]) -> list[Event]:
    """The whole history of one finding, less what happened while it was a team's that the actor may not see.

    That it came from there or went there is told, but not where that is.
    """
    if context.sees is None:
        return list(events)
    hidden = frozenset(team.name for team in context.whole.teams) - context.sees
    kept: list[Event] = []
    finding: Finding | None = None
    for event in events:
        before, finding = finding, apply(finding, event)
        if finding.team not in hidden or (before is not None and before.team not in hidden):
            kept.append(replace(event, data=_unnamed(event.data, hidden, event.kind is Kind.OWNER_CHANGED)))
    return kept


def _unnamed(data: Mapping[str, Json], hidden: frozenset[str], moves: bool) -> dict[str, Json]:
    """An event's data without the names of teams in `hidden`; `moves` where "from" and "to" name teams."""
    told: dict[str, Json] = {}
    for key, value in data.items():
        if key in ("was", "owner", "before") and isinstance(value, Mapping):
            told[key] = _unnamed(value, hidden, moves)
        elif key == "refused" and isinstance(value, list):
            told[key] = [team for team in value if team not in hidden]
        else:
            names = key == "team" or (moves and key in ("from", "to"))
            told[key] = ELSEWHERE if names and value in hidden else value
    return told


def _channels(context: Context) -> Mapping[str, str] | None:
    """Where messages may be that the actor may follow a link to, with their workspaces; None for anywhere."""
    if context.sees is None and not context.whole.workspaces:
        return None
    return {team.channel: team.workspace for team in context.organisation.teams if team.channel}


def _alike(connection: Connection, context: Context, finding: Finding, now: datetime) -> int:
    """How many more findings of its control the same target has: often one change mends them all."""
    wanted = Filter(controls=(finding.control,), target=finding.target, sees=context.sees)
    counts = count_by(connection, wanted, now, "severity")
    itself = finding.detection is Detection.PRESENT and not finding.out_of_scope
    return max(0, sum(counts.values()) - itself)


def fix(context: Context, arguments: Arguments) -> Reply:
    """The guided fix of one finding, exact for its resource."""
    now = context.now()
    with context.store.read() as connection:
        view = find_one(connection, finding_word(arguments, "fix"), now, sees=context.sees)
    return FixGuide(view, catalogue.title_of(view), now)


SHOW = Command(
    name="show",
    summary="One finding: what, where, why, evidence, history.",
    usage="show ID",
    role=Role.ANYONE,
    run=show,
    examples=("show 3fa1c09b",),
    most_words=1,
)
FIX = Command(
    name="fix",
    summary="How to fix one finding: the exact commands for its resource.",
    usage="fix ID",
    role=Role.ANYONE,
    run=fix,
    examples=("fix 3fa1c09b",),
    most_words=1,
)
