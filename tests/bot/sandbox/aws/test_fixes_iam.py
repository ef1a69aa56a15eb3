"""The shown commands of IAM, pasted as they stand on an account that has everything wrong."""

import json
from collections.abc import Iterator

import pytest

from bot.sandbox.aws import SandboxAws, apply_fix
from scanners.controls import load_controls
from scanners.model import Status
from tests.bot.sandbox.aws import test_fixes_machines as words
from tests.bot.sandbox.aws.proof import IAM, Company, needs_the_cli, opened, prove, scanned

# What no command can bring about here, and why.
NOT_CARRIED = {
    "iam.root_hardware_mfa": "only root itself can change its MFA device, in the console",
    "iam.root_used": "a use of root can't be taken back; the finding closes after a week of rest",
    "iam.expired_certificate": "IAM gives no private key back, so that there is no undo; the fix itself is proved below",
    "account.security_contact": "the command asks for the address; proved below with one typed in",
}
# The same control failing in another shape.
SHAPES = [
    ("iam.user_admin_policy", "by-aws"), ("iam.user_admin_policy", "by-own"), ("iam.user_policy", "inline"),
    ("iam.access_key_unused_45", "twins"), ("iam.access_key_rotated_90", "twins"), ("iam.two_active_keys", "twins"),
]  # fmt: skip
AWS = "arn:aws:iam::aws:policy/"
ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
)


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """The account with AWS's own policies in it, and what a scan of IAM found there."""
    with pytest.MonkeyPatch.context() as environ:
        environ.setenv("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
        controls = ("iam.*", "account.*", "accessanalyzer.*")
        with opened(_fill, tmp_path_factory.mktemp("cli"), controls) as made:
            yield made


def _fill(aws: SandboxAws) -> None:
    iam = aws.client("iam")
    for name in ("on-leave", "by-aws", "by-own", "inline", "twins", "new-comer"):
        iam.create_user(UserName=name)
    for name in ("on-leave", "new-comer"):
        iam.create_login_profile(UserName=name, Password="correct horse battery 9!")
    aws.age_user("on-leave", 46)
    iam.create_access_key(UserName="new-comer")
    for _ in range(2):  # made in the same second
        key = iam.create_access_key(UserName="twins")["AccessKey"]["AccessKeyId"]
        aws.age_key("twins", key, 200)
    own = iam.create_policy(PolicyName="all", PolicyDocument=ALL)["Policy"]["Arn"]
    iam.attach_user_policy(UserName="by-aws", PolicyArn=AWS + "AdministratorAccess")
    iam.attach_user_policy(UserName="by-own", PolicyArn=own)
    iam.put_user_policy(UserName="inline", PolicyName="mine", PolicyDocument=ALL.replace('"*"', '"s3:*"', 1))
    iam.create_group(GroupName="developers")
    iam.attach_group_policy(GroupName="developers", PolicyArn=AWS + "AWSCloudShellFullAccess")
    iam.update_account_password_policy(
        MinimumPasswordLength=12, RequireNumbers=True, PasswordReusePrevention=5, MaxPasswordAge=90
    )
    iam.upload_server_certificate(ServerCertificateName="web", CertificateBody="x", PrivateKey="x")


def test_every_control_of_iam_fails_here(account: Company) -> None:
    failing = {v.control for v in account.scan.verdicts if v.status is Status.FAIL}
    assert IAM - failing == {"iam.root_used"}  # root was never used here, and nothing can use it
    assert IAM | {control for control, _name in SHAPES} <= {control.id for control in load_controls()}
    assert set(NOT_CARRIED) <= IAM


@needs_the_cli
@pytest.mark.parametrize("control", sorted(IAM - set(NOT_CARRIED)))
def test_the_shown_command_and_its_undo_do_what_they_say(account: Company, control: str) -> None:
    prove(account, control)


@needs_the_cli
@pytest.mark.parametrize(("control", "name"), SHAPES)
def test_the_same_holds_for_the_control_in_another_shape(account: Company, control: str, name: str) -> None:
    prove(account, control, name)


def test_what_cannot_be_applied_is_told() -> None:
    for control, reason in NOT_CARRIED.items():
        print(f"not applied: {control}: {reason}")


@needs_the_cli
def test_the_security_contact_is_asked_for_and_registered(account: Company) -> None:
    (found,) = [v for v in account.scan.verdicts if v.control == "account.security_contact"]
    assert found.remediation is not None
    typed = f"{{ {found.remediation.cli}\n}} <<'typed'\nsecurity@acme.example\n+49 30 123456\ntyped\n"
    for text, status in ((typed, Status.PASS), (found.remediation.undo, Status.FAIL)):
        applied = apply_fix(text, account.environment())
        assert applied.returncode == 0, applied.output
        assert [v.status for v in scanned("account.security_contact").verdicts] == [status]


@needs_the_cli
def test_an_expired_certificate_is_removed(account: Company) -> None:
    (found,) = [v for v in account.scan.verdicts if v.control == "iam.expired_certificate"]
    assert found.remediation is not None
    assert apply_fix(found.remediation.cli, account.environment()).returncode == 0
    assert scanned("iam.expired_certificate").verdicts == ()


@needs_the_cli
def test_a_longer_memory_for_passwords_changes_nothing_else(account: Company) -> None:
    iam = account.aws.client("iam")
    policy = iam.get_account_password_policy()["PasswordPolicy"]
    (found,) = scanned("iam.password_reuse_24").verdicts
    assert found.remediation is not None
    assert apply_fix(found.remediation.cli, account.environment()).returncode == 0
    assert iam.get_account_password_policy()["PasswordPolicy"] == policy | {"PasswordReusePrevention": 24}
    assert apply_fix(found.remediation.undo, account.environment()).returncode == 0
    assert iam.get_account_password_policy()["PasswordPolicy"] == policy


@needs_the_cli
def test_a_command_whose_key_is_gone_changes_nothing_and_says_so(account: Company) -> None:
    iam = account.aws.client("iam")
    iam.create_user(UserName="rotated")
    key = iam.create_access_key(UserName="rotated")["AccessKey"]["AccessKeyId"]
    account.aws.age_key("rotated", key, 120)
    found = next(v for v in scanned("iam.access_key_rotated_90").verdicts if v.resource.id == "rotated")
    iam.delete_access_key(UserName="rotated", AccessKeyId=key)
    fresh = iam.create_access_key(UserName="rotated")["AccessKey"]["AccessKeyId"]
    assert found.remediation is not None
    assert apply_fix(found.remediation.cli, account.environment()).returncode != 0
    assert {
        k["AccessKeyId"]: k["Status"] for k in iam.list_access_keys(UserName="rotated")["AccessKeyMetadata"]
    } == {fresh: "Active"}


def test_every_command_is_whole_bash_and_every_terraform_block_balanced(account: Company) -> None:
    words.test_every_command_is_whole_bash_and_holds_no_placeholder(account)
    words.test_every_terraform_block_is_balanced_and_quoted(account)
