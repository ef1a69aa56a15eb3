"""Who people are and what they may do. Checked on the server for every command and every click."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from scanners.errors import RefusedError
from scanners.model import Severity, Target
from storage.posts import Route


class Role(StrEnum):
    """What a command asks of a person, in the team of the finding it touches."""

    ANYONE = "anyone"
    MEMBER = "member"
    LEAD = "lead"
    SECURITY = "security"
    ADMIN = "admin"


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
    """One team: its channel, its people (user ids or user groups), what is posted at once, its zone."""

    name: str
    channel: str
    leads: tuple[str, ...] = ()
    members: tuple[str, ...] = ()
    realtime: Severity = Severity.HIGH
    timezone: str = "UTC"

    @property
    def route(self) -> Route:
        """Where this team's findings go."""
        return Route(self.name, self.channel, self.realtime, self.timezone)


@dataclass(frozen=True, slots=True)
class Organisation:
    """Teams, targets and roles as configured. `groups` holds the members of Slack user groups."""

    teams: tuple[Team, ...] = ()
    targets: tuple[Target, ...] = ()
    security: tuple[str, ...] = ()
    admin: tuple[str, ...] = ()
    groups: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def team(self, name: str) -> Team | None:
        """The team of that name."""
        return next((team for team in self.teams if team.name == name), None)

    def target(self, name: str) -> Target | None:
        """The target of that name."""
        return next((target for target in self.targets if target.name == name), None)

    def route(self, team: str) -> Route | None:
        """Where findings of `team` are posted; None where it has no channel."""
        found = self.team(team)
        return found.route if found and found.channel else None

    def leads(self, team: str) -> tuple[str, ...]:
        """The leads of `team` as configured: user ids or user groups."""
        found = self.team(team)
        return found.leads if found else ()

    def within(self, person: str, members: tuple[str, ...]) -> bool:
        """True where `person` is listed, or in a listed user group."""
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

    def require(self, person: Person, role: Role, team: str, verb: str) -> None:
        """Raise RefusedError, naming who can, unless `person` has `role` towards `team`."""
        if role in self.roles(person, team):
            return
        raise RefusedError(f"You can't {verb} findings of {team or 'no team'}. {self._who_can(role, team)}")

    def require_somewhere(self, person: Person, role: Role, verb: str) -> None:
        """As `require`, where no single team is meant: the role in any team is enough."""
        names = [team.name for team in self.teams] or [""]
        if any(role in self.roles(person, name) for name in names):
            return
        raise RefusedError(f"You can't {verb}: that takes a {role} of a team in patrol.toml. Ask an admin.")

    def _who_can(self, role: Role, team: str) -> str:
        owner = self.team(team)
        people = {
            Role.MEMBER: (owner.members + owner.leads if owner else ()) or self.security,
            Role.LEAD: owner.leads if owner else (),
            Role.SECURITY: self.security,
            Role.ADMIN: self.admin,
        }.get(role, ())
        if not people:
            return "Nobody has that role yet: add them to patrol.toml."
        listed = ", ".join(_mention(person) for person in people[:6])
        return f"These can: {listed}{' and more' if len(people) > 6 else ''}."


def _mention(person: str) -> str:
    return f"@{person}"
