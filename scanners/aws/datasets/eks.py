"""EKS, by region: clusters, their endpoints and the logs of their control plane."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, flag, sent
from scanners.aws.datasets.ec2_lists import partition
from scanners.aws.net import is_world
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

_WHERE = "eks describe_cluster"
_GONE = "ResourceNotFoundException"
LOG_TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")


def clusters(api: Api) -> Listing:
    """Clusters that EKS runs; EKS tells of each alone."""
    names, gap = api.pages("eks", "list_clusters", "clusters", PaginationConfig={"PageSize": 100})
    found = api.map(partial(_cluster, api), names)
    return api.listing([record for record in found if record], gap)


def one_cluster(api: Api, arn: str) -> Listing:
    """One cluster by its ARN."""
    record = _cluster(api, arn.rsplit("/", 1)[-1])
    return api.listing([record] if record else [])


def _cluster(api: Api, name: str) -> Record | None:
    """None where it was deleted meanwhile."""
    try:
        cluster = sent(api.call("eks", "describe_cluster", name=name), "cluster", _WHERE)
        arn = sent(cluster, "arn", _WHERE)
    except CallFailed as failure:
        if failure.code == _GONE:
            return None
        gaps = dict.fromkeys(("public", "cidrs", "private", "missing_logs"), failure.gap)
        unread = f"arn:{partition(api.region)}:eks:{api.region}:{api.account}:cluster/{name}"
        return Record(Resource("aws.eks.cluster", unread, name, api.region, {}, True), {"name": name}, gaps)
    reading = Reading()
    reading.fields["name"] = name
    reading.read(["public", "cidrs", "private"], partial(_endpoint, cluster))
    reading.read(["missing_logs"], partial(_missing_logs, cluster))
    tags = {str(key): str(value) for key, value in (cluster.get("tags") or {}).items()}
    return reading.record(Resource("aws.eks.cluster", arn, name, api.region, tags))


def _endpoint(cluster: Mapping[str, Any]) -> list[Json]:
    """[open to the world, the CIDRs, reachable from the VPC].

    EKS always tells all three. Servers that speak its protocol give back what was asked for at creation; then
    AWS's default stands (public, to everybody), which is believed of an answer that has its subnets.
    """
    network = sent(cluster, "resourcesVpcConfig", _WHERE)
    whole = bool(network.get("subnetIds"))
    public = (
        True
        if whole and "endpointPublicAccess" not in network
        else flag(network, "endpointPublicAccess", _WHERE)
    )
    private = network.get("endpointPrivateAccess") is True
    if not public:
        return [False, [], private]
    cidrs = network.get("publicAccessCidrs") or ["0.0.0.0/0"]
    return [is_world(cidrs), list(cidrs), private]


def _missing_logs(cluster: Mapping[str, Any]) -> list[Json]:
    """The kinds of log that are not kept: EKS sends a list of kinds that are on and one of those that are off."""
    groups = sent(sent(cluster, "logging", _WHERE), "clusterLogging", _WHERE)
    kept = {kind for group in groups if flag(group, "enabled", _WHERE) for kind in group.get("types") or ()}
    return [[kind for kind in LOG_TYPES if kind not in kept]]


DATASETS = (
    Dataset(
        "eks.clusters", "eks", "regional",
        {
            "name": "str", "public": "bool: the whole Internet can reach the endpoint",
            "cidrs": "list of the CIDRs that can; empty where the endpoint is not public",
            "private": "bool: the endpoint can be reached from the VPC",
            "missing_logs": "list of the kinds of control-plane log that are not kept",
        },
        clusters, one_cluster, ("eks:ListClusters", "eks:DescribeCluster"),
    ),
)  # fmt: skip
