"""RDS, by region: database instances."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from scanners.aws.api import Api, Dataset, Reading, flag, tags_of
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource


def instances(api: Api, **chosen: Any) -> Listing:
    """Database instances."""
    asked = chosen or {"PaginationConfig": {"PageSize": 100}}
    listed, gap = api.pages("rds", "describe_db_instances", "DBInstances", **asked)
    return api.listing([_instance(api, item) for item in listed], gap)


def one_instance(api: Api, arn: str) -> Listing:
    """One database instance by its identifier."""
    listing = instances(api, DBInstanceIdentifier=arn.rsplit(":", 1)[-1])
    if listing.gap and "DBInstanceNotFound" in listing.gap.reason:
        return api.listing([])
    return listing


def _instance(api: Api, item: Mapping[str, Any]) -> Record:
    reading = Reading()
    reading.read(["public"], partial(_public, item))
    reading.read(["encrypted"], partial(_flag, item, "StorageEncrypted"))
    # What follows is for the fix alone. An instance outside a cluster, a VPC or a subnet group has no such member.
    reading.fields.update(
        {
            "identifier": item["DBInstanceIdentifier"],
            "engine": item.get("Engine", ""),
            "class": item.get("DBInstanceClass", ""),
            "cluster": item.get("DBClusterIdentifier"),
            "multi_az": item.get("MultiAZ") is True,
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
    return [flag(item, member, "rds describe_db_instances")]


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
            "cluster": "str?: the Aurora or Multi-AZ cluster it is part of", "multi_az": "bool",
            "subnet_group": "str?", "security_groups": "list of ids", "parameter_group": "str?: one of its own",
            "tags": "list of {Key, Value}",
        },
        instances, one_instance,
    ),
)  # fmt: skip
