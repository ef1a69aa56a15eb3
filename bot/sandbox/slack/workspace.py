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
    """A person; `role` is shown in the who-am-I switch and means nothing to Slack. A `guest` is restricted."""

    id: str
    name: str
    real_name: str
    tz: str = "Europe/Berlin"
    role: str = ""
    guest: bool = False


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel; the bot is in it where `bot_inside`. `members` are people; None is everybody."""

    id: str
    name: str
    private: bool = False
    bot_inside: bool = True
    members: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A shortcut of the app: on a message ("message") or in the message box ("global")."""

    callback_id: str
    name: str
    type: str = "message"
    description: str = ""


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
    shortcuts: tuple[Shortcut, ...] = ()
    should_escape: bool = True
    team_id: str = "T0ACME"
    domain: str = "acme"
    app_id: str = "A0PATROL"
    bot_id: str = "B0PATROL"
    bot_user: str = "U0PATROL"
    bot_name: str = "Patrol"
    usage_hint: str = ""
    tokens: dict[str, str] = field(default_factory=dict)

    def user(self, identity: str) -> User | None:
        """The person of that id."""
        return next((user for user in self.users if user.id == identity), None)

    @property
    def url(self) -> str:
        """Where the workspace lives: "https://acme.slack.com/"."""
        return f"https://{self.domain}.slack.com/"

    def members(self, channel: Channel) -> list[str]:
        """The people in `channel`, without the bot."""
        everybody = [user.id for user in self.users]
        return everybody if channel.members is None else [one for one in everybody if one in channel.members]


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
        shortcuts=tuple(_shortcut(one) for one in read["features"].get("shortcuts") or ()),
        should_escape=all(command.get("should_escape", False) for command in slash),
        usage_hint=slash[0].get("usage_hint", "") if slash else "",
    )


def _shortcut(read: dict[str, Any]) -> Shortcut:
    return Shortcut(read["callback_id"], read["name"], read["type"], read.get("description", ""))
