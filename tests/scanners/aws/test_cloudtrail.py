"""Trails, each judged once and at home, through every state that moto can hold."""

from typing import Any

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.aws.api import CallFailed
from scanners.aws.trail_events import s3_objects
from scanners.model import CoverageStatus, Status
from tests.scanners.aws.fresh import Fresh
from tests.scanners.aws.front import DENIED, HIDDEN, Front

PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
REGIONS = ("us-east-1", "eu-west-1")


@pytest.fixture(scope="module")
def fresh(account: SandboxAws, front: Front) -> Fresh:
    """Trails of both kinds in two regions; one bucket logs its requests."""
    made = Fresh(account, "111100000001")
    s3 = made.client("s3")
    for name in ("logs-of-trails", "plain-trails"):
        s3.create_bucket(Bucket=name)
    allow = f'{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Service":"logging.s3.amazonaws.com"}},"Action":"s3:PutObject","Resource":"arn:aws:s3:::logs-of-trails/*","Condition":{{"StringEquals":{{"aws:SourceAccount":"{made.number}"}}}}}}]}}'
    s3.put_bucket_policy(Bucket="logs-of-trails", Policy=allow)
    s3.put_bucket_logging(
        Bucket="logs-of-trails",
        BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": "logs-of-trails", "TargetPrefix": "x/"}},
    )
    _trail(made, "all-good", "eu-west-1", "logs-of-trails", IsMultiRegionTrail=True, KmsKeyId="alias/trails",
           EnableLogFileValidation=True)  # fmt: skip
    made.client("cloudtrail", "eu-west-1").start_logging(Name="all-good")
    _trail(made, "here-only", "us-east-1", "plain-trails")
    return made


def _trail(fresh: Fresh, name: str, region: str, bucket: str, **more: Any) -> None:
    fresh.client("cloudtrail", region).create_trail(Name=name, S3BucketName=bucket, **more)


def _arn(fresh: Fresh, region: str, name: str) -> str:
    return f"arn:aws:cloudtrail:{region}:{fresh.number}:trail/{name}"


@pytest.mark.parametrize(
    "control", ["cloudtrail.log_validation", "cloudtrail.kms", "cloudtrail.bucket_logging"]
)
def test_a_trail_of_all_regions_is_judged_once_and_at_home(fresh: Fresh, control: str) -> None:
    good, plain = _arn(fresh, "eu-west-1", "all-good"), _arn(fresh, "us-east-1", "here-only")
    assert fresh.told(control, REGIONS) == {good: PASS, plain: FAIL}
    assert len(fresh.scan(control, regions=REGIONS).verdicts) == 2
    assert fresh.told(control, ("us-east-1",)) == {good: PASS, plain: FAIL}
    assert fresh.told(control, ("ap-south-1",)) == {good: PASS}
    assert fresh.told(control, REGIONS, only=plain) == {plain: FAIL}
    assert fresh.told(control, REGIONS, only=_arn(fresh, "us-east-1", "gone")) == {}


def test_a_key_that_was_taken_away_again_is_no_key(fresh: Fresh) -> None:
    trail = fresh.client("cloudtrail", "us-east-1")
    arn = _arn(fresh, "us-east-1", "here-only")
    for key, status in (("alias/x", PASS), ("", FAIL)):
        trail.update_trail(Name="here-only", KmsKeyId=key)
        assert fresh.told("cloudtrail.kms", only=arn) == {arn: status}


def test_without_a_trail_there_is_nothing_to_judge_but_that(account: SandboxAws, front: Front) -> None:
    empty = Fresh(account, "111100000002")
    scan = empty.scan("cloudtrail.*", regions=REGIONS)
    assert {v.control: v.status for v in scan.verdicts} == dict.fromkeys(
        ("cloudtrail.multi_region", "cloudtrail.s3_read_events", "cloudtrail.s3_write_events"), FAIL
    )
    assert {cover.status for cover in scan.coverage} == {CoverageStatus.COMPLETE}
    assert len(scan.coverage) == 6


def test_trails_are_listed_once_a_region_for_all_controls(fresh: Fresh, front: Front) -> None:
    front.seen.clear()
    fresh.scan("cloudtrail.*", regions=REGIONS)
    assert front.seen.count("CloudTrail_20131101:DescribeTrails") == 2
    assert front.seen.count("CloudTrail_20131101:GetTrailStatus") == 1


def test_the_bucket_of_another_account_is_not_held_against_this_one(
    fresh: Fresh, account: SandboxAws
) -> None:
    other = Fresh(account, "111100000003")
    other.client("s3").create_bucket(Bucket="log-archive")
    # moto wants the bucket to be there when the trail is made.
    _trail(other, "archived", "us-east-1", "log-archive")
    other.client("s3").delete_bucket(Bucket="log-archive")
    assert other.told("cloudtrail.bucket_logging") == {}
    assert other.told("cloudtrail.kms") == {_arn(other, "us-east-1", "archived"): FAIL}


@pytest.mark.parametrize(
    ("operation", "control", "permission"),
    [
        ("CloudTrail_20131101:DescribeTrails", "cloudtrail.kms", "cloudtrail:DescribeTrails"),
        ("CloudTrail_20131101:DescribeTrails", "cloudtrail.s3_read_events", "cloudtrail:DescribeTrails"),
        ("CloudTrail_20131101:GetTrailStatus", "cloudtrail.multi_region", "cloudtrail:GetTrailStatus"),
        ("CloudTrail_20131101:GetEventSelectors", "cloudtrail.s3_write_events", "cloudtrail:GetEventSelectors"),
        ("s3:GET list", "cloudtrail.bucket_logging", "s3:ListAllMyBuckets"),
    ],
)  # fmt: skip
def test_a_refused_permission_is_named(
    fresh: Fresh, front: Front, operation: str, control: str, permission: str
) -> None:
    with front.failing(operation, DENIED):
        scan = fresh.scan(control, regions=REGIONS)
    assert {v.status for v in scan.verdicts} == {UNKNOWN}
    assert {v.missing_permission for v in scan.verdicts} == {permission}
    assert {cover.status for cover in scan.coverage} == {CoverageStatus.DENIED}


@pytest.mark.parametrize(
    ("member", "control"),
    [("LogFileValidationEnabled", "cloudtrail.log_validation"), ("IsMultiRegionTrail", "cloudtrail.multi_region"),
     ("S3BucketName", "cloudtrail.bucket_logging")],
)  # fmt: skip
def test_a_member_that_is_missing_is_unknown(fresh: Fresh, front: Front, member: str, control: str) -> None:
    with front.failing("CloudTrail_20131101:DescribeTrails", HIDDEN + member):
        assert set(fresh.told(control, REGIONS).values()) == {UNKNOWN}


BASIC = {"ReadWriteType": "All", "DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3"]}]}
ADVANCED = [
    {"Field": "eventCategory", "Equals": ["Data"]},
    {"Field": "resources.type", "Equals": ["AWS::S3::Object"]},
]


@pytest.mark.parametrize(
    ("answer", "reads", "writes"),
    [
        ({"EventSelectors": [BASIC]}, True, True),
        ({"EventSelectors": [BASIC | {"ReadWriteType": "ReadOnly"}]}, True, False),
        ({"EventSelectors": [BASIC | {"ReadWriteType": t} for t in ("ReadOnly", "WriteOnly")]}, True, True),
        ({"EventSelectors": [{"ReadWriteType": "All", "DataResources": []}]}, False, False),
        ({"EventSelectors": [BASIC | {"DataResources": [{"Type": "AWS::S3::Object", "Values": ["arn:aws:s3:::one/"]}]}]},
         False, False),
        ({"EventSelectors": [BASIC | {"DataResources": [{"Type": "AWS::Lambda::Function", "Values": ["arn:aws:lambda"]}]}]},
         False, False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": ADVANCED}]}, True, True),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [*ADVANCED, {"Field": "readOnly", "Equals": ["true"]}]}]},
         True, False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [*ADVANCED, {"Field": "eventName", "Equals": ["GetObject"]}]}]},
         False, False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [
            *ADVANCED, {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::own/"]}]}]}, True, True),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [
            *ADVANCED, {"Field": "resources.ARN", "NotStartsWith": ["arn:aws:s3:::secret/"]}]}]}, False, False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": [
            *ADVANCED, {"Field": "resources.ARN", "StartsWith": ["arn:aws:s3:::own/"]}]}]}, False, False),
        ({"AdvancedEventSelectors": [{"FieldSelectors": ADVANCED[1:]}]}, False, False),
    ],
)  # fmt: skip
def test_all_objects_of_all_buckets_are_recorded_or_not(
    answer: dict[str, Any], reads: bool, writes: bool
) -> None:
    assert s3_objects(answer, "own") == (reads, writes)


def test_half_a_selector_records_nothing_for_sure() -> None:
    for answer in ({}, {"EventSelectors": [{k: v for k, v in BASIC.items() if k != "ReadWriteType"}]}):
        with pytest.raises(CallFailed):
            s3_objects(answer, "own")


def test_object_events_count_where_the_trail_is_on_and_of_all_regions(fresh: Fresh) -> None:
    trail = fresh.client("cloudtrail", "eu-west-1")
    root = f"arn:aws:iam::{fresh.number}:root"

    def told() -> list[Status]:
        verdicts = fresh.scan("cloudtrail.s3_*", regions=REGIONS).verdicts
        assert {v.resource.arn for v in verdicts} == {root}
        return [v.status for v in sorted(verdicts, key=lambda v: v.control)]

    assert told() == [FAIL, FAIL]
    selector = {**BASIC, "ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}
    trail.put_event_selectors(TrailName="all-good", EventSelectors=[selector])
    assert told() == [FAIL, PASS]
    trail.stop_logging(Name="all-good")
    assert told() == [FAIL, FAIL]


def test_what_could_not_be_read_of_a_trail_that_is_off_matters_not(fresh: Fresh, front: Front) -> None:
    fresh.client("cloudtrail", "eu-west-1").stop_logging(Name="all-good")
    with front.failing("CloudTrail_20131101:GetEventSelectors", DENIED):
        scan = fresh.scan("cloudtrail.s3_read_events", "cloudtrail.multi_region", regions=REGIONS)
    assert {v.status for v in scan.verdicts} == {FAIL}
