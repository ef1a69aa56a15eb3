"""An app with its bare hands on the wire: a raw socket, raw HTTP, and a clock that is set."""

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import websocket
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from bot.sandbox.slack import SandboxSlack

CHANNEL, PLATFORM, GENERAL = "C0PAYMENTS", "C0PLATFORM", "C0GENERAL"
DANA, PRIYA = "U0DEV1", "U0LEAD"
Json = dict[str, Any]


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.now

    def pass_by(self, **time: float) -> None:
        self.now += timedelta(**time)


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)


def send(
    url: str,
    body: bytes | Json | None = None,
    headers: dict[str, str] | None = None,
    method: str | None = None,
) -> Answer:
    """One HTTP request; a refusal is an answer too."""
    sent = dict(headers or {})
    if isinstance(body, dict):
        body = json.dumps(body).encode()
        sent.setdefault("Content-Type", "application/json")
    request = urllib.request.Request(url, body, sent, method=method)
    try:
        with urllib.request.urlopen(request) as answer:
            return Answer(answer.status, dict(answer.headers), answer.read().decode(errors="replace"))
    except urllib.error.HTTPError as error:
        return Answer(error.code, dict(error.headers), error.read().decode())


def client_of(slack: SandboxSlack) -> WebClient:
    """An unmodified client that tries nothing again."""
    return WebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])


def refusal(call: Any, **arguments: Any) -> str:
    """The error that Slack names."""
    try:
        call(**arguments)
    except SlackApiError as error:
        return str(error.response["error"])
    raise AssertionError("Slack took it")


def socket_url(slack: SandboxSlack) -> str:
    """A fresh address, good for one connection."""
    opened = WebClient(base_url=slack.base_url).apps_connections_open(app_token=slack.app_token)
    return str(opened["url"])


@dataclass
class RawSocket:
    """Reads frames and acknowledges them when it is told to."""

    socket: websocket.WebSocket
    hello: Json = field(default_factory=dict)

    def frame(self) -> Json:
        found: Json = json.loads(self.socket.recv())
        return found

    def ack(self, envelope: Json, payload: Json | None = None) -> None:
        body = {"envelope_id": envelope["envelope_id"]} | (
            {"payload": payload} if payload is not None else {}
        )
        self.socket.send(json.dumps(body))

    def take(self, payload: Json | None = None) -> Json:
        """The next payload, acknowledged."""
        envelope = self.frame()
        self.ack(envelope, payload)
        return envelope


@contextmanager
def raw_socket(slack: SandboxSlack) -> Iterator[RawSocket]:
    """An open connection, its hello read."""
    before = slack.connections
    opened = RawSocket(websocket.create_connection(socket_url(slack), timeout=8))
    opened.hello = opened.frame()
    slack.wait_for(lambda: slack.connections > before, what="the connection")
    try:
        yield opened
    finally:
        opened.socket.close()
