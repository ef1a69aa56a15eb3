"""What each command answers, as data."""

from dataclasses import replace

import pytest

from commands.people import Organisation
from commands.registry import COMMANDS
from commands.reply import Decided, FindingDetail, FindingList, FixGuide, Help, ScanQueued, StatusReport
from scanners.errors import CollectError, RefusedError, UsageError
from scanners.model import CoverageStatus, Severity
from storage.model import Kind, State, short
from tests.commands.office import PROD, Office
from tests.storage.world import FIX, PASS, UNKNOWN, identity, verdict

PARTIAL = CoverageStatus.PARTIAL


def listed(office: Office, words: str = "findings", face: str = "slack") -> FindingList:
    reply = office.say(words, face=face)
    assert isinstance(reply, FindingList)
    return reply


def status(office: Office) -> StatusReport:
    reply = office.say("status")
    assert isinstance(reply, StatusReport)
    return reply


# -- findings ----------------------------------------------------------------------------------------


def test_findings_on_slack_come_in_pages_and_on_a_terminal_whole(office: Office) -> None:
    office.see(*(verdict(f"b{at}") for at in range(25)))
    assert [len(listed(office, f"findings --offset {at}").findings) for at in (0, 10, 20, 30)] == [
        10,
        10,
        5,
        0,
    ]
    assert listed(office).total == 25
    assert len(listed(office, face="terminal").findings) == 25
    assert len(listed(office, "findings --limit 3", "terminal").findings) == 3


def test_findings_split_their_count_by_severity_and_name_their_controls(office: Office) -> None:
    office.see(verdict("a"), verdict("b", severity=Severity.LOW))
    reply = listed(office, "findings severity:low,high")
    assert reply.by_severity == {"high": 1, "low": 1}
    assert reply.filter_text == "severity:low,high"
    assert set(reply.titles) == {"s3.public"}
    assert reply.as_of == office.now


def test_fixed_findings_are_listed_when_asked_for(office: Office) -> None:
    office.see(verdict("a"), verdict("b"))
    office.see(verdict("a"), verdict("b", PASS))
    assert [view.finding.resource_id for view in listed(office).findings] == ["a"]
    assert [v.finding.resource_id for v in listed(office, "findings state:fixed").findings] == ["b"]
    assert listed(office, "findings state:all").total == 2


def test_a_store_without_a_scan_says_so(office: Office) -> None:
    assert listed(office).never_scanned
    office.see(verdict("a", PASS))
    assert not listed(office).never_scanned


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("findings severity:hihg", "There is no severity 'hihg'. Did you mean high?"),
        ("findings state:opne", "There is no state 'opne'. Did you mean open?"),
        ("findings team:paymnts", "There is no team 'paymnts'. Did you mean payments?"),
        ("findings --limit ten", "--limit takes a whole number, not 'ten'."),
        ("findings --limit -1", "--limit takes a whole number, not '-1'."),
        ("findings --offset 99999999999999999999", "--offset takes a whole number"),
        ("show", "`show` needs the id of a finding, such as `show 3fa1c09b`. `findings` lists them."),
        ("fix", "`fix` needs the id of a finding"),
        ("acknowledge", "`acknowledge` needs the id of a finding"),
        ("fixed", "`fixed` needs the id of a finding"),
        ("fixed 00000000", "No finding starts with 00000000."),
        ("scan", "Which target? Configured: prod, staging."),
        ("scan prdo", "There is no target 'prdo'. Did you mean prod? Configured: prod, staging."),
        ("release prdo", "There is no target 'prdo'. Did you mean prod?"),
        ("help scna", "There is no command 'scna'. Did you mean `scan`?"),
        ("fnidings", "There is no command 'fnidings'. Did you mean `findings`?"),
    ],
)
def test_a_wrong_word_is_told_with_the_nearest_and_exit_64(office: Office, words: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        office.say(words)
    assert told in str(caught.value)
    assert caught.value.exit_code == 64


# -- show, fix, help ---------------------------------------------------------------------------------


def test_show_tells_a_finding_and_its_history(office: Office) -> None:
    office.see(verdict("a"))
    office.say(f"acknowledge {short(identity('a'))}")
    reply = office.say(f"show {short(identity('a'))}")
    assert isinstance(reply, FindingDetail)
    assert reply.title != "s3.public"
    assert reply.references
    assert [event.kind for event in reply.history] == [Kind.OPENED, Kind.ACKNOWLEDGED]
    assert reply.view.evidence == {"public": True}


def test_fix_gives_the_fix_that_was_rendered_for_this_resource(office: Office) -> None:
    office.see(verdict("a"))
    reply = office.say(f"fix {identity('a')}")
    assert isinstance(reply, FixGuide)
    assert reply.view.remediation == FIX


def test_a_control_that_is_not_known_here_is_named_by_its_id(office: Office) -> None:
    office.see(verdict("a", control="custom.rule"))
    assert listed(office).titles == {"custom.rule": "custom.rule"}


def test_help_lists_every_command_and_nothing_means_help(office: Office) -> None:
    whole, empty = office.say("help"), office.say("  ")
    assert isinstance(whole, Help)
    assert whole == empty
    assert [line.name for line in whole.commands] == list(COMMANDS)
    one = office.say("help release")
    assert isinstance(one, Help)
    assert (one.topic, len(one.commands)) == ("release", 1)


@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_command_says_what_it_does_and_its_examples_begin_with_it(name: str) -> None:
    command = COMMANDS[name]
    assert command.summary.endswith(".")
    assert command.usage.split()[0] == name
    assert command.examples
    assert all(example.split()[0] == name for example in command.examples)


# -- acknowledge, fixed ------------------------------------------------------------------------------


def test_an_acknowledgement_says_until_when(office: Office) -> None:
    office.see(verdict("a"))
    reply = office.say(f"acknowledge {identity('a')}")
    assert isinstance(reply, Decided)
    assert reply.message.startswith("Acknowledged until Thu 05 Nov 2026 10:00 UTC.")
    assert (reply.view.state, reply.job) == (State.ACKNOWLEDGED, 0)


def test_an_acknowledgement_of_the_acknowledged_is_refused_by_rule(office: Office) -> None:
    office.see(verdict("a"))
    office.say(f"acknowledge {identity('a')}")
    with pytest.raises(RefusedError, match="it is acknowledged already, by @U0DEV1") as caught:
        office.say(f"acknowledge {identity('a')}", "U0DEV2")
    assert caught.value.exit_code == 3
    office.later(days=3)
    office.say(f"acknowledge {identity('a')}", "U0DEV2")
    assert office.told() == ["opened", "acknowledged", "lapsed", "acknowledged"]


def test_a_claim_queues_a_check_and_closes_nothing(office: Office) -> None:
    office.see(verdict("a"))
    reply = office.claim()
    (job,) = office.waiting()
    assert (reply.job, job.kind, job.subject, job.channel) == (job.id, "check", identity("a"), "C0PAY")
    assert (reply.view.state, office.state()) == (State.FIX_CLAIMED, "fix_claimed")
    assert "a scan, not the click, closes it" in reply.message


def test_claiming_twice_queues_one_check(office: Office) -> None:
    office.see(verdict("a"))
    assert office.claim().job == office.claim(actor="U0DEV2").job
    assert len(office.waiting()) == 1
    assert office.finding().claim_by == "U0DEV2"


def test_a_claim_of_the_fixed_is_refused(office: Office) -> None:
    office.see(verdict("a"))
    office.see(verdict("a", PASS))
    with pytest.raises(RefusedError, match="Can't claim a fix for .*: it is fixed already: a scan proved it"):
        office.claim()
    assert office.waiting() == []


# -- scan, status ------------------------------------------------------------------------------------


def test_a_scan_is_queued_once_and_its_message_follows_it(office: Office) -> None:
    first, second = office.say("scan prod"), office.say("scan prod", "U0LEAD")
    assert isinstance(first, ScanQueued)
    assert isinstance(second, ScanQueued)
    assert (first.target, first.joined, second.joined, second.job) == ("prod", False, True, first.job)
    (post,) = office.posts("job")
    assert (post.subject, post.channel) == (str(first.job), "C0PAY")


def test_the_only_target_need_not_be_named(office: Office) -> None:
    office.organisation = replace(office.organisation, targets=(PROD,))
    reply = office.say("scan")
    assert isinstance(reply, ScanQueued)
    assert reply.target == "prod"


def test_without_a_target_a_scan_says_how_to_add_one(office: Office) -> None:
    office.organisation = Organisation(teams=office.organisation.teams)
    with pytest.raises(UsageError, match="none yet: add a \\[\\[target\\]\\] to patrol.toml"):
        office.say("scan")


def test_a_scan_tells_what_it_changed(office: Office) -> None:
    office.see(verdict("a"), verdict("b"))
    done = office.see(verdict("a", PASS), verdict("b"), verdict("c"))
    assert (done.opened, done.regressed, done.fixed, done.still_open) == (1, 0, 1, 2)
    done = office.see(verdict("a"), verdict("b"), verdict("c", UNKNOWN), covers=PARTIAL)
    assert (done.opened, done.regressed, done.fixed, done.still_open) == (0, 1, 0, 3)
    assert [gap.status for gap in done.scan.gaps] == ["partial"]


def test_status_names_gaps_jobs_and_counts(office: Office) -> None:
    office.see(verdict("a"), verdict("b", UNKNOWN), covers=PARTIAL)
    office.say("scan staging")
    office.problems = ("Slack: the token was revoked.",)
    report = status(office)
    assert [target.name for target in report.targets] == ["prod", "staging"]
    prod, staging = report.targets
    assert prod.scan is not None
    assert [gap.reason for gap in prod.scan.gaps] == ["s3:GetBucketPolicy was refused"]
    assert (staging.scan, staging.running is not None) == (None, True)
    assert (report.by_state, report.by_severity) == ({"open": 1}, {"high": 1})
    assert report.problems == ("Slack: the token was revoked.",)


def test_status_tells_a_failed_scan_until_one_goes_well(office: Office) -> None:
    office.say("scan prod")
    office.script.append(CollectError("AWS can't be reached."))
    assert office.work() == "AWS can't be reached."
    assert status(office).problems == ("scan prod: AWS can't be reached.",)
    office.say("scan prod")
    office.will_see(verdict("a"))
    assert office.work() == ""
    assert status(office).problems == ()


def test_status_shows_a_scanned_target_that_is_no_longer_configured(office: Office) -> None:
    office.see(verdict("a"))
    office.organisation = replace(office.organisation, targets=())
    (target,) = status(office).targets
    assert (target.name, target.owner) == ("prod", "")


def test_status_counts_what_was_not_checked_for_a_week(office: Office) -> None:
    office.see(verdict("a"))
    assert status(office).stale == 0
    office.later(days=8)
    assert status(office).stale == 1
