"""Payloads by signed HTTP, as Slack sends them where Socket Mode is off (Slack: verifying requests)."""

import hashlib
import hmac
import json
import time
from urllib.parse import urlencode

from aiohttp import ClientError, ClientSession, ClientTimeout

from bot.sandbox.slack.handed import ACK_S, Handed
from bot.sandbox.slack.state import Json


async def post_signed(
    address: str, secret: str, kind: str, payload: Json, attempt: int, reason: str
) -> Handed:
    """One signed POST. Redirects are not followed: a signature is for one address."""
    body, content_type = _body(kind, payload)
    headers = {"Content-Type": content_type, **_signed(secret, body)}
    if attempt:
        headers |= {"X-Slack-Retry-Num": str(attempt), "X-Slack-Retry-Reason": reason}
    try:
        async with (
            ClientSession(timeout=ClientTimeout(total=ACK_S)) as session,
            session.post(address, data=body, headers=headers, allow_redirects=False) as answer,
        ):
            text = await answer.text(errors="replace")
            again = answer.headers.get("X-Slack-No-Retry") != "1"
            if answer.status != 200:
                return Handed(None, "http_error", again)
    except TimeoutError:
        return Handed(None, "http_timeout")
    except (ClientError, OSError):
        return Handed(None, "connection_failed")
    return Handed(_read(text))


def _signed(secret: str, body: bytes) -> dict[str, str]:
    stamp = str(int(time.time()))  # the wall's clock: the app holds it against its own
    base = b"v0:" + stamp.encode() + b":" + body
    digest = hmac.new(secret.encode(), base, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


def _body(kind: str, payload: Json) -> tuple[bytes, str]:
    if kind == "event":
        return json.dumps(payload).encode(), "application/json"
    form = payload if kind == "command" else {"payload": json.dumps(payload)}
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def _read(text: str) -> Json:
    try:
        found = json.loads(text) if text.strip() else {}
    except (ValueError, RecursionError):
        return {"text": text}
    return found if isinstance(found, dict) else {}
