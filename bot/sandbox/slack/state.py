"""What the workspace holds: messages, views, triggers, response urls, and the log of calls."""

import itertools
import secrets
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.sandbox.slack.workspace import Channel, Workspace

Json = dict[str, Any]
TRIGGER_S = 3.0
RESPONSE_URL_USES = 5
RESPONSE_URL_S = 30 * 60
LOGGED = 2_000


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a payload reached the app: `seconds` until it was acknowledged, or until Slack gave up."""

    acked: bool
    seconds: float
    attempts: int
    payload: Json
    response: Json | None = None


@dataclass
class ResponseUrl:
    """Where an answer to a command or a click goes."""

    user: str
    channel: str
    made: datetime
    message_ts: str = ""
    uses: int = 0


@dataclass
class Trigger:
    """A person's action, which may open a dialog once within three seconds."""

    user: str
    made: datetime
    view: str = ""
    used: bool = False


@dataclass
class State:
    """Touched only by the server's event loop. `changed` tells listeners what changed."""

    workspace: Workspace
    clock: Callable[[], datetime]
    messages: dict[str, dict[str, Json]] = field(default_factory=lambda: defaultdict(dict))
    ephemerals: list[Json] = field(default_factory=list)
    views: dict[str, Json] = field(default_factory=dict)
    stacks: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    homes: dict[str, str] = field(default_factory=dict)
    triggers: dict[str, Trigger] = field(default_factory=dict)
    response_urls: dict[str, ResponseUrl] = field(default_factory=dict)
    uploads: dict[str, Json] = field(default_factory=dict)
    inside: set[str] = field(default_factory=set)
    archived: set[str] = field(default_factory=set)
    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=LOGGED))
    last_post: dict[str, float] = field(default_factory=dict)
    calls_left: dict[str, tuple[float, float]] = field(default_factory=dict)
    listeners: list[Callable[[Json], None]] = field(default_factory=list)
    _numbers: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    _last_ts: int = 0

    def __post_init__(self) -> None:
        self.inside = {channel.id for channel in self.workspace.channels if channel.bot_inside}

    def changed(self, kind: str, channel: str = "", user: str = "") -> None:
        """Something that people see is different now."""
        for listener in list(self.listeners):
            listener({"type": kind, "channel": channel, "user": user})

    def log(self, method: str, channel: str = "", error: str = "", ts: str = "") -> None:
        """One line of the log of calls; `error` is empty where all went well."""
        at = self.clock().isoformat()
        self.calls.append(
            {"at": at, "method": method, "channel": channel, "ok": not error, "error": error, "ts": ts}
        )
        self.changed("call")

    def channel(self, identity: str) -> Channel | None:
        """The channel of that id."""
        return next((channel for channel in self.workspace.channels if channel.id == identity), None)

    def next_ts(self) -> str:
        """A message's name: seconds and microseconds, never twice."""
        now = int(self.clock().timestamp() * 1_000_000)
        self._last_ts = max(now, self._last_ts + 1)
        return f"{self._last_ts // 1_000_000}.{self._last_ts % 1_000_000:06d}"

    def new_id(self, prefix: str) -> str:
        """An id as Slack makes them."""
        return f"{prefix}{next(self._numbers):010d}"

    def new_trigger(self, user: str, view: str = "") -> str:
        """A trigger_id for what `user` just did."""
        name = f"{next(self._numbers)}.{secrets.token_hex(6)}"
        self.triggers[name] = Trigger(user, self.clock(), view)
        return name

    def new_response_url(self, user: str, channel: str, message_ts: str = "") -> str:
        """The secret part of a response url."""
        name = secrets.token_urlsafe(18)
        self.response_urls[name] = ResponseUrl(user, channel, self.clock(), message_ts)
        return name

    def age_s(self, moment: datetime) -> float:
        """Seconds since `moment`."""
        return (self.clock() - moment).total_seconds()
