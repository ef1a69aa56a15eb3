"""EC2, by region: security groups, instances, volumes, own snapshots, the EBS default."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, tags_of
from scanners.aws.net import offending, openings, world_ranges
from scanners.dataset import Gap, Listing, Record
from scanners.model import CoverageStatus, Json, Resource


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
    ingress, egress = group.get("IpPermissions", []), group.get("IpPermissionsEgress", [])
    reading.fields.update(
        id=group["GroupId"],
        name=group["GroupName"],
        vpc=group.get("VpcId"),
        is_default=group["GroupName"] == "default",
        ingress=_revocable(ingress),
        egress=_revocable(egress),
    )

    def opened() -> list[Json]:
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
    found = [instance for reservation in reservations for instance in reservation.get("Instances", [])]
    return api.listing([_instance(api, item) for item in found if item["State"]["Name"] != "terminated"], gap)


def _instance(api: Api, item: Mapping[str, Any]) -> Record:
    tags = tags_of(item.get("Tags"))
    options = item.get("MetadataOptions")
    fields: dict[str, Json] = {
        "id": item["InstanceId"],
        "name": tags.get("Name", ""),
        "state": item["State"]["Name"],
    }
    gaps = {}
    if options is None:
        gaps = dict.fromkeys(
            ("http_tokens", "http_endpoint"), Gap(CoverageStatus.ERROR, "the answer has no MetadataOptions")
        )
    else:
        fields["http_tokens"] = options.get("HttpTokens", "optional")
        fields["http_endpoint"] = options.get("HttpEndpoint", "enabled")
    arn = _arn(api, "instance", item["InstanceId"])
    return Record(Resource("aws.ec2.instance", arn, item["InstanceId"], api.region, tags), fields, gaps)


def volumes(api: Api, **chosen: Any) -> Listing:
    """EBS volumes."""
    listed, gap = api.pages("ec2", "describe_volumes", "Volumes", **_size(chosen, 500))
    return api.listing([_volume(api, item) for item in listed], gap)


def _volume(api: Api, item: Mapping[str, Any]) -> Record:
    attached = (item.get("Attachments") or [{}])[0]
    fields = {
        "id": item["VolumeId"],
        "encrypted": item.get("Encrypted") is True,
        "zone": item.get("AvailabilityZone", ""),
        "size_gib": item.get("Size"),
        "type": item.get("VolumeType", "gp3"),
        "instance": attached.get("InstanceId"),
        "device": attached.get("Device"),
        "iops": item.get("Iops"),
        "throughput": item.get("Throughput"),
        "tags": [tag for tag in item.get("Tags") or [] if not tag["Key"].startswith("aws:")],
    }
    arn = _arn(api, "volume", item["VolumeId"])
    return Record(
        Resource("aws.ec2.volume", arn, item["VolumeId"], api.region, tags_of(item.get("Tags"))), fields
    )


def snapshots(api: Api, **chosen: Any) -> Listing:
    """The account's own snapshots and whom each is shared with. Never asks for everybody's public ones."""
    asked = {"OwnerIds": ["self"], **_size(chosen, 1000)}
    listed, gap = api.pages("ec2", "describe_snapshots", "Snapshots", **asked)
    return api.listing(api.map(lambda item: _snapshot(api, item), listed), gap)


def _snapshot(api: Api, item: Mapping[str, Any]) -> Record:
    reading = Reading()
    identity = item["SnapshotId"]
    reading.fields.update(id=identity, encrypted=item.get("Encrypted") is True)

    def shared() -> list[Json]:
        answer = api.call(
            "ec2", "describe_snapshot_attribute", SnapshotId=identity, Attribute="createVolumePermission"
        )
        if answer.get("SnapshotId") != identity:
            raise CallFailed(
                Gap(CoverageStatus.ERROR, "ec2 describe_snapshot_attribute: the answer is not whole"), ""
            )
        return [any(grant.get("Group") == "all" for grant in answer.get("CreateVolumePermissions", []))]

    reading.read(["public"], shared)
    resource = Resource(
        "aws.ec2.snapshot", _arn(api, "snapshot", identity), identity, api.region, tags_of(item.get("Tags"))
    )
    return reading.record(resource)


def ebs_default(api: Api) -> Listing:
    """Whether new volumes of this region are encrypted by default."""
    answer = api.call("ec2", "get_ebs_encryption_by_default")
    if not isinstance(answer.get("EbsEncryptionByDefault"), bool):
        raise CallFailed(
            Gap(CoverageStatus.ERROR, "ec2 get_ebs_encryption_by_default: the answer is not whole"), ""
        )
    return api.listing([Record(api.account_resource(), {"encrypted": answer["EbsEncryptionByDefault"]})])


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
