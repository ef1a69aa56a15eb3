"""Events: what they touch is checked anew, once, soon, and no more than the bound allows."""

import json
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from commands import events
from commands.people import Person
from commands.work import run_job
from scanners.aws.events.read import Reading
from scanners.errors import CollectError
from scanners.model import CoverageStatus, Scan, Severity, Target
from storage import event_queues, jobs, touched
from storage.clock import iso
from tests.commands.office import PROD, Office
from tests.scanners.aws.events.messages import EU, PLACE, call, opened
from tests.storage.world import FAIL, PASS, UNKNOWN, arn, verdict

SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def take_in(office: Office, *messages: dict[str, Any]) -> tuple[Reading, ...]:
    return events.take_in(office.context(Person("schedule")), PROD, [json.dumps(m) for m in messages], PLACE)


def now_opened(office: Office, bucket: str = "acme", **more: Any) -> dict[str, Any]:
    return opened(bucket, eventTime=iso(office.now), **more)


def due(office: Office) -> None:
    """Let the clock run until the next check is due."""
    office.now = max(office.now, min(job.run_after for job in office.waiting()))


@pytest.fixture
def watched(office: Office) -> Office:
    """Bucket acme is well."""
    office.see(verdict("acme", PASS))
    office.asked.clear()
    return office


def test_a_bucket_that_is_opened_is_found_at_once_and_closes_itself_once_it_is_mended(
    watched: Office,
) -> None:
    began = watched.now
    take_in(watched, now_opened(watched))
    due(watched)
    assert watched.now - began <= 5 * SECOND
    watched.will_see(verdict("acme", severity=Severity.CRITICAL))
    assert watched.work() == ""
    (asked,) = watched.asked
    assert (asked[0], asked[2], asked[3]) == ("prod", arn("acme"), "event")
    assert "s3.public" in asked[1] and all(control.startswith("s3.") for control in asked[1])
    assert watched.state("acme") == "open"
    assert len(watched.posts("control")) == 1
    assert watched.waiting() == [], "it told something new: no second look"
    take_in(watched, now_opened(watched))
    due(watched)
    watched.will_see(verdict("acme", PASS))
    watched.work()
    assert (watched.state("acme"), watched.finding("acme").cause, watched.finding("acme").fixed_by) == (
        "fixed",
        "proven",
        "",
    )


def test_a_claim_is_answered_by_the_check_of_an_event(watched: Office) -> None:
    watched.see(verdict("acme"))
    watched.claim("acme")
    take_in(watched, now_opened(watched))
    watched.will_see(verdict("acme", PASS))
    watched.later(minutes=1)
    with watched.store.write() as connection:
        job = jobs.take(connection, watched.now, ("event",))
    assert job is not None
    run_job(watched.context(Person("schedule")), job)
    assert (watched.state("acme"), watched.finding("acme").fixed_by) == ("fixed", "U0DEV1")


def test_doubled_events_and_events_in_a_pack_make_one_check(watched: Office) -> None:
    for _ in range(20):
        take_in(watched, now_opened(watched), now_opened(watched))
        watched.later(seconds=0.1)
    (job,) = watched.waiting()
    assert (job.kind, job.run_after) == ("event", watched.now - 2 * SECOND + touched.SETTLE), (
        "nobody puts it off"
    )


def test_an_answer_of_the_old_state_is_asked_for_once_more_a_minute_later_and_then_no_more(
    watched: Office,
) -> None:
    take_in(watched, now_opened(watched))
    due(watched)
    watched.will_see(verdict("acme", PASS))
    watched.work()
    ended = watched.now
    due(watched)
    assert watched.now - ended == touched.AGAIN
    watched.will_see(verdict("acme", FAIL))
    watched.work()
    assert (watched.state("acme"), watched.waiting()) == ("open", [])


def test_an_event_during_a_check_has_a_check_of_its_own(watched: Office) -> None:
    take_in(watched, now_opened(watched))
    due(watched)

    def meanwhile() -> None:
        watched.meanwhile = lambda: None
        take_in(watched, now_opened(watched))

    watched.meanwhile = meanwhile
    watched.will_see(verdict("acme", FAIL))
    watched.work()
    (job,) = watched.waiting()
    assert job.run_after == watched.now + touched.SETTLE
    watched.now = job.run_after
    watched.will_see(verdict("acme", PASS))
    watched.work()
    assert watched.state("acme") == "fixed"


def test_a_late_event_neither_closes_nor_reopens_anything_and_is_checked_once(watched: Office) -> None:
    watched.see(verdict("acme", FAIL))
    watched.see(verdict("acme", PASS))
    take_in(watched, opened("acme", eventTime=iso(watched.now - timedelta(days=2))))
    due(watched)
    watched.will_see(verdict("acme", PASS))
    before = watched.told("acme")
    watched.work()
    assert (watched.told("acme"), watched.state("acme"), watched.waiting()) == (before, "fixed", [])


def test_a_lost_event_is_made_good_by_the_schedule(watched: Office) -> None:
    watched.see(verdict("acme", FAIL))
    assert watched.state("acme") == "open"


def test_a_check_that_fails_or_is_refused_changes_nothing_and_is_tried_once_more(watched: Office) -> None:
    watched.see(verdict("acme", FAIL))
    take_in(watched, now_opened(watched))
    due(watched)
    before = watched.told("acme")
    watched.script.append(CollectError("AWS can't be reached."))
    assert watched.work() == "AWS can't be reached."
    due(watched)
    watched.will_see(verdict("acme", UNKNOWN), covers=CoverageStatus.DENIED)
    watched.work()
    assert (watched.told("acme"), watched.state("acme"), watched.waiting()) == (before, "open", [])
    with watched.store.read() as connection:
        assert jobs.last_failures(connection) == []


def test_a_resource_that_was_deleted_is_gone_after_two_looks(watched: Office) -> None:
    watched.see(verdict("acme", FAIL))
    take_in(watched, call("s3", "DeleteBucket", {"bucketName": "acme"}, eventTime=iso(watched.now)))
    for _look in range(2):
        (check, *_) = [job for job in watched.waiting() if job.kind == "event"]
        watched.now = max(watched.now, check.run_after)
        watched.will_see()
        watched.work()
        while any(job.kind == "sweep" and job.run_after <= watched.now for job in watched.waiting()):
            watched.will_see()  # the trails' buckets
            watched.work()
    assert (watched.state("acme"), watched.finding("acme").cause) == ("fixed", "gone")


def test_what_others_are_judged_by_is_checked_together_with_them(watched: Office) -> None:
    take_in(watched, call("s3", "DeleteAccountPublicAccessBlock", {}))
    account, buckets = sorted(watched.waiting(), key=lambda job: job.kind)
    assert (account.data["resource"], account.data["datasets"]) == (
        "arn:aws:iam::123456789012:root",
        ["s3.account"],
    )
    assert (buckets.kind, buckets.data["resource"]) == ("sweep", "")
    watched.later(minutes=1)
    for _ in range(2):
        watched.will_see()
        watched.work()
    assert [one[1:3] for one in watched.asked] == [
        (("s3.account_public_access_block",), "arn:aws:iam::123456789012:root"),
        (("s3.bucket_public_access_block", "s3.public"), ""),
    ]


def test_a_check_looks_in_the_region_and_the_account_of_its_event_alone(watched: Office) -> None:
    seen: list[Target] = []
    plain = watched.scanner

    def scanner(target: Target, controls: tuple[str, ...], **more: Any) -> Scan:
        seen.append(target)
        return plain(target, controls, **more)

    watched.scanner = scanner  # type: ignore[method-assign, assignment]
    many = replace(PROD, settings={"role": "Audit", "accounts": ("123456789012", "222222222222")})
    watched.organisation = replace(watched.organisation, targets=(many,))
    take_in(watched, call("ec2", "DisableEbsEncryptionByDefault", {}))
    due(watched)
    watched.will_see()
    watched.work()
    assert (seen[0].regions, seen[0].settings["only_account"]) == ((EU,), "123456789012")


def test_a_user_is_checked_under_the_path_that_findings_know(watched: Office) -> None:
    known = verdict("bob", control="iam.user_mfa_console", scope="aws/123456789012/global")
    thing = replace(known.resource, type="aws.iam.user", arn="arn:aws:iam::123456789012:user/ops/bob")
    watched.see(replace(known, resource=thing))
    take_in(
        watched,
        call("iam", "DeleteLoginProfile", {"userName": "bob"}),
        call("iam", "DeleteLoginProfile", {"userName": "eve"}),
    )
    watched.later(minutes=1)
    for _ in range(2):
        watched.will_see()
        watched.work()
    asked = [one[2] for one in watched.asked[-2:]]
    assert asked == ["arn:aws:iam::123456789012:user/ops/bob", "arn:aws:iam::123456789012:user/*/eve"]


def test_a_storm_of_ten_thousand_events_becomes_one_full_scan(watched: Office) -> None:
    for at in range(0, 10_000, 500):
        take_in(watched, *(now_opened(watched, f"bucket-{n}") for n in range(at, at + 500)))
        watched.later(seconds=1)
    (scan,) = watched.waiting()
    assert (scan.kind, scan.subject, scan.requested_by) == ("scan", "prod", "event")
    with watched.store.read() as connection:
        made = connection.execute("select kind, status, count(*) as n from jobs group by 1, 2").fetchall()
        (health,) = event_queues.healths(connection)
    assert {(row["kind"], row["status"]): row["n"] for row in made} == {
        ("event", "stopped"): 60,
        ("scan", "queued"): 1,
    }
    assert (health.messages, health.counts, health.storms, health.storm) == (
        10_000,
        {"touched": 10_000},
        1,
        True,
    )
    watched.later(seconds=3)
    watched.will_see(verdict("acme", FAIL))
    watched.work()
    assert watched.asked == [("prod", (), "", "event")]
    take_in(watched, now_opened(watched))
    assert [job.kind for job in watched.waiting()] == ["event"], "the storm is over"


def test_storms_call_for_no_more_than_a_full_scan_in_ten_minutes(watched: Office) -> None:
    scans = []
    for minute in range(60):
        take_in(watched, *(now_opened(watched, f"bucket-{minute}-{n}") for n in range(100)))
        watched.later(seconds=30)
        for job in [job for job in watched.waiting() if job.run_after <= watched.now]:
            watched.will_see(verdict("acme", PASS))
            if job.kind == "scan":
                scans.append(watched.now)
            watched.work()
        events.idle(watched.context(Person("schedule")), PROD)
    gaps = [after - before for before, after in pairwise(scans)]
    assert len(scans) >= 2
    assert min(gaps) >= touched.SCAN_EVERY - MINUTE


def test_no_minute_has_more_checks_than_the_bound(watched: Office) -> None:
    take_in(watched, *(now_opened(watched, f"bucket-{n}") for n in range(50)))
    times = sorted(job.run_after for job in watched.waiting())
    assert len(times) == 50
    assert Counter(later - earlier >= MINUTE for earlier, later in zip(times, times[30:], strict=False)) == {
        True: 20
    }


def test_status_tells_how_the_events_fare_and_hides_the_checks(watched: Office) -> None:
    take_in(watched, now_opened(watched), opened("acme", recipientAccountId="999999999999"))
    listening = replace(PROD, settings={"events_queue": "https://sqs.eu-west-1.amazonaws.com/123456789012/q"})
    assert watched.say("status").events == ()  # type: ignore[union-attr]
    watched.organisation = replace(watched.organisation, targets=(listening,))
    report = watched.say("status")
    (health,) = report.events  # type: ignore[union-attr]
    assert (health.messages, health.counts, health.waiting) == (2, {"other_account": 1, "touched": 1}, 1)
    assert report.jobs == ()  # type: ignore[union-attr]


def test_checks_that_ended_long_ago_are_cleared_away(watched: Office) -> None:
    take_in(watched, now_opened(watched))
    due(watched)
    watched.will_see(verdict("acme", FAIL))
    watched.work()
    watched.later(hours=2)
    events.idle(watched.context(Person("schedule")), PROD)
    with watched.store.read() as connection:
        assert connection.execute("select count(*) from jobs").fetchone()[0] == 0


def test_a_queue_may_speak_of_the_accounts_of_its_target_alone(watched: Office) -> None:
    def accounts(**settings: Any) -> frozenset[str]:
        target = replace(PROD, settings=settings, regions=("eu-west-1",))
        place = events.place_of(
            watched.context(Person("schedule")), target, "111111111111", frozenset({"us-east-1"})
        )
        assert (place.regions, place.scanned) == ({"us-east-1", "eu-west-1"}, {"eu-west-1"})
        return place.accounts

    assert accounts() == {"111111111111"}
    assert accounts(role="r", accounts=("222222222222", "333333333333"), skip_accounts=("333333333333",)) == {
        "222222222222"
    }
    assert accounts(role="r", organization=True) == {"123456789012"}, "those that a scan has seen"
    assert accounts(role="r", organization=True, skip_accounts=("123456789012",)) == set()
