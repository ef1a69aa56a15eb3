"""Pictures in blocks that are files of the workspace (`slack_file`): uploaded before, and images."""

from collections.abc import Iterator
from typing import Any

from bot.sandbox.slack.state import State
from bot.sandbox.slack.texts import said

KINDS = ("image/png", "image/jpeg", "image/gif", "image/webp")


def unknown_files(state: State, blocks: Any, place: str = "/blocks") -> Iterator[str]:
    """A fault for each `slack_file` that the workspace does not have as a picture."""
    if isinstance(blocks, list):
        for at, one in enumerate(blocks):
            yield from unknown_files(state, one, f"{place}/{at}")
    elif isinstance(blocks, dict):
        if "slack_file" in blocks and not _known(state, blocks["slack_file"]):
            yield said("invalid slack file", f"{place}/slack_file")
        for key, value in blocks.items():
            yield from unknown_files(state, value, f"{place}/{key}")


def _known(state: State, named: Any) -> bool:
    """By its id or by one of its addresses, one of the two."""
    if not isinstance(named, dict) or ("id" in named) == ("url" in named):
        return False
    ready = [one for one in state.uploads.values() if one["shared"] and one["mimetype"] in KINDS]
    if "id" in named:
        return any(one["id"] == named["id"] for one in ready)
    return any(named["url"] in (one["url_private"], one["permalink"]) for one in ready)
