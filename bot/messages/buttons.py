"""Every button that Patrol draws: its action id and what its value holds.

`acknowledge`, `fix`, `fixed`, `show`, `approve`, `reject` and `undo` carry a finding id; so does each choice of the
`more` menu, behind its verb. `show_all` and every `run_*` carry the words of a command, which the listener runs as
if the person who clicked had typed them.
"""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from bot.blockkit import button, overflow
from storage.imported import is_imported
from storage.manual import is_manual
from storage.model import FindingView, State
from storage.rules import is_requested

ACKNOWLEDGE = "acknowledge"
FIX = "fix"
FIXED = "fixed"
SHOW = "show"
SHOW_ALL = "show_all"
APPROVE = "approve"
REJECT = "reject"
UNDO = "undo"
MORE = "more"  # the menu of decisions: its choices carry "<verb> <finding id>"
CHOOSE = "choose_"  # the same, as buttons of a dialog
MENU = "menu"
SELECT = "select_shown"  # freezes what a list shows
HOME = "home_"
SEARCH = "search"
RUN = "run_"
LONGEST_VALUE = 1_900

Button = dict[str, Any]
_SETTLED = (State.FIXED, State.OUT_OF_SCOPE)
_DECIDED = (State.RISK_ACCEPTED, State.FALSE_POSITIVE)
_REST = (MENU, "Not mine, note, undo ...")
_ASK = [("accept", "Accept risk ..."), ("false-positive", "False positive ...")]


def for_finding(
    view: FindingView, now: datetime, *, checking: bool = False, details: bool = False, asks: bool = True
) -> list[Button]:
    """What people can do with this finding now. No "I fixed it" while a check is under way.

    A message is seen by all, so the row is the same for all; the server refuses with who can. Without `asks` the answers
    to a request are left out: whoever just asked can't give them.
    """
    identity, manual = view.finding.id, is_manual(view.finding)
    asked = answers(view, now) if asks else []
    found: list[Button] = [*asked]
    if view.state not in _SETTLED:
        if view.state in (State.OPEN, State.REGRESSED):
            found.append(button("Acknowledge", ACKNOWLEDGE, identity))
        if not manual:
            found.append(button("How to fix", FIX, identity))
        if not (checking or (view.state is State.FIX_CLAIMED and (manual or is_imported(view.finding)))):
            found.append(button("I fixed it", FIXED, identity, style="" if asked else "primary"))
    if details:
        found.append(button("Details", SHOW, identity))
    return [*found, more(view, now)] if view.state not in _SETTLED else found


def answers(view: FindingView, now: datetime) -> list[Button]:
    """Yes and no to what waits for a second person: a request, or a fix that no scan can see."""
    finding = view.finding
    if view.state in _SETTLED:
        return []
    if is_requested(finding, now):
        return [
            button("Approve ...", APPROVE, finding.id, style="primary"),
            button("Reject ...", REJECT, finding.id),
        ]
    if is_manual(finding) and finding.claim_at is not None:
        return [
            button("Confirm ...", APPROVE, finding.id, style="primary"),
            button("Not done ...", REJECT, finding.id),
        ]
    return []


def more(view: FindingView, now: datetime) -> Button:
    """The menu of the other decisions; five at most, the last one opens the rest."""
    identity = view.finding.id
    return overflow(MORE, [(f"{verb} {identity}", label) for verb, label in _choices(view, now)])


def _choices(view: FindingView, now: datetime) -> list[tuple[str, str]]:
    if view.state in _DECIDED:
        return [("revoke", "End this early ..."), _REST]
    snooze = ("revoke", "End the snooze ...") if view.state is State.SNOOZED else ("snooze", "Snooze ...")
    ask = [("note", "Note ...")] if is_requested(view.finding, now) else _ASK
    return [("start", "Start work ..."), snooze, *ask, _REST]


def choose(label: str, verb: str, identity: str, style: str = "") -> Button:
    """Opens the dialog of `verb` in place of the one it stands in."""
    return button(label, CHOOSE + verb.replace("-", "_"), f"{verb} {identity}", style=style)


def details(identity: str) -> Button:
    """Opens the finding whole."""
    return button("Details", SHOW, identity)


def undo(identity: str) -> Button:
    """Takes one's own last action on the finding back."""
    return button("Undo", UNDO, identity)


def show_all(words: str) -> Button:
    """Opens a list, seen by the one who clicked, of what `words` (a `findings` command) find."""
    return button("Show all", SHOW_ALL, words)


def decide_on(ids: Sequence[str], words: str, selection: str = "") -> list[Button]:
    """Opens the dialog that decides on just these; the value is what was shown, or the frozen list."""
    shown = {"selection": selection} if selection else {"ids": [one.removeprefix("pf1_") for one in ids]}
    value = json.dumps({**shown, "words": words[:200]}, separators=(",", ":"))
    label = "Decide on this one ..." if len(ids) == 1 else f"Decide on these {len(ids):,} ..."
    return [button(label, SELECT, value)] if ids and len(value) <= LONGEST_VALUE else []


def run(label: str, name: str, words: str) -> Button:
    """Runs `words` for the one who clicked. `name` makes the action id unique within the message."""
    return button(label, RUN + name, words)


def page(label: str, name: str, words: str) -> list[Button]:
    """As `run`; no button where the words are longer than a button can carry."""
    return [run(label, name, words)] if len(words) <= LONGEST_VALUE else []
