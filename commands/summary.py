"""`summary`: are we on track, what is late, what is to be decided; and the list behind each of its numbers."""

from collections import Counter
from datetime import date

from commands import catalogue
from commands.findings import PAGE, number
from commands.model import Arguments, Command, Context
from commands.parse import one_of
from commands.people import Role, Team
from commands.reply import FindingList, Reply
from commands.summary_build import Reading, Report, figures_settings, summed_up
from scanners.errors import RefusedError, UsageError
from storage import history
from storage import progress_snapshots as snapshots
from storage.figures.lens import WINDOWS
from storage.figures.parts import PARTS
from storage.figures.values import COMPANY, View
from storage.model import FindingView
from storage.pictures import Connection, views_of
from storage.progress_lists import lines

# Up to so many events the figures are worked out at once, in less than a second; beyond, the newest snapshot is read.
LIVE_EVENTS = 50_000
ALL = "all"
_AT_ONCE = 500


def run(context: Context, arguments: Arguments) -> Reply:
    """The summary as it would be now (of a past day with --day), or with --show the list behind one number."""
    view = _view(context, arguments)
    days = _days(arguments)
    part = arguments.options.get("show", "")
    if part:
        part = one_of(part, PARTS, "part of a summary")
    with context.store.read() as connection:
        reading = _reading(context, connection, view, _day(arguments))
        if part:
            return _list(context, connection, reading, part, days, arguments)
        return summed_up(
            context, connection, reading, days, sees=context.sees, sees_target=context.sees_target,
            teams=[team.name for team in context.organisation.teams],
            compared=[team.name for team in context.organisation.teams if team.compare] if view == COMPANY else (),
        )  # fmt: skip


def _view(context: Context, arguments: Arguments) -> View:
    """The team that was named, else the channel's, else the person's own, else everything where that may be seen."""
    given = (*arguments.words, *arguments.filters.get("team", ()))
    if len(given) > 1:
        raise UsageError(f"One team at a time, not {len(given)}. Usage: {COMMAND.usage}")
    if given:
        return _named(context, given[0])
    teams = context.organisation.teams
    here = [team for team in teams if context.channel and team.channel == context.channel]
    mine = [team for team in teams if _belongs(context, team)]
    for choice in (here, mine, teams):
        if len(choice) == 1:
            return View("team", choice[0].name)
    if context.sees is None and (context.face == "terminal" or not teams):
        return COMPANY
    listed = ", ".join(team.name for team in teams) or "none yet: add a [[team]] to patrol.toml"
    more = f", or {ALL}" if context.sees is None else ""
    raise UsageError(f"Whose summary? Teams: {listed}{more}.")


def _named(context: Context, word: str) -> View:
    found = context.organisation.named(word)
    if found is not None:
        return View("team", found.name)
    if word.casefold() == ALL:
        if context.sees is not None:
            raise RefusedError("`summary all` is for those who may see every team. Ask for one team.")
        return COMPANY
    name = one_of(word, [team.name for team in context.organisation.teams], "team")
    return View("team", name)


def _belongs(context: Context, team: Team) -> bool:
    return context.organisation.within(context.actor.id, team.members + team.leads)


def _days(arguments: Arguments) -> int:
    given = arguments.options.get("days", "30").removesuffix("d")
    if given not in map(str, WINDOWS):
        raise UsageError(f"--days takes {', '.join(map(str, WINDOWS))}, not {given[:20]!r}.")
    return int(given)


def _day(arguments: Arguments) -> date | None:
    given = arguments.options.get("day", "")
    try:
        return date.fromisoformat(given) if given else None
    except ValueError:
        raise UsageError(f"--day takes a date such as 2026-11-24, not {given[:20]!r}.") from None


def _reading(context: Context, connection: Connection, view: View, day: date | None) -> Reading:
    """Worked out now where the ledger is small; else, or with `day`, as it was told that day."""
    if day is None and history.newest_seq(connection) <= LIVE_EVENTS:
        measured = snapshots.measure(connection, context.now(), figures_settings(context))
        views = measured.views
        return Reading(
            view, measured.basis, _known(views.get(str(view)), view), lambda one: views.get(str(one))
        )
    at = day or snapshots.newest_day(connection)
    if at is None:
        raise UsageError(
            "No daily figures yet: `patrol serve` takes them once a day, from the first scan on."
        )
    return taken(connection, view, at)


def taken(connection: Connection, view: View, day: date) -> Reading:
    """What was told of a view on a day. Raises UsageError where nothing was."""
    basis = snapshots.basis_of(connection, day)
    if basis is None:
        raise UsageError(f"No figures were taken on {day}; such a day is not made up later.")
    report = _known(snapshots.of_day(connection, view, day), view)
    return Reading(view, basis, report, lambda one: snapshots.of_day(connection, one, day), day.isoformat())


def _known(report: Report | None, view: View) -> Report:
    if report is None:
        raise UsageError(
            f"There is nothing to sum up for {view.name or ALL} yet: no finding, and no target of its own."
        )
    return report


def _list(
    context: Context, connection: Connection, reading: Reading, part: str, days: int, arguments: Arguments
) -> FindingList:
    """As many lines as the number said, as each finding stands now.

    Of one that went to a team which the person may not see, the line is counted and not shown.
    """
    found = lines(connection, reading.basis, reading.view, part, days)
    limit = number(arguments, "limit", None if context.face == "terminal" else PAGE)
    offset = number(arguments, "offset", 0) or 0
    page = found[offset:] if limit is None else found[offset : offset + limit]
    now = context.now()
    views: dict[str, FindingView] = {}
    for start in range(0, len(page), _AT_ONCE):
        ids = {line.finding for line in page[start : start + _AT_ONCE]}
        views |= views_of(connection, ids, now, sees=context.sees)
    shown = tuple(views[line.finding] for line in page if line.finding in views)
    return FindingList(
        findings=shown, total=len(found), offset=offset, by_severity=Counter(line.severity for line in found),
        filter_text="", as_of=now,
        titles=catalogue.titles(shown),
        words=f"{words_of(reading.view, days, reading.day)} --show {part}",
    )  # fmt: skip


def words_of(view: View, days: int, day: str) -> str:
    """The command that gives this summary again."""
    of_day = f" --day {day}" if day else ""
    return f"summary {view.name or ALL} --days {days}{of_day}"


COMMAND = Command(
    name="summary",
    summary="Are we on track, what is late, what is to be decided.",
    usage="summary [team:NAME|TEAM|all] [--days 30|7|90] [--show PART] [--day DATE]",
    role=Role.ANYONE,
    run=run,
    examples=("summary", "summary payments --days 7", "summary payments --show late", "summary all"),
    options=("days", "show", "day", "limit", "offset"),
    filters=("team",),
    most_words=1,
    help=(
        "Leads get it every week. --show lists what stands behind a number: "
        + ", ".join(PARTS)
        + ". With --day it"
        " is as it was told that day. What each number means: docs/metrics.md."
    ),
)
