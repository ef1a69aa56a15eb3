"""Whatever one operation answers, no verdict is ever guessed: it is as before, or UNKNOWN with the reason."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

import pytest

from bot.sandbox.aws import SandboxAws
from bot.sandbox.aws.company import US
from scanners.aws.scan import scan_aws
from scanners.controls import load_controls
from scanners.errors import CredentialError, PatrolError
from scanners.model import CoverageStatus, Resource, Scan, Status, Target
from tests.scanners.aws.front import BROKEN, CUT, DENIED, DROPPED, EXPIRED, HTML, THROTTLED, Front

TARGET = Target("prod", "aws", "payments", ("us-east-1",))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
Key = tuple[str, str, str]
# What the role must be given, by the operation that was refused.
PERMISSIONS = {
    "iam:GetAccountSummary": "iam:GetAccountSummary",
    "iam:GetAccountPasswordPolicy": "iam:GetAccountPasswordPolicy",
    "iam:GetAccountAuthorizationDetails": "iam:GetAccountAuthorizationDetails",
    "s3:GET list": "s3:ListAllMyBuckets",
    "s3:GET?policy": "s3:GetBucketPolicy",
    "s3:GET?acl": "s3:GetBucketAcl",
    "s3:GET?versioning": "s3:GetBucketVersioning",
    "s3:GET?publicAccessBlock": "s3:GetBucketPublicAccessBlock",
    "s3-control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
    "ec2:DescribeSecurityGroups": "ec2:DescribeSecurityGroups",
    "ec2:DescribeInstances": "ec2:DescribeInstances",
    "ec2:DescribeVolumes": "ec2:DescribeVolumes",
    "ec2:GetEbsEncryptionByDefault": "ec2:GetEbsEncryptionByDefault",
    "rds:DescribeDBInstances": "rds:DescribeDBInstances",
    "TrentService:ListKeys": "kms:ListKeys",
    "TrentService:GetKeyRotationStatus": "kms:GetKeyRotationStatus",
}

# The service of each front's name; a service's own controls are enough to see what its faults do.
SERVICES = {
    "iam": "iam", "s3": "s3", "s3-control": "s3", "ec2": "ec2", "rds": "rds", "TrentService": "kms",
    "CloudTrail_20131101": "cloudtrail", "sns": "sns", "AmazonSQS": "sqs", "lambda": "lambda",
    "AmazonEC2ContainerRegistry_V20150921": "ecr", "secretsmanager": "secrets", "DynamoDB_20120810": "dynamodb",
    "elasticfilesystem": "efs", "ResourceGroupsTaggingAPI_20170126": "kms",
}  # fmt: skip
# Lists tags by a call a page; where it is refused, each resource is asked for its own.
ALL_TAGS = "ResourceGroupsTaggingAPI_20170126:GetResources"
# Services that have nothing in this account: their faults are in test_data_services.py.
ELSEWHERE = {"sns", "sqs", "lambda", "ecr", "secrets", "dynamodb", "efs"}


_controls = cache(load_controls)  # compiled once: a hundred and fifty scans share them


def _scan(only: str = "", controls: tuple[str, ...] = ()) -> Scan:
    return scan_aws(TARGET, _controls(controls), clock=lambda: NOW, new_id=lambda: "scan", only_resource=only)


def _verdicts(scan: Scan) -> Mapping[Key, Status]:
    return {(v.control, v.scope, v.resource.arn): v.status for v in scan.verdicts if v.locus != "listing"}


@pytest.fixture(scope="module")
def clean(front: Front) -> tuple[Mapping[Key, Status], tuple[str, ...], Mapping[tuple[str, str], str]]:
    """The verdicts of an undisturbed scan, the operations it needed, and its coverage."""
    front.seen.clear()
    scan = _scan()
    assert {cover.status for cover in scan.coverage} == {CoverageStatus.COMPLETE}
    operations = tuple(sorted(set(front.seen) - {"sts:GetCallerIdentity"}))
    return _verdicts(scan), operations, {(c.control, c.scope): str(c.status) for c in scan.coverage}


def test_the_account_is_rich_enough_to_be_worth_disturbing(clean) -> None:  # type: ignore[no-untyped-def]
    verdicts, operations, coverage = clean
    known = {control.id for control in _controls()}
    judged = {control for control, _scope, _arn in verdicts}
    assert {control.split(".")[0] for control in known - judged} == ELSEWHERE
    assert len(judged) >= 30
    assert {control for control, _scope in coverage} == known
    assert set(PERMISSIONS) <= set(operations)
    assert {Status.PASS, Status.FAIL} == set(verdicts.values())


@pytest.mark.parametrize("fault", [DENIED, CUT, BROKEN, HTML, DROPPED, THROTTLED])
def test_no_fault_ever_makes_a_pass_or_a_fail(front: Front, clean, fault: str) -> None:  # type: ignore[no-untyped-def]
    operations = clean[1]
    for operation in operations:
        own = SERVICES[operation.split(":")[0]]
        with front.failing(operation, fault):
            scan = _scan(controls=(f"{own}.*",))
        verdicts = {key: status for key, status in clean[0].items() if key[0].startswith(f"{own}.")}
        coverage = {key for key in clean[2] if key[0].startswith(f"{own}.")}
        seen = _verdicts(scan)
        wrong = {
            key: (str(verdicts.get(key, "-")), str(status))
            for key, status in seen.items()
            if status is not Status.UNKNOWN and status is not verdicts.get(key)
        }
        assert wrong == {}, f"{operation} {fault}"
        covered = {(cover.control, cover.scope): cover for cover in scan.coverage}
        assert set(covered) == coverage, f"{operation} {fault}: a control fell silent"
        lost = {key[:2] for key in verdicts if seen.get(key) is not verdicts[key]}
        # Location and ownership alone decide nothing here: the other fields of these buckets do.
        assert lost or operation not in PERMISSIONS, f"{operation} {fault}: nothing was lost"
        told = {key for key, cover in covered.items() if cover.status is not CoverageStatus.COMPLETE}
        assert lost <= told, f"{operation} {fault}: something was lost that coverage calls complete"
        assert all(covered[key].reason for key in told)


@pytest.mark.parametrize(("operation", "permission"), PERMISSIONS.items())
def test_a_refused_permission_is_named(front: Front, clean, operation: str, permission: str) -> None:  # type: ignore[no-untyped-def]
    with front.failing(operation, DENIED):
        scan = _scan(controls=(f"{SERVICES[operation.split(':')[0]]}.*",))
    unknown = [v for v in scan.verdicts if v.status is Status.UNKNOWN]
    assert unknown
    assert {v.missing_permission for v in unknown} == {permission}
    assert all(permission in v.reason for v in unknown)
    gaps = [cover for cover in scan.coverage if cover.status is not CoverageStatus.COMPLETE]
    assert {cover.missing_permission for cover in gaps} == {permission}


def test_an_expired_token_is_one_clear_error(front: Front) -> None:
    with (
        front.failing("sts:GetCallerIdentity", EXPIRED),
        pytest.raises(CredentialError, match="Log in again"),
    ):
        _scan()


@pytest.mark.parametrize("fault", [CUT, HTML, DROPPED, BROKEN])
def test_an_account_that_cannot_be_learnt_is_an_error_and_no_scan(front: Front, fault: str) -> None:
    with front.failing("sts:GetCallerIdentity", fault), pytest.raises(PatrolError):
        _scan()


def test_a_control_fetches_only_what_it_needs(front: Front, clean) -> None:  # type: ignore[no-untyped-def]
    front.seen.clear()
    _scan(controls=("kms.rotation",))
    services = {name.split(":")[0] for name in front.seen}
    assert services == {"sts", "TrentService", ALL_TAGS.split(":")[0]}


def test_a_targeted_check_asks_about_one_resource(front: Front, clean) -> None:  # type: ignore[no-untyped-def]
    front.seen.clear()
    scan = _scan(only="arn:aws:s3:::acme-invoices", controls=("s3.public",))
    assert [v.resource.id for v in scan.verdicts] == ["acme-invoices"]
    assert front.seen.count("s3:GET?policy") == 1


def test_data_is_fetched_once_for_all_controls(front: Front, clean) -> None:  # type: ignore[no-untyped-def]
    front.seen.clear()
    _scan()
    once = ("iam:GetAccountAuthorizationDetails", "ec2:DescribeSecurityGroups", "s3:GET list")
    assert {name: front.seen.count(name) for name in once} == dict.fromkeys(once, 1)


@pytest.mark.parametrize(
    ("control", "tagging"),
    [("s3.versioning", "s3:GET?tagging"), ("kms.rotation", "TrentService:ListResourceTags")],
)
def test_tags_are_read_and_a_refusal_says_that_they_were_not(
    front: Front, account: SandboxAws, control: str, tagging: str
) -> None:
    s3, kms = account.client("s3"), account.client("kms", US)
    s3.put_bucket_tagging(Bucket="acme-invoices", Tagging={"TagSet": [{"Key": "team", "Value": "web"}]})
    for key in kms.list_keys()["Keys"]:
        kms.tag_resource(KeyId=key["KeyId"], Tags=[{"TagKey": "team", "TagValue": "web"}])
    name = "acme-invoices" if control.startswith("s3") else ":key/"

    def resource() -> Resource:
        return next(v.resource for v in _scan(controls=(control,)).verdicts if name in v.resource.arn)

    assert (resource().tags, resource().tags_unread) == ({"team": "web"}, False)
    for fault in (DENIED, CUT, THROTTLED):
        for either in (tagging, ALL_TAGS):
            with front.failing(either, fault):
                assert (resource().tags, resource().tags_unread) == ({"team": "web"}, False), fault
        with front.failing(tagging, fault, ALL_TAGS):
            assert (resource().tags, resource().tags_unread) == ({}, True), fault
