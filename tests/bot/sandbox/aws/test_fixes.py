"""Each shown command, pasted into a shell as it stands, makes its control pass; its undo brings it back."""

import json
import shlex

import pytest

from bot.sandbox.aws import apply_fix
from scanners.controls import load_controls
from scanners.errors import PatrolError
from scanners.model import Status
from tests.bot.sandbox.aws.net_company import NET
from tests.bot.sandbox.aws.proof import (
    ELSEWHERE,
    NO_FIX,
    NO_UNDO,
    SHAPES,
    Company,
    needs_the_cli,
    prove,
    scanned,
)

HERE = ("iam", "s3", "kms", "cloudtrail")  # the others are in test_fixes_machines.py: two files, two workers
CONTROLS = [c.id for c in load_controls() if c.id not in {*NO_FIX, *ELSEWHERE} and c.id.split(".")[0] in HERE]


def test_the_company_has_something_wrong_for_every_control(company: Company) -> None:
    scan = company.scan
    failing = {v.control for v in scan.verdicts if v.status is Status.FAIL}
    # What is in ELSEWHERE and NET is wrong in accounts of its own, in the other files.
    assert {control.id for control in load_controls()} - ELSEWHERE - NET - failing == {"iam.root_access_key"}
    assert not [v for v in scan.verdicts if v.status is Status.UNKNOWN]
    assert len({v.resource.arn for v in scan.verdicts}) >= 55


def test_where_one_resource_can_be_right_one_is(company: Company) -> None:
    passing = {v.control for v in company.scan.verdicts if v.status is Status.PASS}
    # These four judge the account, which is right or wrong as a whole.
    assert {control.id for control in load_controls()} - ELSEWHERE - NET - passing == {
        "cloudtrail.multi_region", "iam.password_length_14", "iam.root_mfa", "s3.account_public_access_block",
    }  # fmt: skip


def test_the_keys_that_aws_makes_for_itself_are_not_held_against_the_company(company: Company) -> None:
    kms = company.aws.client("kms", "eu-west-1")
    kms.describe_key(KeyId="alias/aws/s3")  # as on AWS, asking for it makes it
    rotation = [v for v in scanned("kms.rotation").verdicts if v.status is Status.FAIL]
    assert len(rotation) == len({v.resource.arn for v in rotation}) == 1


@needs_the_cli
@pytest.mark.parametrize("control", CONTROLS)
def test_the_shown_command_and_its_undo_do_what_they_say(company: Company, control: str) -> None:
    prove(company, control)


@needs_the_cli
@pytest.mark.parametrize(("control", "name"), [s for s in SHAPES if s[0].split(".")[0] in HERE])
def test_the_same_holds_for_the_control_in_another_shape(company: Company, control: str, name: str) -> None:
    prove(company, control, name)


@needs_the_cli
def test_an_undo_wakes_no_key_that_was_asleep_before(company: Company) -> None:
    iam = company.aws.client("iam")
    iam.create_user(UserName="two-keys")
    asleep, old = (iam.create_access_key(UserName="two-keys")["AccessKey"]["AccessKeyId"] for _ in range(2))
    iam.update_access_key(UserName="two-keys", AccessKeyId=asleep, Status="Inactive")
    company.aws.age_key("two-keys", asleep, 300)
    company.aws.age_key("two-keys", old, 200)
    found = scanned("iam.access_key_rotated_90", "arn:aws:iam::123456789012:user/two-keys").verdicts[0]
    assert found.remediation is not None
    for text in (found.remediation.cli, found.remediation.undo):
        assert asleep not in text and old in text
        assert apply_fix(text, company.environment()).returncode == 0
    states = {
        k["AccessKeyId"]: k["Status"] for k in iam.list_access_keys(UserName="two-keys")["AccessKeyMetadata"]
    }
    assert states == {asleep: "Inactive", old: "Active"}


@needs_the_cli
def test_the_undo_of_an_inline_policy_brings_back_its_own_document(company: Company) -> None:
    iam = company.aws.client("iam")
    before = iam.get_role_policy(RoleName="backup-runner", PolicyName="quick-fix")["PolicyDocument"]
    prove(company, "iam.inline_admin")
    assert iam.get_role_policy(RoleName="backup-runner", PolicyName="quick-fix")["PolicyDocument"] == before


@needs_the_cli
def test_a_trail_that_is_only_switched_off_is_switched_on(company: Company) -> None:
    trail = company.aws.client("cloudtrail", "us-east-1")
    trail.create_trail(Name="acme-all", S3BucketName="acme-cloudtrail", IsMultiRegionTrail=True)
    found = scanned("cloudtrail.multi_region").verdicts[0]
    assert found.status is Status.FAIL and found.remediation is not None
    assert shlex.split(found.remediation.cli)[:3] == ["aws", "cloudtrail", "start-logging"]
    for text, status in ((found.remediation.cli, Status.PASS), (found.remediation.undo, Status.FAIL)):
        assert apply_fix(text, company.environment()).returncode == 0
        assert scanned("cloudtrail.multi_region").verdicts[0].status is status
    trail.delete_trail(Name="acme-all")


@needs_the_cli
def test_a_bucket_policy_keeps_everything_that_stood_in_it(company: Company) -> None:
    s3 = company.aws.client("s3", "us-east-1")
    policy = {
        "Version": "2008-10-17", "Id": "old",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
                      "Action": "s3:GetObject", "Resource": "arn:aws:s3:::acme-db-dumps/*"},
    }  # fmt: skip
    s3.put_bucket_policy(Bucket="acme-db-dumps", Policy=json.dumps(policy))
    found = scanned("s3.tls_only", "arn:aws:s3:::acme-db-dumps").verdicts[0]
    assert found.remediation is not None
    assert apply_fix(found.remediation.cli, company.environment()).returncode == 0
    after = json.loads(s3.get_bucket_policy(Bucket="acme-db-dumps")["Policy"])
    assert (after["Version"], after["Id"]) == ("2008-10-17", "old")
    assert after["Statement"][0] == policy["Statement"] and len(after["Statement"]) == 2


def test_nothing_is_applied_beyond_loopback() -> None:
    with pytest.raises(PatrolError, match="sandbox alone"):
        apply_fix("aws sts get-caller-identity", {"AWS_ENDPOINT_URL": "https://sts.amazonaws.com"})
    with pytest.raises(PatrolError, match="sandbox alone"):
        apply_fix("aws sts get-caller-identity", {})


@needs_the_cli
def test_a_command_for_another_host_does_not_get_out(company: Company) -> None:
    out = apply_fix(
        "aws rds describe-db-instances --endpoint-url https://rds.amazonaws.com", company.environment()
    )
    assert out.returncode != 0 and "proxy" in out.output.lower()


def test_what_is_not_tried_is_a_control_that_exists() -> None:
    known = {control.id for control in load_controls()}
    assert set(NO_FIX) | set(NO_UNDO) | {control for control, _name in SHAPES} <= known
