"""The dialog that says how to fix one finding."""

from dataclasses import replace
from typing import Any

import pytest

from bot import blockkit
from bot.messages.fix import code_parts
from bot.messages.fix_view import finding_view, fix_modal
from bot.messages.replies import draw
from commands.reply import FindingDetail, FindingList, FixGuide
from tests.bot.messages.stage import FIX, Stage, ids, verdict, words


def _guide(stage: Stage, **parts: str) -> FixGuide:
    stage.see(verdict(fix=replace(FIX, **parts)))
    listed = stage.say("findings")
    assert isinstance(listed, FindingList)
    found = stage.say(f"fix {listed.findings[0].finding.id}")
    assert isinstance(found, FixGuide)
    return found


def _code(view: dict[str, Any]) -> str:
    return "".join(words(view).split("```")[1::2])


def test_the_dialog_holds_why_command_terraform_console_undo_and_effort(stage: Stage) -> None:
    guide = _guide(stage)
    view = fix_modal(guide)
    assert blockkit.problems_view(view) == []
    shown = words(view)
    for part in (FIX.cli, "block_public_acls = true", "S3 \u2192 acme-invoices", FIX.undo, FIX.effort):
        assert part in shown
    assert "Anyone on the Internet can read it." in shown
    assert view["private_metadata"] == guide.view.finding.id


def test_the_dialog_checks_the_result_by_one_button(stage: Stage) -> None:
    guide = _guide(stage)
    (row,) = [block for block in fix_modal(guide)["blocks"] if block["type"] == "actions"]
    assert row["elements"][0]["action_id"] == "fixed"
    assert row["elements"][0]["value"] == guide.view.finding.id


def test_code_longer_than_a_block_is_split_at_line_ends_and_loses_nothing(stage: Stage) -> None:
    lines = [f"aws s3api put-object --key 'a & b <{at}>' --body file-{at}" for at in range(150)]
    view = fix_modal(_guide(stage, cli="\n".join(lines)))
    assert blockkit.problems_view(view) == []
    shown = _code(view).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert all(line in shown for line in lines)


@pytest.mark.parametrize("text", ["&" * 9_000, "x" * 9_000, "<>\n" * 3_000])
def test_every_part_of_code_fits_once_escaped_and_the_parts_make_the_whole(text: str) -> None:
    parts = code_parts(text)
    assert all(len(blockkit.escape(part)) <= 2_900 for part in parts)
    assert "".join(parts).replace("\n", "") == text.replace("\n", "")


def test_a_finding_without_a_kept_fix_says_where_to_look(stage: Stage) -> None:
    guide = _guide(stage)
    bare = replace(guide, view=replace(guide.view, remediation=None))
    assert "No fix is kept for this finding." in words(fix_modal(bare))
    assert "No fix is kept for this finding." in draw(bare)["text"]


def test_the_answer_and_the_dialog_say_the_same(stage: Stage) -> None:
    guide = _guide(stage)
    message = draw(guide)
    assert blockkit.problems(message) == []
    assert ids(message) == ["fixed"]
    assert FIX.cli in message["text"]


def test_a_finding_opens_as_a_dialog_with_its_history(stage: Stage) -> None:
    guide = _guide(stage)
    detail = stage.say(f"show {guide.view.finding.id}")
    assert isinstance(detail, FindingDetail)
    view = finding_view(detail)
    assert blockkit.problems_view(view) == []
    assert "first seen failing" in words(view)
    assert view["private_metadata"] == guide.view.finding.id
