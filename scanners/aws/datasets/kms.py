"""KMS, by region: keys, their rotation and their policies."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, flag, sent
from scanners.aws.gone import Gone, ask, still_there
from scanners.aws.resource_policy import POLICY_FIELDS, POLICY_SCHEMA, read_policy
from scanners.aws.tags import PERMISSION, tags_by_arn
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

# AWS sends each of them for every key. The control leaves out keys by them, so a missing one must not hide a key.
_ALWAYS = ("KeyManager", "KeyState", "KeySpec", "Origin")
_GONE = ("NotFoundException",)


def keys(api: Api) -> Listing:
    """Every key of the region, AWS's own included (the controls leave those out)."""
    listed, gap = api.pages("kms", "list_keys", "Keys", PaginationConfig={"PageSize": 1000})
    return api.listing(
        still_there(api, lambda item: _key(api, item["KeyId"], item["KeyArn"], alone=False), listed), gap
    )


def one_key(api: Api, arn: str) -> Listing:
    """One key by its ARN."""
    try:
        return api.listing([_key(api, arn.rsplit("/", 1)[-1], arn, alone=True)])
    except Gone:
        return api.listing([])


def _key(api: Api, identity: str, arn: str, *, alone: bool) -> Record:
    """`alone`: no other is read. Raises Gone where the key is no more."""
    reading = Reading()
    reading.fields["id"] = identity

    def get(method: str, **params: str) -> Mapping[str, Any]:
        return ask(api, _GONE, "kms", method, KeyId=identity, **params)

    def described() -> list[Json]:
        meta: Mapping[str, Any] = get("describe_key").get("KeyMetadata", {})
        manager, *known = [sent(meta, name, "kms describe_key") for name in _ALWAYS]
        if str(meta.get("Description", "")).startswith("Default ") and identity in _made_by_aws(api):
            manager = "AWS"
        # Keys of one region have no such member.
        primary = meta.get("MultiRegionConfiguration", {}).get("PrimaryKey", {}).get("Region", api.region)
        return [manager, *known, primary]

    def rotation() -> list[Json]:
        return [flag(get("get_key_rotation_status"), "KeyRotationEnabled", "kms get_key_rotation_status")]

    def policy() -> list[Json]:
        text = sent(get("get_key_policy", PolicyName="default"), "Policy", "kms get_key_policy")
        return read_policy(text, arn, api.account, "kms get_key_policy")

    reading.read(["manager", "state", "spec", "origin", "home_region"], described)
    manager, state, *kind = (reading.fields.get(name) for name in ("manager", "state", "spec", "origin"))
    in_use = (manager, state) == ("CUSTOMER", "Enabled")
    reading.fields["rotation"] = None
    if api.wants("rotation") and in_use and kind == ["SYMMETRIC_DEFAULT", "AWS_KMS"]:
        del reading.fields["rotation"]
        reading.read(["rotation"], rotation)
    if api.wants(*POLICY_FIELDS) and in_use:
        reading.read(POLICY_FIELDS, policy)
    if alone:  # of a check of one key it is known whose the key is
        tags: Mapping[str, str] = {}
        unread = True
    else:
        listed = {} if manager != "CUSTOMER" else tags_by_arn(api, "kms:key")
        tags, unread = _tags(api, identity) if listed is None else (listed.get(arn, {}), False)
    return reading.record(Resource("aws.kms.key", arn, identity, api.region, tags, unread))


def _made_by_aws(api: Api) -> frozenset[str]:
    """The keys behind `alias/aws/...`, a name that only AWS can give. Asked once a region, and seldom.

    Services that speak KMS's protocol may call such a key the customer's, but describe it in AWS's words
    ("Default master key that protects my EBS volumes when no other key is defined").
    """

    def ask_for() -> frozenset[str] | CallFailed:
        listed, gap = api.pages("kms", "list_aliases", "Aliases", PaginationConfig={"PageSize": 100})
        if gap:
            return CallFailed(gap, "")
        named = (alias for alias in listed if str(alias.get("AliasName", "")).startswith("alias/aws/"))
        return frozenset(str(alias.get("TargetKeyId", "")) for alias in named)

    found = api.once("aliases of AWS", ask_for)
    if isinstance(found, CallFailed):
        raise found
    return found


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
            **POLICY_SCHEMA,  # of enabled customer keys
        },
        keys, one_key,
        permissions=(
            "kms:ListKeys", "kms:DescribeKey", "kms:ListAliases", "kms:GetKeyRotationStatus", "kms:GetKeyPolicy",
            "kms:ListResourceTags", PERMISSION,
        ),
    ),
)  # fmt: skip
