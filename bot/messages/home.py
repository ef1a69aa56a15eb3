"""The App Home: what waits for me, what is due in my teams, the last thirty days, how far to trust it, a search."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.blockkit import button, fit_view
from bot.messages import buttons
from bot.messages.draft import Draft
from bot.messages.gaps import grouped, told
from bot.messages.lines import line
from bot.messages.standings import waits
from bot.messages.words import (
    SEVERITY_MARK,
    age,
    count,
    due,
    inline,
    name,
    severities,
    severity_label,
    slack_date,
)
from commands import catalogue
from commands.approve import may_approve
from commands.findings import UNOWNED
from commands.model import Context
from commands.people import Role
from storage import holds
from storage.model import FindingView, State, short
from storage.pictures import Connection, people, soonest_due
from storage.progress import Cohort, thirty_days
from storage.queries import Filter, count_by
from storage.related import waiting
from storage.scans import ScanLine, last_scans

MOST_FINDINGS = 10
WITH_BUTTONS = 3
MOST_SCANS = 10
MOST_WAITING = 5
# What is still to be fixed: neither settled nor hidden by a decision.
_DUE = tuple(
    map(str, (State.OPEN, State.REGRESSED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.FIX_CLAIMED))
)


@dataclass(frozen=True, slots=True)
class HomeSubject:
    """What one person's home shows. `teams` are those whose findings the person may decide on.

    `findings` begin at `offset` of all that are due; `asked` are those on which this person may answer.
    """

    user: str
    teams: tuple[str, ...]
    findings: tuple[FindingView, ...]
    by_severity: Mapping[str, int]
    scans: tuple[ScanLine, ...]
    targets: int
    held: int
    as_of: datetime
    titles: Mapping[str, str] = field(default_factory=dict)
    offset: int = 0
    asked: tuple[FindingView, ...] = ()
    month: Cohort = field(default_factory=Cohort)
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All open findings of the person's teams."""
        return sum(self.by_severity.values())

    @property
    def named(self) -> tuple[str, ...]:
        """The teams as people call them; what nobody owns is "unowned"."""
        return tuple(team or UNOWNED for team in self.teams)


def home_subject(connection: Connection, context: Context, offset: int = 0) -> HomeSubject:
    """Read what the context's actor should see, from the `offset`th finding on. Security and admins see every team."""
    now, teams = context.now(), _teams(context)
    sees = frozenset(teams)
    views = soonest_due(connection, teams, now, MOST_FINDINGS, offset=offset, sees=sees)
    if offset and not views:  # the page is gone: its findings were fixed meanwhile
        return home_subject(connection, context, max(0, offset - MOST_FINDINGS))
    asked = [view for view in waiting(connection, teams, now) if may_approve(context, view.finding)]
    shown = [*views, *asked]
    return HomeSubject(
        user=context.actor.id,
        teams=teams,
        findings=tuple(views),
        by_severity=count_by(connection, Filter(teams=teams, states=_DUE), now, "severity") if teams else {},
        scans=tuple(line for line in last_scans(connection) if context.sees_target(line.target)),
        targets=len(context.organisation.targets),
        held=sum(context.sees_target(hold.target) for hold in holds.waiting(connection)),
        as_of=now,
        titles=catalogue.titles(shown),
        offset=offset,
        asked=tuple(asked),
        month=thirty_days(connection, teams, now) if teams else Cohort(),
        names=people(connection) if asked else {},
    )


def _sees(context: Context, team: str) -> bool:
    return context.sees is None or team in context.sees


def _teams(context: Context) -> tuple[str, ...]:
    """Those that the actor may decide for, from where they ask; "" last, for who decides on what nobody owns."""
    organisation = context.organisation
    names = [*(team.name for team in organisation.teams), ""]
    return tuple(
        name
        for name in names
        if Role.MEMBER in organisation.roles(context.actor, name) and _sees(context, name)
    )


def home_view(subject: HomeSubject) -> dict[str, Any]:
    """The view for `views.publish`."""
    draft = Draft()
    draft.title(_headline(subject))
    _team_line(draft, subject)
    draft.buttons(button("Search ...", buttons.SEARCH, "search"), *_rows(subject), block_id="home")
    _asked(draft, subject)
    _due(draft, subject)
    draft.line()
    _health(draft, subject)
    draft.note(f"As of {slack_date(subject.as_of)}. Open this tab again to bring it up to date.")
    return fit_view({"type": "home", "blocks": draft.blocks})


def month_line(month: Cohort) -> str:
    """ "Of 52 findings open 30 days ago: 41 fixed, 3 accepted, 8 open."; "" where none was. Counts only."""
    if not month.total:
        return ""
    said = [
        (month.fixed, "fixed"), (month.confirmed, "closed on a person's word"), (month.accepted, "accepted"),
        (month.dropped, "no longer checked"), (month.open, "open"),
    ]  # fmt: skip
    parts = [f"{number:,} {what}" for number, what in said if number]
    return f"Of {count(month.total, 'finding')} open 30 days ago: {', '.join(parts)}."


def _rows(subject: HomeSubject) -> list[buttons.Button]:
    every = buttons.page("All of my teams", "findings", _words(subject)) if subject.teams else []
    return [*every, buttons.run("Status", "status", "status"), buttons.run("Help", "help", "help")]


def _headline(subject: HomeSubject) -> str:
    if not subject.teams:
        return "Welcome to Patrol"
    return (
        f"{count(subject.total, 'open finding')} in {count(len(list(filter(None, subject.teams))), 'team')}"
    )


def _team_line(draft: Draft, subject: HomeSubject) -> None:
    if not subject.teams:
        draft.say(
            "You are in no team yet, so nothing is listed here. Ask an admin to add"
            f" {name(subject.user)} to a team in patrol.toml. `/patrol findings` shows what is open anyway."
        )
        return
    listed = ", ".join(inline(team) for team in subject.named[:8])
    more = f" and {len(subject.named) - 8} more" if len(subject.named) > 8 else ""
    draft.say(f"{listed}{more}: {severities(subject.by_severity)}.", month_line(subject.month))


def _asked(draft: Draft, subject: HomeSubject) -> None:
    """What only a second person can decide, and this one may."""
    if not subject.asked:
        return
    draft.say(f"*Waiting for your answer* ({len(subject.asked):,})")
    for view in subject.asked[:MOST_WAITING]:
        finding, identity = view.finding, view.finding.id
        which = f"{name(finding.resource_id)} · {inline(finding.team or UNOWNED)} · {due(finding.due, subject.as_of)}"
        draft.say(_heading(view, subject), which, *waits(view, subject.as_of, subject.names))
        row = [*buttons.answers(view, subject.as_of), buttons.details(identity)]
        draft.buttons(*row, block_id=f"asked-{short(identity)}")
    more = len(subject.asked) - MOST_WAITING
    if more > 0:
        draft.note(f"and {more:,} more, shown here once these are answered")


def _heading(view: FindingView, subject: HomeSubject) -> str:
    severity = view.finding.severity
    title = inline(subject.titles.get(view.finding.control, view.finding.control), 100)
    return f"{SEVERITY_MARK[severity]} {severity_label(severity)} · {title}"


def _due(draft: Draft, subject: HomeSubject) -> None:
    if not subject.teams:
        return
    if not subject.findings:
        draft.say("Nothing waits for you." if subject.scans else "Nothing has been scanned yet.")
        return
    draft.say("*Due first*" + (f" (from {subject.offset + 1:,} on)" if subject.offset else ""))
    for at, view in enumerate(subject.findings):
        identity = view.finding.id
        told = (_heading(view, subject), line(view, subject.as_of))
        if at < WITH_BUTTONS:
            draft.say(*told)
            row = buttons.for_finding(view, subject.as_of, details=True)
            draft.buttons(*row, block_id=f"finding-{short(identity)}")
        else:
            draft.say(*told, accessory=buttons.details(identity))
    _pages(draft, subject)


def _pages(draft: Draft, subject: HomeSubject) -> None:
    until = subject.offset + len(subject.findings)
    more = subject.total - until
    row: list[buttons.Button] = []
    if subject.offset:
        row.append(button("Previous", buttons.HOME + "previous", str(max(0, subject.offset - MOST_FINDINGS))))
    if more > 0 and len(subject.findings) == MOST_FINDINGS:
        row.append(button(f"Next {min(more, MOST_FINDINGS)}", buttons.HOME + "next", str(until)))
        draft.note(f"and {more:,} more: {name('/patrol ' + _words(subject), 300)}")
    draft.buttons(*row, block_id="home-pages")


def _health(draft: Draft, subject: HomeSubject) -> None:
    draft.say("*How far to trust this*")
    if not subject.scans:
        draft.say(
            f"{count(subject.targets, 'target')} configured, none scanned yet. Start with `/patrol scan`."
        )
        return
    for scan in subject.scans[:MOST_SCANS]:
        draft.say(*_scan(scan, subject.as_of))
    missing = subject.targets - len(subject.scans)
    if missing > 0:
        draft.say(f"{count(missing, 'target')} never scanned: `/patrol status` names them.")
    if subject.held:
        draft.say(
            f"{count(subject.held, 'hold')}: closings that wait for a second scan; see `/patrol status`."
        )


def _scan(scan: ScanLine, now: datetime) -> list[str]:
    whole = (
        "everything was checked"
        if not scan.gaps
        else f"{len(scan.gaps):,} of {scan.checks:,} checks have gaps"
    )
    first = f"{name(scan.target)}: scanned {age(scan.started, now)}, {whole}."
    return [first, *(told(gap) for gap in grouped(scan.gaps)[:2])]


def _words(subject: HomeSubject) -> str:
    return f"findings team:{','.join(subject.named)}"
