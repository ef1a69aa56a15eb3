"""Dialogs: how to fix a finding, and a finding whole."""

from collections.abc import Mapping
from typing import Any

from bot.messages.detail import fill_detail, row
from bot.messages.dialogs import modal
from bot.messages.draft import Draft
from bot.messages.fix import check_button, fill_fix
from commands.reply import FindingDetail, FixGuide
from storage.model import FindingView, State, short

View = dict[str, Any]
_SETTLED = (State.FIXED, State.OUT_OF_SCOPE)


def fix_modal(guide: FixGuide) -> View:
    """The guided fix, with the button that checks the result; `private_metadata` is the finding id."""
    draft = Draft()
    fill_fix(draft, guide)
    if guide.view.state not in _SETTLED:
        draft.buttons(check_button(guide.view), block_id=f"fix-{short(guide.view.finding.id)}")
    return _modal("How to fix", draft, guide.view)


def finding_view(detail: FindingDetail, names: Mapping[str, str] | None = None) -> View:
    """One finding whole, with its history and buttons; `private_metadata` is the finding id."""
    draft = Draft()
    fill_detail(draft, detail, names)
    row(draft, detail)
    return _modal(f"Finding {short(detail.view.finding.id)}", draft, detail.view)


def _modal(title: str, draft: Draft, view: FindingView) -> View:
    return {**modal(title, draft.blocks), "private_metadata": view.finding.id}
