"""Plain text for a terminal."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.messages.documents import scan_document
from bot.messages.terminal import text
from bot.messages.terminal_scan import scan_text
from bot.messages.terminal_table import WIDTH, clip, safe, table, width
from commands.registry import COMMANDS
from commands.reply import FindingList
from scanners.model import Severity, Status
from tests.bot.messages.stage import HOSTILE, START, Stage, refused, scan, verdict


def _lines(words: str) -> list[str]:
    return words.split("\n")


def test_findings_are_a_table_whose_columns_line_up(stage: Stage) -> None:
    stage.see(verdict(), verdict("名前のバケツ", severity=Severity.LOW, control="s3.versioning"))
    head, *rows = _lines(text(stage.say("findings", face="terminal")))[:3]
    at = head.index("REGION")
    for row in rows:
        assert width(row[: row.index("eu-west-1")]) == at
    assert text(stage.say("findings", face="terminal")).endswith("2 findings: 1 critical, 1 low.")


@pytest.mark.parametrize("name", HOSTILE)
def test_a_table_stays_within_its_width_whatever_the_names(stage: Stage, name: str) -> None:
    stage.see(verdict(name))
    for line in _lines(text(stage.say("findings", face="terminal"))):
        assert width(line) <= WIDTH
        assert line.isprintable()


@pytest.mark.parametrize("command", ["findings", "show", "fix", "status", "acknowledge", "fixed"])
def test_no_control_character_reaches_the_terminal(stage: Stage, command: str) -> None:
    stage.see(*(verdict(name) for name in HOSTILE))
    listed = stage.say("findings resource:red", face="terminal")
    assert isinstance(listed, FindingList)
    words = command if command in ("findings", "status") else f"{command} {listed.findings[0].finding.id}"
    for line in _lines(text(stage.say(words, face="terminal"))):
        assert line.isprintable(), line


def test_colour_is_there_only_when_asked(stage: Stage) -> None:
    stage.see(verdict())
    listed = stage.say("findings", face="terminal")
    assert "\x1b" not in text(listed)
    assert "\x1b[1;31mCRITICAL\x1b[0m" in text(listed, colour=True)


def test_a_fix_can_be_copied_as_it_stands(stage: Stage) -> None:
    stage.see(verdict())
    listed = stage.say("findings")
    assert isinstance(listed, FindingList)
    told = text(stage.say(f"fix {listed.findings[0].finding.id}"))
    assert "\n  aws s3api put-public-access-block --bucket acme-invoices\n" in told
    assert "\n    block_public_acls = true\n" in told


def test_a_detail_tells_the_history_in_utc(stage: Stage) -> None:
    stage.see(verdict())
    listed = stage.say("findings")
    assert isinstance(listed, FindingList)
    stage.say(f"acknowledge {listed.findings[0].finding.id}")
    told = text(stage.say(f"show {listed.findings[0].finding.id}"))
    assert "23 Nov 2026 09:00 UTC: acknowledged by @U0DEV1 until 24 Nov 2026 09:00 UTC" in told
    assert "<" not in told


def test_status_on_a_terminal_leaves_no_gap_out(stage: Stage) -> None:
    gaps = [refused(f"s3.control_{at}", f"s3:Get{at}") for at in range(30)]
    stage.see(verdict(), gaps=gaps)
    told = text(stage.say("status"))
    assert all(f"s3:Get{at} is refused" in told for at in range(30))


def test_help_lists_every_command_and_tells_each(stage: Stage) -> None:
    told = text(stage.say("help"))
    for name in COMMANDS:
        assert f"\n  {name} " in told
        assert text(stage.say(f"help {name}")).startswith(f"patrol {name}")


def test_a_scan_lists_failures_worst_first_then_gaps_then_one_summary() -> None:
    done = scan(
        1,
        START,
        [
            verdict("b", severity=Severity.LOW, control="s3.versioning", reason="Versioning is off."),
            verdict("a", reason="Bucket a is public."),
            verdict("c", Status.PASS),
        ],
        gaps=[refused("s3.tls_only", "s3:GetBucketPolicy")],
    )
    told = scan_text(done)
    assert told.index("CRITICAL") < told.index("LOW") < told.index("UNKNOWN")
    assert "Bucket a is public." in told
    assert "s3:GetBucketPolicy was refused Add s3:GetBucketPolicy to the role." not in told
    assert "Add s3:GetBucketPolicy to the role." in told
    assert told.endswith(
        "2 failing (1 critical, 1 low), 1 passing, 1 check could not be done in full."
        " 3 resources, 412 API calls, 38.0 s."
    )


def test_a_clean_scan_is_one_line() -> None:
    told = scan_text(scan(1, START, [verdict("c", Status.PASS)]))
    assert told == "Nothing fails, 1 passing, everything was checked. 1 resource, 412 API calls, 38.0 s."


def test_of_when_an_older_report_is_stands_beside_its_controls() -> None:
    done = scan(1, START, [verdict("c", Status.PASS)])
    made = START - timedelta(hours=3)
    told = scan_text(replace(done, coverage=tuple(replace(cover, as_of=made) for cover in done.coverage)))
    (line,) = [line for line in _lines(told) if line.startswith("AS OF")]
    assert f"{made:%Y-%m-%d %H:%M} UTC" in line and done.coverage[0].control in line
    (document,) = scan_document(replace(done, verdicts=(replace(done.verdicts[0], as_of=made),)))["verdicts"]
    assert document["as_of"].startswith(f"{made:%Y-%m-%dT%H:%M}")


def test_unseen_letters_are_written_as_codes() -> None:
    assert safe("a\x1b[2J\u202eb\x00\n") == "a\\x1b[2J\\u202eb\\x00 "


def test_clip_counts_columns_not_letters() -> None:
    assert width(clip("名" * 50, 21)) <= 21
    assert clip("short", 20) == "short"


def test_a_table_of_many_wide_columns_still_fits() -> None:
    told = table(["A"] * 6, [["x" * 80] * 6], elastic=2)
    assert all(width(line) <= WIDTH for line in _lines(told))
