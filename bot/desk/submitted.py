"""What a dialog brought, and what is answered to it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.messages.dialogs import UNKNOWN_TEAM, noted
from bot.messages.draft import Message

Body = Mapping[str, Any]
View = dict[str, Any]
_HELD = ("value", "selected_date")


@dataclass(frozen=True, slots=True)
class Submitted:
    """A dialog that was sent: `typed` by input, `carried` what it noted when it was drawn."""

    typed: Mapping[str, str]
    carried: Mapping[str, Any]

    @classmethod
    def of(cls, body: Body) -> "Submitted":
        """From the payload of a submission."""
        view = body.get("view") or {}
        values = (view.get("state") or {}).get("values") or {}
        typed = {str(name): _held(cells) for name, cells in values.items()}
        return cls(
            {name: text for name, text in typed.items() if text},
            noted(str(view.get("private_metadata") or "")),
        )

    def options(self, *names: str) -> dict[str, str]:
        """What was put into those inputs, where anything was."""
        return {
            name: self.typed[name] for name in names if self.typed.get(name, UNKNOWN_TEAM) != UNKNOWN_TEAM
        }

    def text(self, name: str) -> str:
        """A text that the dialog carried."""
        return str(self.carried.get(name) or "")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the dialog shows next. `errors` (input -> plain words) stand in the open dialog instead of `view`.

    `message` is for whoever closed the dialog before a late answer came; `after` is done once Slack has its answer.
    """

    view: View
    message: Message
    errors: Mapping[str, str] = field(default_factory=dict)
    after: Callable[[], None] = lambda: None


def _held(cells: Any) -> str:
    """The one value of an input block, whatever its kind."""
    for cell in cells.values() if isinstance(cells, Mapping) else ():
        option = cell.get("selected_option")
        if isinstance(option, Mapping):
            return str(option.get("value") or "")
        return next((str(cell[key]) for key in _HELD if cell.get(key)), "")
    return ""
