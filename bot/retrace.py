"""Finds a message that Slack may have taken although its answer was lost."""

from typing import Any

from bot.slack import Slack
from storage.model import Post

PAGES = 5
PAGE = 200


def find_sent(slack: Slack, post: Post, key: str, thread: str, event_type: str) -> tuple[str, int] | None:
    """The `ts` and drawn version of the newest message that carries `key`, None where there is none.

    Looks at the newest 1,000 messages of the channel, or of the thread. Raises Refused, Busy or Unsure.
    """
    method = "conversations.replies" if thread else "conversations.history"
    arguments: dict[str, Any] = {"channel": post.channel, "limit": PAGE, "include_all_metadata": True}
    if thread:
        arguments["ts"] = thread
    for _page in range(PAGES):
        answer = slack.call(method, **arguments)
        for message in answer.get("messages") or []:
            found = _carries(message, key, event_type)
            if found is not None:
                return found
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return None
        arguments["cursor"] = cursor
    return None


def thread_with_file(slack: Slack, parent: Post, files: list[str]) -> bool:
    """True where a message in the thread of `parent` shares one of `files`. Raises Refused, Busy or Unsure."""
    arguments: dict[str, Any] = {"channel": parent.channel, "ts": parent.ts, "limit": PAGE}
    for _page in range(PAGES):
        answer = slack.call("conversations.replies", **arguments)
        shared = {
            file.get("id") for message in answer.get("messages") or [] for file in message.get("files") or []
        }
        if shared.intersection(files):
            return True
        cursor = (answer.get("response_metadata") or {}).get("next_cursor")
        if not cursor:
            return False
        arguments["cursor"] = cursor
    return False


def _carries(message: dict[str, Any], key: str, event_type: str) -> tuple[str, int] | None:
    metadata = message.get("metadata") or {}
    payload = metadata.get("event_payload") or {}
    if metadata.get("event_type") != event_type or payload.get("post") != key:
        return None
    return str(message["ts"]), int(payload.get("version", 0))
