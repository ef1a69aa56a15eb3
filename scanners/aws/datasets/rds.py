"""RDS, by region: database instances, each with what its cluster decides for it."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, flag, sent, tags_of
from scanners.dataset import Gap, Listing, Record
from scanners.model import Json, Resource

_WHERE = "rds describe_db_instances"
_CLUSTERS = "rds describe_db_clusters"


def instances(api: Api, **chosen: Any) -> Listing:
    """Database instances."""
    asked = chosen or {"PaginationConfig": {"PageSize": 100}}
    listed, gap = api.pages("rds", "describe_db_instances", "DBInstances", **asked)
    return api.listing([_instance(api, item, bool(chosen)) for item in listed], gap)


def one_instance(api: Api, arn: str) -> Listing:
    """One database instance by its identifier."""
    listing = instances(api, DBInstanceIdentifier=arn.rsplit(":", 1)[-1])
    if listing.gap and "DBInstanceNotFound" in listing.gap.reason:
        return api.listing([])
    return listing


def _instance(api: Api, item: Mapping[str, Any], alone: bool) -> Record:
    reading = Reading()
    reading.read(["public"], partial(_public, item))
    for name, member in (("encrypted", "StorageEncrypted"), ("minor_upgrade", "AutoMinorVersionUpgrade")):
        reading.read([name], partial(_flag, item, member))
    reading.read(["backup_days"], lambda: [int(sent(item, "BackupRetentionPeriod", _WHERE))])
    shared = ("multi_az", "deletion_protection", "spare_zone")
    if api.wants(*shared):
        reading.read(shared, partial(_decided_by_the_cluster, api, item, alone))
    # What follows is for the fix alone. An instance outside a cluster, a VPC or a subnet group has no such member.
    reading.fields.update(
        {
            "identifier": item["DBInstanceIdentifier"],
            "engine": item.get("Engine", ""),
            "class": item.get("DBInstanceClass", ""),
            "cluster": item.get("DBClusterIdentifier"),
            "replica": bool(item.get("ReadReplicaSourceDBInstanceIdentifier")),
            "standby": item.get("MultiAZ") is True,
            "subnet_group": (item.get("DBSubnetGroup") or {}).get("DBSubnetGroupName"),
            "security_groups": [g["VpcSecurityGroupId"] for g in item.get("VpcSecurityGroups") or []],
            "parameter_group": _own_parameter_group(item),
            "tags": [tag for tag in item.get("TagList") or [] if not tag["Key"].startswith("aws:")],
        }
    )
    resource = Resource(
        "aws.rds.instance", item["DBInstanceArn"], item["DBInstanceIdentifier"], api.region,
        tags_of(item.get("TagList")),
    )  # fmt: skip
    return reading.record(resource)


def _public(item: Mapping[str, Any]) -> list[Json]:
    """Services that speak RDS's protocol leave out the flag of an instance for which nobody ever set it.

    That is believed of an element that is whole, which the flag that always comes shows; else nothing is.
    """
    if "PubliclyAccessible" not in item and "StorageEncrypted" in item:
        return [False]
    return _flag(item, "PubliclyAccessible")


def _flag(item: Mapping[str, Any], member: str) -> list[Json]:
    """RDS sends it for every instance; a missing one says neither yes nor no."""
    return [flag(item, member, _WHERE)]


def _decided_by_the_cluster(api: Api, item: Mapping[str, Any], alone: bool) -> list[Json]:
    """[several zones, protected from deletion, a zone for one more]: an instance of a cluster has what that has.

    RDS sends both flags for such an instance too, and there they are always false.
    """
    name = item.get("DBClusterIdentifier")
    if not name:
        return [flag(item, "MultiAZ", _WHERE), flag(item, "DeletionProtection", _WHERE), None]
    cluster = _clusters(api, str(name) if alone else "").get(str(name))
    if cluster is None:
        raise broken(_CLUSTERS, f"the cluster {name} of this instance is not listed")
    used = item.get("AvailabilityZone")
    spare = next((zone for zone in cluster.get("AvailabilityZones") or () if zone != used), None)
    return [flag(cluster, "MultiAZ", _CLUSTERS), flag(cluster, "DeletionProtection", _CLUSTERS), spare]


def _clusters(api: Api, name: str) -> Mapping[str, Mapping[str, Any]]:
    """Identifier -> cluster: one list for all instances of the region, or the cluster of one."""
    asked = {"DBClusterIdentifier": name} if name else {"PaginationConfig": {"PageSize": 100}}

    def listed() -> tuple[list[Json], Gap | None]:
        return api.pages("rds", "describe_db_clusters", "DBClusters", **asked)

    found, gap = api.once(f"rds.clusters.{name}", listed)
    if gap:
        raise CallFailed(gap, "")
    return {cluster["DBClusterIdentifier"]: cluster for cluster in found}


def _own_parameter_group(item: Mapping[str, Any]) -> str | None:
    """The first that is not AWS's default, which a restored instance gets anyway."""
    names = [str(group["DBParameterGroupName"]) for group in item.get("DBParameterGroups") or []]
    return next((name for name in names if not name.startswith("default.")), None)


DATASETS = (
    Dataset(
        "rds.instances", "rds", "regional",
        {
            "identifier": "str", "engine": "str", "public": "bool: publicly accessible",
            "encrypted": "bool: storage is encrypted", "class": "str",
            "minor_upgrade": "bool: takes minor versions by itself",
            "backup_days": "int: days that automated backups are kept; 0 is none",
            "multi_az": "bool: it, or the cluster it is part of, stands in several availability zones",
            "deletion_protection": "bool: of it, or of the cluster it is part of",
            "spare_zone": "str?: a zone of the cluster that this instance is not in",
            "cluster": "str?: the Aurora or Multi-AZ cluster it is part of",
            "replica": "bool: a read replica of another instance",
            "standby": "bool: has a standby of its own in a second zone",
            "subnet_group": "str?", "security_groups": "list of ids", "parameter_group": "str?: one of its own",
            "tags": "list of {Key, Value}",
        },
        instances, one_instance, ("rds:DescribeDBInstances", "rds:DescribeDBClusters"),
    ),
)  # fmt: skip
