"""Buckets, keys, topics, queues, functions, images, secrets, tables and file systems: judged right, or not at all."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pytest

from bot.sandbox.aws import SandboxAws
from bot.sandbox.aws.company import US
from scanners.aws.scan import scan_aws
from scanners.controls import load_controls
from scanners.model import CoverageStatus, Scan, Status, Target
from tests.scanners.aws.data_services import Truth, build
from tests.scanners.aws.front import BROKEN, CUT, DENIED, DROPPED, GONE, HIDDEN, HTML, THROTTLED, Front

TARGET = Target("prod", "aws", "payments", (US,))
# The day decides which runtimes are still patched.
NOW = datetime(2026, 11, 24, tzinfo=UTC)
PREFIXES = ("s3", "kms", "sns", "sqs", "lambda", "ecr", "secrets", "dynamodb", "efs")
_ECR, _DYNAMODB = "AmazonEC2ContainerRegistry_V20150921", "DynamoDB_20120810"
# Every operation of these services, the permission that it takes, the controls that lose by it.
OPERATIONS = {
    "s3:GET?encryption": ("s3:GetEncryptionConfiguration", "s3.kms_encryption"),
    "s3:GET?logging": ("s3:GetBucketLogging", "s3.access_logging"),
    "s3:GET?ownershipControls": ("s3:GetBucketOwnershipControls", "s3.acl_disabled"),
    "TrentService:ListAliases": ("kms:ListAliases", "kms.*"),
    "TrentService:GetKeyPolicy": ("kms:GetKeyPolicy", "kms.public"),
    "sns:ListTopics": ("sns:ListTopics", "sns.*"),
    "sns:GetTopicAttributes": ("sns:GetTopicAttributes", "sns.*"),
    "AmazonSQS:ListQueues": ("sqs:ListQueues", "sqs.*"),
    "AmazonSQS:GetQueueAttributes": ("sqs:GetQueueAttributes", "sqs.*"),
    "lambda:ListFunctions": ("lambda:ListFunctions", "lambda.*"),
    "lambda:GetPolicy": ("lambda:GetPolicy", "lambda.public"),
    f"{_ECR}:DescribeRepositories": ("ecr:DescribeRepositories", "ecr.*"),
    f"{_ECR}:GetRepositoryPolicy": ("ecr:GetRepositoryPolicy", "ecr.public"),
    f"{_ECR}:GetRegistryScanningConfiguration": ("ecr:GetRegistryScanningConfiguration", "ecr.scan_on_push"),
    "secretsmanager:ListSecrets": ("secretsmanager:ListSecrets", "secrets.rotation"),
    f"{_DYNAMODB}:ListTables": ("dynamodb:ListTables", "dynamodb.pitr"),
    f"{_DYNAMODB}:DescribeContinuousBackups": ("dynamodb:DescribeContinuousBackups", "dynamodb.pitr"),
    "elasticfilesystem:DescribeFileSystems": ("elasticfilesystem:DescribeFileSystems", "efs.encrypted"),
}
# Members that AWS always sends, as they are written on the wire. What decides without them is not lost.
MEMBERS = [
    ("s3:GET?encryption", "SSEAlgorithm", "s3.kms_encryption"),
    ("s3:GET?ownershipControls", "ObjectOwnership", "s3.acl_disabled"),
    ("s3:GET?logging", "TargetBucket", "s3.access_logging"),
    ("TrentService:GetKeyPolicy", "Policy", "kms.public"),
    ("sns:GetTopicAttributes", "TopicArn", "sns.encrypted"),
    ("sns:GetTopicAttributes", "Policy", "sns.public"),
    ("AmazonSQS:GetQueueAttributes", "QueueArn", "sqs.public"),
    ("AmazonSQS:GetQueueAttributes", "SqsManagedSseEnabled", "sqs.encrypted"),
    ("lambda:ListFunctions", "Runtime", "lambda.supported_runtime"),
    ("lambda:GetPolicy", "Policy", "lambda.public"),
    (f"{_ECR}:DescribeRepositories", "scanOnPush", "ecr.scan_on_push"),
    (f"{_ECR}:DescribeRepositories", "imageTagMutability", "ecr.tag_immutable"),
    (f"{_ECR}:GetRepositoryPolicy", "policyText", "ecr.public"),
    ("secretsmanager:ListSecrets", "RotationEnabled", "secrets.rotation"),
    (f"{_DYNAMODB}:DescribeContinuousBackups", "PointInTimeRecoveryStatus", "dynamodb.pitr"),
    ("elasticfilesystem:DescribeFileSystems", "Encrypted", "efs.encrypted"),
]  # fmt: skip
# What AWS says of a resource that was deleted after it was listed.
DELETED = [
    ("s3:GET?encryption", "NoSuchBucket", "s3.kms_encryption"),
    ("TrentService:GetKeyPolicy", "NotFoundException", "kms.public"),
    ("sns:GetTopicAttributes", "NotFound", "sns.public"),
    ("AmazonSQS:GetQueueAttributes", "QueueDoesNotExist", "sqs.public"),
    ("lambda:GetPolicy", "ResourceNotFoundException", "lambda.public"),
    (f"{_ECR}:GetRepositoryPolicy", "RepositoryNotFoundException", "ecr.public"),
    (f"{_DYNAMODB}:DescribeContinuousBackups", "TableNotFoundException", "dynamodb.pitr"),
]  # fmt: skip
_controls = cache(load_controls)


@dataclass(frozen=True)
class Site:
    """The account behind a front, and what is true of it."""

    front: Front
    truth: Truth
    clean: Scan


def _scan(*controls: str, only: str = "") -> Scan:
    return scan_aws(TARGET, _controls(controls), clock=lambda: NOW, new_id=lambda: "scan", only_resource=only)


def _statuses(scan: Scan) -> Mapping[tuple[str, str], Status]:
    return {(v.control, v.resource.arn): v.status for v in scan.verdicts if v.locus != "listing"}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """Everything that data_services.py builds, scanned once undisturbed."""
    before = dict(os.environ)
    with SandboxAws() as aws:
        truth = build(aws, US)
        front = Front(aws.endpoint)
        os.environ.update(aws.environment() | {"AWS_ENDPOINT_URL": front.endpoint, "AWS_MAX_ATTEMPTS": "1"})
        os.environ.pop("AWS_PROFILE", None)
        with front.remembering():
            yield Site(front, truth, _scan(*(f"{prefix}.*" for prefix in PREFIXES)))
        front.close()
    os.environ.clear()
    os.environ.update(before)


def test_good_and_bad_are_told_apart_and_nothing_else_is_judged(site: Site) -> None:
    mine = {control for control, _arn in site.truth}
    said = {key: status for key, status in _statuses(site.clean).items() if key[0] in mine}
    assert said == {key: Status.FAIL if bad else Status.PASS for key, bad in site.truth.items()}
    assert {cover.status for cover in site.clean.coverage} == {CoverageStatus.COMPLETE}
    for control in mine - {"s3.mfa_delete"}:
        assert {bad for (name, _arn), bad in site.truth.items() if name == control} == {True, False}, control


def test_a_scan_makes_no_call_that_it_can_do_without(site: Site) -> None:
    site.front.seen.clear()
    _scan("s3.*", "ecr.*", "kms.*", "sqs.*")
    seen = Counter(site.front.seen)
    assert seen["s3:GET?tagging"] == seen["TrentService:ListResourceTags"] == 0
    assert seen["s3:GET?location"] == 0 and seen["s3:GET list of a region"] == 1
    assert (seen["s3:GET?policy"], seen["s3:GET?acl"]) == (4, 3)  # the owner of the fourth is enforced
    assert seen[f"{_ECR}:GetRegistryScanningConfiguration"] == 1
    assert (seen["TrentService:DescribeKey"], seen["TrentService:GetKeyPolicy"]) == (10, 7)
    assert (seen["TrentService:GetKeyRotationStatus"], seen["TrentService:ListAliases"]) == (6, 1)
    assert (seen["AmazonSQS:ListQueues"], seen["AmazonSQS:GetQueueAttributes"]) == (1, 6)


@pytest.mark.parametrize(
    "control",
    [
        "s3.kms_encryption", "kms.public", "sns.public", "sqs.public", "lambda.public", "ecr.public", "secrets.rotation",
        "dynamodb.pitr", "efs.encrypted",
    ],
)  # fmt: skip
def test_one_resource_is_checked_by_a_few_calls_and_one_that_is_gone_by_no_verdict(
    site: Site, control: str
) -> None:
    arns = {bad: arn for (name, arn), bad in site.truth.items() if name == control}
    for bad, arn in arns.items():
        site.front.seen.clear()
        scan = _scan(control, only=arn)
        assert _statuses(scan) == {(control, arn): Status.FAIL if bad else Status.PASS}
        assert len(site.front.seen) <= 5, site.front.seen
    away = arns[True][:-3] + "zzz"
    scan = _scan(control, only=away)
    assert scan.verdicts == () and {cover.status for cover in scan.coverage} == {CoverageStatus.COMPLETE}


@pytest.mark.parametrize(
    ("operation", "permission", "control"), [(o, *told) for o, told in OPERATIONS.items()]
)
def test_no_fault_makes_a_verdict_and_a_refusal_names_its_permission(
    site: Site, operation: str, permission: str, control: str
) -> None:
    for fault in (DENIED, CUT, BROKEN, HTML, DROPPED, THROTTLED):
        with site.front.failing(operation, fault):
            scan = _scan(control)
        clean, seen = _statuses(site.clean), _statuses(scan)
        assert {k: s for k, s in seen.items() if s is not Status.UNKNOWN and s is not clean[k]} == {}, fault
        assert any(v.status is Status.UNKNOWN and v.reason for v in scan.verdicts), fault
        assert CoverageStatus.COMPLETE not in {cover.status for cover in scan.coverage}, fault
        if fault == DENIED:
            unknown = [v for v in scan.verdicts if v.status is Status.UNKNOWN]
            assert {v.missing_permission for v in unknown} == {permission}


@pytest.mark.parametrize(("operation", "member", "control"), MEMBERS)
def test_a_member_that_is_missing_is_unknown(site: Site, operation: str, member: str, control: str) -> None:
    with site.front.failing(operation, HIDDEN + member):
        scan = _scan(control)
    clean, seen = _statuses(site.clean), _statuses(scan)
    lost = {key for key, status in clean.items() if key[0] == control and seen.get(key) is not status}
    assert lost and {seen[key] for key in lost if key in seen} <= {Status.UNKNOWN}
    assert {cover.status for cover in scan.coverage} == {CoverageStatus.PARTIAL}


@pytest.mark.parametrize(("operation", "code", "control"), DELETED)
def test_what_was_deleted_since_the_list_is_left_out(
    site: Site, operation: str, code: str, control: str
) -> None:
    with site.front.failing(operation, GONE + code):
        scan = _scan(control)
    assert scan.verdicts == () and {cover.status for cover in scan.coverage} == {CoverageStatus.COMPLETE}
