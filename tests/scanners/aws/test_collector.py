"""What a scan does when it is stopped, meets its ceiling, or is told to slow down; and what it says meanwhile."""

import re
from datetime import UTC, datetime

import pytest
from botocore.session import get_session

from scanners.aws import limiter
from scanners.aws.failures import BrokenAnswer, see_that_it_is_whole
from scanners.aws.scan import scan_aws
from scanners.controls import load_controls
from scanners.errors import CollectError
from scanners.model import CoverageStatus, Scan, Status, Target
from scanners.stop import StopSignal
from tests.scanners.aws.front import BROKEN, THROTTLED, Front

NOW = datetime(2026, 11, 24, tzinfo=UTC)
CONTROLS = ("s3.*", "kms.*", "rds.*")


def _scan(
    *controls: str, cancel: StopSignal | None = None, progress=None, only: str = "", **settings: int
) -> Scan:  # type: ignore[no-untyped-def]
    target = Target("prod", "aws", "payments", ("us-east-1",), settings)
    return scan_aws(
        target, load_controls(controls or CONTROLS), clock=lambda: NOW, new_id=lambda: "scan", cancel=cancel,
        progress=progress, only_resource=only,
    )  # fmt: skip


def _statuses(scan: Scan) -> dict[tuple[str, str, str], Status]:
    return {(v.control, v.scope, v.resource.arn): v.status for v in scan.verdicts if v.locus != "listing"}


@pytest.fixture(scope="module")
def whole(front: Front) -> Scan:
    """An undisturbed scan."""
    return _scan()


def _see_that_it_is_partial_and_honest(scan: Scan, whole: Scan, reason: str) -> None:
    assert scan.cancelled
    before, seen = _statuses(whole), _statuses(scan)
    assert {
        key: status for key, status in seen.items() if status is not Status.UNKNOWN
    }.items() <= before.items()
    assert {(c.control, c.scope) for c in scan.coverage} == {(c.control, c.scope) for c in whole.coverage}
    left = [cover for cover in scan.coverage if cover.status is not CoverageStatus.COMPLETE]
    assert left
    assert {cover.status for cover in left} == {CoverageStatus.SKIPPED}
    assert {cover.reason for cover in left} == {reason}


@pytest.mark.parametrize("most", [3, 17, 30])
def test_a_ceiling_of_calls_ends_the_scan_honestly(whole: Scan, most: int) -> None:
    scan = _scan(max_calls=most)
    assert (scan.stats.api_calls, scan.stats.most_calls) == (most, most)
    _see_that_it_is_partial_and_honest(
        scan, whole, f"the ceiling of {most} API calls was reached before this was read"
    )


def test_a_ceiling_that_is_just_enough_changes_nothing(whole: Scan) -> None:
    scan = _scan(max_calls=whole.stats.api_calls)
    assert not scan.cancelled
    assert _statuses(scan) == _statuses(whole)


def test_whoever_stops_a_scan_is_named_in_what_was_not_read(whole: Scan) -> None:
    cancel = StopSignal()

    def stop_soon(_what: str, done: int, _of: int) -> None:
        if done >= 1:
            cancel.stop("stopped by Ada")

    scan = _scan(cancel=cancel, progress=stop_soon)
    _see_that_it_is_partial_and_honest(scan, whole, "stopped by Ada")
    assert scan.stats.api_calls < whole.stats.api_calls


def test_a_scan_that_was_stopped_before_it_knew_its_account_is_none(front: Front) -> None:
    cancel = StopSignal()
    cancel.stop("stopped by Ada")
    cancel.stop("stopped by Bob")
    front.seen.clear()
    with pytest.raises(CollectError, match="Nothing was read: stopped by Ada"):
        _scan(cancel=cancel)
    assert front.seen == []


def test_progress_says_how_far_what_it_cost_and_what_is_being_read(whole: Scan) -> None:
    told: list[tuple[str, int, int]] = []
    _scan(progress=lambda *said: told.append(said), max_calls=500)
    what, done, of = told[-1]
    assert done == of == len({control.dataset for control in load_controls(CONTROLS)})
    assert re.fullmatch(r"\d+ calls of 500, \S+( in us-east-1)?", what)
    assert [done for _what, done, _of in told] == sorted(done for _what, done, _of in told)


@pytest.mark.parametrize(("given", "tries"), [("1", 1), ("3", 3)])
@pytest.mark.parametrize("fault", [THROTTLED, BROKEN])
def test_a_call_is_tried_as_often_as_aws_max_attempts_says(
    front: Front, whole: Scan, monkeypatch: pytest.MonkeyPatch, given: str, tries: int, fault: str
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", given)
    front.seen.clear()
    with front.failing("rds:DescribeDBInstances", fault):
        scan = _scan("rds.encrypted")
    assert front.seen.count("rds:DescribeDBInstances") == tries
    assert scan.stats.throttled == (tries if fault == THROTTLED else 0)


def test_where_aws_lets_few_calls_through_nothing_is_lost(
    front: Front, whole: Scan, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_MAX_ATTEMPTS")
    monkeypatch.setattr(limiter, "SLOWEST", 0.5)
    with front.at_most(12, 3):  # few enough that a machine at its limit is still refused
        scan = _scan()
    assert scan.stats.throttled > 0, "the front did refuse"
    assert (
        scan.stats.throttled <= 0.25 * whole.stats.api_calls
    )  # of these few calls; see test_limiter for many
    assert _statuses(scan) == _statuses(whole)
    assert {cover.status for cover in scan.coverage} == {CoverageStatus.COMPLETE}


def test_a_targeted_check_needs_few_calls(front: Front, whole: Scan) -> None:
    scan = _scan(
        "kms.rotation", only=next(v.resource.arn for v in whole.verdicts if v.control == "kms.rotation")
    )
    assert len(scan.verdicts) == 1
    assert scan.stats.api_calls <= 4  # who we are, the key, its rotation, its tags
    bare = scan_aws(
        Target("prod", "aws"), load_controls(("rds.encrypted",)), clock=lambda: NOW, new_id=lambda: "scan",
        only_resource=next(v.resource.arn for v in whole.verdicts if v.control == "rds.encrypted"),
    )  # fmt: skip
    assert (len(bare.verdicts), bare.stats.api_calls) == (
        1,
        2,
    )  # the ARN names the region: nobody asks which there are


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        ("cloudwatch", "DescribeAlarms"),
        ("resourcegroupstaggingapi", "GetResources"),
        ("dynamodb", "ListTables"),
    ],
)
def test_a_body_cut_in_half_is_broken_in_whatever_a_service_would_rather_speak(
    service: str, operation: str
) -> None:
    model = get_session().get_service_model(service).operation_model(operation)
    with pytest.raises(BrokenAnswer):
        see_that_it_is_whole(model, {"status_code": 200, "body": b'{"MetricAlarms": [{"Ala'})
    see_that_it_is_whole(model, {"status_code": 200, "body": b'{"MetricAlarms": []}'})
