"""AWS Config, GuardDuty, Security Hub and log groups: on, off and half on in the regions of one account."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.aws.datasets.config import _recorder
from scanners.model import CoverageStatus, Status
from tests.scanners.aws.fresh import Fresh
from tests.scanners.aws.front import BROKEN, CUT, DENIED, HIDDEN, Front

PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
ON, EMPTY, PARTLY, ASLEEP = "us-east-1", "eu-west-1", "eu-west-2", "eu-west-3"
REGIONS = (ON, EMPTY, PARTLY, ASLEEP)


@pytest.fixture(scope="module")
def fresh(account: SandboxAws, front: Front) -> Iterator[Fresh]:
    """All on in the first region, nothing in the second; the others have what is not enough."""
    made = Fresh(account, "111100000011")
    _recorder_in(made, ON, {"allSupported": True, "includeGlobalResourceTypes": False}, start=True)
    _recorder_in(made, PARTLY, {"allSupported": False, "resourceTypes": ["AWS::S3::Bucket"]}, start=True)
    _recorder_in(made, ASLEEP, {"allSupported": True}, start=False)
    made.client("guardduty", ON).create_detector(Enable=True)
    made.client("guardduty", ASLEEP).create_detector(Enable=False)
    made.client("securityhub", ON).enable_security_hub()
    for name, days in (("/never", 0), ("/year", 365), ("/decade", 3653), ("/week", 7), ("/nearly", 180)):
        logs = made.client("logs", ON)
        logs.create_log_group(logGroupName=name)
        if days:
            logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    with front.remembering():
        yield made


def _recorder_in(fresh: Fresh, region: str, group: dict[str, Any], *, start: bool) -> None:
    config = fresh.client("config", region)
    role = f"arn:aws:iam::{fresh.number}:role/config"
    config.put_configuration_recorder(
        ConfigurationRecorder={"name": "default", "roleARN": role, "recordingGroup": group}
    )
    config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "logs-of-config"})
    if start:
        config.start_configuration_recorder(ConfigurationRecorderName="default")


@pytest.mark.parametrize(
    ("control", "expected"),
    [
        ("config.recorder", {ON: PASS, EMPTY: FAIL, PARTLY: FAIL, ASLEEP: FAIL}),
        ("guardduty.enabled", {ON: PASS, EMPTY: FAIL, PARTLY: FAIL, ASLEEP: FAIL}),
        ("securityhub.enabled", {ON: PASS, EMPTY: FAIL, PARTLY: FAIL, ASLEEP: FAIL}),
    ],
)  # fmt: skip
def test_each_region_is_judged_by_itself(fresh: Fresh, control: str, expected: dict[str, Status]) -> None:
    scan = fresh.scan(control, regions=REGIONS)
    assert {v.resource.region: v.status for v in scan.verdicts} == expected
    assert {v.resource.arn for v in scan.verdicts} == {f"arn:aws:iam::{fresh.number}:root"}
    assert {cover.status for cover in scan.coverage} == {CoverageStatus.COMPLETE}


def test_log_groups_keep_a_year_or_for_ever(fresh: Fresh) -> None:
    def arn(name: str) -> str:
        return f"arn:aws:logs:{ON}:{fresh.number}:log-group:{name}"

    assert fresh.told("logs.retention_365", REGIONS) == {
        arn("/never"): PASS, arn("/year"): PASS, arn("/decade"): PASS, arn("/week"): FAIL, arn("/nearly"): FAIL,
    }  # fmt: skip
    assert fresh.told("logs.retention_365", REGIONS, only=arn("/week")) == {arn("/week"): FAIL}
    assert fresh.told("logs.retention_365", REGIONS, only=arn("/wee")) == {}


STATE = {"name": "r", "recording": True, "lastStatus": "SUCCESS"}


@pytest.mark.parametrize(
    ("group", "state", "all_types", "status"),
    [
        ({"allSupported": True}, STATE, True, "SUCCESS"),
        ({"allSupported": True}, STATE | {"lastStatus": "Failure"}, True, "FAILURE"),
        ({"allSupported": True}, None, True, "NONE"),
        ({"allSupported": True}, {"name": "r", "recording": False}, True, "NONE"),
        ({"allSupported": False, "exclusionByResourceTypes": {"resourceTypes": ["AWS::IAM::User"]}}, STATE, True,
         "SUCCESS"),
        ({"allSupported": False, "exclusionByResourceTypes": {"resourceTypes": ["AWS::S3::Bucket"]}}, STATE, False,
         "SUCCESS"),
        ({"allSupported": False, "resourceTypes": ["AWS::IAM::User"]}, STATE, False, "SUCCESS"),
    ],
)  # fmt: skip
def test_a_recorder_without_the_types_that_have_no_region_records_all_of_its_own(
    group: dict[str, Any], state: dict[str, Any] | None, all_types: bool, status: str
) -> None:
    found = _recorder({"name": "r", "recordingGroup": group}, state)
    assert (found["all_types"], found["status"]) == (all_types, status)
    assert found["recording"] is bool(state and state["recording"])


OPERATIONS = [
    ("StarlingDoveService:DescribeConfigurationRecorders", "config.recorder", "config:DescribeConfigurationRecorders"),
    ("StarlingDoveService:DescribeConfigurationRecorderStatus", "config.recorder",
     "config:DescribeConfigurationRecorderStatus"),
    ("guardduty:ListDetectors", "guardduty.enabled", "guardduty:ListDetectors"),
    ("guardduty:GetDetector", "guardduty.enabled", "guardduty:GetDetector"),
    ("securityhub:DescribeHub", "securityhub.enabled", "securityhub:DescribeHub"),
    ("Logs_20140328:DescribeLogGroups", "logs.retention_365", "logs:DescribeLogGroups"),
]  # fmt: skip


@pytest.mark.parametrize(("operation", "control", "permission"), OPERATIONS)
def test_nothing_is_made_up_where_an_answer_is_refused_or_broken(
    fresh: Fresh, front: Front, operation: str, control: str, permission: str
) -> None:
    for fault in (DENIED, BROKEN, CUT):
        front.seen.clear()
        with front.failing(operation, fault):
            scan = fresh.scan(control)
        assert operation in front.seen
        assert {v.status for v in scan.verdicts} == {UNKNOWN}, fault
        assert {cover.status for cover in scan.coverage} <= {CoverageStatus.DENIED, CoverageStatus.ERROR}
        if fault == DENIED:
            assert {v.missing_permission for v in scan.verdicts} == {permission}


@pytest.mark.parametrize(
    ("operation", "member", "control"),
    [
        ("StarlingDoveService:DescribeConfigurationRecorders", "allSupported", "config.recorder"),
        ("StarlingDoveService:DescribeConfigurationRecorders", "ConfigurationRecorders", "config.recorder"),
        ("StarlingDoveService:DescribeConfigurationRecorderStatus", "recording", "config.recorder"),
        ("StarlingDoveService:DescribeConfigurationRecorderStatus", "lastStatus", "config.recorder"),
        ("guardduty:ListDetectors", "detectorIds", "guardduty.enabled"),
        ("guardduty:GetDetector", "status", "guardduty.enabled"),
        ("securityhub:DescribeHub", "HubArn", "securityhub.enabled"),
        ("Logs_20140328:DescribeLogGroups", "logGroups", "logs.retention_365"),
    ],
)  # fmt: skip
def test_a_member_that_is_missing_is_unknown(
    fresh: Fresh, front: Front, operation: str, member: str, control: str
) -> None:
    with front.failing(operation, HIDDEN + member):
        assert {v.status for v in fresh.scan(control).verdicts} == {UNKNOWN}


def test_services_are_asked_as_seldom_as_can_be(fresh: Fresh, front: Front) -> None:
    front.seen.clear()
    fresh.scan("config.*", "guardduty.*", "securityhub.*", "logs.*")
    tags = "ResourceGroupsTaggingAPI_20170126:GetResources"
    expected = [*(name for name, _control, _permission in OPERATIONS), tags, "sts:GetCallerIdentity"]
    assert sorted(front.seen) == sorted(expected)


def test_tags_that_were_refused_take_a_log_group_from_nobody(fresh: Fresh, front: Front) -> None:
    for fault, unread in (("", False), (DENIED, True)):
        with front.failing("ResourceGroupsTaggingAPI_20170126:GetResources", fault):
            verdicts = fresh.scan("logs.retention_365").verdicts
        assert {v.resource.tags_unread for v in verdicts} == {unread}
        assert {v.status for v in verdicts} == {PASS, FAIL}
