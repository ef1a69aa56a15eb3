"""Answers that only the person who asked sees."""

import pytest

from bot import blockkit
from bot.messages.replies import draw, draw_error
from commands.registry import COMMANDS
from commands.reply import FindingList, Help
from scanners.errors import CollectError, RefusedError, UsageError
from scanners.model import Severity
from tests.bot.messages.stage import Stage, ids, refused, verdict, words

HIGH = Severity.HIGH


def _first(stage: Stage) -> str:
    reply = stage.say("findings")
    assert isinstance(reply, FindingList)
    return reply.findings[0].finding.id


def test_a_list_is_grouped_by_control_and_points_to_its_next_page(stage: Stage) -> None:
    stage.see(*(verdict(f"b{at}") for at in range(12)), verdict("b0", control="s3.tls_only", severity=HIGH))
    message = draw(stage.say("findings severity:high,critical"))
    assert blockkit.problems(message) == []
    assert "13 findings for severity:high,critical: 12 critical, 1 high. Here are 1 to 10." in message["text"]
    assert "3 more: /patrol findings severity:high,critical --offset 10" in message["text"]
    assert ids(message) == ["run_next"]
    assert words(message).count("Buckets must not be public") == 1


def test_controls_whose_findings_alternate_still_have_one_heading_each(stage: Stage) -> None:
    for at in range(4):
        stage.see(
            *(verdict(f"b{n}") for n in range(at + 1)),
            *(verdict(f"b{n}", control="s3.acl", fix=None) for n in range(at + 1)),
        )
        stage.later(hours=1)
    assert words(draw(stage.say("findings"))).count("(s3.acl)") == 1


def test_the_last_page_offers_the_way_back(stage: Stage) -> None:
    stage.see(*(verdict(f"b{at}") for at in range(12)))
    message = draw(stage.say("findings --offset 10"))
    assert "Here are 11 to 12." in message["text"]
    assert ids(message) == ["run_previous"]


def test_show_all_gives_every_finding_its_own_buttons(stage: Stage) -> None:
    stage.see(*(verdict(f"b{at}") for at in range(12)))
    message = draw(stage.say("findings"), act=True)
    assert blockkit.problems(message) == []
    assert ids(message).count("fixed") == 10


def test_an_empty_list_says_whether_anything_was_ever_scanned(fresh: Stage) -> None:
    assert "nothing has been scanned yet" in draw(fresh.say("findings"))["text"]
    fresh.see(verdict())
    assert "No finding fits" in draw(fresh.say("findings severity:low"))["text"]


def test_a_finding_is_told_with_evidence_history_and_due_date(stage: Stage) -> None:
    stage.see(verdict())
    message = draw(stage.say(f"show {_first(stage)}"))
    assert blockkit.problems(message) == []
    for part in ("CRITICAL", "arn:aws:s3:::acme-invoices", "due in 7 d", "first seen failing", "payments"):
        assert part in message["text"]


def test_a_decision_says_what_happens_next(stage: Stage) -> None:
    stage.see(verdict())
    message = draw(stage.say(f"acknowledge {_first(stage)}"))
    assert message["text"].startswith("Acknowledged until Tue 24 Nov 2026 09:00 UTC.")
    assert ids(message) == ["undo", "fix", "fixed", "more"]
    assert ids(draw(stage.say(f"fixed {_first(stage)}"))) == []


def test_a_scan_with_gaps_says_them_before_what_changed(stage: Stage) -> None:
    done = stage.see(verdict(), gaps=[refused("s3.tls_only", "s3:GetBucketPolicy")])
    message = draw(done)
    told = message["text"]
    assert blockkit.problems(message) == []
    assert told.index("Could not check s3.tls_only") < told.index("1 new, 0 fixed, 1 open now.")
    assert "everything was checked" not in told


def test_a_clean_scan_says_that_everything_was_checked(stage: Stage) -> None:
    assert "everything was checked" in draw(stage.see(verdict()))["text"]


def test_status_never_says_all_is_well_over_a_gap(fresh: Stage) -> None:
    assert "never scanned" in draw(fresh.say("status"))["text"]
    fresh.see(verdict(), gaps=[refused("s3.tls_only", "s3:GetBucketPolicy")])
    message = draw(fresh.say("status"))
    assert "All is well" not in message["text"]
    assert "1 target not checked in full" in message["text"]
    fresh.later(hours=1)
    fresh.see(verdict())
    assert "All is well" in draw(fresh.say("status"))["text"]


def test_help_lists_every_command_and_each_in_full(stage: Stage) -> None:
    message = draw(stage.say("help"))
    for name in COMMANDS:
        assert f"/patrol {name}" in message["text"]
        topic = stage.say(f"help {name}")
        assert isinstance(topic, Help)
        assert blockkit.problems(draw(topic)) == []
    assert blockkit.problems(message) == []


@pytest.mark.parametrize("error", [UsageError, RefusedError, CollectError])
def test_an_error_is_shown_in_its_own_words_and_pings_no_channel(error: type[UsageError]) -> None:
    message = draw_error(error("There is no target '<!channel>'. These can: @U0LEAD."))
    assert blockkit.problems(message) == []
    assert "<!channel>" not in str(message)
    assert "These can: <@U0LEAD>." in message["text"]


def test_a_page_whose_words_are_too_long_for_a_button_has_none(stage: Stage) -> None:
    stage.see(*(verdict(f"bucket-{at}") for at in range(12)))
    reply = stage.say("findings")
    assert isinstance(reply, FindingList)
    object.__setattr__(reply, "filter_text", "resource:" + "x" * 3_000)
    assert blockkit.problems(draw(reply)) == []
    assert ids(draw(reply)) == []
