"""EC2, by region: security groups, instances, volumes, own snapshots, the EBS default."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, flag, sent, tags_of
from scanners.aws.net import offending, openings, world_ranges
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

# EC2 sends every list of a rule, the empty ones too; a rule in which all are empty lets nobody in and does not exist.
_PEERS = ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs")


def _one(fetch: Callable[..., Listing], parameter: str, gone: str) -> Callable[[Api, str], Listing]:
    """A targeted fetch: the same reader with one id; `gone` is AWS's code for "no such"."""

    def one(api: Api, arn: str) -> Listing:
        listing = fetch(api, **{parameter: [arn.rsplit("/", 1)[-1]]})
        if listing.gap and gone in listing.gap.reason:
            return api.listing([])
        return listing

    return one


def _arn(api: Api, kind: str, identity: str) -> str:
    return f"arn:aws:ec2:{api.region}:{api.account}:{kind}/{identity}"


def _size(chosen: Mapping[str, Any], size: int) -> dict[str, Any]:
    """Pages at their maximum; EC2 refuses a page size beside ids."""
    return dict(chosen) or {"PaginationConfig": {"PageSize": size}}


def security_groups(api: Api, **chosen: Any) -> Listing:
    """Security groups and what they open."""
    groups, gap = api.pages("ec2", "describe_security_groups", "SecurityGroups", **_size(chosen, 1000))
    return api.listing([_group(api, group) for group in groups], gap)


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

    def opened() -> list[Json]:
        ingress = _rules(group, "IpPermissions")
        permissions = [*ingress, *_listed_prefixes(api, ingress)]
        return [
            world_ranges(openings(permissions)),
            offending(permissions, "tcp", 22),
            offending(permissions, "tcp", 3389),
            offending(permissions, "tcp", None) + offending_udp_only(permissions),
        ]

    reading.read(["world", "ssh_world", "rdp_world", "all_world"], opened)
    resource = Resource(
        "aws.ec2.security_group", _arn(api, "security-group", group["GroupId"]), group["GroupId"],
        api.region, tags_of(group.get("Tags")),
    )  # fmt: skip
    return reading.record(resource)


def _rules(group: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """The rules as sent. A group without rules has an empty list; no list at all says nothing."""
    rules: list[Mapping[str, Any]] = sent(group, name, "ec2 describe_security_groups")
    for rule in rules:
        if not any(rule.get(peer) for peer in _PEERS):
            raise broken("ec2 describe_security_groups", f"a rule of {name} lets nobody in")
    return rules


def offending_udp_only(permissions: list[Mapping[str, Json]]) -> list[dict[str, Json]]:
    """Rules that open every UDP port and that the question about TCP has not named already."""
    tcp = offending(permissions, "tcp", None)
    return [rule for rule in offending(permissions, "udp", None) if rule not in tcp]


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


def instances(api: Api, **chosen: Any) -> Listing:
    """Instances that are not terminated."""
    reservations, gap = api.pages("ec2", "describe_instances", "Reservations", **_size(chosen, 1000))
    # A reservation is made of instances: one without any would make them look gone.
    found = [
        instance
        for reservation in reservations
        for instance in sent(reservation, "Instances", "ec2 describe_instances")
    ]
    return api.listing([_instance(api, item) for item in found if item["State"]["Name"] != "terminated"], gap)


def _instance(api: Api, item: Mapping[str, Any]) -> Record:
    tags = tags_of(item.get("Tags"))
    reading = Reading()
    reading.fields.update(id=item["InstanceId"], name=tags.get("Name", ""), state=item["State"]["Name"])
    for name, member in (("http_tokens", "HttpTokens"), ("http_endpoint", "HttpEndpoint")):
        reading.read([name], partial(_metadata_option, item, member))
    arn = _arn(api, "instance", item["InstanceId"])
    return reading.record(Resource("aws.ec2.instance", arn, item["InstanceId"], api.region, tags))


def _metadata_option(item: Mapping[str, Any], member: str) -> list[Json]:
    options = sent(item, "MetadataOptions", "ec2 describe_instances")
    return [sent(options, member, "ec2 describe_instances")]


def volumes(api: Api, **chosen: Any) -> Listing:
    """EBS volumes."""
    listed, gap = api.pages("ec2", "describe_volumes", "Volumes", **_size(chosen, 500))
    return api.listing([_volume(api, item) for item in listed], gap)


def _volume(api: Api, item: Mapping[str, Any]) -> Record:
    attached = (item.get("Attachments") or [{}])[0]
    reading = Reading()
    reading.read(["encrypted"], lambda: [flag(item, "Encrypted", "ec2 describe_volumes")])
    # What follows is for the fix alone; not every type of volume has operations or throughput.
    reading.fields.update(
        {
            "id": item["VolumeId"],
            "zone": item.get("AvailabilityZone", ""),
            "size_gib": item.get("Size"),
            "type": item.get("VolumeType", "gp3"),
            "instance": attached.get("InstanceId"),
            "device": attached.get("Device"),
            "iops": item.get("Iops"),
            "throughput": item.get("Throughput"),
            "tags": [tag for tag in item.get("Tags") or [] if not tag["Key"].startswith("aws:")],
        }
    )
    arn = _arn(api, "volume", item["VolumeId"])
    return reading.record(
        Resource("aws.ec2.volume", arn, item["VolumeId"], api.region, tags_of(item.get("Tags")))
    )


def snapshots(api: Api, **chosen: Any) -> Listing:
    """The account's own snapshots and whom each is shared with. Never asks for everybody's public ones."""
    asked = {"OwnerIds": ["self"], **_size(chosen, 1000)}
    listed, gap = api.pages("ec2", "describe_snapshots", "Snapshots", **asked)
    return api.listing(api.map(lambda item: _snapshot(api, item), listed), gap)


def _snapshot(api: Api, item: Mapping[str, Any]) -> Record:
    reading = Reading()
    identity = item["SnapshotId"]
    reading.fields["id"] = identity
    reading.read(["encrypted"], lambda: [flag(item, "Encrypted", "ec2 describe_snapshots")])

    def shared() -> list[Json]:
        answer = api.call(
            "ec2", "describe_snapshot_attribute", SnapshotId=identity, Attribute="createVolumePermission"
        )
        if answer.get("SnapshotId") != identity:
            raise broken("ec2 describe_snapshot_attribute")
        # A snapshot that is shared with nobody has an empty list. A grant names a group or a user, not both.
        grants = sent(answer, "CreateVolumePermissions", "ec2 describe_snapshot_attribute")
        return [any(grant.get("Group") == "all" for grant in grants)]

    reading.read(["public"], shared)
    resource = Resource(
        "aws.ec2.snapshot", _arn(api, "snapshot", identity), identity, api.region, tags_of(item.get("Tags"))
    )
    return reading.record(resource)


def ebs_default(api: Api) -> Listing:
    """Whether new volumes of this region are encrypted by default."""
    answer = api.call("ec2", "get_ebs_encryption_by_default")
    encrypted = flag(answer, "EbsEncryptionByDefault", "ec2 get_ebs_encryption_by_default")
    return api.listing([Record(api.account_resource(), {"encrypted": encrypted})])


DATASETS = (
    Dataset(
        "ec2.security_groups", "ec2", "regional",
        {
            "id": "str", "name": "str", "vpc": "str?", "is_default": "bool",
            "ingress": "list of rules", "egress": "list of rules",
            "world": "list of {protocol, from_port, to_port} open to the whole Internet; protocol -1 is all",
            "ssh_world": "list of rules that open TCP 22 to the world",
            "rdp_world": "list of rules that open TCP 3389 to the world",
            "all_world": "list of rules that open every TCP or every UDP port to the world",
        },
        security_groups, _one(security_groups, "GroupIds", "InvalidGroup.NotFound"),
    ),
    Dataset(
        "ec2.instances", "ec2", "regional",
        {
            "id": "str", "name": "str", "state": "str", "http_tokens": "str: required or optional",
            "http_endpoint": "str: enabled or disabled",
        },
        instances, _one(instances, "InstanceIds", "InvalidInstanceID.NotFound"),
    ),
    Dataset(
        "ec2.volumes", "ec2", "regional",
        {
            "id": "str", "encrypted": "bool", "zone": "str", "size_gib": "int?", "type": "str",
            "instance": "str?: where it is attached", "device": "str?",
            "iops": "int?", "throughput": "int?: MiB/s, of gp3", "tags": "list of {Key, Value}",
        },
        volumes, _one(volumes, "VolumeIds", "InvalidVolume.NotFound"),
    ),
    Dataset(
        "ec2.snapshots", "ec2", "regional",
        {"id": "str", "encrypted": "bool", "public": "bool: anyone may make a volume of it"},
        snapshots, _one(snapshots, "SnapshotIds", "InvalidSnapshot.NotFound"),
    ),
    Dataset("ec2.ebs_default", "ec2", "regional", {"encrypted": "bool"}, ebs_default),
)  # fmt: skip
