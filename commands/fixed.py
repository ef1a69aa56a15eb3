"""`fixed`: "I fixed it". A claim, and a targeted check of that control on that resource."""

from commands.decide import Deed, verb
from storage import lifecycle
from storage.imported import is_imported, tool_of
from storage.manual import is_manual
from storage.model import FindingView


def _said(view: FindingView) -> str:
    if is_manual(view.finding):
        return "Thanks. No scan can see this, so a lead or security confirms it with `approve`."
    if is_imported(view.finding):
        tool = tool_of(view.finding)
        return f"Thanks. Patrol can't look at what {tool} reports: its next import decides. Until then the claim stays."
    return "Thanks. Checking it now; a scan, not the click, closes it."


COMMAND = verb(
    Deed("fixed", "claim fixes for", lambda *_: lifecycle.claim, _said, claims=True),
    summary='Say "I fixed it": Patrol checks that control on that resource and tells you.',
    usage="fixed ID",
    examples=("fixed 3fa1c09b",),
    help="The finding closes only when the check sees the control pass.",
)
