"""Which event touches which resource; and what a message may hold without doing harm."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scanners.aws.datasets import DATASETS
from scanners.aws.events.read import LARGEST, MOST_NAMED, Place
from scanners.aws.events.shapes import SHAPES
from scanners.aws.events.table import ALL, CALLS, OTHERS, UNTOUCHED
from tests.examples import examples
from tests.scanners.aws.events.messages import (
    ACCOUNT,
    EU,
    PLACE,
    US,
    call,
    opened,
    other,
    touched,
    understood,
)

ROOT = f"arn:aws:iam::{ACCOUNT}:root"
LB = f"arn:aws:elasticloadbalancing:{EU}:{ACCOUNT}:loadbalancer/app/front/50dc6c495c0c9188"
KEY = f"arn:aws:kms:{EU}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
SECRET = f"arn:aws:secretsmanager:{EU}:{ACCOUNT}:secret:db/main-Ab12Cd"


def ec2(kind: str, identity: str) -> str:
    return f"arn:aws:ec2:{EU}:{ACCOUNT}:{kind}/{identity}"


CASES: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    (opened("acme"), [("s3.buckets", "arn:aws:s3:::acme")]),
    (call("s3", "PutAccountPublicAccessBlock", {"Host": "x"}), [("s3.account", ROOT)]),
    (
        call("ec2", "AuthorizeSecurityGroupIngress", {"groupId": "sg-0a1b2c3d4e5f60718", "ipPermissions": {}}),
        [("ec2.security_groups", ec2("security-group", "sg-0a1b2c3d4e5f60718"))],
    ),
    (
        call("ec2", "ModifySecurityGroupRules", {"ModifySecurityGroupRulesRequest": {"GroupId": "sg-0a1b2c3d"}}),
        [("ec2.security_groups", ec2("security-group", "sg-0a1b2c3d"))],
    ),
    (
        call("ec2", "RunInstances", {}, {"instancesSet": {"items": [{"instanceId": "i-0a1b2c3d"}, {"instanceId": "i-1a1b2c3d"}]}}),
        [("ec2.instances", ec2("instance", "i-0a1b2c3d")), ("ec2.instances", ec2("instance", "i-1a1b2c3d"))],
    ),
    (
        call("ec2", "RunInstances", {}, {"instancesSet": {"items": [{"instanceId": f"i-{n:08x}"} for n in range(MOST_NAMED + 1)]}}),
        [("ec2.instances", f"all in {EU}")],
    ),
    (call("ec2", "EnableEbsEncryptionByDefault", {}), [("ec2.ebs_default", ROOT)]),
    (call("ec2", "CreateFlowLogs", {}), [("vpc.networks", f"all in {EU}")]),
    (
        call("rds", "ModifyDBInstance", {"dBInstanceIdentifier": "Ledger"}, {"dBInstanceArn": f"arn:aws:rds:{EU}:{ACCOUNT}:db:ledger"}),
        [("rds.instances", f"arn:aws:rds:{EU}:{ACCOUNT}:db:ledger")],
    ),
    (
        call("rds", "ModifyDBClusterSnapshotAttribute", {"dBClusterSnapshotIdentifier": "rds:nightly-1"}),
        [("rds.snapshots", f"arn:aws:rds:{EU}:{ACCOUNT}:cluster-snapshot:rds:nightly-1")],
    ),
    (
        call("iam", "CreateAccessKey", {"userName": "bob"}),
        [("iam.users", f"arn:aws:iam::{ACCOUNT}:user/*/bob"), ("iam.account", ROOT)],
    ),
    (
        call("iam", "CreateUser", {"userName": "bob"}, {"user": {"arn": f"arn:aws:iam::{ACCOUNT}:user/ops/bob"}}),
        [("iam.users", f"arn:aws:iam::{ACCOUNT}:user/ops/bob"), ("iam.users", f"arn:aws:iam::{ACCOUNT}:user/*/bob")],
    ),
    (
        call("iam", "CreateAccessKey", None, userIdentity={"type": "IAMUser", "userName": "eve"}),
        [("iam.users", f"arn:aws:iam::{ACCOUNT}:user/*/eve"), ("iam.account", ROOT)],
    ),
    (call("iam", "PutRolePolicy", {"roleName": "r"}), [(name, "all in global") for name in ("iam.inline", "iam.user_policies", "iam.policies")]),
    (call("kms", "PutKeyPolicy", {"keyId": "alias/x"}, None, resources=[{"ARN": KEY, "type": "AWS::KMS::Key"}]), [("kms.keys", KEY)]),
    (call("sqs", "SetQueueAttributes", {"queueUrl": f"https://sqs.{EU}.amazonaws.com/{ACCOUNT}/jobs"}), [("sqs.queues", f"arn:aws:sqs:{EU}:{ACCOUNT}:jobs")]),
    (call("lambda", "AddPermission20150331v2", {"functionName": "resize:live"}), [("lambda.functions", f"arn:aws:lambda:{EU}:{ACCOUNT}:function:resize")]),
    (call("elasticloadbalancing", "CreateListener", {"loadBalancerArn": LB}), [("elbv2.load_balancers", LB)]),
    (call("elasticloadbalancing", "DeleteRule", {"ruleArn": LB.replace(":loadbalancer/", ":listener-rule/") + "/f2f7dc8efc522ab2/9683b2d02a6cabee"}), [("elbv2.load_balancers", LB)]),
    (call("secretsmanager", "RotateSecret", {"secretId": "db/main"}, {"arn": SECRET}), [("secretsmanager.secrets", SECRET)]),
    (call("secretsmanager", "RotateSecret", {"secretId": "db/main"}), [("secretsmanager.secrets", f"all in {EU}")]),
    (call("cloudtrail", "StopLogging", {"name": "main"}), [("cloudtrail.account", ROOT), ("monitoring.watches", ROOT)]),
    (call("logs", "DeleteRetentionPolicy", {"logGroupName": "/app/api"}), [("logs.groups", f"arn:aws:logs:{EU}:{ACCOUNT}:log-group:/app/api")]),
    (other("EC2 Instance Launch Successful", {"EC2InstanceId": "i-0a1b2c3d"}, source="aws.autoscaling"), [("ec2.instances", ec2("instance", "i-0a1b2c3d"))]),
    (other("EC2 Instance State-change Notification", {"instance-id": "i-0a1b2c3d", "state": "running"}), [("ec2.instances", ec2("instance", "i-0a1b2c3d"))]),
    (other("EBS Volume Notification", {"event": "createVolume"}, resources=[ec2("volume", "vol-0a1b2c3d")]), [("ec2.volumes", ec2("volume", "vol-0a1b2c3d"))]),
    (other("RDS DB Instance Event", {"SourceArn": f"arn:aws:rds:{EU}:{ACCOUNT}:db:ledger"}, source="aws.rds"), [("rds.instances", f"arn:aws:rds:{EU}:{ACCOUNT}:db:ledger")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("message", "expected"),
    CASES,
    ids=lambda case: (
        case.get("detail", {}).get("eventName", case["detail-type"]) if isinstance(case, dict) else ""
    ),
)
def test_an_event_touches_the_resource_it_changes(
    message: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert touched(message) == expected


def test_a_bare_cloudtrail_record_is_read_like_one_in_an_envelope() -> None:
    assert touched(opened("acme")["detail"]) == [("s3.buckets", "arn:aws:s3:::acme")]


def test_every_dataset_is_touched_by_some_event_or_says_why_not() -> None:
    rows = [row for rows in (*CALLS.values(), *OTHERS.values()) for row in rows]
    shapes = {name for row in rows for name in row.datasets}
    assert {name.split(" ")[0] for name in shapes} | set(UNTOUCHED) == set(DATASETS)
    assert not {name.split(" ")[0] for name in shapes} & set(UNTOUCHED)
    by_id = {name for row in rows if set(row.paths.split()) - {ALL} for name in row.datasets}
    assert by_id <= set(SHAPES), "a path leads to an id, and an id needs a shape"
    assert {name for name in shapes if "." in name} - by_id == {
        name for name in shapes - by_id if not DATASETS[name].fetch_one or name == "vpc.networks"
    }, "what can be read alone is named alone"


@pytest.mark.parametrize(
    ("message", "outcome"),
    [
        (opened("acme", readOnly=True), "read_only"),
        (call("s3", "GetBucketPolicy", {"bucketName": "acme"}), "read_only"),
        (opened("acme", errorCode="AccessDenied"), "failed"),
        (call("s3", "PutObject", {"bucketName": "acme"}), "unmapped"),
        (call("newservice", "PutThing", {"bucketName": "acme"}), "unmapped"),
        (opened("acme", recipientAccountId="999999999999"), "other_account"),
        (opened("acme") | {"account": "999999999999"}, "other_account"),
        (call("ec2", "EnableEbsEncryptionByDefault", {}, region="xx-nowhere-1"), "other_region"),
        (other("EC2 Instance Launch Successful", {"EC2InstanceId": "i-0a1b2c3d"}, source="my.app"), "unmapped"),
        (opened("<!channel>"), "unmapped"),
        (opened("a/../b"), "unmapped"),
        (call("lambda", "AddPermission", {"functionName": f"arn:aws:lambda:{EU}:999999999999:function:f"}), "unmapped"),
        (call("kms", "PutKeyPolicy", {"keyId": KEY.replace(EU, US)}), "unmapped"),
        ("", "malformed"),
        ("[]", "malformed"),
        ("[" * 100_000, "malformed"),
        ('{"a":' * 50_000, "malformed"),
        ("1" * 5_000, "malformed"),
        (json.dumps(opened("acme")) + " " * LARGEST, "malformed"),
        ({"detail-type": "AWS API Call via CloudTrail", "detail": "x"}, "malformed"),
        (opened("acme", eventName=["PutBucketPolicy"]), "malformed"),
        ({**opened("acme"), "account": 123456789012}, "malformed"),
    ],
)  # fmt: skip
def test_what_changes_nothing_here_touches_nothing_and_is_told_apart(message: Any, outcome: str) -> None:
    found = understood(message)
    assert (found.outcome, found.touches) == (outcome, ())


def test_a_region_that_is_not_scanned_is_left_alone_but_global_things_are_not() -> None:
    only_eu = Place(PLACE.accounts, PLACE.regions, frozenset({EU}))
    there = call("ec2", "CreateVolume", {}, {"volumeId": "vol-0a1b2c3d"}, region=US)
    assert understood(there, only_eu).outcome == "other_region"
    assert understood(opened("acme", region=US), only_eu).outcome == "touched"


def test_a_time_that_is_none_is_none() -> None:
    for said in ("", "yesterday", 5, None, "9999-12-31T23:59:59-23:59", "2026-11-02T09:00:00", "x" * 1_000):
        assert understood(opened("acme", eventTime=said)).at is None


def test_all_that_one_event_names_is_bounded() -> None:
    ids = [{"instanceId": f"i-{n:08x}"} for n in range(20_000)]
    assert len(touched(call("ec2", "RunInstances", {}, {"instancesSet": {"items": ids}}))) == 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.sampled_from(["acme", ACCOUNT, EU, KEY, LB, SECRET]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip
_PLACES: list[list[str]] = [
    [], ["detail"], ["account"], ["region"], ["detail-type"], ["source"], ["resources"], ["detail", "eventName"],
    ["detail", "eventSource"], ["detail", "awsRegion"], ["detail", "requestParameters"], ["detail", "eventTime"],
    ["detail", "responseElements"], ["detail", "recipientAccountId"], ["detail", "userIdentity"], ["detail", "resources"],
]  # fmt: skip


@settings(max_examples=examples(150), deadline=None)
@given(
    st.sampled_from([case for case, _found in CASES]),
    st.lists(st.tuples(st.sampled_from(_PLACES), _JSON), max_size=3),
)
def test_however_a_message_is_mangled_reading_it_never_raises_and_is_bounded(
    message: dict[str, Any], changes: list[tuple[list[str], Any]]
) -> None:
    mangled: Any = json.loads(json.dumps(message))
    for path, value in changes:
        if not path:
            mangled = value
            continue
        place = mangled
        for step in path[:-1]:
            place = place.get(step) if isinstance(place, dict) else None
        if isinstance(place, dict):
            place[path[-1]] = value
    found = understood(json.dumps(mangled))
    assert len(found.touches) <= MOST_NAMED * 8
    for touch in found.touches:
        assert touch.account == ACCOUNT
        assert touch.region in ("", EU, US)


@settings(max_examples=examples(60), deadline=None)
@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda raw: raw.decode("latin-1")))
def test_a_message_that_is_anything_at_all_is_read_without_harm(body: str) -> None:
    assert understood(body).touches == ()
