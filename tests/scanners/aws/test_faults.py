"""Whatever one operation answers, no verdict is ever guessed: it is as before, or UNKNOWN with the reason."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache

import pytest

from bot.sandbox.aws import SandboxAws
from bot.sandbox.aws.company import US
from scanners.aws.datasets import DATASETS
from scanners.aws.scan import scan_aws
from scanners.controls import load_controls
from scanners.controls.model import Control
from scanners.errors import CredentialError, PatrolError
from scanners.model import CoverageStatus, Resource, Scan, Status, Target
from tests.scanners.aws.front import BROKEN, CUT, DENIED, DROPPED, EXPIRED, HTML, THROTTLED, Front

TARGET = Target("prod", "aws", "payments", ("us-east-1",))
NOW = datetime(2026, 11, 24, tzinfo=UTC)
Key = tuple[str, str, str]
WHO = "sts:GetCallerIdentity"
TAGS = "ResourceGroupsTaggingAPI_20170126"  # whose a resource is
# What the role must be given, by the operation that was refused.
PERMISSIONS = {
    "iam:GetAccountSummary": "iam:GetAccountSummary",
    "iam:GetAccountPasswordPolicy": "iam:GetAccountPasswordPolicy",
    "iam:GetAccountAuthorizationDetails": "iam:GetAccountAuthorizationDetails",
    "iam:GetCredentialReport": "iam:GetCredentialReport",
    "iam:GenerateCredentialReport": "iam:GenerateCredentialReport",
    "iam:ListEntitiesForPolicy": "iam:ListEntitiesForPolicy",
    "account:POST /getAlternateContact": "account:GetAlternateContact",
    "access-analyzer:GET /analyzer": "access-analyzer:ListAnalyzers",
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
# Services that have nothing in this account: what is asked of each of their resources fails in test_data_services.py,
# test_watch_services.py, test_elbv2.py and test_eks.py.
ELSEWHERE = {"sns", "sqs", "lambda", "ecr", "secrets", "dynamodb", "efs", "logs", "elbv2", "eks"}
# Lists tags by a call a page; where it is refused, each resource is asked for its own.
ALL_TAGS = "ResourceGroupsTaggingAPI_20170126:GetResources"


@cache
def _controls(patterns: tuple[str, ...] = ()) -> tuple[Control, ...]:
    return tuple(load_controls(patterns))  # compiled once: all scans share them


def _scan(only: str = "", controls: tuple[str, ...] = (), chosen: tuple[Control, ...] = ()) -> Scan:
    return scan_aws(
        TARGET, chosen or _controls(controls), clock=lambda: NOW, new_id=lambda: "scan", only_resource=only
    )


def _verdicts(scan: Scan) -> Mapping[Key, Status]:
    return {(v.control, v.scope, v.resource.arn): v.status for v in scan.verdicts if v.locus != "listing"}


@dataclass(frozen=True)
class Clean:
    """What an undisturbed scan saw: verdicts, the pairs that coverage names, and which datasets need each operation."""

    verdicts: Mapping[Key, Status]
    covered: frozenset[tuple[str, str]]
    users: Mapping[str, frozenset[str]]

    def controls(self, operations: Iterable[str]) -> tuple[Control, ...]:
        """The controls whose data need one of `operations`."""
        asked = frozenset().union(*(self.users[operation] for operation in operations))
        return tuple(control for control in _controls() if control.dataset in asked)


@pytest.fixture(scope="module")
def clean(front: Front) -> Iterator[Clean]:
    """One scan of everything; then one for each dataset, to learn which operations it needs."""
    with front.remembering():
        yield _undisturbed(front)


def _undisturbed(front: Front) -> Clean:
    scan = _scan()
    assert {cover.status for cover in scan.coverage} == {CoverageStatus.COMPLETE}
    users: dict[str, set[str]] = defaultdict(set)
    for dataset in sorted({control.dataset for control in _controls()}):
        front.seen.clear()
        _scan(chosen=tuple(control for control in _controls() if control.dataset == dataset))
        for operation in set(front.seen) - {WHO}:
            users[operation].add(dataset)
    covered = frozenset((cover.control, cover.scope) for cover in scan.coverage)
    return Clean(_verdicts(scan), covered, {name: frozenset(found) for name, found in users.items()})


def test_the_account_is_rich_enough_to_be_worth_disturbing(clean: Clean) -> None:
    known = {control.id for control in _controls()}
    judged = {control for control, _scope, _arn in clean.verdicts}
    services = [{control.split(".")[0] for control in ids} for ids in (known, judged)]
    assert services[0] - services[1] == ELSEWHERE
    assert {control for control, _scope in clean.covered} == known
    assert len(judged) >= 40
    assert set(PERMISSIONS) <= set(clean.users)
    assert {Status.PASS, Status.FAIL} == set(clean.verdicts.values())


def _see_that_nothing_is_made_up(
    clean: Clean, scan: Scan, controls: tuple[Control, ...], what: str
) -> set[Key]:
    """No verdict but those of the undisturbed scan, and what is lost is told. Returns what was lost."""
    ids = {control.id for control in controls}
    before = {key: status for key, status in clean.verdicts.items() if key[0] in ids}
    seen = _verdicts(scan)
    wrong = {
        key: (str(before.get(key, "-")), str(status))
        for key, status in seen.items()
        if status is not Status.UNKNOWN and status is not before.get(key)
    }
    assert wrong == {}, what
    covered = {(cover.control, cover.scope): cover for cover in scan.coverage}
    assert set(covered) == {pair for pair in clean.covered if pair[0] in ids}, (
        f"{what}: a control fell silent"
    )
    lost = {key for key in before if seen.get(key) is not before[key]}
    told = {pair for pair, cover in covered.items() if cover.status is not CoverageStatus.COMPLETE}
    assert {key[:2] for key in lost} <= told, f"{what}: something was lost that coverage calls complete"
    assert all(covered[pair].reason for pair in told)
    assert all(v.reason for v in scan.verdicts if v.status is Status.UNKNOWN)
    return lost


def _rounds(clean: Clean) -> list[list[str]]:
    """Every operation once, several to a round, but never two that the same dataset needs: each is refused alone."""
    rounds: list[tuple[list[str], set[str]]] = []
    for operation, users in sorted(clean.users.items(), key=lambda pair: (-len(pair[1]), pair[0])):
        free = next((one for one in rounds if not one[1] & users), None)
        if free is None:
            rounds.append(free := ([], set()))
        free[0].append(operation)
        free[1].update(users)
    return [operations for operations, _users in rounds]


def test_each_operation_that_is_refused_alone_is_named_and_makes_nothing_up(
    front: Front, clean: Clean
) -> None:
    refused: set[str] = set()
    for operations in _rounds(clean):
        controls = clean.controls(operations)
        front.seen.clear()
        with front.meeting(dict.fromkeys(operations, DENIED)):
            scan = _scan(chosen=controls)
        refused |= set(operations) & set(front.seen)
        lost = _see_that_nothing_is_made_up(clean, scan, controls, f"{operations} refused")
        for operation in operations:
            own = {control.id for control in clean.controls([operation])}
            unknown = [v for v in scan.verdicts if v.status is Status.UNKNOWN and v.control in own]
            named = {v.missing_permission for v in unknown}
            needed = set().union(*(_permissions(control) for control in clean.controls([operation])))
            assert named <= needed, f"{operation}: {named - needed} is in no dataset's permissions"
            assert all(v.missing_permission in v.reason for v in unknown)
            gaps = [c for c in scan.coverage if c.status is not CoverageStatus.COMPLETE and c.control in own]
            assert {cover.missing_permission for cover in gaps} == named, operation
            # Location, ownership and tags alone decide nothing here: the other fields of these buckets do.
            if operation in PERMISSIONS:
                assert {key[0] for key in lost} & own, f"{operation}: nothing was lost"
                assert named == {PERMISSIONS[operation]}
    assert refused == set(clean.users), "an operation was never refused"


@pytest.mark.parametrize("fault", [CUT, BROKEN, HTML, DROPPED, THROTTLED])
def test_no_fault_of_whole_services_makes_a_pass_or_a_fail(front: Front, clean: Clean, fault: str) -> None:
    """All operations fail at once; then those that were not reached because others failed before them, and so on."""
    left = set(clean.users)
    while left:
        controls = clean.controls(left)
        front.seen.clear()
        with front.meeting(dict.fromkeys(left, fault)):
            scan = _scan(chosen=controls)
        met = left & set(front.seen)
        assert met, f"{fault}: {left} were never reached"
        lost = _see_that_nothing_is_made_up(clean, scan, controls, f"{met} {fault}")
        assert lost
        assert not any(v.missing_permission for v in scan.verdicts)
        left -= met


def _permissions(control: Control) -> set[str]:
    return {
        action
        for name in (control.dataset, *control.context.values())
        for action in DATASETS[name].permissions
    }


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
    assert {name.split(":")[0] for name in front.seen} == {"sts", "TrentService", TAGS}


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
    front.forget()
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
