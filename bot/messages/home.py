"""The App Home: what is due in my teams, how far to trust it, and where to start."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.blockkit import fit_view
from bot.messages import buttons
from bot.messages.draft import Draft
from bot.messages.gaps import grouped, told
from bot.messages.lines import line
from bot.messages.words import SEVERITY_MARK, age, count, inline, name, severities, severity_label, slack_date
from commands import catalogue
from commands.people import Organisation, Person, Role
from storage import holds
from storage.model import FindingView, short
from storage.pictures import Connection, soonest_due
from storage.queries import Filter, count_by
from storage.scans import ScanLine, last_scans

MOST_FINDINGS = 10
WITH_BUTTONS = 3
MOST_SCANS = 10


@dataclass(frozen=True, slots=True)
class HomeSubject:
    """What one person's home shows. `teams` are those whose findings the person may decide on."""

    user: str
    teams: tuple[str, ...]
    findings: tuple[FindingView, ...]
    by_severity: Mapping[str, int]
    scans: tuple[ScanLine, ...]
    targets: int
    held: int
    as_of: datetime
    titles: Mapping[str, str] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """All open findings of the person's teams."""
        return sum(self.by_severity.values())


def home_subject(connection: Connection, organisation: Organisation, user: str, now: datetime) -> HomeSubject:
    """Read what `user` (a Slack user id) should see. Security and admins see every team."""
    person = Person(user)
    teams = tuple(
        team.name for team in organisation.teams if Role.MEMBER in organisation.roles(person, team.name)
    )
    views = soonest_due(connection, teams, now, MOST_FINDINGS, sees=frozenset(teams))
    counts = count_by(connection, Filter(sees=frozenset(teams)), now, "severity")
    return HomeSubject(
        user=user,
        teams=teams,
        findings=tuple(views),
        by_severity=counts,
        scans=tuple(last_scans(connection)),
        targets=len(organisation.targets),
        held=len(holds.waiting(connection)),
        as_of=now,
        titles={view.finding.control: catalogue.title(view.finding.control) for view in views},
    )


def home_view(subject: HomeSubject) -> dict[str, Any]:
    """The view for `views.publish`."""
    draft = Draft()
    draft.title(_headline(subject))
    _team_line(draft, subject)
    _due(draft, subject)
    draft.line()
    _health(draft, subject)
    row = buttons.page("All of my teams", "findings", _words(subject)) if subject.teams else []
    draft.buttons(
        *row, buttons.run("Status", "status", "status"), buttons.run("Help", "help", "help"), block_id="home"
    )
    draft.note(f"As of {slack_date(subject.as_of)}. Open this tab again to bring it up to date.")
    return fit_view({"type": "home", "blocks": draft.blocks})


def _headline(subject: HomeSubject) -> str:
    if not subject.teams:
        return "Welcome to Patrol"
    return f"{count(subject.total, 'open finding')} in {count(len(subject.teams), 'team')}"


def _team_line(draft: Draft, subject: HomeSubject) -> None:
    if not subject.teams:
        draft.say(
            "You are in no team yet, so nothing is listed here. Ask an admin to add"
            f" {name(subject.user)} to a team in patrol.toml. `/patrol findings` shows what is open anyway."
        )
        return
    listed = ", ".join(inline(team) for team in subject.teams[:8])
    more = f" and {len(subject.teams) - 8} more" if len(subject.teams) > 8 else ""
    draft.say(f"{listed}{more}: {severities(subject.by_severity)}.")


def _due(draft: Draft, subject: HomeSubject) -> None:
    if not subject.teams:
        return
    if not subject.findings:
        draft.say("Nothing waits for you." if subject.scans else "Nothing has been scanned yet.")
        return
    draft.say("*Due first*")
    for at, view in enumerate(subject.findings):
        severity = view.finding.severity
        title = inline(subject.titles.get(view.finding.control, view.finding.control), 100)
        draft.say(
            f"{SEVERITY_MARK[severity]} {severity_label(severity)} · {title}", line(view, subject.as_of)
        )
        if at < WITH_BUTTONS:
            draft.buttons(*buttons.for_finding(view), block_id=f"finding-{short(view.finding.id)}")
    more = subject.total - len(subject.findings)
    if more > 0:
        draft.note(f"and {more:,} more: {name('/patrol ' + _words(subject), 300)}")


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
    return f"findings team:{','.join(subject.teams)}"
