"""IAM on moto's server: good and bad of each control, and six calls for all users."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.model import CoverageStatus, Status
from tests.scanners.aws.front import DENIED, HIDDEN
from tests.scanners.aws.iam_account import ME, Scripted, before, scan_of, statuses

REQUIRED = (
    "root_mfa", "root_access_key", "password_length_14", "password_reuse_24", "user_mfa_console",
    "access_key_rotated_90", "access_key_unused_45", "console_unused_45", "two_active_keys",
    "customer_policy_admin_attached", "inline_admin", "user_admin_policy", "support_role",
)  # fmt: skip


@pytest.fixture(scope="module")
def front(iam_account: SandboxAws) -> Iterator[Scripted]:
    """The front before the account."""
    with before(iam_account) as made:
        yield made


@pytest.fixture(scope="module")
def whole(front: Scripted) -> Mapping[str, Mapping[str, Status]]:
    """What one scan of everything about IAM found: control -> resource -> status."""
    found: dict[str, dict[str, Status]] = {}
    for verdict in scan_of("iam.*").verdicts:
        found.setdefault(verdict.control, {})[verdict.resource.arn.removeprefix(ME + ":")] = verdict.status
    return found


@pytest.mark.parametrize(
    ("control", "bad", "good"),
    [
        ("iam.user_mfa_console", {"user/no-mfa"}, {"user/good", "user/old-key"}),
        ("iam.access_key_rotated_90", {"user/old-key"}, {"user/good", "user/two-keys"}),
        ("iam.access_key_unused_45", {"user/old-key"}, {"user/good", "user/two-keys"}),
        ("iam.console_unused_45", set(), {"user/good", "user/no-mfa"}),
        ("iam.two_active_keys", {"user/two-keys"}, {"user/good", "user/old-key"}),
        ("iam.user_admin_policy", {"user/aws-admin", "user/own-admin"}, {"user/narrow", "user/inline"}),
        ("iam.inline_admin", {"user/inline"}, {"user/own-admin", "role/machine"}),
        ("iam.customer_policy_admin_attached", {"policy/team/all"}, {"policy/team/read", "policy/team/unattached"}),
        ("iam.user_policy", {"user/aws-admin", "user/own-admin", "user/narrow", "user/inline"}, {"user/good"}),
        ("iam.root_mfa", {"root"}, set()),
        ("iam.root_access_key", set(), {"root"}),
        ("iam.root_used", set(), {"root"}),
        ("iam.aws_admin_attached", {"root"}, set()),
        ("iam.cloudshell_full_access", set(), {"root"}),
    ],
)  # fmt: skip
def test_good_and_bad_are_told_apart(
    whole: Mapping[str, Mapping[str, Status]], control: str, bad: set[str], good: set[str]
) -> None:
    by_status = {status: {n for n, s in whole[control].items() if s is status} for status in Status}
    assert by_status[Status.UNKNOWN] == set()
    assert by_status[Status.FAIL] == bad
    assert good <= by_status[Status.PASS]


def test_the_password_policy_in_each_state(front: Scripted, iam_account: SandboxAws) -> None:
    iam = iam_account.client("iam")
    for policy, length, reuse in (
        (None, Status.FAIL, Status.FAIL),
        ({"MinimumPasswordLength": 14}, Status.PASS, Status.FAIL),
        ({"MinimumPasswordLength": 13, "PasswordReusePrevention": 24}, Status.FAIL, Status.PASS),
        ({"MinimumPasswordLength": 20, "PasswordReusePrevention": 23}, Status.PASS, Status.FAIL),
    ):
        if policy:
            iam.update_account_password_policy(**policy)
        found = {v.control: v.status for v in scan_of("iam.password_*").verdicts}
        assert found == {"iam.password_length_14": length, "iam.password_reuse_24": reuse}


def test_a_role_for_support_among_very_many_is_found(front: Scripted, iam_account: SandboxAws) -> None:
    iam = iam_account.client("iam")
    support = "arn:aws:iam::aws:policy/AWSSupportAccess"
    assert statuses("iam.support_role") == {"root": Status.FAIL}
    iam.attach_user_policy(UserName="good", PolicyArn=support)
    assert statuses("iam.support_role") == {"root": Status.FAIL}  # a user is no role
    iam.detach_user_policy(UserName="good", PolicyArn=support)
    iam.attach_role_policy(RoleName="machine", PolicyArn=support)
    assert statuses("iam.support_role") == {"root": Status.PASS}
    iam.detach_role_policy(RoleName="machine", PolicyArn=support)


def test_the_security_contact_is_there_or_not(front: Scripted, iam_account: SandboxAws) -> None:
    account = iam_account.client("account")
    assert statuses("account.security_contact") == {"root": Status.FAIL}
    account.put_alternate_contact(
        AlternateContactType="SECURITY",
        EmailAddress="security@acme.example",
        Name="x",
        PhoneNumber="+4912345",
        Title="x",
    )
    assert statuses("account.security_contact") == {"root": Status.PASS}
    account.delete_alternate_contact(AlternateContactType="SECURITY")


def test_an_expired_certificate_is_seen(front: Scripted, iam_account: SandboxAws) -> None:
    iam = iam_account.client("iam")
    assert statuses("iam.expired_certificate") == {}
    iam.upload_server_certificate(ServerCertificateName="web", CertificateBody="x", PrivateKey="x")
    assert statuses("iam.expired_certificate") == {
        "server-certificate/web": Status.FAIL
    }  # moto's end in 2012
    early = datetime(2012, 1, 1, tzinfo=UTC)
    assert statuses("iam.expired_certificate", early) == {"server-certificate/web": Status.PASS}
    iam.delete_server_certificate(ServerCertificateName="web")
    with front.failing("iam:ListServerCertificates", DENIED):
        (refused,) = scan_of("iam.expired_certificate").verdicts
    assert (refused.status, refused.missing_permission) == (Status.UNKNOWN, "iam:ListServerCertificates")


@pytest.mark.parametrize(
    ("analyzers", "status"),
    [
        ("[]", Status.FAIL),
        ('[{"name": "a", "type": "ACCOUNT", "status": "ACTIVE"}]', Status.PASS),
        ('[{"name": "a", "type": "ORGANIZATION", "status": "ACTIVE"}]', Status.PASS),
        ('[{"name": "a", "type": "ACCOUNT_UNUSED_ACCESS", "status": "ACTIVE"}]', Status.FAIL),
        ('[{"name": "a", "type": "ACCOUNT", "status": "FAILED"}]', Status.FAIL),
        ('[{"name": "a", "type": "ACCOUNT"}]', Status.UNKNOWN),
        ('[{"name": "a", "status": "ACTIVE"}]', Status.UNKNOWN),
    ],
)
def test_an_analyzer_of_access_from_outside_must_work(
    front: Scripted, analyzers: str, status: Status
) -> None:
    front.said = {"analyzers": ("application/json", f'{{"analyzers": {analyzers}}}'.encode())}
    try:
        assert set(statuses("accessanalyzer.enabled").values()) == {status}
    finally:
        front.said = {}


def test_where_the_service_is_not_there_nothing_is_said_of_it(front: Scripted) -> None:
    front.said = {"analyzers": ("text/html", b"<!doctype html><title>404 Not Found</title>")}
    try:
        scan = scan_of("accessanalyzer.enabled")
    finally:
        front.said = {}
    assert [v.status for v in scan.verdicts] == [Status.UNKNOWN]
    assert [c.status for c in scan.coverage] == [CoverageStatus.ERROR]


def test_all_thirteen_cost_six_calls_however_many_users_are_bad(front: Scripted) -> None:
    front.seen.clear()
    scan = scan_of(*(f"iam.{name}" for name in REQUIRED))
    assert sorted(name for name in front.seen if name.startswith("iam:")) == [
        "iam:GenerateCredentialReport", "iam:GetAccountAuthorizationDetails", "iam:GetAccountPasswordPolicy",
        "iam:GetAccountSummary", "iam:GetCredentialReport", "iam:ListEntitiesForPolicy",
    ]  # fmt: skip
    assert {v.control.removeprefix("iam.") for v in scan.verdicts} == set(REQUIRED)
    assert {c.status for c in scan.coverage} == {CoverageStatus.COMPLETE}


@pytest.mark.parametrize(
    ("operation", "controls"),
    [
        ("iam:GetCredentialReport", {"user_mfa_console", "access_key_rotated_90", "access_key_unused_45",
                                     "console_unused_45", "two_active_keys"}),
        ("iam:GenerateCredentialReport", {"user_mfa_console", "access_key_rotated_90", "access_key_unused_45",
                                          "console_unused_45", "two_active_keys"}),
        ("iam:GetAccountSummary", {"root_mfa", "root_access_key"}),
        ("iam:GetAccountPasswordPolicy", {"password_length_14", "password_reuse_24"}),
        ("iam:ListEntitiesForPolicy", {"support_role"}),
        ("iam:GetAccountAuthorizationDetails", {"customer_policy_admin_attached", "inline_admin", "user_admin_policy"}),
    ],
)  # fmt: skip
def test_a_refusal_makes_unknown_what_it_touches_and_nothing_else(
    front: Scripted, operation: str, controls: set[str]
) -> None:
    with front.failing(operation, DENIED):
        scan = scan_of(*(f"iam.{name}" for name in REQUIRED))
    unknown = [v for v in scan.verdicts if v.status is Status.UNKNOWN]
    assert {v.control.removeprefix("iam.") for v in unknown} == controls
    assert {v.missing_permission for v in unknown} == {operation}
    told = {c.control.removeprefix("iam.") for c in scan.coverage if c.status is not CoverageStatus.COMPLETE}
    assert told == controls


@pytest.mark.parametrize("member", ["Expiration", "ServerCertificateName"])
def test_a_certificate_that_is_not_whole_is_unknown(
    front: Scripted, iam_account: SandboxAws, member: str
) -> None:
    iam = iam_account.client("iam")
    iam.upload_server_certificate(ServerCertificateName="half", CertificateBody="x", PrivateKey="x")
    with front.failing("iam:ListServerCertificates", HIDDEN + member):
        assert set(statuses("iam.expired_certificate").values()) == {Status.UNKNOWN}
    iam.delete_server_certificate(ServerCertificateName="half")


# -- one user alone


def test_a_targeted_check_reads_the_user_and_no_report(front: Scripted) -> None:
    front.seen.clear()
    scan = scan_of("iam.access_key_rotated_90", only=f"{ME}:user/old-key")
    assert [v.status for v in scan.verdicts] == [Status.FAIL]
    assert [name for name in front.seen if name.startswith("iam:")] == ["iam:GetUser", "iam:ListAccessKeys"]
    front.seen.clear()
    assert [v.status for v in scan_of("iam.user_mfa_console", only=f"{ME}:user/no-mfa").verdicts] == [
        Status.FAIL
    ]
    asked = [name for name in front.seen if name.startswith("iam:")]
    assert asked == ["iam:GetUser", "iam:GetLoginProfile", "iam:ListMFADevices"]


def test_a_user_who_is_gone_is_in_no_list(front: Scripted) -> None:
    scan = scan_of("iam.two_active_keys", only=f"{ME}:user/nobody")
    assert scan.verdicts == () and [c.status for c in scan.coverage] == [CoverageStatus.COMPLETE]
