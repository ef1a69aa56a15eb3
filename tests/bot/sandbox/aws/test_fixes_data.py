"""The shown commands for data services, pasted as they stand on resources that data_services.py builds."""

import json
from collections.abc import Callable, Iterator
from urllib.request import Request, urlopen

import pytest
from botocore.exceptions import ClientError

from bot.sandbox.aws import SandboxAws
from bot.sandbox.aws.company import US
from scanners.controls import load_controls
from scanners.model import Status
from tests.bot.sandbox.aws import test_fixes_machines as words
from tests.bot.sandbox.aws.proof import DATA, Company, needs_the_cli, opened, prove
from tests.scanners.aws.data_services import build

PATTERNS = tuple(sorted({control.split(".")[0] + ".*" for control in DATA}))
# What moto cannot carry, and why.
NOT_CARRIED = {
    "s3.mfa_delete": "moto takes MFA delete and forgets it",
    "efs.encrypted": "moto has no replication of file systems",
    "secrets.rotation": "moto has no repository of serverless applications; proved below where the function is known",
}
# The same control failing in another shape, with other words in its command or its undo.
SHAPES = [
    ("s3.kms_encryption", "data-logs"), ("s3.acl_disabled", "data-logs"), ("s3.acl_disabled", "data-sse"),
    ("lambda.public", "open-url"), ("lambda.public", "any-bucket"),
    ("ecr.tag_immutable", "loose"), ("secrets.rotation", "once-rotated"),
]  # fmt: skip


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Their account and the scan of it; functions answer without a container, so that a rotation can end."""
    with opened(_build, tmp_path_factory.mktemp("cli"), PATTERNS) as made:
        yield made


def _build(aws: SandboxAws) -> None:
    answer = json.dumps({"lambda": {"use_docker": False}}).encode()
    urlopen(Request(f"{aws.endpoint}/moto-api/config", answer, {"Content-Type": "application/json"})).close()
    build(aws, US)
    _once_rotated(aws)


def _once_rotated(aws: SandboxAws) -> None:
    """A secret whose rotation was switched off: its function is still known."""
    function = aws.client("lambda", US).get_function(FunctionName="closed")["Configuration"]["FunctionArn"]
    client = aws.client("secretsmanager", US)
    arn = client.create_secret(Name="once-rotated", SecretString="only-in-the-sandbox")["ARN"]
    client.rotate_secret(
        SecretId=arn, RotationLambdaARN=function, RotationRules={"AutomaticallyAfterDays": 30}
    )
    client.cancel_rotate_secret(SecretId=arn)


def test_every_control_of_data_services_fails_here(services: Company) -> None:
    failing = {v.control for v in services.scan.verdicts if v.status is Status.FAIL}
    assert failing >= DATA
    assert {control for control, _name in SHAPES} | set(NOT_CARRIED) <= DATA
    assert {control.id for control in load_controls()} >= DATA


@needs_the_cli
@pytest.mark.parametrize("control", sorted(DATA - set(NOT_CARRIED)))
def test_the_shown_command_and_its_undo_do_what_they_say(services: Company, control: str) -> None:
    prove(services, control)


@needs_the_cli
@pytest.mark.parametrize(("control", "name"), SHAPES)
def test_the_same_holds_for_the_control_in_another_shape(services: Company, control: str, name: str) -> None:
    prove(services, control, name)


def test_what_moto_cannot_carry_is_told_and_still_true(services: Company) -> None:
    for control, reason in NOT_CARRIED.items():
        print(f"not applied: {control}: {reason}")
    s3 = services.aws.client("s3", US)
    s3.put_bucket_versioning(
        Bucket="data-logs",
        VersioningConfiguration={"Status": "Enabled", "MFADelete": "Enabled"},
        MFA="arn:aws:iam::123456789012:mfa/root-account-mfa-device 123456",
    )
    assert "MFADelete" not in s3.get_bucket_versioning(Bucket="data-logs")
    efs = services.aws.client("efs", US)
    _refused(
        lambda: efs.create_replication_configuration(SourceFileSystemId="fs-1", Destinations=[{"Region": US}])
    )
    repository = services.aws.client("serverlessrepo", US)
    _refused(lambda: repository.list_applications())


def _refused(call: Callable[[], object]) -> None:
    with pytest.raises(ClientError):
        call()


def test_a_policy_that_is_closed_keeps_the_rest_of_itself(services: Company) -> None:
    found = next(v for v in services.scan.verdicts if v.control == "kms.public" and v.status is Status.FAIL)
    assert found.remediation is not None
    for text in (found.remediation.cli, found.remediation.undo):
        assert '"Sid":"Own"' in text and '"Action":"kms:*"' in text
    assert '"AWS":"*"' not in found.remediation.cli and '"Principal":"*"' not in found.remediation.cli


def test_every_command_is_whole_bash_and_every_terraform_block_balanced(services: Company) -> None:
    words.test_every_command_is_whole_bash_and_holds_no_placeholder(services)
    words.test_every_terraform_block_is_balanced_and_quoted(services)
