"""Jobs: a claim is proven, refuted or undecided; checks that could not decide are tried again."""

from dataclasses import replace

import pytest

from commands.people import Organisation
from scanners.errors import CollectError, CredentialError
from scanners.model import CoverageStatus
from storage import jobs
from storage.model import Kind
from tests.commands.office import Office
from tests.storage.world import CONTROL, FAIL, PASS, UNKNOWN, arn, identity, verdict

PARTIAL = CoverageStatus.PARTIAL


@pytest.fixture
def claimed(office: Office) -> Office:
    """One finding, acknowledged and claimed by U0DEV1."""
    office.see(verdict("a"), verdict("b"))
    office.say(f"acknowledge {identity('a')}")
    office.later(minutes=5)
    office.claim()
    return office


def test_a_check_looks_at_that_control_on_that_resource_only(claimed: Office) -> None:
    claimed.will_see(verdict("a", PASS))
    assert claimed.work() == ""
    assert claimed.asked[-1] == ("prod", (CONTROL,), arn("a"), "claim")
    assert claimed.state("b") == "open"


def test_a_claim_that_a_check_proves_is_fixed_and_credited(claimed: Office) -> None:
    claimed.will_see(verdict("a", PASS))
    claimed.work()
    assert (claimed.state(), claimed.finding().fixed_by) == ("fixed", "U0DEV1")
    assert claimed.waiting() == []


def test_a_claim_that_a_check_refutes_goes_back_to_what_it_was(claimed: Office) -> None:
    claimed.will_see(verdict("a", FAIL))
    claimed.work()
    assert (claimed.state(), claimed.finding().refutations) == ("acknowledged", 1)
    assert claimed.told()[-1] == "refuted"
    assert claimed.waiting() == []


def test_a_check_that_could_not_decide_is_tried_after_1_5_and_30_minutes(claimed: Office) -> None:
    waits = []
    for _ in range(4):
        claimed.will_see(verdict("a", UNKNOWN), covers=PARTIAL)
        assert claimed.work() == ""
        ended = claimed.now
        assert claimed.work() is None, "it is not tried before its time"
        for job in claimed.waiting():
            waits.append((job.run_after - ended).total_seconds() / 60)
            claimed.now = job.run_after
    assert waits == [1, 5, 30]
    assert (claimed.state(), claimed.waiting()) == ("fix_claimed", [])
    assert claimed.told().count("inconclusive") == 4


def test_a_check_that_could_not_even_start_is_tried_again_and_says_why(claimed: Office) -> None:
    claimed.script.append(CredentialError("The credentials have expired. Run `aws sso login`."))
    assert claimed.work() == "The credentials have expired. Run `aws sso login`."
    assert claimed.state() == "fix_claimed"
    assert claimed.told()[-1] == "inconclusive"
    (job,) = claimed.waiting()
    assert (job.attempt, job.channel) == (1, "C0PAY")
    claimed.now = job.run_after
    claimed.will_see(verdict("a", PASS))
    claimed.work()
    assert claimed.state() == "fixed"


def test_asking_again_brings_the_retry_forward(claimed: Office) -> None:
    claimed.will_see(verdict("a", UNKNOWN), covers=PARTIAL)
    claimed.work()
    claimed.claim(actor="U0DEV2")
    claimed.will_see(verdict("a", PASS))
    assert claimed.work() == ""
    assert (claimed.state(), claimed.finding().fixed_by) == ("fixed", "U0DEV2")


def test_a_claim_that_a_full_scan_answered_is_not_tried_again(claimed: Office) -> None:
    claimed.will_see(verdict("a", UNKNOWN), covers=PARTIAL)
    claimed.work()
    claimed.see(verdict("a", PASS), verdict("b"))
    claimed.script.append(CollectError("AWS can't be reached."))
    claimed.work()
    assert claimed.told()[-1] == "fixed"
    assert claimed.waiting() == []


def test_a_claim_made_while_a_check_runs_gets_a_check_of_its_own(claimed: Office) -> None:
    """The check under way began before the second claim: it says nothing of that."""

    def again() -> None:
        claimed.meanwhile = lambda: None
        claimed.claim(actor="U0DEV2")

    claimed.meanwhile = again
    claimed.will_see(verdict("a", FAIL))
    claimed.work()
    assert (claimed.state(), claimed.finding().refutations) == ("fix_claimed", 0)
    (job,) = claimed.waiting()
    claimed.now = job.run_after
    claimed.will_see(verdict("a", PASS))
    claimed.work()
    assert (claimed.state(), claimed.finding().fixed_by) == ("fixed", "U0DEV2")


def test_a_resource_that_was_deleted_needs_a_second_look(claimed: Office) -> None:
    claimed.will_see()
    claimed.work()
    assert (claimed.state(), claimed.told()[-1]) == ("fix_claimed", "inconclusive")
    (job,) = claimed.waiting()
    claimed.now = job.run_after
    claimed.will_see()
    claimed.work()
    assert (claimed.state(), claimed.finding().cause) == ("fixed", "gone")


def test_three_refuted_claims_ask_the_lead_once(office: Office) -> None:
    office.see(verdict("a"))
    for _ in range(4):
        office.claim()
        office.will_see(verdict("a", FAIL))
        office.work()
        office.later(minutes=10)
    (asked,) = office.posts("ask")
    assert asked.data == {"finding": identity("a"), "refutations": 3, "leads": ["U0LEAD"]}
    assert asked.parent == office.posts("scan")[0].id  # the first scan's summary shows it with its buttons


def test_a_target_that_left_the_configuration_is_told(claimed: Office) -> None:
    claimed.organisation = replace(claimed.organisation, targets=())
    told = claimed.work()
    assert told is not None
    assert "The target prod is no longer in patrol.toml. Add it again" in told
    assert claimed.state() == "fix_claimed"


def test_a_scan_job_records_and_finishes(office: Office) -> None:
    office.say("scan prod")
    office.will_see(verdict("a"))
    assert office.work() == ""
    assert office.asked == [("prod", (), "", "command")]
    assert office.state() == "open"
    (post,) = office.posts("job")
    assert post.wanted == 2
    assert office.waiting() == []


def test_a_scheduled_scan_says_so(office: Office) -> None:
    office.say("scan prod", "schedule")
    office.will_see()
    office.work()
    assert office.asked[0][3] == "schedule"


def test_a_scan_that_could_not_run_changes_nothing(office: Office) -> None:
    office.see(verdict("a"))
    office.say("scan prod")
    office.script.append(CredentialError("The credentials have expired."))
    assert office.work() == "The credentials have expired."
    assert office.state() == "open"
    assert office.events(Kind.SCAN_RECORDED) == 1
    (failed,) = _failures(office)
    assert failed.error == "The credentials have expired."


def test_a_broken_scanner_fails_its_own_job_only(claimed: Office) -> None:
    claimed.script.append(KeyError("Buckets"))
    with pytest.raises(KeyError):
        claimed.work()
    (failed,) = _failures(claimed)
    assert failed.error.startswith("Patrol failed inside (KeyError: 'Buckets'). Nothing was changed")
    assert claimed.state() == "fix_claimed"


def test_the_message_of_a_scan_that_broke_inside_says_so(office: Office) -> None:
    office.say("scan prod")
    office.script.append(KeyError("Buckets"))
    with pytest.raises(KeyError):
        office.work()
    (post,) = office.posts("job")
    assert post.wanted == 2


def test_a_check_of_nobodys_finding_is_told(office: Office) -> None:
    office.organisation = Organisation()
    with office.store.write() as connection:
        jobs.enqueue(connection, "check", "pf1_" + "0" * 64, "U0DEV1", office.now)
    told = office.work()
    assert told is not None
    assert "No finding starts with" in told
    assert office.waiting() == []


def _failures(office: Office) -> list[jobs.Job]:
    with office.store.read() as connection:
        return jobs.last_failures(connection)
