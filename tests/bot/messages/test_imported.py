"""Findings of other tools in Slack and on a terminal: their words, marked as theirs, and nobody pinged."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import blockkit
from bot.messages.fix_view import finding_view, fix_modal
from bot.messages.replies import draw
from bot.messages.terminal import text
from commands.imports import Request, run
from commands.reply import FindingDetail, FixGuide
from scanners.imports.report import Declared
from scanners.model import Target
from tests.bot.messages.stage import HOSTILE, START, Stage, ids, open_stage, rendered, words
from tests.scanners.imports.made import BUCKET, detection, found, ocsf, sarif
from tests.scanners.imports.made import run as sarif_run

THEN = int(START.timestamp())


@pytest.fixture
def stage(tmp_path: Path) -> Any:
    made = open_stage(tmp_path, scanned=False)
    home = Target("shop", "import", "payments")
    made.organisation = replace(made.organisation, targets=(*made.organisation.targets, home))
    bring(made, ocsf({**detection("first", arn="arn:aws:s3:::first", code="PASS"), "time": THEN - 3600}))
    bring(made, sarif(sarif_run(found("first", path="first.py"))), at=START - timedelta(hours=1))
    yield made
    made.store.close()


def bring(stage: Stage, data: bytes, at: Any = None) -> None:
    """Security imports the file into the target shop."""
    run(stage.context("U0SEC", "terminal"), Request(data, "f", target="shop", declared=Declared(at=at)))


def sound(message: Mapping[str, Any]) -> None:
    assert blockkit.problems(message) == []
    assert "<!" not in rendered(message).replace("<!date^", "")
    assert "<https://evil" not in rendered(message)


def test_the_message_names_the_tool_and_what_it_saw(stage: Stage) -> None:
    bring(stage, ocsf({**detection("s3_public"), "severity_id": 5, "time": THEN}))
    message = stage.draw()
    sound(message)
    told = words(message)
    assert "CRITICAL: Title of s3_public" in told
    assert "*Seen:* The bucket is public." in told
    assert "Reported by" in told
    assert "prowler" in told
    assert "shop/aws/123456789012" in told
    assert "Anyone can read it." in told
    assert ids(message)[:3] == ["acknowledge", "fix", "fixed"]


def test_a_result_in_code_names_file_line_and_tool(stage: Stage) -> None:
    critical = {"properties": {"security-severity": "9.9"}}
    bring(stage, sarif(sarif_run(found(path="app/pay.py", line=41, **critical))), at=START)
    message = stage.draw()
    sound(message)
    assert "app/pay.py" in words(message)
    assert "(line 41)" in words(message)
    assert "global" not in words(message)


def test_how_to_fix_shows_the_tools_words_as_its_own(stage: Stage) -> None:
    hostile = "Run `rm -rf /` ```and``` <!channel> <https://evil.example|this>\nwith <BUCKET>"
    event = {
        **detection(),
        "severity_id": 5,
        "time": THEN,
        "remediation": {"desc": hostile, "references": ["https://ok.example/x"]},
    }
    bring(stage, ocsf(event))
    guide = next_guide(stage)
    for message in (draw(guide), fix_modal(guide)):
        assert "What prowler says" in words(message)
        assert "Patrol has not tried them" in words(message)
        assert "On the command line" not in words(message)
        assert "check now" not in str(message)
        assert "<!channel>" not in str(message)
    sound(draw(guide))
    shown = text(guide)
    assert "What prowler says" in shown
    assert "https://ok.example/x" in shown


def next_guide(stage: Stage) -> FixGuide:
    guide = stage.say(f"fix {identity(stage)}")
    assert isinstance(guide, FixGuide)
    return guide


def identity(stage: Stage) -> str:
    with stage.store.read() as connection:
        found = connection.execute("select id from findings where resource not like '%first%'").fetchone()
    return str(found["id"])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_words_of_a_tool_ping_nobody(stage: Stage, hostile: str) -> None:
    event = detection(check=f"check {hostile}", arn=BUCKET + hostile[:100], said=hostile)
    event |= {"severity_id": 5, "time": THEN, "risk_details": hostile, "remediation": {"desc": hostile}}
    event["finding_info"] = {"title": hostile, "uid": "x"}
    bring(stage, ocsf(event))
    sound(stage.draw())
    detail = stage.say(f"show {identity(stage)}")
    assert isinstance(detail, FindingDetail)
    assert blockkit.problems(draw(detail)) == []
    for drawn in (draw(detail), finding_view(detail), fix_modal(next_guide(stage))):
        assert "<!channel>" not in str(drawn)
        assert "<https://evil" not in str(drawn)
    assert "\x1b" not in text(detail)
    assert "\u202e" not in text(detail)


def test_a_claim_waits_for_the_next_import_and_says_so(stage: Stage) -> None:
    bring(stage, ocsf({**detection(), "severity_id": 5, "time": THEN}))
    stage.say(f"fixed {identity(stage)}")
    message = stage.draw()
    assert "the next import of prowler decides" in words(message)
    assert "fixed" not in ids(message)
    stage.later(hours=2)
    bring(stage, ocsf({**detection(code="PASS"), "time": THEN + 3600}))
    assert "prowler reports it as mended" in words(stage.draw())
    assert "proven by a scan" not in words(stage.draw())


def test_the_first_report_of_a_tool_names_its_checks_by_their_titles(stage: Stage) -> None:
    rule = {"id": "sql", "shortDescription": {"text": "SQL put together from text"}}
    bring(stage, sarif(sarif_run(found(level="error"), rules=(rule,), tool="Other")), at=START)
    told = words(stage.draw("scan", 1))
    assert "SQL put together from text" in told
    assert "First scan of shop.other" in told


def test_what_could_not_be_read_is_told_with_the_tool(stage: Stage) -> None:
    bring(stage, ocsf({**detection(), "time": THEN}, {"class_uid": 2004}))
    shown = text(stage.say("status"))
    assert "Could not check all of prowler in import/prowler/shop/aws/123456789012: 1 of its items" in shown
