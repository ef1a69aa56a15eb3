"""Figures to a summary: the names behind the numbers, and only of what the one who reads may see."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from commands import catalogue
from commands.model import Context
from commands.summary_model import ControlRow, Named, Summary
from commands.verdict import verdict
from scanners.model import Json
from storage.clock import iso, parse
from storage.figures.comparison import Compared, compare
from storage.figures.lens import SOON
from storage.figures.summary import summary
from storage.figures.values import COMPANY, View
from storage.model import FindingView, State
from storage.pictures import Connection, people, views_of
from storage.progress_snapshots import Basis, Settings
from storage.queries import TO_FIX, Filter, Sees, list_findings

NAMED = 3
_OPEN = (*map(str, TO_FIX), str(State.SNOOZED))  # as the figures mean it
_SPARE = 20
Report = Mapping[str, Json]


@dataclass(frozen=True)
class Reading:
    """The figures of one view and what they rest on. `other` gives another view's of the same moment.

    `day` is the day of the snapshot, "" where they were worked out just now.
    """

    view: View
    basis: Basis
    report: Report
    other: Callable[[View], Report | None]
    day: str = ""


def figures_settings(context: Context) -> Settings:
    """How the company's figures are worked out: in the default team's time zone, or in the one that all teams share."""
    whole = context.whole
    default = whole.team(whole.routing.default)
    zones = {team.timezone for team in whole.teams}
    return Settings(default.timezone if default else zones.pop() if len(zones) == 1 else "UTC")


def summed_up(
    context: Context, connection: Connection, reading: Reading, days: int, *, sees: Sees,
    sees_target: Callable[[str], bool], teams: Sequence[str], compared: Sequence[str] = (),
) -> Summary:  # fmt: skip
    """The summary of a reading. `sees` and `sees_target` are the reader's walls; `teams` those that may be thanked,
    `compared` those that may be compared.
    """
    report, basis, team = reading.report, reading.basis, reading.view.name
    document = _walled(summary(report, days), sees_target)
    today = basis.as_of.astimezone(ZoneInfo(basis.settings.zone)).date()
    word, reason = verdict(report, today)
    found = context.whole.team(team) if team else None
    wanted = Filter(teams=(team,) if team else (), states=_OPEN, sees=sees)
    late, due = _dated(connection, wanted, document, basis.as_of, context.now())
    named = _views(connection, report, context.now(), sees)
    return Summary(
        document, word, reason, late, due, _oldest(report, named), _fix(report, named),
        report["waiting"], report["expiring"], _thanks(reading, days, teams), _controls(report), reading.day,
        leads=found.leads if found else (), names=_names(connection, found.leads if found else ()),
        arrived=report["arrived_open"],
        longest={name: one["longest_open_days"] for name, one in report["time_to_fix"].items() if one["open"]},
        compared=_compared(reading, compared),
    )  # fmt: skip


def _walled(document: dict[str, Json], sees_target: Callable[[str], bool]) -> dict[str, Json]:
    """Without the gaps of targets that the reader may not know of; they leave the denominator as well."""
    coverage = document["coverage"]
    gaps = [gap for gap in coverage["gaps"] if sees_target(gap["target"])]
    of = coverage["of"] - len(coverage["gaps"]) + len(gaps)
    return {**document, "coverage": {**coverage, "of": of, "gaps": gaps}}


def _dated(
    connection: Connection, wanted: Filter, document: Mapping[str, Json], as_of: datetime, now: datetime
) -> tuple[tuple[Named, ...], tuple[Named, ...]]:
    """Three of what is late and three of what falls due, by name."""
    parts = document["sla"].values()
    late, due = sum(part["breached"] for part in parts), sum(part["due_7d"] for part in parts)
    past, soon = replace(wanted, due_by=as_of), replace(wanted, due_by=as_of + SOON, due_after=as_of)
    # The days of an acceptance that has ended may move a date once more: a few are read to spare.
    overdue = list_findings(connection, past, now, limit=NAMED + _SPARE) if late else []
    coming = list_findings(connection, soon, now, limit=NAMED, soonest=True) if due else []
    return (
        tuple(_named(view, view.finding.due) for view in overdue if view.finding.due <= as_of)[:NAMED],
        tuple(_named(view, view.finding.due) for view in coming),
    )


def _views(connection: Connection, report: Report, now: datetime, sees: Sees) -> Mapping[str, FindingView]:
    ids = {one["finding"] for part in ("oldest", "fixes") for one in report[part]}
    return views_of(connection, ids, now, sees=sees)


def _oldest(report: Report, named: Mapping[str, FindingView]) -> tuple[Named, ...]:
    known = [one for one in report["oldest"] if one["finding"] in named]
    return tuple(_named(named[one["finding"]], parse(one["opened_at"])) for one in known[:NAMED])


def _fix(report: Report, named: Mapping[str, FindingView]) -> Named | None:
    """The open one whose fix raises the score most: an accepted risk counts as well, but nobody is asked to fix it."""
    for one in report["fixes"]:
        view = named.get(one["finding"])
        if view is not None and str(view.state) in _OPEN:
            return _named(view, parse(one["due"]), one["delta"] or 0)
    return None


def _named(view: FindingView, at: datetime, delta: int = 0) -> Named:
    one = view.finding
    title = catalogue.title_of(view)
    return Named(one.id, one.control, title, one.resource_id, str(one.severity), iso(at), delta)


def _thanks(reading: Reading, days: int, teams: Sequence[str]) -> dict[str, int]:
    """Team -> fixes proven in the window. Teams, never persons."""
    names = teams if reading.view == COMPANY else (reading.view.name,)
    each = {name: reading.other(View("team", name)) for name in names}
    fixed = {name: report["windows"][str(days)]["fixed"] for name, report in each.items() if report}
    return {name: number for name, number in fixed.items() if number}


def _compared(reading: Reading, teams: Sequence[str]) -> tuple[Compared, ...]:
    each = {team: reading.other(View("team", team)) for team in teams}
    return tuple(compare({team: report for team, report in each.items() if report}))


def _controls(report: Report) -> tuple[ControlRow, ...]:
    """Most open first."""
    rows = [
        ControlRow(name, catalogue.title(name), opened, fixed)
        for name, (opened, fixed) in report["controls"].items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.open, -row.fixed, row.control)))


def _names(connection: Connection, leads: Sequence[str]) -> dict[str, str]:
    known = people(connection) if leads else {}
    return {lead: known[lead] for lead in leads if lead in known}
