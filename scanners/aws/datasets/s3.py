"""S3: the account's public access block, and each bucket's policy, ACL, ownership, block and versioning."""

from collections.abc import Callable, Mapping
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading
from scanners.aws.policy import MalformedPolicy, parse, public_statements, requires_tls
from scanners.dataset import Gap, Listing, Record
from scanners.model import CoverageStatus, Json, Resource

BLOCK_KEYS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_WORLD_GROUPS = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
_NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"


def account_block(api: Api) -> Listing:
    """The account-wide public access block."""
    block = _or_none(
        lambda: api.call("s3control", "get_public_access_block", AccountId=api.account), (_NO_BLOCK,), {}
    ).get("PublicAccessBlockConfiguration", {})
    fields = {
        "all_four": all(block.get(key) is True for key in BLOCK_KEYS),
        "ignore_public_acls": block.get("IgnorePublicAcls") is True,
        "restrict_public_buckets": block.get("RestrictPublicBuckets") is True,
        "settings": {key: block.get(key) is True for key in BLOCK_KEYS},
    }
    return api.listing([Record(api.account_resource(), fields)])


def buckets(api: Api) -> Listing:
    """Every bucket of the account, wherever it is."""
    listed, gap = api.pages("s3", "list_buckets", "Buckets")
    return api.listing(
        api.map(lambda item: _bucket(api, item["Name"], item.get("BucketRegion")), listed), gap
    )


def one_bucket(api: Api, arn: str) -> Listing:
    """One bucket; no record where it is gone."""
    name = arn.rsplit(":", 1)[-1]
    try:
        api.call("s3", "get_bucket_location", Bucket=name)
    except CallFailed as failure:
        if failure.code == "NoSuchBucket":
            return api.listing([])
        if failure.gap.status is not CoverageStatus.DENIED:
            raise
    return api.listing([_bucket(api, name, None)])


def _bucket(api: Api, name: str, region: str | None) -> Record:
    reading = Reading()
    place = region or _location(api, name)
    arn = f"arn:aws:s3:::{name}"
    reading.fields["name"] = name

    def get(method: str, absent: tuple[str, ...]) -> Mapping[str, Any]:
        return _or_none(lambda: api.call("s3", method, region=place, Bucket=name), absent, {})

    if api.wants("policy_document", "policy_public", "tls_only", "public_sids"):
        _read_policy(reading, lambda: get("get_bucket_policy", ("NoSuchBucketPolicy",)).get("Policy"), arn)
    if api.wants("block", "block_all_four", "ignore_public_acls", "restrict_public_buckets"):
        reading.read(
            ["block", "block_all_four", "ignore_public_acls", "restrict_public_buckets"],
            lambda: _block(get("get_public_access_block", (_NO_BLOCK,))),
        )
    if api.wants("acl_public", "acls_count"):
        _read_acl(reading, get)
    if api.wants("versioning", "mfa_delete"):
        reading.read(
            ["versioning", "mfa_delete"],
            lambda: (lambda v: [v.get("Status", "Disabled"), v.get("MFADelete") == "Enabled"])(
                get("get_bucket_versioning", ())
            ),
        )
    return reading.record(Resource("aws.s3.bucket", arn, name, place))


def _location(api: Api, name: str) -> str:
    try:
        answer = api.call("s3", "get_bucket_location", Bucket=name)
    except CallFailed:
        # Without the location the bucket is still judged through the default region, which redirects.
        return "us-east-1"
    return {"EU": "eu-west-1"}.get(place := answer.get("LocationConstraint") or "us-east-1", place)


def _read_policy(reading: Reading, fetch: Callable[[], str | None], arn: str) -> None:
    names = ["policy_document", "policy_public", "public_sids", "tls_only"]

    def make() -> list[Json]:
        text = fetch()
        if text is None:
            return [None, False, [], False]
        policy = parse(text)
        if isinstance(policy, MalformedPolicy):
            raise CallFailed(Gap(CoverageStatus.ERROR, f"bucket policy: {policy.reason}"), "Malformed")
        import json

        public = public_statements(policy, arn)
        named = [
            statement.sid or f"statement {policy.statements.index(statement) + 1}" for statement in public
        ]
        return [json.loads(text), bool(public), named, requires_tls(policy, arn)]

    reading.read(names, make)


def _block(answer: Mapping[str, Any]) -> list[Json]:
    block = answer.get("PublicAccessBlockConfiguration", {})
    settings = {key: block.get(key) is True for key in BLOCK_KEYS}
    return [settings, all(settings.values()), settings["IgnorePublicAcls"], settings["RestrictPublicBuckets"]]


def _read_acl(reading: Reading, get: Callable[[str, tuple[str, ...]], Mapping[str, Any]]) -> None:
    """ACLs count only where ownership is not enforced by the bucket's owner."""

    def ownership() -> list[Json]:
        rules = get("get_bucket_ownership_controls", ("OwnershipControlsNotFoundError",)).get(
            "OwnershipControls", {}
        )
        owners = [rule.get("ObjectOwnership") for rule in rules.get("Rules", [])]
        return ["BucketOwnerEnforced" not in owners]

    reading.read(["acls_count"], ownership)
    if reading.fields.get("acls_count") is False:
        reading.fields["acl_public"] = False
        return

    def acl() -> list[Json]:
        grants = get("get_bucket_acl", ()).get("Grants")
        if grants is None:
            raise CallFailed(Gap(CoverageStatus.ERROR, "s3 get_bucket_acl: the answer has no grants"), "")
        return [any(grant.get("Grantee", {}).get("URI") in _WORLD_GROUPS for grant in grants)]

    reading.read(["acl_public"], acl)


def _or_none(
    ask: Callable[[], Mapping[str, Any]], absent: tuple[str, ...], otherwise: dict[str, Any]
) -> Mapping[str, Any]:
    """The answer, or `otherwise` where AWS says that there is none."""
    try:
        return ask()
    except CallFailed as failure:
        if failure.code in absent:
            return otherwise
        raise


DATASETS = (
    Dataset(
        "s3.account", "s3control", "global",
        {
            "all_four": "bool: all four settings are on", "ignore_public_acls": "bool",
            "restrict_public_buckets": "bool", "settings": "map of the four settings",
        },
        account_block,
    ),
    Dataset(
        "s3.buckets", "s3", "global",
        {
            "name": "str",
            "policy_document": "map?: the bucket policy, null without one",
            "policy_public": "bool: the policy lets anyone in (S3's meaning of public)",
            "public_sids": "list of the statements that do",
            "tls_only": "bool: requests without TLS are denied",
            "block": "map of the bucket's own four settings",
            "block_all_four": "bool", "ignore_public_acls": "bool", "restrict_public_buckets": "bool",
            "acls_count": "bool: ownership lets ACLs count",
            "acl_public": "bool: an ACL that counts lets anyone in",
            "versioning": "str: Enabled, Suspended or Disabled", "mfa_delete": "bool",
        },
        buckets, one_bucket,
    ),
)  # fmt: skip
