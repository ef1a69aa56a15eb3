"""`findings`: list what is open, filtered."""

from commands import catalogue
from commands.model import Arguments, Command, Context
from commands.parse import one_of
from commands.people import Role
from commands.reply import FindingList, Reply
from scanners.errors import UsageError
from scanners.model import Severity
from storage.model import State
from storage.queries import Filter, count_by, list_findings
from storage.scans import last_scans

PAGE = 10
_STATES = [str(state) for state in State]


def run(context: Context, arguments: Arguments) -> Reply:
    """A page of findings on Slack; all of them on a terminal, unless --limit says otherwise."""
    wanted = as_filter(context, arguments)
    limit = _number(arguments, "limit", None if context.face == "terminal" else PAGE)
    offset = _number(arguments, "offset", 0) or 0
    now = context.now()
    with context.store.read() as connection:
        severities = count_by(connection, wanted, now, "severity")
        found = list_findings(connection, wanted, now, limit=limit, offset=offset)
        never = not last_scans(connection)
    return FindingList(
        findings=tuple(found),
        total=sum(severities.values()),
        offset=offset,
        by_severity=severities,
        filter_text=" ".join(f"{name}:{','.join(values)}" for name, values in arguments.filters.items()),
        as_of=now,
        titles={view.finding.control: catalogue.title(view.finding.control) for view in found},
        never_scanned=never,
    )


def as_filter(context: Context, arguments: Arguments) -> Filter:
    """The filter of the words given. Raises UsageError for an unknown severity, state or team."""
    given = arguments.filters
    states = tuple(s for s in given.get("state", ()) if s != "all")
    return Filter(
        teams=tuple(_team(context, name) for name in given.get("team", ())),
        severities=tuple(
            one_of(s, [str(v) for v in Severity], "severity") for s in given.get("severity", ())
        ),
        states=tuple(one_of(s, _STATES, "state") for s in states),
        controls=given.get("control", ()),
        resource=",".join(given.get("resource", ())),
        target=",".join(given.get("target", ())),
        all_states="all" in given.get("state", ()),
    )


def _team(context: Context, name: str) -> str:
    known = [team.name for team in context.organisation.teams]
    if name in known or not known:
        return name
    return one_of(name, known, "team")


def _number(arguments: Arguments, name: str, otherwise: int | None) -> int | None:
    given = arguments.options.get(name)
    if given is None:
        return otherwise
    if not given.isdigit() or len(given) > 9:
        raise UsageError(f"--{name} takes a whole number, not {given[:20]!r}.")
    return int(given)


COMMAND = Command(
    name="findings",
    summary="List what is open, worst first.",
    usage="findings [severity:high,critical] [team:NAME] [state:fixed|all] [control:ID] [resource:TEXT]",
    role=Role.ANYONE,
    run=run,
    examples=("findings", "findings severity:critical,high", "findings control:s3.public state:all"),
    options=("limit", "offset"),
    filters=("team", "severity", "state", "control", "resource", "target"),
    help="Fixed findings are left out unless you ask with state:fixed or state:all.",
)
