"""The Web API as Patrol uses it: a short list of methods, and errors sorted by what they mean.

A refusal is an answer. A rate limit says when to come back. Anything else leaves open whether Slack did
what was asked, and the caller must find out before it asks again.
"""

import http.client
import logging
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.settings_values import api_url
from scanners.errors import PatrolError

PUBLIC_URL = "https://slack.com/api/"
TIMEOUT_S = 10
UPLOAD_S = 30
# Method -> the scopes of which one is needed. A test holds this against the code and manifest.yml.
METHODS: Mapping[str, tuple[str, ...]] = {
    "apps.connections.open": ("connections:write",),
    "auth.test": (),
    "chat.getPermalink": (),
    "chat.postEphemeral": ("chat:write",),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.members": ("channels:read", "groups:read"),
    "conversations.replies": ("channels:history", "groups:history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "usergroups.users.list": ("usergroups:read",),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
    "views.push": (),
    "views.update": (),
}
_UNSURE = frozenset(
    {"internal_error", "fatal_error", "service_unavailable", "request_timeout", "rollup_error"}
)


class SlackError(PatrolError):
    """A call of the Web API that did not go well."""


class Refused(SlackError):
    """Slack said no: `code` is its word for it ("channel_not_found")."""

    def __init__(self, method: str, code: str, needed: str = "", details: str = "") -> None:
        self.method, self.code, self.needed = method, code, needed
        scope = f" Add the scope {needed} to the app and install it again." if needed else ""
        super().__init__(f"Slack refused {method}: {code}.{scope}{details}")


class Busy(SlackError):
    """Slack asks for patience: come back after `retry_after_s` seconds. Nothing was done."""

    def __init__(self, method: str, retry_after_s: float) -> None:
        self.method, self.retry_after_s = method, retry_after_s
        super().__init__(f"Slack limits {method}; trying again in {retry_after_s:g} s.")


class Unsure(SlackError):
    """No usable answer: Slack may have done it or not."""

    def __init__(self, method: str, reason: str) -> None:
        self.method = method
        super().__init__(f"Slack gave no usable answer to {method}: {reason}. Trying again.")


def web_client(token: str, api_url: str = "") -> WebClient:
    """A client that never retries by itself: a second chat.postMessage would be a second message."""
    return WebClient(
        token=token, base_url=api_url or PUBLIC_URL, timeout=TIMEOUT_S, retry_handlers=[], logger=_quiet()
    )


def _quiet() -> logging.Logger:
    logger = logging.getLogger("patrol.slack_sdk")
    logger.setLevel(logging.CRITICAL)  # its errors come to us as exceptions; twice in the log is noise
    return logger


class Slack:
    """The Web API of one workspace. Safe to share between threads."""

    def __init__(self, client: WebClient) -> None:
        self.client = client

    def call(self, method: str, **arguments: Any) -> dict[str, Any]:
        """Call `method` (one of METHODS). Raises Refused, Busy or Unsure."""
        return self.ask(method, **arguments)[0]

    def ask(self, method: str, **arguments: Any) -> tuple[dict[str, Any], dict[str, str]]:
        """As `call`, with the answer's headers, their names in lower case."""
        assert method in METHODS, f"{method} is not among the methods that Patrol declares"
        function = getattr(self.client, method.replace(".", "_"))
        try:
            answer = function(**arguments)
        except SlackApiError as error:
            raise _sorted(method, error) from error
        except (OSError, http.client.HTTPException, SlackClientError, ValueError) as error:
            raise Unsure(method, f"{type(error).__name__}: {error}"[:200]) from error
        data = answer.data if isinstance(answer.data, dict) else {}
        return data, {str(name).lower(): str(value) for name, value in answer.headers.items()}

    def upload(self, name: str, content: bytes, alt: str = "") -> str:
        """Bring a file to Slack, where nobody sees it yet; returns its id. Raises Refused, Busy or Unsure.

        `alt` is what the file shows, in words (1,000 letters at most).
        """
        words = {"alt_txt": alt} if alt else {}
        place = self.call("files.getUploadURLExternal", filename=name, length=len(content), **words)
        _send_bytes(str(place["upload_url"]), content)
        return str(place["file_id"])


def _send_bytes(url: str, content: bytes) -> None:
    """To the address that Slack gave, which is good for these bytes alone: the token does not go there."""
    if api_url(url):
        raise Unsure("the upload", "its address is neither https nor on loopback")
    request = urllib.request.Request(url, content, {"Content-Type": "application/octet-stream"})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=UPLOAD_S) as answer:  # noqa: S310
            answer.read()
    except urllib.error.HTTPError as error:
        if error.code == 429:
            raise Busy("the upload", _seconds(error.headers.get("Retry-After"))) from error
        raise Unsure("the upload", f"HTTP {error.code}") from error
    except (OSError, http.client.HTTPException) as error:
        raise Unsure("the upload", f"{type(error).__name__}: {error}"[:200]) from error


def _sorted(method: str, error: SlackApiError) -> SlackError:
    response: Any = error.response
    status = int(getattr(response, "status_code", 0) or _of(response, "status") or 0)
    code = str(_of(response, "error") or "")
    if status == 429 or code == "ratelimited":
        headers = {str(k).lower(): v for k, v in (getattr(response, "headers", None) or {}).items()}
        return Busy(method, _seconds(headers.get("retry-after")))
    if status >= 500 or not code or code in _UNSURE:
        return Unsure(method, f"HTTP {status} {code}".strip())
    said = _of(response, "response_metadata") or {}
    told = said.get("messages") if isinstance(said, dict) else None
    details = f" {'; '.join(map(str, told))[:300]}" if told else ""
    return Refused(method, code, str(_of(response, "needed") or ""), details)


def _of(response: Any, key: str) -> Any:
    try:
        return response.get(key)
    except (AttributeError, ValueError, TypeError):
        return None


def _seconds(header: Any) -> float:
    value = header[0] if isinstance(header, list) and header else header
    try:
        return max(0.5, float(value))
    except (TypeError, ValueError):
        return 1.0
