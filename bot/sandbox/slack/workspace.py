"""Who and what is in the workspace."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DEFAULT_SCOPES = frozenset(
    {
        "channels:history",
        "channels:read",
        "chat:write",
        "commands",
        "groups:history",
        "groups:read",
        "usergroups:read",
        "users:read",
    }
)


@dataclass(frozen=True, slots=True)
class User:
    """A person; `role` is shown in the who-am-I switch and means nothing to Slack."""

    id: str
    name: str
    real_name: str
    tz: str = "Europe/Berlin"
    role: str = ""


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; the bot is in it where `bot_inside`."""

    id: str
    name: str
    private: bool = False
    bot_inside: bool = True


@dataclass(frozen=True, slots=True)
class UserGroup:
    """A user group (S...)."""

    id: str
    handle: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Workspace:
    """One workspace with one app installed. `events` are the event types that the app subscribed to."""

    name: str
    users: tuple[User, ...]
    channels: tuple[Channel, ...]
    groups: tuple[UserGroup, ...] = ()
    scopes: frozenset[str] = DEFAULT_SCOPES
    commands: tuple[str, ...] = ("/patrol",)
    events: frozenset[str] = frozenset({"app_home_opened"})
    shortcuts: frozenset[str] = frozenset()
    should_escape: bool = True
    team_id: str = "T0ACME"
    app_id: str = "A0PATROL"
    bot_id: str = "B0PATROL"
    bot_user: str = "U0PATROL"
    bot_name: str = "Patrol"
    usage_hint: str = ""
    tokens: dict[str, str] = field(default_factory=dict)

    def user(self, identity: str) -> User | None:
        """The person of that id."""
        return next((user for user in self.users if user.id == identity), None)


def from_manifest(workspace: Workspace, manifest: Path) -> Workspace:
    """`workspace` with the scopes, events and commands that the app's manifest asks for."""
    from dataclasses import replace

    import yaml

    read: dict[str, Any] = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    slash = read["features"].get("slash_commands") or []
    return replace(
        workspace,
        scopes=frozenset(read["oauth_config"]["scopes"]["bot"]),
        events=frozenset(read["settings"]["event_subscriptions"]["bot_events"]),
        commands=tuple(command["command"] for command in slash),
        shortcuts=frozenset(one["callback_id"] for one in read["features"].get("shortcuts") or ()),
        should_escape=all(command.get("should_escape", False) for command in slash),
        usage_hint=slash[0].get("usage_hint", "") if slash else "",
    )


def acme_workspace() -> Workspace:
    """The workspace of the demo: two teams, a lead, a security person, four channels."""
    return Workspace(
        name="Acme Payments",
        users=(
            User("U0DEV1", "dana", "Dana Reyes", "Europe/Berlin", "developer"),
            User("U0DEV2", "kofi", "Kofi Mensah", "Europe/London", "developer"),
            User("U0LEAD", "priya", "Priya Nair", "Europe/Berlin", "lead"),
            User("U0SEC", "sam", "Sam Okafor", "America/New_York", "security"),
        ),
        channels=(
            Channel("C0PAYMENTS", "team-payments"),
            Channel("C0PLATFORM", "team-platform"),
            Channel("C0SECURITY", "security"),
            Channel("C0GENERAL", "general", bot_inside=False),
        ),
        groups=(UserGroup("S0SECURITY", "security", ("U0SEC",)),),
    )
