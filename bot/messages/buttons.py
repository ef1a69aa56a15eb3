"""Every button that Patrol draws: its action id and what its value holds.

`acknowledge`, `fix`, `fixed` and `show` carry a finding id. `show_all` and every `run_*` carry the words of
a command, which the listener runs as if the person who clicked had typed them.
"""

from typing import Any

from bot.blockkit import button
from storage.model import FindingView, State

ACKNOWLEDGE = "acknowledge"
FIX = "fix"
FIXED = "fixed"
SHOW = "show"
SHOW_ALL = "show_all"
RUN = "run_"
LONGEST_VALUE = 1_900

Button = dict[str, Any]
_SETTLED = (State.FIXED, State.OUT_OF_SCOPE)


def for_finding(view: FindingView, *, checking: bool = False, details: bool = False) -> list[Button]:
    """What a person can do with this finding now. No "I fixed it" while a check is under way."""
    identity = view.finding.id
    found: list[Button] = []
    if view.state not in _SETTLED:
        if view.state in (State.OPEN, State.REGRESSED):
            found.append(button("Acknowledge", ACKNOWLEDGE, identity))
        found.append(button("How to fix", FIX, identity))
        if not checking:
            found.append(button("I fixed it", FIXED, identity, style="primary"))
    if details:
        found.append(button("Details", SHOW, identity))
    return found


def show_all(words: str) -> Button:
    """Opens a list, seen by the one who clicked, of what `words` (a `findings` command) find."""
    return button("Show all", SHOW_ALL, words)


def run(label: str, name: str, words: str) -> Button:
    """Runs `words` for the one who clicked. `name` makes the action id unique within the message."""
    return button(label, RUN + name, words)


def page(label: str, name: str, words: str) -> list[Button]:
    """As `run`; no button where the words are longer than a button can carry."""
    return [run(label, name, words)] if len(words) <= LONGEST_VALUE else []
