"""An answer that parses and lacks a member which AWS always sends: the verdict is UNKNOWN, never a guess."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from scanners.aws.api import CallFailed
from scanners.aws.datasets.iam.report import yes
from scanners.aws.datasets.rds import _public
from scanners.aws.datasets.s3_fields import BLOCK_KEYS, block, is_world
from scanners.aws.scan import scan_aws
from scanners.aws.trail_events import management
from scanners.controls import load_controls
from scanners.model import CoverageStatus, Scan, Status, Target
from tests.scanners.aws.front import HIDDEN, Front

NOW = datetime(2026, 11, 24, tzinfo=UTC)
TARGET = Target("prod", "aws", "payments", ("us-east-1",))
# Operation, the member as it is written on the wire, the control that reads it.
MEMBERS = [
    ("rds:DescribeDBInstances", "StorageEncrypted", "rds.encrypted"),
    ("ec2:DescribeVolumes", "encrypted", "ec2.ebs_volume_encrypted"),
    ("ec2:DescribeSecurityGroups", "ipPermissions", "ec2.sg_ssh_world"),
    ("ec2:DescribeSecurityGroups", "ipPermissions", "ec2.sg_default_closed"),
    ("ec2:DescribeInstances", "metadataOptions", "ec2.imdsv2"),
    ("ec2:DescribeInstances", "httpTokens", "ec2.imdsv2"),
    ("ec2:DescribeSnapshotAttribute", "createVolumePermission", "ec2.snapshot_public"),
    ("ec2:GetEbsEncryptionByDefault", "ebsEncryptionByDefault", "ec2.ebs_default_encryption"),
    ("CloudTrail_20131101:DescribeTrails", "IsMultiRegionTrail", "cloudtrail.multi_region"),
    ("TrentService:DescribeKey", "KeyState", "kms.rotation"),
    ("TrentService:DescribeKey", "Origin", "kms.rotation"),
    ("TrentService:GetKeyRotationStatus", "KeyRotationEnabled", "kms.rotation"),
    ("iam:GetAccountSummary", "AccountAccessKeysPresent", "iam.root_access_key"),
    ("iam:GetAccountSummary", "AccountMFAEnabled", "iam.root_mfa"),
    ("iam:GetAccountPasswordPolicy", "MinimumPasswordLength", "iam.password_length_14"),
    ("iam:GetAccountPasswordPolicy", "PasswordPolicy", "iam.password_reuse_24"),
    ("iam:ListEntitiesForPolicy", "PolicyRoles", "iam.support_role"),
    ("iam:ListEntitiesForPolicy", "PolicyGroups", "iam.cloudshell_full_access"),
    ("access-analyzer:GET /analyzer", "analyzers", "accessanalyzer.enabled"),
]  # fmt: skip
# The same where some resources are judged without the member.
DECIDED_WITHOUT = [
    ("ec2:DescribeSecurityGroups", "cidrIp", "ec2.sg_ssh_world"),
    ("ec2:DescribeSecurityGroups", "ipRanges", "ec2.sg_ssh_world"),
    ("s3:GET?publicAccessBlock", "RestrictPublicBuckets", "s3.bucket_public_access_block"),
    ("s3:GET?acl", "Grantee", "s3.public"),
    ("s3:GET?acl", "URI", "s3.public"),
    ("iam:GetAccountAuthorizationDetails", "AttachmentCount", "iam.customer_policy_admin_attached"),
    ("iam:GetAccountAuthorizationDetails", "PolicyVersionList", "iam.customer_policy_admin_attached"),
]  # fmt: skip


def _scan(control: str) -> Scan:
    return scan_aws(TARGET, load_controls((control,)), clock=lambda: NOW, new_id=lambda: "scan")


@pytest.fixture(scope="module")
def clean(front: Front) -> Iterator[Callable[[str], dict[str, Status]]]:
    """The verdicts of a control in an undisturbed scan, by ARN."""
    known: dict[str, dict[str, Status]] = {}

    def verdicts(control: str) -> dict[str, Status]:
        if control not in known:
            known[control] = {v.resource.arn: v.status for v in _scan(control).verdicts}
        return known[control]

    with front.remembering():
        yield verdicts


@pytest.mark.parametrize(("operation", "member", "control"), [*MEMBERS, *DECIDED_WITHOUT])
def test_a_member_that_is_missing_is_unknown(
    front: Front, clean, operation: str, member: str, control: str
) -> None:  # type: ignore[no-untyped-def]
    before = clean(control)
    assert before
    with front.failing(operation, HIDDEN + member):
        scan = _scan(control)
    statuses = {v.resource.arn: v.status for v in scan.verdicts if v.locus != "listing"}
    lost = {arn for arn, status in before.items() if statuses.get(arn) is not status}
    assert lost
    assert {statuses[arn] for arn in lost if arn in statuses} <= {Status.UNKNOWN}
    if (operation, member, control) in MEMBERS:
        assert lost == set(before)
    assert {cover.status for cover in scan.coverage} != {CoverageStatus.COMPLETE}
    assert all(v.reason and not v.missing_permission for v in scan.verdicts if v.status is Status.UNKNOWN)


def test_a_database_of_which_nobody_said_it_is_public_is_private() -> None:
    assert _public({"StorageEncrypted": True}) == [False]
    assert _public({"StorageEncrypted": True, "PubliclyAccessible": True}) == [True]
    with pytest.raises(CallFailed, match="PubliclyAccessible"):
        _public({"DBInstanceIdentifier": "cut"})  # an element that is not whole says nothing of it


def test_instances_that_are_left_out_of_their_reservation_are_not_gone(front: Front) -> None:
    with front.failing("ec2:DescribeInstances", HIDDEN + "instancesSet"):
        scan = _scan("ec2.imdsv2")
    assert [v.status for v in scan.verdicts] == [Status.UNKNOWN]
    assert "Instances" in scan.verdicts[0].reason


def test_an_answer_about_iam_without_any_of_its_lists_is_no_empty_account(front: Front) -> None:
    with front.failing("iam:GetAccountAuthorizationDetails", HIDDEN + "UserDetailList"):
        assert CoverageStatus.COMPLETE in {cover.status for cover in _scan("iam.inline_admin").coverage}
    with front.failing("iam:GetAccountAuthorizationDetails", HIDDEN + "DetailsResult"):
        scan = _scan("iam.inline_admin")
    assert [v.status for v in scan.verdicts] == [Status.UNKNOWN]


@pytest.mark.parametrize(
    "row", [{}, {"mfa_active": ""}, {"mfa_active": None}, {"mfa_active": "not_supported"}]
)
def test_a_credential_report_without_a_column_says_nothing_of_it(row: dict[str, Any]) -> None:
    with pytest.raises(CallFailed, match="mfa_active"):
        yes(row, "mfa_active")


@pytest.mark.parametrize(
    ("value", "said"), [("true", True), ("TRUE", True), ("false", False), ("False", False)]
)
def test_a_credential_report_says_true_or_false(value: str, said: bool) -> None:
    assert yes({"mfa_active": value}, "mfa_active") is said


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"EventSelectors": [{"ReadWriteType": "All"}]},
        {"EventSelectors": [{"IncludeManagementEvents": True}]},
    ],
)  # fmt: skip
def test_selectors_of_a_trail_that_are_not_whole_record_nothing_for_sure(answer: dict[str, Any]) -> None:
    with pytest.raises(CallFailed):
        management(answer)


def test_a_trail_without_a_selector_records_management_events() -> None:
    assert management({"EventSelectors": [], "AdvancedEventSelectors": []})
    assert management({"EventSelectors": [{"IncludeManagementEvents": True, "ReadWriteType": "All"}]})
    assert not management(
        {"EventSelectors": [{"IncludeManagementEvents": True, "ReadWriteType": "ReadOnly"}]}
    )


def test_a_public_access_block_has_four_settings_or_says_nothing() -> None:
    four = dict.fromkeys(BLOCK_KEYS, True)
    assert block({"PublicAccessBlockConfiguration": four}, "s3")[1] is True
    assert block(None, "s3")[1] is False
    for key in BLOCK_KEYS:
        with pytest.raises(CallFailed, match=key):
            block({"PublicAccessBlockConfiguration": {k: v for k, v in four.items() if k != key}}, "s3")
    with pytest.raises(CallFailed):
        block({}, "s3")


def test_a_group_without_its_name_may_be_anybody() -> None:
    assert not is_world({"Type": "CanonicalUser", "ID": "a1b2"})
    assert not is_world({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/s3/LogDelivery"})
    assert is_world({"Type": "Group", "URI": "http://acs.amazonaws.com/groups/global/AllUsers"})
    with pytest.raises(CallFailed):
        is_world({"Type": "Group"})
