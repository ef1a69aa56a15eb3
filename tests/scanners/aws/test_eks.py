"""EKS clusters, good and bad, as moto's server sends them."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.aws.api import CallFailed
from scanners.aws.datasets.eks import LOG_TYPES, _endpoint, _missing_logs
from scanners.model import CoverageStatus, Scan, Status
from tests.scanners.aws.front import DENIED, GONE, HIDDEN, Front
from tests.scanners.aws.looking import look, told

REGION = "eu-central-1"
ON = {"enabled": True}
# Name -> endpoint and logs as asked for, and what they are worth.
CLUSTERS: dict[str, tuple[dict[str, Any], list[dict[str, Any]] | None, str, str]] = {
    "asked-for-nothing": ({}, None, "FAIL", "FAIL"),
    "private": (
        {"endpointPublicAccess": False, "endpointPrivateAccess": True},
        [{"types": list(LOG_TYPES), **ON}], "PASS", "PASS",
    ),
    "world": (
        {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]},
        [{"types": ["audit"], **ON}], "FAIL", "FAIL",
    ),
    "office": (
        {"endpointPublicAccess": True, "publicAccessCidrs": ["198.51.100.0/24"]},
        [{"types": ["api", "audit", "authenticator"], **ON}, {"types": ["controllerManager", "scheduler"], **ON}],
        "PASS", "PASS",
    ),
    "halves": (
        {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/1", "128.0.0.0/1"]},
        [{"types": list(LOG_TYPES), "enabled": False}], "FAIL", "FAIL",
    ),
    "ipv6": ({"endpointPublicAccess": True, "publicAccessCidrs": ["::/0"]}, [], "FAIL", "FAIL"),
}  # fmt: skip


@pytest.fixture(scope="module")
def scan(account: SandboxAws, front: Front) -> Iterator[Scan]:
    """Both controls on the clusters above."""
    eks = account.client("eks", REGION)
    for name, (endpoint, logs, *_expected) in CLUSTERS.items():
        logging = {} if logs is None else {"logging": {"clusterLogging": logs}}
        eks.create_cluster(
            name=name, roleArn="arn:aws:iam::123456789012:role/eks", tags={"team": "platform"},
            resourcesVpcConfig={"subnetIds": ["subnet-1", "subnet-2"], **endpoint}, **logging,
        )  # fmt: skip
    front.seen.clear()
    yield look(REGION, "eks.*")


def test_an_endpoint_is_open_where_the_whole_internet_can_reach_it(scan: Scan) -> None:
    expected = {name: public for name, (_endpoint, _logs, public, _logging) in CLUSTERS.items()}
    assert told(scan, "eks.public_endpoint") == expected


def test_all_five_logs_of_the_control_plane_must_be_kept(scan: Scan) -> None:
    expected = {name: logging for name, (_endpoint, _logs, _public, logging) in CLUSTERS.items()}
    assert told(scan, "eks.logging") == expected


def test_a_cluster_costs_one_call_and_brings_its_tags(front: Front, scan: Scan) -> None:
    asked = [name for name in front.seen if name.startswith("eks:")]
    assert len(asked) == 1 + len(CLUSTERS)
    assert {v.resource.tags["team"] for v in scan.verdicts} == {"platform"}


def test_a_targeted_check_reads_one_and_one_that_is_gone_is_no_error(front: Front, scan: Scan) -> None:
    arn = f"arn:aws:eks:{REGION}:123456789012:cluster/world"
    front.seen.clear()
    assert told(look(REGION, "eks.*", only=arn), "eks.logging") == {"world": "FAIL"}
    assert len([name for name in front.seen if name.startswith("eks:")]) == 1
    gone = look(REGION, "eks.*", only=arn.replace("world", "nowhere"))
    assert gone.verdicts == ()
    assert {cover.status for cover in gone.coverage} == {CoverageStatus.COMPLETE}


@pytest.mark.parametrize("member", ["resourcesVpcConfig", "clusterLogging", 'cluster"'])
def test_an_answer_that_lacks_what_eks_always_sends_is_no_verdict(
    front: Front, scan: Scan, member: str
) -> None:
    with front.failing("eks:GET /clusters/world", HIDDEN + member):
        broken = look(REGION, "eks.*")
    for control in ("eks.public_endpoint", "eks.logging"):
        before, after = told(scan, control), told(broken, control)
        assert after["world"] in ("UNKNOWN", before["world"])
        assert {k: v for k, v in after.items() if k != "world"} == {
            k: v for k, v in before.items() if k != "world"
        }
    assert "UNKNOWN" in {v.status for v in broken.verdicts}


def test_what_is_refused_is_unknown_and_the_permission_is_named(front: Front, scan: Scan) -> None:
    for operation, permission in (
        ("GET /clusters", "ListClusters"),
        ("GET /clusters/world", "DescribeCluster"),
    ):
        with front.failing(f"eks:{operation}", DENIED):
            refused = look(REGION, "eks.*")
        unknown = [v for v in refused.verdicts if v.status is Status.UNKNOWN]
        assert {v.missing_permission for v in unknown} == {f"eks:{permission}"}


def test_half_an_answer_about_the_endpoint_or_the_logs_is_none() -> None:
    for cluster in ({}, {"resourcesVpcConfig": {}}, {"resourcesVpcConfig": {"vpcId": "vpc-1"}}):
        with pytest.raises(CallFailed):
            _endpoint(cluster)
    for cluster in ({}, {"logging": {}}, {"logging": {"clusterLogging": [{"types": ["audit"]}]}}):
        with pytest.raises(CallFailed):
            _missing_logs(cluster)


def test_a_cluster_that_is_deleted_while_we_look_is_gone(front: Front, scan: Scan) -> None:
    with front.failing("eks:GET /clusters/world", GONE + "ResourceNotFoundException"):
        during = look(REGION, "eks.*")
    assert set(told(during, "eks.logging")) == set(CLUSTERS) - {"world"}
    assert {cover.status for cover in during.coverage} == {CoverageStatus.COMPLETE}
