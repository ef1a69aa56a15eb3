"""Many accounts in one scan: each entered by its role, each speaking for itself, none silently left out."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.sandbox.aws import SandboxAws, session_of
from bot.sandbox.aws.server import ACCOUNT
from commands.work_targets import narrowed
from scanners.aws.accounts import Account, entered, session_name
from scanners.aws.clients import make_session
from scanners.aws.collector import Collector
from scanners.aws.limiter import Limiter
from scanners.aws.meter import Meter
from scanners.aws.pool import Pool
from scanners.aws.scan import scan_aws
from scanners.controls import load_controls
from scanners.errors import CollectError, CredentialError, UsageError
from scanners.model import CoverageStatus, Scan, Status, Target
from tests.scanners.aws.front import BROKEN, CUT, DENIED, HIDDEN, Front

NOW = datetime(2026, 11, 24, tzinfo=UTC)
ROLE = "PatrolAudit"
CONTROLS = ("s3.versioning", "ec2.ebs_default_encryption")
LIST, ASSUME, WHO = "AWSOrganizationsV20161128:ListAccounts", "sts:AssumeRole", "sts:GetCallerIdentity"


@dataclass(frozen=True)
class Company:
    """The organisation: our own account, two more with a bucket each, and one that is suspended."""

    payments: str
    web: str
    old: str


@pytest.fixture(scope="module")
def company(account: SandboxAws) -> Iterator[Company]:
    """moto's AssumeRole leads to an account that is truly another."""
    organizations = account.client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    ids = [
        organizations.create_account(Email=f"{name}@acme.example", AccountName=name)["CreateAccountStatus"]["AccountId"]
        for name in ("Payments", "Web", "Old")
    ]  # fmt: skip
    organizations.close_account(AccountId=ids[2])
    for number, name in zip(ids, ("pay", "web"), strict=False):
        given = account.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{number}:role/{ROLE}", RoleSessionName="build"
        )["Credentials"]
        session = session_of(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        session.client("s3", "us-east-1", endpoint_url=account.endpoint).create_bucket(
            Bucket=f"acme-{name}-other-account"
        )
    yield Company(*ids)
    for number in ids:
        organizations.remove_account_from_organization(AccountId=number)
    organizations.delete_organization()


def _scan(only: str = "", controls: tuple[str, ...] = CONTROLS, **settings: Any) -> Scan:
    target = Target("all", "aws", "payments", ("us-east-1", "eu-west-1"), settings)
    return scan_aws(
        target, load_controls(controls), clock=lambda: NOW, new_id=lambda: "scan", only_resource=only
    )


def _organisation(**more: Any) -> Scan:
    return _scan(organization=True, role=ROLE, **more)


def test_every_account_is_scanned_and_speaks_for_itself(front: Front, company: Company) -> None:
    front.seen.clear()
    scan = _organisation()
    accounts = {f"aws/{number}" for number in (ACCOUNT, company.payments, company.web)}
    assert {scan.identity, *scan.others} == accounts
    buckets = {v.resource.id: v.scope for v in scan.verdicts if v.control == "s3.versioning"}
    assert buckets["acme-pay-other-account"] == f"aws/{company.payments}/global"
    assert buckets["acme-web-other-account"] == f"aws/{company.web}/global"
    assert buckets["acme-invoices"] == f"aws/{ACCOUNT}/global"
    defaults = {v.scope for v in scan.verdicts if v.control == "ec2.ebs_default_encryption"}
    assert defaults == {
        f"{account}/{region}" for account in accounts for region in ("us-east-1", "eu-west-1")
    }
    assert {v.status for v in scan.verdicts} <= {Status.PASS, Status.FAIL}
    assert (front.seen.count(LIST), front.seen.count(ASSUME), front.seen.count(WHO)) == (1, 2, 3)
    assert (scan.stats.accounts, scan.stats.api_calls) == (4, len(front.seen))


def test_a_suspended_account_is_skipped_in_sight_and_nothing_is_asked_of_it(
    front: Front, company: Company
) -> None:
    scan = _organisation()
    skipped = [cover for cover in scan.coverage if cover.status is CoverageStatus.SKIPPED]
    assert {cover.control for cover in skipped} == set(CONTROLS)
    assert {cover.scope for cover in skipped} == {f"aws/{company.old}/global"}
    assert {cover.reason for cover in skipped} == {f"the account Old ({company.old}) is suspended"}
    assert company.old not in str(scan.verdicts)


def test_an_account_that_cannot_be_entered_is_a_gap_with_its_name(front: Front, company: Company) -> None:
    with front.meeting({f"{ASSUME}@{company.web}": DENIED}):
        scan = _organisation()
    gaps = [c for c in scan.coverage if c.scope.startswith(f"aws/{company.web}/")]
    assert len(gaps) == 3  # one list of the whole account, one of two regions
    assert {c.status for c in gaps} == {CoverageStatus.DENIED}
    assert {c.missing_permission for c in gaps} == {"sts:AssumeRole"}
    assert all(
        f"Web ({company.web})" in c.reason and f"arn:aws:iam::{company.web}:role/{ROLE}" in c.reason
        for c in gaps
    )
    unknown = [v for v in scan.verdicts if v.status is Status.UNKNOWN]
    assert {(v.control, v.scope) for v in unknown} == {(c.control, c.scope) for c in gaps}
    assert f"aws/{company.web}" not in (scan.identity, *scan.others)
    others = {v.scope.split("/")[1] for v in scan.verdicts if v.status is not Status.UNKNOWN}
    assert others == {ACCOUNT, company.payments}


@pytest.mark.parametrize("fault", [BROKEN, CUT, HIDDEN + "AccessKeyId"])
def test_a_role_whose_answer_is_broken_costs_its_account_alone(
    front: Front, company: Company, fault: str
) -> None:
    with front.meeting({f"{ASSUME}@{company.web}": fault}):
        scan = _organisation()
    broken = {c.scope.split("/")[1] for c in scan.coverage if c.status is CoverageStatus.ERROR}
    assert broken == {company.web}
    assert all("Web" in c.reason for c in scan.coverage if c.status is CoverageStatus.ERROR)


def test_a_list_of_accounts_that_is_not_whole_is_no_scan(front: Front, company: Company) -> None:
    with (
        front.failing(LIST, DENIED),
        pytest.raises(CollectError, match="organizations:ListAccounts is refused"),
    ):
        _organisation()
    for fault in (CUT, HIDDEN + "Accounts", HIDDEN + "Id", HIDDEN + "Stat"):
        with front.failing(LIST, fault), pytest.raises(CollectError, match="accounts"):
            _organisation()


def test_accounts_can_be_named_left_out_or_be_wrong(front: Front, company: Company) -> None:
    chosen = _organisation(accounts=(company.web, ACCOUNT), skip_accounts=(ACCOUNT,))
    assert {c.scope.split("/")[1] for c in chosen.coverage} == {company.web}
    assert chosen.identity == f"aws/{company.web}"
    front.seen.clear()
    named = _scan(accounts=(company.payments,), role=ROLE)
    assert LIST not in front.seen
    assert {named.identity, *named.others} == {f"aws/{company.payments}"}
    stranger = _organisation(accounts=("999999999999",))
    assert {c.status for c in stranger.coverage} == {CoverageStatus.ERROR}
    assert "the organisation has no account 999999999999" in stranger.coverage[0].reason
    with pytest.raises(UsageError, match="No account is left"):
        _organisation(accounts=(company.web,), skip_accounts=(company.web,))


def test_one_account_by_the_arn_of_its_role(front: Front, company: Company) -> None:
    role = f"arn:aws:iam::{company.payments}:role/{ROLE}"
    scan = _scan(role=role, external_id="x-1")
    assert (scan.identity, scan.others) == (f"aws/{company.payments}", ())
    assert "acme-pay-other-account" in {v.resource.id for v in scan.verdicts}
    for said in ("ExternalId=x-1", "RoleSessionName=patrol-all", f"role%2F{ROLE}"):
        with (
            front.meeting({f"{ASSUME}@{said}": DENIED}),
            pytest.raises(CredentialError, match="sts:AssumeRole"),
        ):
            _scan(role=role, external_id="x-1")


def test_a_check_of_one_resource_enters_its_account_alone(front: Front, company: Company) -> None:
    target = Target("all", "aws", "payments", ("us-east-1",), {"organization": True, "role": ROLE})
    there = narrowed(target, f"aws/{company.web}/global")
    front.seen.clear()
    scan = scan_aws(
        there, load_controls(("s3.versioning",)), clock=lambda: NOW, new_id=lambda: "scan",
        only_resource="arn:aws:s3:::acme-web-other-account",
    )  # fmt: skip
    assert [v.resource.id for v in scan.verdicts] == ["acme-web-other-account"]
    assert scan.identity == f"aws/{company.web}"
    assert (LIST in front.seen, front.seen.count(ASSUME), front.seen.count(WHO)) == (False, 1, 2)
    one = Target("prod", "aws")
    assert narrowed(one, "aws/1/global") is one


def test_credentials_are_renewed_before_they_end(front: Front, company: Company) -> None:
    base = Collector(
        make_session(), ("us-east-1",), pool=Pool(1), limiter=Limiter(), meter=Meter(threading.Event()), account=ACCOUNT
    )  # fmt: skip
    role = f"arn:aws:iam::{company.web}:role/{ROLE}"
    front.seen.clear()
    session = entered(base, Account(company.web, "Web", role), "", "all")
    credentials = session.get_credentials()
    first = credentials.get_frozen_credentials()
    assert credentials.get_frozen_credentials() == first
    assert front.seen.count(ASSUME) == 1
    credentials._expiry_time = datetime.now(UTC) + timedelta(minutes=5)  # an hour of scanning later
    assert credentials.get_frozen_credentials() != first
    assert front.seen.count(ASSUME) == 2
    base.close()


@pytest.mark.parametrize(
    ("target", "name"),
    [("prod", "patrol-prod"), ("pröd & co", "patrol-pr-d---co"), ("x" * 99, "patrol-" + "x" * 57)],
)
def test_the_session_is_named_after_patrol_and_the_target(target: str, name: str) -> None:
    assert session_name(target) == name
