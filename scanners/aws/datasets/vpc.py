"""VPC, by region: networks with their flow logs, subnets, network ACLs."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, flag, sent, tags_of
from scanners.aws.datasets.ec2_lists import ec2_arn, one, own, page_size
from scanners.aws.nacl import TCP, UDP, Entry, closing, every_port, opening, shown
from scanners.aws.net import is_cidr
from scanners.dataset import Gap, Listing, Record
from scanners.model import Json, Resource

_ACLS, _LOGS = "ec2 describe_network_acls", "ec2 describe_flow_logs"
# Field -> the TCP port that the ACL lets the world reach.
_PORTS = {"ssh": 22, "rdp": 3389}


def networks(api: Api, **chosen: Any) -> Listing:
    """VPCs and the flow logs that are set on them (not on their subnets or interfaces alone)."""
    listed, gap = api.pages("ec2", "describe_vpcs", "Vpcs", **page_size(chosen, 1000))
    mine = [item for item in listed if own(api, item)]
    logs: list[Json] = []
    untold: Gap | None = None
    if mine and api.wants("flow_logs"):
        only = {"Filter": [{"Name": "resource-id", "Values": chosen["VpcIds"]}]} if chosen else {}
        logs, untold = api.pages("ec2", "describe_flow_logs", "FlowLogs", **page_size(only, 1000))
    return api.listing([_network(api, item, logs, untold) for item in mine], gap)


def _network(api: Api, item: Mapping[str, Any], logs: list[Json], untold: Gap | None) -> Record:
    identity, tags = item["VpcId"], tags_of(item.get("Tags"))
    reading = Reading()
    reading.fields.update(
        id=identity, name=tags.get("Name", ""), cidr=item.get("CidrBlock", ""),
        is_default=item.get("IsDefault") is True,
    )  # fmt: skip

    def flow_logs() -> list[Json]:
        if untold:
            raise CallFailed(untold, "")
        return [[_flow_log(log) for log in logs if sent(log, "ResourceId", _LOGS) == identity]]

    if api.wants("flow_logs"):
        reading.read(["flow_logs"], flow_logs)
    resource = Resource("aws.ec2.vpc", ec2_arn(api, "vpc", identity), identity, api.region, tags)
    return reading.record(resource)


def _flow_log(log: Mapping[str, Any]) -> dict[str, Json]:
    return {
        "id": sent(log, "FlowLogId", _LOGS),
        "status": sent(log, "FlowLogStatus", _LOGS),
        "traffic": sent(log, "TrafficType", _LOGS),
        "delivery": log.get("DeliverLogsStatus", ""),
    }


def subnets(api: Api, **chosen: Any) -> Listing:
    """Subnets."""
    listed, gap = api.pages("ec2", "describe_subnets", "Subnets", **page_size(chosen, 1000))
    return api.listing([_subnet(api, item) for item in listed if own(api, item)], gap)


def _subnet(api: Api, item: Mapping[str, Any]) -> Record:
    identity, tags = item["SubnetId"], tags_of(item.get("Tags"))
    reading = Reading()
    reading.fields.update(
        id=identity, name=tags.get("Name", ""), vpc=item.get("VpcId", ""), cidr=item.get("CidrBlock", "")
    )
    reading.read(["public_ip"], lambda: [flag(item, "MapPublicIpOnLaunch", "ec2 describe_subnets")])
    return reading.record(
        Resource("aws.ec2.subnet", ec2_arn(api, "subnet", identity), identity, api.region, tags)
    )


def network_acls(api: Api, **chosen: Any) -> Listing:
    """Network ACLs and what their inbound entries let the whole Internet reach."""
    listed, gap = api.pages("ec2", "describe_network_acls", "NetworkAcls", **page_size(chosen, 1000))
    return api.listing([_acl(api, item) for item in listed if own(api, item)], gap)


def _acl(api: Api, item: Mapping[str, Any]) -> Record:
    identity, tags = item["NetworkAclId"], tags_of(item.get("Tags"))
    reading = Reading()
    reading.fields.update(
        id=identity, name=tags.get("Name", ""), vpc=item.get("VpcId", ""),
        is_default=item.get("IsDefault") is True, subnets=len(item.get("Associations") or ()),
    )  # fmt: skip
    for name, port in _PORTS.items():
        reading.read([f"{name}_world", f"{name}_closing"], partial(_opened, item, port))
    return reading.record(
        Resource("aws.ec2.network_acl", ec2_arn(api, "network-acl", identity), identity, api.region, tags)
    )


def _opened(item: Mapping[str, Any], port: int) -> list[Json]:
    inbound = [_entry(entry) for entry in sent(item, "Entries", _ACLS) if not flag(entry, "Egress", _ACLS)]
    return [[shown(entry) for entry in opening(inbound, port)], closing(inbound, port)]


def _entry(entry: Mapping[str, Any]) -> Entry:
    protocol, action = str(sent(entry, "Protocol", _ACLS)), sent(entry, "RuleAction", _ACLS)
    if action not in ("allow", "deny"):
        raise broken(_ACLS, f"an entry neither allows nor denies ({action})")
    cidr = str(entry.get("CidrBlock") or sent(entry, "Ipv6CidrBlock", _ACLS))
    if not is_cidr(cidr):
        raise broken(_ACLS, f"{cidr[:60]!r} is no CIDR")
    first, last = every_port()
    if protocol in (*TCP, *UDP):
        ports = sent(entry, "PortRange", _ACLS)
        first, last = int(sent(ports, "From", _ACLS)), int(sent(ports, "To", _ACLS))
    kind = entry.get("IcmpTypeCode")
    icmp = (int(kind.get("Type", -1)), int(kind.get("Code", -1))) if kind else None
    number = int(sent(entry, "RuleNumber", _ACLS))
    return Entry(number, action == "allow", protocol, first, last, cidr, icmp)


DATASETS = (
    Dataset(
        "vpc.networks", "ec2", "regional",
        {
            "id": "str", "name": "str", "cidr": "str", "is_default": "bool",
            "flow_logs": "list of {id, status, traffic, delivery} set on the VPC itself",
        },
        networks, one(networks, "VpcIds", "InvalidVpcID.NotFound"),
        ("ec2:DescribeVpcs", "ec2:DescribeFlowLogs"),
    ),
    Dataset(
        "vpc.subnets", "ec2", "regional",
        {
            "id": "str", "name": "str", "vpc": "str", "cidr": "str",
            "public_ip": "bool: what is launched in it gets a public address unasked",
        },
        subnets, one(subnets, "SubnetIds", "InvalidSubnetID.NotFound"), ("ec2:DescribeSubnets",),
    ),
    Dataset(
        "vpc.network_acls", "ec2", "regional",
        {
            "id": "str", "name": "str", "vpc": "str", "is_default": "bool", "subnets": "int: how many use it",
            "ssh_world": "list of entries, in words, that let the whole Internet reach TCP 22",
            "ssh_closing": "{do, undo}: changes that refuse TCP 22 to the Internet (scanners/aws/nacl.py)",
            "rdp_world": "the same for TCP 3389", "rdp_closing": "the same for TCP 3389",
        },
        network_acls,
        one(network_acls, "NetworkAclIds", "InvalidNetworkAclID.NotFound", "InvalidRouteTableID.NotFound"),
        ("ec2:DescribeNetworkAcls",),
    ),
)  # fmt: skip
