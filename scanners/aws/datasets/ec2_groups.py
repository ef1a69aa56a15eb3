"""EC2's security groups, by region, and what they open to the whole Internet."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, sent, tags_of
from scanners.aws.datasets.ec2_lists import ec2_arn, one, own, page_size
from scanners.aws.net import offending, offending_all, openings, world_ranges
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

# EC2 sends every list of a rule, the empty ones too; a rule in which all are empty lets nobody in and does not exist.
_PEERS = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")
# Field -> the TCP port that its rules open to the world.
PORTS = {
    "ssh_world": 22, "rdp_world": 3389, "postgres_world": 5432, "cifs_world": 445, "mysql_world": 3306,
    "sqlserver_world": 1433, "mongodb_world": 27017, "redis_world": 6379,
}  # fmt: skip


def security_groups(api: Api, **chosen: Any) -> Listing:
    """Security groups and what they open."""
    groups, gap = api.pages("ec2", "describe_security_groups", "SecurityGroups", **page_size(chosen, 1000))
    return api.listing([_group(api, group) for group in groups if own(api, group)], gap)


def _group(api: Api, group: Mapping[str, Any]) -> Record:
    reading = Reading()
    reading.fields.update(
        id=group["GroupId"],
        name=group["GroupName"],
        vpc=group.get("VpcId"),
        is_default=group["GroupName"] == "default",
    )
    reading.read(["ingress"], lambda: [_revocable(_rules(group, "IpPermissions"))])
    reading.read(["egress"], lambda: [_revocable(_rules(group, "IpPermissionsEgress"))])
    wanted = [name for name in ("world", "all_world", *PORTS) if api.wants(name)]
    if wanted:
        reading.read(wanted, partial(_opened, api, group, wanted))
    resource = Resource(
        "aws.ec2.security_group", ec2_arn(api, "security-group", group["GroupId"]), group["GroupId"],
        api.region, tags_of(group.get("Tags")),
    )  # fmt: skip
    return reading.record(resource)


def _opened(api: Api, group: Mapping[str, Any], wanted: list[str]) -> list[Json]:
    ingress = _rules(group, "IpPermissions")
    permissions = [*ingress, *_listed_prefixes(api, ingress)]
    found: list[Json] = []
    for name in wanted:
        if name == "world":
            found.append(world_ranges(openings(permissions)))
        elif name == "all_world":
            found.append(offending_all(permissions))
        else:
            found.append(offending(permissions, "tcp", PORTS[name]))
    return found


def _rules(group: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The rules as sent. A group without rules has an empty list; no list at all says nothing."""
    rules: list[Mapping[str, Any]] = sent(group, name, "ec2 describe_security_groups")
    for rule in rules:
        if not any(rule.get(peer) for peer in _PEERS):
            raise broken("ec2 describe_security_groups", f"a rule of {name} lets nobody in")
    return rules


def _listed_prefixes(api: Api, permissions: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """What a customer's prefix list holds, written as plain ranges of the same rule."""
    found = []
    for permission in permissions:
        for listed in permission.get("PrefixListIds", []):
            identity = listed["PrefixListId"]
            entries, gap = api.once(
                f"ec2.prefix.{identity}",
                partial(
                    api.pages, "ec2", "get_managed_prefix_list_entries", "Entries", PrefixListId=identity
                ),
            )
            if gap:
                raise CallFailed(gap, "")
            cidrs = [entry["Cidr"] for entry in entries]
            found.append(
                {
                    **{k: permission[k] for k in ("IpProtocol", "FromPort", "ToPort") if k in permission},
                    "FromPrefixList": identity,
                    "IpRanges": [{"CidrIp": cidr} for cidr in cidrs if ":" not in cidr],
                    "Ipv6Ranges": [{"CidrIpv6": cidr} for cidr in cidrs if ":" in cidr],
                }
            )
    return found


def _revocable(permissions: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rules as revoke-security-group-ingress takes them: without descriptions and empty lists."""
    found = []
    for permission in permissions:
        rule: dict[str, Any] = {
            k: permission[k] for k in ("IpProtocol", "FromPort", "ToPort") if k in permission
        }
        for key, part in (
            ("IpRanges", "CidrIp"),
            ("Ipv6Ranges", "CidrIpv6"),
            ("PrefixListIds", "PrefixListId"),
        ):
            if permission.get(key):
                rule[key] = [{part: item[part]} for item in permission[key]]
        if permission.get("UserIdGroupPairs"):
            rule["UserIdGroupPairs"] = [
                {k: pair[k] for k in ("GroupId", "UserId") if k in pair}
                for pair in permission["UserIdGroupPairs"]
            ]
        found.append(rule)
    return found


DATASETS = (
    Dataset(
        "ec2.security_groups", "ec2", "regional",
        {
            "id": "str", "name": "str", "vpc": "str?", "is_default": "bool",
            "ingress": "list of rules", "egress": "list of rules",
            "world": "list of {protocol, from_port, to_port} open to the whole Internet; protocol -1 is all",
            "all_world": "list of rules that open every TCP or every UDP port to the world",
            **{name: f"list of rules that open TCP {port} to the world" for name, port in PORTS.items()},
        },
        security_groups, one(security_groups, "GroupIds", "InvalidGroup.NotFound"),
        ("ec2:DescribeSecurityGroups", "ec2:GetManagedPrefixListEntries"),
    ),
)  # fmt: skip
