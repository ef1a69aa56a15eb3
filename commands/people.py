"""Who people are and what they may do. Checked on the server for every command and every click."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import time
from enum import StrEnum

from commands.routes import Routing
from scanners.errors import RefusedError
from scanners.model import Severity, Target
from storage.figures.sla import Sla
from storage.posts import Route

MOST_NAMED = 6


class Role(StrEnum):
    """What a command asks of a person, in the team of the finding it touches."""

    ANYONE = "anyone"
    MEMBER = "member"
    LEAD = "lead"
    SECURITY = "security"
    ADMIN = "admin"


# How a refusal that names no single team says who could.
_SPOKEN: Mapping[Role, str] = {
    Role.MEMBER: "a member of a team",
    Role.LEAD: "the lead of a team",
    Role.SECURITY: "one of the security people",
    Role.ADMIN: "an admin",
}


@dataclass(frozen=True, slots=True)
class Person:
    """Whoever acts. `id` is a Slack user id, "os:<name>" on a terminal, or "schedule".

    `operator` marks a terminal user who holds the store itself and has no configured identity; `behind`
    is the operating-system user who acts for `id` with --as.
    """

    id: str
    operator: bool = False
    behind: str = ""


@dataclass(frozen=True, slots=True)
class Team:
    """One team: its channel, its people, what is posted at once, and its zone.

    People are user ids, user groups, or channels (everyone in them). `aliases` are other names of the team, in
    tags or CODEOWNERS. `digest` is when the daily digest comes (None: never), `quiet` from when to when nothing is
    posted (may pass midnight); both in the team's zone. `private` hides its findings from everybody else.
    `workspace` is where the channel is, where several are served. `summary` is on which weekday (Monday is 0) and
    when, in the team's zone, its leads get the weekly summary (None: never). `sla` gives the dates of its findings (None:
    the usual days), `compare` says whether it stands in the comparison of teams.
    """

    name: str
    channel: str
    leads: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    realtime: Severity = Severity.HIGH
    timezone: str = "UTC"
    aliases: tuple[str, ...] = ()
    digest: time | None = time(9)
    quiet: tuple[time, time] | None = None
    posts_per_day: int = 20
    private: bool = False
    workspace: str = ""
    summary: tuple[int, time] | None = (0, time(9))
    sla: Sla | None = None
    compare: bool = False

    @property
    def route(self) -> Route:
        """Where this team's findings go."""
        return Route(
            self.name, self.channel, self.realtime, self.timezone, self.quiet, self.posts_per_day,
            self.digest is not None, self.private, self.workspace,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Organisation:
    """Teams, targets and roles as configured.

    `groups` holds the members of user groups and channels; `workspaces` the ids of those that are served, empty
    where there is one and nothing to keep apart. `sla` is for findings of nobody and of teams that are not configured.
    """

    teams: tuple[Team, ...] = ()
    targets: tuple[Target, ...] = ()
    security: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)
    routing: Routing = field(default_factory=Routing)
    workspaces: tuple[str, ...] = ()
    sla: Sla | None = None
    _named: Mapping[str, Team] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Names and aliases in small letters; where two fall together the name, then the first, wins."""
        pairs = [(team.name, team) for team in self.teams]
        pairs += [(alias, team) for team in self.teams for alias in team.aliases]
        object.__setattr__(self, "_named", {name.casefold(): team for name, team in reversed(pairs)})

    def team(self, name: str) -> Team | None:
        """The team of that name."""
        return next((team for team in self.teams if team.name == name), None)

    def named(self, word: str) -> Team | None:
        """The team that `word` names: its name or an alias, whatever the case and the blanks around it."""
        plain = word.strip()
        return self.team(plain) or self._named.get(plain.casefold())

    def target(self, name: str) -> Target | None:
        """The target of that name."""
        return next((target for target in self.targets if target.name == name), None)

    def home(self, name: str) -> Target | None:
        """The target of that name; of "shop.semgrep", what semgrep reported of the target shop, that target."""
        return self.target(name) or self.target(name.rpartition(".")[0])

    def route(self, team: str) -> Route | None:
        """Where findings of `team` are posted; None where it has no channel."""
        found = self.team(team)
        return found.route if found and found.channel else None

    def sla_of(self, team: str) -> Sla | None:
        """The SLA of the findings of `team`; None where the usual days count."""
        found = self.team(team)
        return found.sla if found else self.sla

    def leads(self, team: str) -> tuple[str, ...]:
        """The leads of `team` as configured: user ids or user groups."""
        found = self.team(team)
        return found.leads if found else ()

    def within(self, person: str, members: tuple[str, ...]) -> bool:
        """True where `person` is listed, or in a listed user group or channel."""
        return person in members or any(person in self.groups.get(group, ()) for group in members)

    def roles(self, person: Person, team: str) -> frozenset[Role]:
        """Every role `person` has towards findings of `team`."""
        if person.operator or person.id == "schedule":
            return frozenset(Role)
        found = {Role.ANYONE}
        owner = self.team(team)
        if owner and self.within(person.id, owner.members):
            found.add(Role.MEMBER)
        if owner and self.within(person.id, owner.leads):
            found |= {Role.MEMBER, Role.LEAD}
        if self.within(person.id, self.security):
            found |= {Role.MEMBER, Role.SECURITY}
        if self.within(person.id, self.admin):
            found |= {Role.MEMBER, Role.ADMIN}
        return frozenset(found)

    def require(self, person: Person, role: Role, team: str, verb: str, *also: Role) -> None:
        """Raise RefusedError, naming who can, unless `person` has `role`, or one of `also`, towards `team`."""
        if self.roles(person, team).intersection((role, *also)):
            return
        who = self.who_can(role, team, *also)
        raise RefusedError(f"You can't {verb} findings of {team or 'no team'}. {who}")

    def require_somewhere(self, person: Person, role: Role, verb: str) -> None:
        """As `require`, where no single team is meant: the role in any team is enough."""
        names = [team.name for team in self.teams] or [""]
        if any(role in self.roles(person, name) for name in names):
            return
        raise RefusedError(f"You can't {verb}: that takes {_SPOKEN[role]} in patrol.toml. Ask an admin.")

    def who_can(self, role: Role, team: str, *also: Role) -> str:
        """One sentence on who has `role`, or one of `also`, towards `team`: six of them at most."""
        owner = self.team(team)
        holders = {
            Role.MEMBER: (owner.members + owner.leads if owner else ()) or self.security,
            Role.LEAD: owner.leads if owner else (),
            Role.SECURITY: self.security,
            Role.ADMIN: self.admin,
        }
        people = [person for one in (role, *also) for person in holders.get(one, ())]
        if not people:
            return "Nobody has that role yet: add them to patrol.toml."
        each = list(dict.fromkeys(people))
        listed = ", ".join(_mention(person) for person in each[:MOST_NAMED])
        return f"These can: {listed}{' and more' if len(each) > MOST_NAMED else ''}."

    def visible(self, person: Person, workspace: str = "") -> frozenset[str] | None:
        """The teams whose findings `person` may see at all, asking from `workspace`; None means every team.

        A private team is seen by its own people, security and admins. Where several workspaces are served, each
        sees its own teams alone, whoever asks; without a workspace (a terminal) a person sees the teams in which
        they have a role. "" stands for what nobody owns: everybody sees it, but where there are workspaces only
        security and admins do, on a terminal or in the workspace of the default team (or the only one).
        A team that was taken out of the configuration is in no such set: it may have been private.
        """
        if person.id == "schedule" or person.operator:
            return None
        everywhere = self.within(person.id, self.security + self.admin)
        if not self.workspaces and (everywhere or not any(team.private for team in self.teams)):
            return None
        found = {team.name for team in self.teams if self._sees(person, team, workspace)}
        if not self.workspaces or (everywhere and workspace in ("", self._home())):
            found.add("")
        return frozenset(found)

    def within_walls(self, team: str, owner: str) -> bool:
        """True where `team` is configured, and in the workspace of the team `owner`, where several are served."""
        found, home = self.team(team), self.team(owner)
        return found is not None and (
            not self.workspaces or home is None or found.workspace == home.workspace
        )

    @property
    def unowned_is_unseen(self) -> bool:
        """True where no workspace shows what nobody owns: several are served, and no default team singles one out."""
        return len(self.workspaces) > 1 and not self._home()

    def seen_by(self, sees: frozenset[str] | None) -> "Organisation":
        """Without the teams, and the targets of teams, that are not in `sees` (None: nothing is left out).

        "" in `sees` stands for the targets that no team owns.
        """
        if sees is None:
            return self
        return replace(
            self,
            teams=tuple(team for team in self.teams if team.name in sees),
            targets=tuple(target for target in self.targets if target.owner in sees),
        )

    def _sees(self, person: Person, team: Team, workspace: str) -> bool:
        if self.workspaces and workspace and team.workspace != workspace:
            return False
        open_to_all = not team.private and bool(workspace or not self.workspaces)
        return open_to_all or Role.MEMBER in self.roles(person, team.name)

    def _home(self) -> str:
        """The workspace of what nobody owns; "" where none may be singled out."""
        if len(self.workspaces) == 1:
            return self.workspaces[0]
        default = self.team(self.routing.default)
        return default.workspace if default else ""


def _mention(person: str) -> str:
    return f"everyone in #{person}" if person.startswith(("C", "G")) else f"@{person}"
