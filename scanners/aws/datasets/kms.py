"""KMS, by region: keys and their rotation."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, Dataset, Reading, flag, sent
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

# AWS sends each of them for every key. The control leaves out keys by them, so a missing one must not hide a key.
_ALWAYS = ("KeyManager", "KeyState", "KeySpec", "Origin")


def keys(api: Api) -> Listing:
    """Every key of the region, AWS's own included (the controls leave those out)."""
    listed, gap = api.pages("kms", "list_keys", "Keys", PaginationConfig={"PageSize": 1000})
    return api.listing(api.map(lambda item: _key(api, item["KeyId"], item["KeyArn"]), listed), gap)


def one_key(api: Api, arn: str) -> Listing:
    """One key by its ARN."""
    record = _key(api, arn.rsplit("/", 1)[-1], arn)
    gap = record.gaps.get("manager")
    return api.listing([] if gap and "NotFoundException" in gap.reason else [record])


def _key(api: Api, identity: str, arn: str) -> Record:
    reading = Reading()
    reading.fields["id"] = identity

    def described() -> list[Json]:
        meta: Mapping[str, Any] = api.call("kms", "describe_key", KeyId=identity).get("KeyMetadata", {})
        known = [sent(meta, name, "kms describe_key") for name in _ALWAYS]
        # Keys of one region have no such member.
        primary = meta.get("MultiRegionConfiguration", {}).get("PrimaryKey", {}).get("Region", api.region)
        return [*known, primary]

    reading.read(["manager", "state", "spec", "origin", "home_region"], described)
    kind = tuple(reading.fields.get(name) for name in ("manager", "state", "spec", "origin"))
    if api.wants("rotation") and kind == ("CUSTOMER", "Enabled", "SYMMETRIC_DEFAULT", "AWS_KMS"):

        def rotation() -> list[Json]:
            answer = api.call("kms", "get_key_rotation_status", KeyId=identity)
            return [flag(answer, "KeyRotationEnabled", "kms get_key_rotation_status")]

        reading.read(["rotation"], rotation)
    else:
        reading.fields["rotation"] = None
    tags, unread = _tags(api, identity) if kind[0] == "CUSTOMER" else ({}, False)
    return reading.record(Resource("aws.kms.key", arn, identity, api.region, tags, unread))


def _tags(api: Api, identity: str) -> tuple[Mapping[str, str], bool]:
    """The tags, which decide whose the key is and nothing else; and whether they could not be read in full."""
    listed, gap = api.pages("kms", "list_resource_tags", "Tags", KeyId=identity)
    return ({}, True) if gap else ({str(tag["TagKey"]): str(tag["TagValue"]) for tag in listed}, False)


DATASETS = (
    Dataset(
        "kms.keys", "kms", "regional",
        {
            "id": "str", "manager": "str: CUSTOMER or AWS", "state": "str", "spec": "str", "origin": "str",
            "home_region": "str: where a replica's primary key is; rotation is switched there",
            "rotation": "bool?: null where the key can't be rotated by KMS",
        },
        keys, one_key,
    ),
)  # fmt: skip
