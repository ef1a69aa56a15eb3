"""How an answer reaches the one who asked: seen by them alone, by response_url or, failing that, the Web API."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from slack_sdk.errors import SlackClientError
from slack_sdk.webhook import WebhookClient

from bot.logs import event
from bot.messages.draft import Message
from bot.slack import Slack, SlackError

log = logging.getLogger("patrol.answers")
TIMEOUT_S = 5


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asked, where, and the ways back: `view` is the id of the dialog that was clicked in, "" for none.

    `meta` is what that dialog carried, `below` the id of the one under it.
    """

    user: str
    channel: str = ""
    response_url: str = ""
    trigger: str = ""
    view: str = ""
    view_type: str = ""
    meta: str = ""
    below: str = ""

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> "Asker":
        """From the payload of a slash command, a click, or an event."""
        user = body.get("user") or {}
        view = body.get("view") or {}
        channel = body.get("channel") or body.get("container") or {}
        return cls(
            user=str(body.get("user_id") or user.get("id") or ""),
            channel=str(body.get("channel_id") or channel.get("id") or channel.get("channel_id") or ""),
            response_url=str(body.get("response_url") or ""),
            trigger=str(body.get("trigger_id") or ""),
            view=str(view.get("id") or ""),
            view_type=str(view.get("type") or ""),
            meta=str(view.get("private_metadata") or ""),
            below=str(view.get("previous_view_id") or ""),
        )


def answer(slack: Slack, asker: Asker, message: Message) -> None:
    """Show `message` to the asker alone. A failure is logged: there is no one left to tell."""
    if asker.response_url and _by_url(asker.response_url, message):
        return
    if not asker.channel:
        event(log, "answer.lost", level=logging.WARNING, user=asker.user)
        return
    try:
        slack.call("chat.postEphemeral", channel=asker.channel, user=asker.user, **message)
    except SlackError as error:
        event(log, "answer.lost", level=logging.WARNING, user=asker.user, channel=asker.channel, error=error)


def offer(asker: Asker, message: Message, wait_s: float = 0.0) -> bool:
    """Show `message` to the asker below what was answered, after `wait_s` seconds; False where Slack did not take it."""
    time.sleep(wait_s)
    return bool(asker.response_url) and _by_url(asker.response_url, message)


def _by_url(url: str, message: Message) -> bool:
    try:
        client = WebhookClient(url, timeout=TIMEOUT_S, retry_handlers=[])
        response = client.send_dict(
            {**message, "response_type": "ephemeral", "replace_original": False, "delete_original": False}
        )
    except (OSError, SlackClientError, ValueError) as error:
        event(log, "response_url.failed", level=logging.WARNING, error=type(error).__name__)
        return False
    if response.status_code != 200:
        event(log, "response_url.refused", level=logging.WARNING, status=response.status_code)
        return False
    return True


def open_view(slack: Slack, asker: Asker, view: dict[str, Any]) -> bool:
    """Show `view` as a dialog, on top of the one that was clicked in. False where Slack no longer lets us."""
    method = "views.push" if asker.view and asker.view_type == "modal" else "views.open"
    try:
        slack.call(method, trigger_id=asker.trigger, view=view)
    except SlackError as error:
        # A trigger lives for three seconds; the answer then comes as a message instead.
        event(log, "view.not_opened", level=logging.WARNING, method=method, error=error)
        # Slack piles up three dialogs and no more: the fourth takes the place of the third.
        return method == "views.push" and update_view(slack, asker.view, view)
    return True


def update_view(slack: Slack, view_id: str, view: dict[str, Any]) -> bool:
    """Draw the open dialog anew. False where it was closed meanwhile."""
    try:
        slack.call("views.update", view_id=view_id, view=view)
    except SlackError as error:
        event(log, "view.not_updated", error=error)
        return False
    return True
