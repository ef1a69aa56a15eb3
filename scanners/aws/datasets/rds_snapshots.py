"""RDS, by region: snapshots of instances and of clusters, and which of them everybody may restore."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, flag, sent, tags_of
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource


@dataclass(frozen=True, slots=True)
class _Kind:
    """RDS has each call twice. `name` is how its members begin: DBSnapshotIdentifier, DBClusterSnapshotArn."""

    name: str
    type: str
    list_call: str
    attribute_call: str
    encrypted: str
    source: str
    gone: str


_INSTANCE = _Kind(
    "DBSnapshot", "aws.rds.snapshot", "describe_db_snapshots", "describe_db_snapshot_attributes",
    "Encrypted", "DBInstanceIdentifier", "DBSnapshotNotFound",
)  # fmt: skip
_CLUSTER = _Kind(
    "DBClusterSnapshot", "aws.rds.cluster_snapshot", "describe_db_cluster_snapshots",
    "describe_db_cluster_snapshot_attributes", "StorageEncrypted", "DBClusterIdentifier",
    "DBClusterSnapshotNotFound",
)  # fmt: skip


def snapshots(api: Api) -> Listing:
    """Own snapshots of both kinds. Never those that others made public, which RDS would list by the thousand."""
    parts = [_listed(api, kind) for kind in (_INSTANCE, _CLUSTER)]
    gaps = [part.gap for part in parts if part.gap]
    return api.listing([record for part in parts for record in part.records], gaps[0] if gaps else None)


def one_snapshot(api: Api, arn: str) -> Listing:
    """One snapshot by its ARN; the identifier of one that RDS made holds a colon itself."""
    what, identifier = arn.split(":", 6)[5:7]
    kind = _CLUSTER if what == "cluster-snapshot" else _INSTANCE
    listing = _listed(api, kind, **{f"{kind.name}Identifier": identifier})
    if listing.gap and kind.gone in listing.gap.reason:
        return api.listing([])
    return listing


def _listed(api: Api, kind: _Kind, **chosen: Any) -> Listing:
    asked = chosen or {"PaginationConfig": {"PageSize": 100}}
    listed, gap = api.pages("rds", kind.list_call, f"{kind.name}s", **asked)
    found = api.map(lambda item: _snapshot(api, kind, item), listed)
    return api.listing([record for record in found if record], gap)


def _snapshot(api: Api, kind: _Kind, item: Mapping[str, Any]) -> Record | None:
    """None where it was deleted meanwhile."""
    where = f"rds {kind.list_call}"
    identifier = item[f"{kind.name}Identifier"]
    reading = Reading()
    reading.read(["encrypted"], lambda: [flag(item, kind.encrypted, where)])
    # RDS's own snapshots can't be shared with anybody, so nothing needs to be asked about them.
    automated = item.get("SnapshotType") == "automated"
    reading.fields.update(
        identifier=identifier, of_cluster=kind is _CLUSTER, automated=automated,
        source=item.get(kind.source, ""), engine=item.get("Engine", ""),
        # The name of a copy: no colon, and room for a word behind it.
        plain_name=identifier.replace(":", "-")[:200].rstrip("-"),
    )  # fmt: skip
    if api.wants("public"):
        try:
            reading.fields["public"] = False if automated else _restorable_by_all(api, kind, identifier)
        except CallFailed as failure:
            if failure.code.startswith(kind.gone):
                return None
            reading.gaps["public"] = failure.gap
    resource = Resource(
        kind.type, item[f"{kind.name}Arn"], identifier, api.region, tags_of(item.get("TagList"))
    )
    return reading.record(resource)


def _restorable_by_all(api: Api, kind: _Kind, identifier: str) -> Json:
    where = f"rds {kind.attribute_call}"
    answer = api.call("rds", kind.attribute_call, **{f"{kind.name}Identifier": identifier})
    result = sent(answer, f"{kind.name}AttributesResult", where)
    if result.get(f"{kind.name}Identifier") != identifier:
        raise broken(where)
    # Every snapshot has the attribute; of one that is shared with nobody its list is empty.
    for attribute in sent(result, f"{kind.name}Attributes", where):
        if sent(attribute, "AttributeName", where) == "restore":
            return "all" in sent(attribute, "AttributeValues", where)
    raise broken(where, "the attribute restore is missing")


DATASETS = (
    Dataset(
        "rds.snapshots", "rds", "regional",
        {
            "identifier": "str", "encrypted": "bool", "of_cluster": "bool: of a cluster, not of an instance",
            "automated": "bool: made and deleted by RDS itself", "source": "str: what it was taken of",
            "engine": "str", "plain_name": "str: the identifier with what no name may hold taken out",
            "public": "bool: anyone may restore it",
        },
        snapshots, one_snapshot,
        (
            "rds:DescribeDBSnapshots", "rds:DescribeDBSnapshotAttributes",
            "rds:DescribeDBClusterSnapshots", "rds:DescribeDBClusterSnapshotAttributes",
        ),
    ),
)  # fmt: skip
