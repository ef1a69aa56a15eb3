"""`findings`: list what is open, filtered and searched."""

import fnmatch
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from commands import catalogue
from commands.model import Arguments, Command, Context
from commands.parse import nearest, one_of, split
from commands.people import Role
from commands.reply import FindingList, Reply
from scanners.errors import UsageError
from scanners.model import Severity
from storage import search, selections
from storage.model import FindingView, State
from storage.queries import Filter, controls_found, counted_page, find_one, list_findings
from storage.scans import last_scans
from storage.selections import Selection

PAGE = 10
UNOWNED, OVERDUE = "unowned", "overdue"
# A few findings that the index has not reached cost less to read than to wait for a writer.
_FEW = 2_000
_MOST_DIGITS = 4
_STATES = [str(state) for state in State]


def run(context: Context, arguments: Arguments) -> Reply:
    """A page of findings on Slack; all of them on a terminal, unless --limit says otherwise."""
    wanted = as_filter(context, arguments)
    limit = number(arguments, "limit", None if context.face == "terminal" else PAGE)
    offset = number(arguments, "offset", 0) or 0
    now = context.now()
    if wanted.text or wanted.tags or wanted.resource:
        _index(context)
    with context.store.read() as connection:
        severities, found = counted_page(connection, wanted, now, limit=limit, offset=offset)
        never = not any(context.sees_target(line.target) for line in last_scans(connection))
    words = filter_words(arguments.filters)
    selection = _selected(context, arguments, wanted, found) if "select" in arguments.options else None
    return FindingList(
        findings=tuple(found),
        total=sum(severities.values()),
        offset=offset,
        by_severity=severities,
        filter_text=words,
        as_of=now,
        titles=catalogue.titles(found),
        never_scanned=never,
        selection=selection,
    )


def _index(context: Context) -> None:
    """The answer is right without it, and slower the more is left to index."""
    with context.store.read() as connection:
        late = search.behind(connection)
    if late > _FEW and not context.store.read_only:
        search.keep_up(context.store)


def _selected(
    context: Context, arguments: Arguments, wanted: Filter, listed: Sequence[FindingView]
) -> Selection:
    """All that fits now, or just the page where one was asked for; what comes later is not in it."""
    now, words = context.now(), f"findings {filter_words(arguments.filters)}".strip()
    page = "limit" in arguments.options or "offset" in arguments.options
    with context.store.write() as connection:
        found = listed if page else list_findings(connection, wanted, now, limit=selections.MOST + 1)
        ids = [view.finding.id for view in found]
        return selections.freeze(connection, ids, context.actor.id, words, now)


def freeze_shown(context: Context, ids: Sequence[str], words: str) -> Selection:
    """Just these findings, as they were shown to the actor. Raises UsageError for one that is not there."""
    now = context.now()
    with context.store.write() as connection:
        known = [find_one(connection, one, now, sees=context.sees).finding.id for one in ids]
        return selections.freeze(connection, list(dict.fromkeys(known)), context.actor.id, words, now)


def looking_for(typed: str) -> Arguments:
    """What a person typed into one box: filters as in the command, every other word is searched.

    Raises UsageError for an open quote.
    """
    filters: dict[str, tuple[str, ...]] = {}
    plain: list[str] = []
    for word in split(typed):
        name, colon, value = word.partition(":")
        if colon and name in COMMAND.filters and value:
            filters[name] = (*filters.get(name, ()), *filter(None, value.split(",")))
        else:
            plain.append(word)
    if plain:
        filters["text"] = (*filters.get("text", ()), " ".join(plain))
    return Arguments((), {}, filters, typed)


def as_filter(context: Context, arguments: Arguments) -> Filter:
    """The filter of the words given. Raises UsageError for an unknown severity, state, team or due date."""
    given = arguments.filters
    states = tuple(s for s in given.get("state", ()) if s != "all")
    text = " ".join(given.get("text", ()))
    return Filter(
        teams=tuple(_team(context, name) for name in given.get("team", ())),
        severities=tuple(
            one_of(s, [str(v) for v in Severity], "severity") for s in given.get("severity", ())
        ),
        states=tuple(one_of(s, _STATES, "state") for s in states),
        controls=_controls(context, given.get("control", ())),
        resource=",".join(given.get("resource", ())),
        target=",".join(given.get("target", ())),
        all_states="all" in given.get("state", ()),
        sees=context.sees,
        text=text,
        tags=given.get("tag", ()),
        regions=given.get("region", ()),
        due_by=_due_by(given.get("due", ()), context.now()),
        titles={known: control.title for known, control in catalogue.controls().items()} if text else {},
    )


def filter_words(filters: Mapping[str, Sequence[str]]) -> str:
    """The filters as a person would type them again."""
    return " ".join(_word(f"{name}:{','.join(values)}") for name, values in filters.items())


def _word(word: str) -> str:
    """In quotes where it holds spaces or quotes. No word can hold both quotes; searched text needs neither."""
    if not any(letter.isspace() or letter in "\"'" for letter in word):
        return word
    quote = "'" if '"' in word else '"'
    return quote + word.replace(quote, " ") + quote


def _team(context: Context, name: str) -> str:
    known = [team.name for team in context.organisation.teams]
    if name == UNOWNED and name not in known:
        return ""
    if name in known or not known:
        return name
    return one_of(name, [*known, UNOWNED], "team")


def _controls(context: Context, given: Sequence[str]) -> tuple[str, ...]:
    """The controls named, a * standing for anything. Raises UsageError where one names none: a build that asks
    for what isn't there must not be told that all is clean."""
    known = dict.fromkeys(catalogue.known())
    if not known.keys() >= set(given):
        with context.store.read() as connection:  # of an import, or retired since
            known |= dict.fromkeys(controls_found(connection, context.sees))
    return tuple(dict.fromkeys(name for word in given for name in _named(word, known)))


def _named(word: str, known: Collection[str]) -> list[str]:
    found = fnmatch.filter(known, word.lower())
    if not found:
        near = nearest(word, known)
        hint = f" Did you mean {near}?" if near else ""
        raise UsageError(
            f"There is no control {word[:60]!r}.{hint} Part of a name may be a star, such as s3.*."
        )
    return found


def _due_by(given: Sequence[str], now: datetime) -> datetime | None:
    """The latest date that was asked for: overdue is until now, "7d" the next seven days as well."""
    if not given:
        return None
    return max(now if word == OVERDUE else now + timedelta(days=_days(word)) for word in given)


def _days(word: str) -> int:
    number = word.removesuffix("d")
    plain = number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS
    if word == number or not plain:
        raise UsageError(f"due: takes {OVERDUE} or a number of days such as 7d, not {word[:20]!r}.")
    return int(number)


def number(arguments: Arguments, name: str, otherwise: int | None) -> int | None:
    """The whole number of an option, `otherwise` where it was not given. Raises UsageError for anything else."""
    given = arguments.options.get(name)
    if given is None:
        return otherwise
    if not given.isdigit() or len(given) > 9:
        raise UsageError(f"--{name} takes a whole number, not {given[:20]!r}.")
    return int(given)


COMMAND = Command(
    name="findings",
    summary="List what is open, worst first, and search it.",
    usage=(
        'findings [severity:high,critical] [team:NAME|unowned] [state:fixed|all] [text:"WORDS"]'
        " [resource:PART] [tag:KEY=VALUE] [region:NAME] [control:ID|s3.*] [target:NAME] [due:overdue|7d] [--select]"
    ),
    role=Role.ANYONE,
    run=run,
    examples=(
        "findings",
        "findings severity:critical,high due:7d",
        'findings text:"invoices public"',
        "findings tag:env=prod team:unowned",
        "findings control:s3.public state:all",
    ),
    options=("limit", "offset"),
    flags=("select",),
    filters=(
        "severity",
        "team",
        "state",
        "text",
        "resource",
        "tag",
        "region",
        "control",
        "target",
        "due",
    ),
    help=(
        "Fixed findings are left out unless you ask with state:fixed or state:all. text: finds words by their"
        " beginnings, in names, tags, regions, controls and their titles; resource: finds any part of a name."
        " Several values of one filter mean any of them; several filters, or tags of different keys, mean all."
        " --select keeps all that fits (with --limit, the page) for a day, so that you can decide on all of it at once."
    ),
)
