"""Blocks as plain dicts. Texts are mrkdwn and escaped by the caller, but where it says plain."""

from typing import Any

Block = dict[str, Any]


def header(text: str) -> Block:
    """A heading of plain text."""
    return {"type": "header", "text": plain_text(text)}


def section(mrkdwn: str) -> Block:
    """A paragraph."""
    return {"type": "section", "text": {"type": "mrkdwn", "text": mrkdwn}}


def context(mrkdwn: str) -> Block:
    """A small grey line."""
    return {"type": "context", "elements": [{"type": "mrkdwn", "text": mrkdwn}]}


def divider() -> Block:
    """A rule."""
    return {"type": "divider"}


def picture(file: str, alt: str) -> Block:
    """An image that is a file of the workspace; `alt` says in plain words what it shows."""
    return {"type": "image", "slack_file": {"id": file}, "alt_text": alt}


def fields(*mrkdwn: str) -> Block:
    """Short texts in two columns."""
    return {"type": "section", "fields": [{"type": "mrkdwn", "text": text} for text in mrkdwn]}


def actions(*elements: Block, block_id: str) -> Block:
    """A row of buttons."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(label: str, action_id: str, value: str, style: str = "", confirm: Block | None = None) -> Block:
    """A button; `style` is "", "primary" or "danger"; `confirm` (see below) asks before the click counts."""
    made: Block = {
        "type": "button",
        "text": plain_text(label),
        "action_id": action_id,
        "value": value,
    }
    if style:
        made["style"] = style
    if confirm:
        made["confirm"] = confirm
    return made


def confirm(title: str, mrkdwn: str, yes: str, no: str = "Cancel") -> Block:
    """A question before a click counts."""
    return {
        "title": plain_text(title),
        "text": {"type": "mrkdwn", "text": mrkdwn},
        "confirm": plain_text(yes),
        "deny": plain_text(no),
    }


def plain_text(text: str) -> Block:
    """Text in which Slack reads no markup but emoji."""
    return {"type": "plain_text", "text": text, "emoji": True}
