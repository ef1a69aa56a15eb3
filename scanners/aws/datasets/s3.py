"""S3: the account's public access block, and each bucket's policy, ACL, ownership, block and versioning."""

from collections.abc import Callable, Mapping
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, flag, sent, tags_of
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
    answer = _or_none(
        lambda: api.call("s3control", "get_public_access_block", AccountId=api.account), (_NO_BLOCK,)
    )
    names = ("settings", "all_four", "ignore_public_acls", "restrict_public_buckets")
    fields = dict(zip(names, _block(answer, "s3control get_public_access_block"), strict=True))
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

    def get(method: str, *absent: str) -> Mapping[str, Any] | None:
        return _or_none(lambda: api.call("s3", method, region=place, Bucket=name), absent)

    if api.wants("policy_document", "policy_public", "tls_only", "public_sids"):
        _read_policy(reading, lambda: get("get_bucket_policy", "NoSuchBucketPolicy"), arn)
    if api.wants("block", "block_all_four", "ignore_public_acls", "restrict_public_buckets"):
        reading.read(
            ["block", "block_all_four", "ignore_public_acls", "restrict_public_buckets"],
            lambda: _block(get("get_public_access_block", _NO_BLOCK), "s3 get_public_access_block"),
        )
    if api.wants("acl_public", "acls_count"):
        _read_acl(reading, get)
    if api.wants("versioning", "mfa_delete"):
        reading.read(["versioning", "mfa_delete"], lambda: _versioning(get("get_bucket_versioning") or {}))
    tags, unread = _tags(get)
    return reading.record(Resource("aws.s3.bucket", arn, name, place, tags, unread))


def _tags(get: Callable[..., Mapping[str, Any] | None]) -> tuple[Mapping[str, str], bool]:
    """The tags, which decide whose the bucket is and nothing else; and whether they could not be read."""
    try:
        answer = get("get_bucket_tagging", "NoSuchTagSet")
        return tags_of(None if answer is None else sent(answer, "TagSet", "s3 get_bucket_tagging")), False
    except CallFailed:
        return {}, True


def _location(api: Api, name: str) -> str:
    try:
        answer = api.call("s3", "get_bucket_location", Bucket=name)
    except CallFailed:
        # Without the location the bucket is still judged through the default region, which redirects.
        return "us-east-1"
    # S3 sends nothing for us-east-1.
    return {"EU": "eu-west-1"}.get(place := answer.get("LocationConstraint") or "us-east-1", place)


def _versioning(answer: Mapping[str, Any]) -> list[Json]:
    """A bucket whose versioning was never touched has neither member."""
    return [answer.get("Status", "Disabled"), answer.get("MFADelete") == "Enabled"]


def _read_policy(reading: Reading, fetch: Callable[[], Mapping[str, Any] | None], arn: str) -> None:
    names = ["policy_document", "policy_public", "public_sids", "tls_only"]

    def make() -> list[Json]:
        answer = fetch()
        if answer is None:
            return [None, False, [], False]
        text = sent(answer, "Policy", "s3 get_bucket_policy")
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


def _block(answer: Mapping[str, Any] | None, where: str) -> list[Json]:
    """The four settings (S3 sends all of them, those that are off too), whether all are on, and two of them."""
    if answer is None:
        settings = dict.fromkeys(BLOCK_KEYS, False)
    else:
        block = sent(answer, "PublicAccessBlockConfiguration", where)
        settings = {key: flag(block, key, where) for key in BLOCK_KEYS}
    return [settings, all(settings.values()), settings["IgnorePublicAcls"], settings["RestrictPublicBuckets"]]


def _read_acl(reading: Reading, get: Callable[..., Mapping[str, Any] | None]) -> None:
    """ACLs count only where ownership is not enforced by the bucket's owner."""

    def ownership() -> list[Json]:
        where = "s3 get_bucket_ownership_controls"
        answer = get("get_bucket_ownership_controls", "OwnershipControlsNotFoundError")
        if answer is None:
            return [True]
        rules = sent(sent(answer, "OwnershipControls", where), "Rules", where)
        return ["BucketOwnerEnforced" not in [sent(rule, "ObjectOwnership", where) for rule in rules]]

    reading.read(["acls_count"], ownership)
    if reading.fields.get("acls_count") is False:
        reading.fields["acl_public"] = False
        return

    def acl() -> list[Json]:
        grants = sent(get("get_bucket_acl") or {}, "Grants", "s3 get_bucket_acl")
        return [any(_is_world(sent(grant, "Grantee", "s3 get_bucket_acl")) for grant in grants)]

    reading.read(["acl_public"], acl)


def _is_world(grantee: Mapping[str, Any]) -> bool:
    """A person has an id and no URI; a group has a URI, and one without may be anybody."""
    if grantee.get("Type") == "Group" or "ID" not in grantee:
        return sent(grantee, "URI", "s3 get_bucket_acl") in _WORLD_GROUPS
    return False


def _or_none(ask: Callable[[], Mapping[str, Any]], absent: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The answer, or None where AWS says by one of the codes in `absent` that there is none."""
    try:
        return ask()
    except CallFailed as failure:
        if failure.code in absent:
            return None
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
