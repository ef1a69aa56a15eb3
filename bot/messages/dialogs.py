"""Any answer as a dialog, for clicks where no channel is near: on the App Home, inside another dialog."""

from typing import Any

from bot.blockkit import fit_view
from bot.messages.draft import Message


def told_view(message: Message, title: str = "Patrol") -> dict[str, Any]:
    """`message` as a dialog that can only be closed."""
    return fit_view(
        {
            "type": "modal",
            "title": {"type": "plain_text", "text": title},
            "close": {"type": "plain_text", "text": "Close"},
            "blocks": message["blocks"],
        }
    )
