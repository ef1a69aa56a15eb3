"""The summary as a message: twelve lines for someone who never saw Patrol, drawn from its own frozen data."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot import blockkit
from bot.messages.draft import Draft
from bot.messages.replies import draw
from bot.messages.summary import fill_summary, numbers
from bot.messages.terminal import text
from commands import weekly
from commands.people import Person
from commands.reply import FindingList
from commands.summary_model import BEHIND, ControlRow, Named, Summary, to_data
from scanners.model import Json, Severity, Status
from storage.model import Post
from storage.post_rows import get
from tests.bot.messages.stage import HOSTILE, START, Stage, ids, open_stage, refused, rendered, verdict
from tests.bot.messages.test_hostile_words import NASTY, sound

LOW = Severity.LOW
GAP = {"control": "kms.rotation", "scope": "aws/1/eu", "target": "prod", "reason": "kms:ListKeys was refused"}
EACH = {"critical": 0, "high": 0, "medium": 0, "low": 0, "unknown": 0}


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    made = open_stage(tmp_path, scanned=False)
    yield made
    made.store.close()


def made(word: str = "payments", **changes: object) -> Summary:
    """A summary with something in each line, every foreign word of it `word`."""
    sla = {name: {"due_met": 1, "breached": 0, "due_7d": 0} for name in EACH}
    sla["critical"] |= {"breached": 3}
    sla["high"] |= {"due_7d": 5}
    document: dict[str, Json] = {
        "as_of": "2026-11-23T08:00:00.000000Z", "team": word, "days": 7,
        "cohort": {"day0": "2026-10-24", "total": 47, "fixed": 31, "accepted": 4, "false_positive": 0, "open": 12},
        "new": 6, "fixed": 9, "regressed": 2, "time_to_fix": {}, "sla": sla,
        "ages": {"0-7": 6, "8-30": 9, "31-90": 0, "90+": 0},
        "coverage": {"checked": 99, "of": 100, "gaps": [dict.fromkeys(GAP, word)]}, "score": 62.1,
    }  # fmt: skip
    named = Named("pf1_" + "ab" * 32, word, word, word, "critical", "2026-10-24T08:00:00.000000Z", 62)
    told = Summary(
        document, BEHIND, "3 critical are past their date.", (named,) * 3, (named,) * 3, (named,) * 3, named, 2, 1,
        {word: 9}, (ControlRow(word, word, 3, 9),), "2026-11-23", ("U0LEAD",), {"U0LEAD": word},
    )  # fmt: skip
    return replace(told, **changes)  # type: ignore[arg-type]


def lines(summary: Summary) -> list[str]:
    draft = Draft()
    fill_summary(draft, summary, weekly=True)
    return [line for line in draft.lines if line]


def test_it_answers_on_track_late_and_what_to_decide_in_twelve_lines() -> None:
    told = lines(made())
    assert told == [
        "Weekly summary for payments, Monday 23 November",
        "Behind: 3 critical are past their date.",
        "Since the first day (2026-10-24): fixed 31 (65 %) · accepted 4 · open 12 of 47.",
        "Last 7 days: 6 new, 9 fixed, 2 came back.",
        "Late: 3 critical. payments (payments) abababab, payments (payments) abababab,"
        " payments (payments) abababab.",
        "Due in 7 days: 5 high. payments (payments) abababab, payments (payments) abababab,"
        " payments (payments) abababab and 2 more.",
        "Decide today: 2 requests wait for a yes or no; 1 acceptance ends within 14 days.",
        *told[7:8],
        "Best next fix: CRITICAL payments: payments abababab, +6.2 on a score of 62.1.",
        "Not checked: 1 of 100 checks in the last 24 hours. First of them: payments. /patrol status tells why.",
        "Thanks for fixes that a scan has proven: payments (9).",
        "For payments. The table per control is in the thread.",
    ]
    assert told[7].startswith("Oldest, since 24 Oct 2026: payments (payments) abababab, payments")
    assert len(told) == 12


def test_what_could_not_be_checked_comes_before_the_verdict_when_it_matters() -> None:
    blind = {**made().document, "coverage": {"checked": 10, "of": 100, "gaps": [GAP]}}
    told = lines(made(document=blind))
    assert told[1].startswith("Not checked: 90 of 100 checks")
    assert told[2].startswith("Behind:")
    assert len(told) == 12


def test_below_five_there_is_no_percentage() -> None:
    few = {**made().document, "cohort": {"day0": "2026-10-24", "total": 4, "fixed": 3, "accepted": 0,
                                         "false_positive": 1, "open": 0}}  # fmt: skip
    assert "fixed 3 · accepted 0 · not real 1 · open 0 of 4." in lines(made(document=few))[2]


def test_leads_are_named_and_nobody_is_pinged() -> None:
    told = made(leads=("U0LEAD", "S0GROUP", "U0NEW"), names={"U0LEAD": "Dana"})
    assert lines(told)[-1].startswith("For Dana.")
    assert "<@" not in rendered(draw(told))
    assert lines(made(names={}))[-1].startswith("For the leads.")


@pytest.mark.parametrize("word", NASTY)
def test_hostile_names_stay_names(word: str) -> None:
    told = made(word)
    sound(draw(told))
    assert len(lines(told)) <= 12
    assert all("\n" not in line for line in lines(told))
    assert "\x1b" not in text(told) and "\u202e" not in text(told)


def test_every_number_that_is_not_nought_has_a_button_whose_list_is_as_long(stage: Stage) -> None:
    stage.see(verdict("a"), verdict("b", severity=LOW), verdict("c"), verdict("d"))
    stage.say(
        f"accept {_id(stage, 'b')} --reason 'we replace this bucket in spring' --until 2026-12-01", "U0DEV1"
    )
    stage.say(
        f"accept {_id(stage, 'c')} --reason 'we replace this bucket in spring' --until 2026-12-01", "U0DEV1"
    )
    stage.say(f"approve {_id(stage, 'b')}", "U0LEAD")
    stage.later(days=8)
    stage.see(verdict("a", Status.PASS), verdict("b", severity=LOW), verdict("c"), verdict("d"), verdict("e"))
    stage.later(hours=1)
    told = stage.say("summary payments --days 7")
    assert isinstance(told, Summary)
    buttons = [b for block in draw(told)["blocks"] if block["type"] == "actions" for b in block["elements"]]
    found = {button["value"].rpartition(" ")[2]: button for button in buttons}
    assert found.keys() == {part for part, number in numbers(told).items() if number and part != "open"}
    assert {"late", "new", "fixed", "first_open", "first_fixed", "first_accepted", "expiring"} <= found.keys()
    for part, button in found.items():
        listed = stage.say(button["value"])
        assert isinstance(listed, FindingList)
        assert listed.total == numbers(told)[part]
        assert f"({listed.total})" in button["text"]["text"]
        assert blockkit.problems(draw(listed, act=True)) == []
    assert blockkit.problems(draw(told)) == []


def test_what_was_fixed_twice_is_two_lines_with_one_row_of_buttons(stage: Stage) -> None:
    for status in (Status.FAIL, Status.PASS, Status.FAIL, Status.PASS, Status.FAIL):
        stage.see(verdict("a", status))
        stage.later(hours=30)
    listed = stage.say("summary payments --show fixed")
    assert isinstance(listed, FindingList)
    assert [view.finding.resource_id for view in listed.findings] == ["a", "a"]
    drawn = draw(listed, act=True)
    assert blockkit.problems(drawn) == []
    assert len([block for block in drawn["blocks"] if block.get("block_id", "").startswith("finding-")]) == 1


def _id(stage: Stage, name: str) -> str:
    with stage.store.read() as connection:
        row = connection.execute("select id from findings where resource_id = ?", (name,)).fetchone()
    return str(row[0])


def _posted(stage: Stage) -> None:
    """A Monday comes."""
    began = stage.now
    stage.now = START + timedelta(days=7, hours=1)
    stage.see(verdict("a"), gaps=[refused("kms.rotation", "kms:ListKeys")])
    context = replace(stage.context(face="schedule"), actor=Person("schedule"))
    assert weekly.post_due(context, began)


def test_the_weekly_message_and_its_thread_never_change(stage: Stage) -> None:
    stage.see(verdict("a"))
    _posted(stage)
    before = stage.draw("weekly"), stage.draw("weekly_more")
    assert "Behind: 1 critical is past its date." in before[0]["text"]
    assert "Buckets must not be public (s3.public): 1 open, 0 fixed" in before[1]["text"]
    assert "kms.rotation in prod (aws/123456789012/eu-west-1): kms:ListKeys was refused" in before[1]["text"]
    assert ids(before[0])[0] == "run_summary_late"
    stage.later(hours=2)
    stage.see(verdict("a", Status.PASS))
    assert (stage.draw("weekly"), stage.draw("weekly_more")) == before
    assert stage.posts("weekly_more")[0].parent == stage.posts("weekly")[0].id
    for message in before:
        assert blockkit.problems(message) == []


def test_a_hostile_thread_is_within_slacks_limits(stage: Stage) -> None:
    stage.see(*(verdict(word, control="s3.versioning") for word in HOSTILE if word.strip()))
    _posted(stage)
    post = stage.posts("weekly")[0]
    with stage.store.read() as connection:
        kept: Post | None = get(connection, post.id)
    assert kept is not None and kept.data["verdict"] == BEHIND
    sound(stage.draw("weekly"))
    sound(stage.draw("weekly_more"))


def test_what_is_kept_of_very_many_gaps_is_short() -> None:
    many = {**made().document, "coverage": {"checked": 0, "of": 5_000, "gaps": [GAP] * 5_000}}
    kept = to_data(made(document=many))
    assert len(kept["document"]["coverage"]["gaps"]) == 100
    assert made(document=kept["document"]).gap_count == 5_000


def test_on_a_terminal_the_table_stands_below(stage: Stage) -> None:
    stage.see(verdict("a"))
    told = text(stage.say("summary payments"))
    assert told.startswith("Summary for payments, Monday 23 November\n")
    assert "s3.public  Buckets must not be public  1     0" in told
    assert "/patrol" not in told
