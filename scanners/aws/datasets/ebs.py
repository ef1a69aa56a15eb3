"""EBS, by region: volumes, own snapshots, the default for new volumes."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, flag, sent, tags_of
from scanners.aws.datasets.ec2_lists import ec2_arn, one, page_size
from scanners.dataset import Gap, Listing, Record
from scanners.model import Json, Resource

_GONE = "InvalidSnapshot.NotFound"


def volumes(api: Api, **chosen: Any) -> Listing:
    """EBS volumes."""
    listed, gap = api.pages("ec2", "describe_volumes", "Volumes", **page_size(chosen, 500))
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
    arn = ec2_arn(api, "volume", item["VolumeId"])
    return reading.record(
        Resource("aws.ec2.volume", arn, item["VolumeId"], api.region, tags_of(item.get("Tags")))
    )


def snapshots(api: Api, **chosen: Any) -> Listing:
    """Own snapshots, and which of them everybody may use."""
    asked: dict[str, Any] = {"OwnerIds": ["self"], **page_size(chosen, 1000)}
    listed, gap = api.pages("ec2", "describe_snapshots", "Snapshots", **asked)
    suspects: set[str] | Gap = set()
    if api.wants("public") and listed:
        # A single snapshot needs no sieve: its attribute is as cheap.
        suspects = {item["SnapshotId"] for item in listed} if chosen else _suspects(api)
    found = api.map(lambda item: _snapshot(api, item, suspects), listed)
    return api.listing([record for record in found if record], gap)


def _suspects(api: Api) -> set[str] | Gap:
    """The ids of own snapshots that AWS lists as restorable by all: each still has to be asked.

    AWS lists only the public ones, which saves a call per snapshot. Servers that speak its protocol may ignore
    the condition and list every one; then every one is asked, and the answer is right there too.
    """
    listed, gap = api.pages(
        "ec2", "describe_snapshots", "Snapshots",
        OwnerIds=["self"], RestorableByUserIds=["all"], PaginationConfig={"PageSize": 1000},
    )  # fmt: skip
    return gap or {item["SnapshotId"] for item in listed}


def _snapshot(api: Api, item: Mapping[str, Any], suspects: set[str] | Gap) -> Record | None:
    """None where it was deleted meanwhile."""
    reading = Reading()
    identity = item["SnapshotId"]
    reading.fields["id"] = identity
    reading.read(["encrypted"], lambda: [flag(item, "Encrypted", "ec2 describe_snapshots")])
    if isinstance(suspects, Gap):
        reading.gaps["public"] = suspects
    elif identity not in suspects:
        reading.fields["public"] = False
    else:
        try:
            reading.fields["public"] = _shared_with_all(api, identity)
        except CallFailed as failure:
            if failure.code == _GONE:
                return None
            reading.gaps["public"] = failure.gap
    return reading.record(
        Resource(
            "aws.ec2.snapshot", ec2_arn(api, "snapshot", identity), identity, api.region,
            tags_of(item.get("Tags")),
        )
    )  # fmt: skip


def _shared_with_all(api: Api, identity: str) -> Json:
    answer = api.call(
        "ec2", "describe_snapshot_attribute", SnapshotId=identity, Attribute="createVolumePermission"
    )
    if answer.get("SnapshotId") != identity:
        raise broken("ec2 describe_snapshot_attribute")
    # A snapshot that is shared with nobody has an empty list. A grant names a group or a user, not both.
    grants = sent(answer, "CreateVolumePermissions", "ec2 describe_snapshot_attribute")
    return any(grant.get("Group") == "all" for grant in grants)


def ebs_default(api: Api) -> Listing:
    """Whether new volumes of this region are encrypted by default."""
    answer = api.call("ec2", "get_ebs_encryption_by_default")
    encrypted = flag(answer, "EbsEncryptionByDefault", "ec2 get_ebs_encryption_by_default")
    return api.listing([Record(api.account_resource(), {"encrypted": encrypted})])


DATASETS = (
    Dataset(
        "ec2.volumes", "ec2", "regional",
        {
            "id": "str", "encrypted": "bool", "zone": "str", "size_gib": "int?", "type": "str",
            "instance": "str?: where it is attached", "device": "str?",
            "iops": "int?", "throughput": "int?: MiB/s, of gp3", "tags": "list of {Key, Value}",
        },
        volumes, one(volumes, "VolumeIds", "InvalidVolume.NotFound"), ("ec2:DescribeVolumes",),
    ),
    Dataset(
        "ec2.snapshots", "ec2", "regional",
        {"id": "str", "encrypted": "bool", "public": "bool: anyone may make a volume of it"},
        snapshots, one(snapshots, "SnapshotIds", _GONE),
        ("ec2:DescribeSnapshots", "ec2:DescribeSnapshotAttribute"),
    ),
    Dataset(
        "ec2.ebs_default", "ec2", "regional", {"encrypted": "bool"}, ebs_default, None,
        ("ec2:GetEbsEncryptionByDefault",),
    ),
)  # fmt: skip
