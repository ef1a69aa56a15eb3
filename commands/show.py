"""`show` and `fix`: one finding whole, and how to fix it."""

from commands import catalogue
from commands.model import Arguments, Command, Context
from commands.people import Role
from commands.reply import FindingDetail, FixGuide, Reply
from scanners.errors import UsageError
from storage.ledger import history
from storage.queries import find_one


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
        told = tuple(history(connection, view.finding.id))
    control = view.finding.control
    return FindingDetail(view, catalogue.title(control), told, catalogue.references(control), now)


def fix(context: Context, arguments: Arguments) -> Reply:
    """The guided fix of one finding, exact for its resource."""
    now = context.now()
    with context.store.read() as connection:
        view = find_one(connection, finding_word(arguments, "fix"), now, sees=context.sees)
    return FixGuide(view, catalogue.title(view.finding.control), now)


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
