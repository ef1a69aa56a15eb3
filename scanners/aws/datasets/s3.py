"""S3: the account's public access block, and each bucket's settings."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, sent, tags_of
from scanners.aws.datasets import s3_fields
from scanners.aws.gone import Gone, ask, still_there
from scanners.aws.tags import PERMISSION, tags_by_arn
from scanners.dataset import Listing, Record
from scanners.model import Resource

_NO_BLOCK = "NoSuchPublicAccessBlockConfiguration"
_GONE = ("NoSuchBucket",)
_LARGEST_PAGE = 10_000
Get = Callable[..., Mapping[str, Any] | None]
_POLICY = ("policy_document", "policy_public", "public_sids", "tls_only")
_BLOCK = ("block", "block_all_four", "ignore_public_acls", "restrict_public_buckets")
_OWNERSHIP = ("ownership", "acls_count")
_ACL = ("acl_public", "acl")
# Fields that one call fills: the call, the code by which S3 says "there is none", and how the answer reads.
_SINGLE: tuple[tuple[tuple[str, ...], str, str, Callable[..., list[Any]]], ...] = (
    (("versioning", "mfa_delete"), "get_bucket_versioning", "", s3_fields.versioning),
    (("encryption",), "get_bucket_encryption", "ServerSideEncryptionConfigurationNotFoundError", s3_fields.encryption),
    (("log_target",), "get_bucket_logging", "", s3_fields.logging),
)  # fmt: skip


def account_block(api: Api) -> Listing:
    """The account-wide public access block."""
    answer = _or_none(
        lambda: api.call("s3control", "get_public_access_block", AccountId=api.account), (_NO_BLOCK,)
    )
    names = ("settings", "all_four", "ignore_public_acls", "restrict_public_buckets")
    fields = dict(zip(names, s3_fields.block(answer, "s3control get_public_access_block"), strict=True))
    return api.listing([Record(api.account_resource(), fields)])


def buckets(api: Api) -> Listing:
    """Every bucket of the account, wherever it is."""
    listed, gap = listed_buckets(api)
    places = _places(api, listed)
    names = [str(item["Name"]) for item in listed]
    return api.listing(
        still_there(api, lambda name: _bucket(api, name, places.get(name), alone=False), names), gap
    )


def one_bucket(api: Api, arn: str) -> Listing:
    """One bucket; no record where it is gone."""
    name = arn.rsplit(":", 1)[-1]
    try:
        return api.listing([_bucket(api, name, None, alone=True)])
    except Gone:
        return api.listing([])


def listed_buckets(api: Api) -> tuple[list[Any], Any]:
    """Every bucket as S3 lists it, once for all datasets that ask; the gap says where the list ended early."""
    return api.once("s3.list_buckets", lambda: _list(api))


def _list(api: Api, region: str = "", **chosen: str) -> tuple[list[Any], Any]:
    """Asked for pages, S3 says of each bucket where it is."""
    page = {"PageSize": _LARGEST_PAGE}
    return api.pages("s3", "list_buckets", "Buckets", region=region, PaginationConfig=page, **chosen)


def _places(api: Api, listed: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Bucket -> region, as far as lists tell.

    Services that speak S3's protocol may leave the region out, and list by region all the same: a call a
    region instead of one a bucket. A bucket that is in no such list, or in two, is asked for itself.
    """
    known = {str(item["Name"]): str(item["BucketRegion"]) for item in listed if item.get("BucketRegion")}
    unknown = len(listed) - len(known)
    regions = _regions(api) if unknown else ()
    if unknown <= len(regions) or not regions:
        return known
    found: dict[str, list[str]] = {}
    for region, (items, _gap) in zip(
        regions, api.map(lambda region: _list(api, region, BucketRegion=region), regions), strict=True
    ):
        for item in items:
            found.setdefault(str(item["Name"]), []).append(region)
    return {name: regions[0] for name, regions in found.items() if len(regions) == 1} | known


def _regions(api: Api) -> tuple[str, ...]:
    try:
        return api.regions
    except CallFailed:  # then each bucket is asked where it is
        return ()


def _bucket(api: Api, name: str, region: str | None, *, alone: bool) -> Record:
    """`alone`: no other is read, and its tags stand as they were. Raises Gone where the bucket is no more."""
    reading = Reading()
    place = region or _location(api, name)
    arn = f"arn:aws:s3:::{name}"
    reading.fields["name"] = name

    def get(method: str, *absent: str) -> Mapping[str, Any] | None:
        return _or_none(lambda: ask(api, _GONE, "s3", method, region=place, Bucket=name), absent)

    if api.wants(*_POLICY):
        reading.read(_POLICY, lambda: s3_fields.policy(get("get_bucket_policy", "NoSuchBucketPolicy"), arn))
    if api.wants(*_BLOCK):
        reading.read(
            _BLOCK,
            lambda: s3_fields.block(get("get_public_access_block", _NO_BLOCK), "s3 get_public_access_block"),
        )
    if api.wants(*_OWNERSHIP, *_ACL):
        _read_ownership(api, reading, get)
    for names, method, absent, read in _SINGLE:
        if api.wants(*names):
            reading.read(names, partial(_read, get, method, absent, read))
    if alone:  # of a check of one bucket it is known whose the bucket is
        tags: Mapping[str, str] = {}
        unread = True
    else:
        listed = tags_by_arn(api, "s3", place)
        tags, unread = _tags(get) if listed is None else (listed.get(arn, {}), False)
    return reading.record(Resource("aws.s3.bucket", arn, name, place, tags, unread))


def _read(get: Get, method: str, absent: str, read: Callable[..., list[Any]]) -> list[Any]:
    return read(get(method, absent) if absent else get(method))


def _tags(get: Get) -> tuple[Mapping[str, str], bool]:
    """The tags, which decide whose the bucket is and nothing else; and whether they could not be read."""
    try:
        answer = get("get_bucket_tagging", "NoSuchTagSet")
        return tags_of(None if answer is None else sent(answer, "TagSet", "s3 get_bucket_tagging")), False
    except CallFailed:
        return {}, True


def _location(api: Api, name: str) -> str:
    try:
        answer = ask(api, _GONE, "s3", "get_bucket_location", Bucket=name)
    except CallFailed:
        # Without the location the bucket is still judged through the default region, which redirects.
        return "us-east-1"
    # S3 sends nothing for us-east-1.
    return {"EU": "eu-west-1"}.get(place := answer.get("LocationConstraint") or "us-east-1", place)


def _read_ownership(api: Api, reading: Reading, get: Get) -> None:
    """ACLs count, and are asked for, only where ownership is not enforced by the bucket's owner."""
    reading.read(
        _OWNERSHIP,
        lambda: s3_fields.ownership(get("get_bucket_ownership_controls", "OwnershipControlsNotFoundError")),
    )
    if not api.wants(*_ACL):
        return
    if reading.fields.get("acls_count") is False:
        reading.fields.update(acl_public=False, acl=None)
        return

    def read() -> list[Any]:
        public, whole = s3_fields.acl(get("get_bucket_acl") or {})
        if public and "acls_count" in reading.gaps:
            raise CallFailed(reading.gaps["acls_count"], "")  # perhaps it is switched off
        return [public, whole]

    reading.read(_ACL, read)


def _or_none(ask_for: Callable[[], Mapping[str, Any]], absent: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The answer, or None where AWS says by one of the codes in `absent` that there is none."""
    try:
        return ask_for()
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
        permissions=("s3:GetAccountPublicAccessBlock",),
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
            "ownership": "str?: BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter; null where never set",
            "acls_count": "bool: ownership lets ACLs count",
            "acl_public": "bool: an ACL that counts lets anyone in",
            "acl": "map?: Owner and Grants of an ACL that counts and grants anything to others than the owner",
            "versioning": "str: Enabled, Suspended or Disabled", "mfa_delete": "bool",
            "encryption": "str?: the default, AES256, aws:kms or aws:kms:dsse; null where never set",
            "log_target": "str?: the bucket that the access log goes to",
        },
        buckets, one_bucket,
        permissions=(
            "s3:ListAllMyBuckets", "s3:GetBucketLocation", "s3:GetBucketPolicy", "s3:GetBucketPublicAccessBlock",
            "s3:GetBucketOwnershipControls", "s3:GetBucketAcl", "s3:GetBucketVersioning",
            "s3:GetEncryptionConfiguration", "s3:GetBucketLogging", "s3:GetBucketTagging", PERMISSION,
        ),
    ),
)  # fmt: skip
