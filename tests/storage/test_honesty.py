"""What a scan must never do (design.md), rule by rule. `test_mutations` removes each guard and runs these."""

from dataclasses import replace

import pytest

from scanners.model import CoverageStatus, Severity
from storage.model import Cause, Detection, Disposition, Kind
from storage.rebuild import compare
from tests.storage.world import (
    ACCOUNT,
    COMPLETE,
    CONTROL,
    DENIED,
    FAIL,
    OTHER,
    PARTIAL,
    PASS,
    SCOPE,
    UNKNOWN,
    World,
    arn,
    identity,
    kinds,
    verdict,
)


def test_a_failure_opens_a_finding_and_a_pass_closes_it(world: World) -> None:
    assert kinds(world.see(verdict("a"))) == [Kind.OPENED]
    assert kinds(world.see(verdict("a", PASS))) == [Kind.FIXED]
    found = world.finding("a")
    assert (found.detection, found.cause, found.fixed_at) == (Detection.ABSENT, Cause.PROVEN, world.now)


def test_the_same_failure_again_is_no_event(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.see(verdict("a"))) == []


def test_an_unknown_never_closes_a_finding(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.see(verdict("a", UNKNOWN), covers=PARTIAL)) == []
    assert world.state("a") == "open"


def test_an_unknown_never_opens_a_finding(world: World) -> None:
    assert kinds(world.see(verdict("a", UNKNOWN), covers=PARTIAL)) == []


@pytest.mark.parametrize("status", [s for s in CoverageStatus if s is not COMPLETE])
def test_absence_under_incomplete_coverage_closes_nothing(world: World, status: CoverageStatus) -> None:
    world.see(verdict("a"))
    for _ in range(3):
        assert kinds(world.see(covers=status)) == []
    assert world.state("a") == "open"


def test_a_pass_where_the_control_was_skipped_closes_nothing(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.see(verdict("a", PASS), covers=CoverageStatus.SKIPPED)) == []


def test_a_resource_that_is_gone_needs_two_complete_scans(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.see()) == []
    assert kinds(world.see()) == [Kind.FIXED]
    assert world.finding("a").cause == Cause.GONE


def test_a_resource_that_was_missed_once_and_fails_again_starts_over(world: World) -> None:
    world.see(verdict("a"))
    world.see()
    world.see(verdict("a"))
    assert kinds(world.see()) == []
    assert world.state("a") == "open"


def test_an_incomplete_scan_between_two_complete_ones_does_not_count_as_the_second(world: World) -> None:
    world.see(verdict("a"))
    world.see()
    assert kinds(world.see(covers=DENIED)) == []
    assert kinds(world.see()) == [Kind.FIXED]


def test_a_region_that_was_not_looked_at_closes_nothing(world: World) -> None:
    world.see(verdict("a"), verdict("b", scope=OTHER))
    for _ in range(3):
        world.see(looked=((CONTROL, OTHER),))
    assert world.state("a") == "open"


def test_a_control_that_was_not_selected_closes_nothing(world: World) -> None:
    world.see(verdict("a"))
    for _ in range(3):
        world.see(looked=(("s3.versioning", SCOPE),))
    assert world.state("a") == "open"


def test_answers_from_another_account_close_nothing(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.see(verdict("a", PASS), account="aws/999999999999")) == []
    for _ in range(3):
        assert kinds(world.see(account="aws/999999999999")) == []
    assert world.state("a") == "open"


def test_an_account_whose_number_only_begins_alike_is_another(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.see(verdict("a", PASS), account=ACCOUNT[:-1])) == []


def test_a_cancelled_scan_closes_nothing_by_absence(world: World) -> None:
    world.see(verdict("a"))
    for _ in range(3):
        assert kinds(world.see(cancelled=True)) == []


def test_the_same_scan_twice_changes_nothing(world: World) -> None:
    scan = world.scan(verdict("a"), verdict("b", PASS))
    world.record(scan)
    before = world.count("events")
    outcome = world.record(scan)
    assert outcome.duplicate
    assert outcome.events == ()
    assert world.count("events") == before


def test_an_older_scan_arriving_late_does_not_close(world: World) -> None:
    old = world.scan(verdict("a", PASS))
    world.see(verdict("a"))
    assert kinds(world.record(old)) == []
    assert world.state("a") == "open"


def test_an_older_scan_arriving_late_does_not_reopen(world: World) -> None:
    world.see(verdict("a"))
    old = world.scan(verdict("a"), at=world.later(hours=1))
    world.see(verdict("a", PASS))
    assert kinds(world.record(old)) == []
    assert world.state("a") == "fixed"


def test_an_older_scan_arriving_late_does_not_open_what_a_newer_one_did_not_see(world: World) -> None:
    old = world.scan(verdict("a"))
    world.see()
    assert kinds(world.record(old)) == []


def test_two_late_scans_do_not_add_up_to_gone(world: World) -> None:
    old, older = world.scan(at=world.later(hours=1)), world.scan(at=world.later(hours=1))
    world.see(verdict("a"))
    world.record(old)
    world.record(older)
    assert world.state("a") == "open"


def test_an_older_complete_scan_arriving_late_is_no_second_look(world: World) -> None:
    world.see(verdict("a"))
    old = world.scan(at=world.later(hours=1))
    world.see()
    assert kinds(world.record(old)) == []
    assert world.state("a") == "open"


def test_a_resource_that_gives_no_answer_is_there(world: World) -> None:
    world.see(verdict("a"))
    world.see()
    world.see(verdict("a", UNKNOWN), covers=PARTIAL)
    assert kinds(world.see()) == []
    assert world.state("a") == "open"


def test_answers_from_an_account_that_was_not_learnt_close_nothing_by_absence(world: World) -> None:
    world.see(verdict("a"))
    for _ in range(3):
        assert kinds(world.see(account="")) == []
    assert world.state("a") == "open"


def test_coverage_said_twice_counts_as_the_worse(world: World) -> None:
    world.see(verdict("a"))
    for _ in range(3):
        seen = world.scan(at=world.later(hours=1))
        gap = replace(seen.coverage[0], status=PARTIAL, reason="half a page list")
        world.record(replace(seen, coverage=(gap, *seen.coverage)))
    assert world.state("a") == "open"


def test_a_disabled_control_and_an_empty_scan_close_nothing(world: World) -> None:
    world.see(verdict("a"))
    for _ in range(3):
        assert kinds(world.see(looked=())) == []
    assert world.state("a") == "open"


def test_a_claim_that_cannot_be_checked_because_of_coverage_is_told_so(world: World) -> None:
    world.see(verdict("a"))
    world.claim("a")
    assert kinds(world.see(covers=DENIED, only=arn("a"))) == [Kind.INCONCLUSIVE]
    running = world.scan(covers=DENIED, at=world.now)
    world.later(minutes=1)
    world.claim("a")
    assert kinds(world.record(running)) == []


def test_a_changed_control_closes_but_is_not_counted_as_a_fix(world: World) -> None:
    world.see(verdict("a"))
    world.see(verdict("a", PASS), version="2")
    assert world.finding("a").cause == Cause.CONTROL_CHANGED


def test_two_words_on_one_finding_count_as_the_worse(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.see(verdict("a"), verdict("a", PASS))) == []
    assert world.state("a") == "open"


def test_more_closings_than_the_limit_are_held(world: World) -> None:
    names = [f"b{at}" for at in range(40)]
    world.see(*map(verdict, names))
    outcome = world.see(*(verdict(name, PASS) for name in names))
    assert Kind.FIXED not in kinds(outcome)
    assert outcome.held[0].closings == 40
    assert world.state("b0") == "open"


def test_a_second_complete_run_that_agrees_releases_what_was_held(world: World) -> None:
    names = [f"b{at}" for at in range(40)]
    world.see(*map(verdict, names))
    world.see(*(verdict(name, PASS) for name in names))
    outcome = world.see(*(verdict(name, PASS) for name in names))
    assert kinds(outcome).count(Kind.FIXED) == 40
    assert not outcome.held


def test_a_second_incomplete_run_releases_nothing(world: World) -> None:
    names = [f"b{at}" for at in range(40)]
    world.see(*map(verdict, names))
    world.see(*(verdict(name, PASS) for name in names))
    outcome = world.see(*(verdict(name, PASS) for name in names), covers=PARTIAL)
    assert Kind.FIXED not in kinds(outcome)


def test_as_many_closings_as_the_limit_pass(world: World) -> None:
    names = [f"b{at}" for at in range(40)]
    world.see(*map(verdict, names))
    outcome = world.see(*(verdict(name, PASS if at < 25 else FAIL) for at, name in enumerate(names)))
    assert kinds(outcome).count(Kind.FIXED) == 25


def test_a_scan_keeps_a_persons_decision(world: World) -> None:
    world.see(verdict("a"))
    world.acknowledge("a")
    world.see(verdict("a"))
    assert world.state("a") == "acknowledged"
    assert world.finding("a").disposition_by == "U0DEV1"


def test_a_raised_severity_is_an_event_on_the_same_finding(world: World) -> None:
    world.see(verdict("a"))
    assert kinds(world.see(verdict("a", severity=Severity.CRITICAL))) == [Kind.SEVERITY_CHANGED]
    assert world.count("findings") == 1


def test_an_age_that_grows_is_no_event(world: World) -> None:
    world.see(verdict("a", evidence={"key_age_days": 91}))
    assert kinds(world.see(verdict("a", evidence={"key_age_days": 92}))) == []
    assert kinds(world.see(verdict("a", evidence={"key_age_days": 92, "keys": 2}))) == [Kind.EVIDENCE_CHANGED]


def test_an_acknowledgement_lapses_from_its_instant(world: World) -> None:
    world.see(verdict("a"))
    world.acknowledge("a")
    world.later(days=3, seconds=-1)
    assert world.state("a") == "acknowledged"
    world.later(seconds=1)
    assert world.state("a") == "open"
    world.see(verdict("a"))
    assert world.finding("a").disposition is Disposition.NONE


def test_a_claim_closes_nothing(world: World) -> None:
    world.see(verdict("a"))
    world.claim("a")
    found = world.finding("a")
    assert (found.detection, world.state("a")) == (Detection.PRESENT, "fix_claimed")


def test_a_claim_is_refuted_by_a_failure_and_the_disposition_stays(world: World) -> None:
    world.see(verdict("a"))
    world.acknowledge("a")
    world.claim("a")
    assert kinds(world.see(verdict("a"))) == [Kind.REFUTED]
    assert (world.state("a"), world.finding("a").refutations) == ("acknowledged", 1)


def test_a_scan_that_began_before_the_claim_says_nothing_of_it(world: World) -> None:
    world.see(verdict("a"))
    running = world.scan(verdict("a"), at=world.later(minutes=1))
    world.later(minutes=1)
    world.claim("a")
    assert kinds(world.record(running)) == []
    assert world.state("a") == "fix_claimed"


def test_a_claim_stays_where_the_check_could_not_decide(world: World) -> None:
    world.see(verdict("a"))
    world.claim("a")
    assert kinds(world.see(verdict("a", UNKNOWN), covers=PARTIAL, only=arn("a"))) == [Kind.INCONCLUSIVE]
    assert world.state("a") == "fix_claimed"


def test_a_proven_claim_credits_the_claimant(world: World) -> None:
    world.see(verdict("a"))
    world.claim("a", "U0DEV2")
    world.see(verdict("a", PASS), only=arn("a"))
    assert world.finding("a").fixed_by == "U0DEV2"


def test_a_targeted_check_speaks_of_its_resource_alone(world: World) -> None:
    world.see(verdict("a"), verdict("b"))
    for _ in range(3):
        world.see(verdict("a"), only=arn("a"))
    assert world.state("b") == "open"


def test_a_targeted_check_is_not_a_complete_look_at_the_scope(world: World) -> None:
    late = world.scan(verdict("b"))
    world.see(verdict("a"), only=arn("a"))
    assert kinds(world.record(late)) == [Kind.OPENED]


def test_a_pass_closes_its_own_finding_though_others_could_not_be_read(world: World) -> None:
    world.see(verdict("a"), verdict("b"))
    outcome = world.see(verdict("a", PASS), verdict("b", UNKNOWN), covers=PARTIAL)
    assert kinds(outcome) == [Kind.FIXED]
    assert world.state("b") == "open"


def test_every_scan_stores_its_coverage_and_counts(world: World) -> None:
    world.see(verdict("a"), verdict("b", UNKNOWN), covers=PARTIAL)
    with world.store.read() as connection:
        scan = connection.execute("select failed, passed, unknown from scans").fetchone()
        cover = connection.execute("select status, reason from coverage").fetchone()
    assert tuple(scan) == (1, 0, 1)
    assert tuple(cover) == ("partial", "gap")


def test_the_findings_equal_the_replay_of_the_ledger(world: World) -> None:
    world.see(verdict("a"), verdict("b"), verdict("c"))
    world.acknowledge("b")
    world.see(verdict("a", PASS), verdict("b"))
    world.see(verdict("a"), verdict("b"))
    with world.store.read() as connection:
        assert compare(connection).equal


def test_a_hostile_name_costs_no_scan(world: World) -> None:
    odd = replace(verdict("x").resource, arn="arn:aws:s3:::\ud800", id="\ud800<!channel>`")
    assert kinds(world.see(replace(verdict("x"), resource=odd))) == [Kind.OPENED]


def test_identity_ignores_severity_and_words(world: World) -> None:
    assert identity("a") == "pf1_" + identity("a")[4:]
    world.see(verdict("a"))
    world.see(verdict("a", severity=Severity.LOW, evidence={"other": 1}))
    assert world.count("findings") == 1
