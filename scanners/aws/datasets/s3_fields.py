"""What each of S3's answers about a bucket says, as fields."""

import json
from collections.abc import Mapping
from typing import Any

from scanners.aws.api import broken, flag, sent
from scanners.aws.policy import MalformedPolicy, parse, public_statements, requires_tls
from scanners.model import Json

Answer = Mapping[str, Any]
BLOCK_KEYS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
_WORLD_GROUPS = (
    "http://acs.amazonaws.com/groups/global/AllUsers",
    "http://acs.amazonaws.com/groups/global/AuthenticatedUsers",
)
_ACL = "s3 get_bucket_acl"


def policy(answer: Answer | None, arn: str) -> list[Json]:
    """The document, whether it lets anyone in, the statements that do, and whether it refuses requests without TLS."""
    if answer is None:
        return [None, False, [], False]
    text = sent(answer, "Policy", "s3 get_bucket_policy")
    read = parse(text)
    if isinstance(read, MalformedPolicy):
        raise broken("bucket policy", read.reason)
    public = public_statements(read, arn)
    named = [
        statement.sid or f"statement {at}"
        for at, statement in enumerate(read.statements, start=1)
        if statement in public
    ]
    return [json.loads(text), bool(public), named, requires_tls(read, arn)]


def block(answer: Answer | None, where: str) -> list[Json]:
    """The four settings (S3 sends all of them, those that are off too), whether all are on, and two of them."""
    if answer is None:
        settings = dict.fromkeys(BLOCK_KEYS, False)
    else:
        given = sent(answer, "PublicAccessBlockConfiguration", where)
        settings = {key: flag(given, key, where) for key in BLOCK_KEYS}
    return [settings, all(settings.values()), settings["IgnorePublicAcls"], settings["RestrictPublicBuckets"]]


def ownership(answer: Answer | None) -> list[Json]:
    """The setting (null in a bucket from before there was one), and whether it lets ACLs count."""
    if answer is None:
        return [None, True]
    where = "s3 get_bucket_ownership_controls"
    rules = sent(sent(answer, "OwnershipControls", where), "Rules", where)
    settings = [str(sent(rule, "ObjectOwnership", where)) for rule in rules]
    if not settings:
        raise broken(where)
    return [settings[0], settings != ["BucketOwnerEnforced"]]


def acl(answer: Answer) -> list[Json]:
    """Whether a grant lets anyone in; and the whole ACL where it grants anything to others than the owner."""
    grants = [
        {"Grantee": sent(grant, "Grantee", _ACL), "Permission": grant.get("Permission")}
        for grant in sent(answer, "Grants", _ACL)
    ]
    owner = sent(sent(answer, "Owner", _ACL), "ID", _ACL)
    public = any(is_world(grant["Grantee"]) for grant in grants)
    foreign = any(grant["Grantee"].get("ID") != owner for grant in grants)
    return [public, {"Owner": {"ID": owner}, "Grants": grants} if foreign else None]


def is_world(grantee: Answer) -> bool:
    """A person has an id and no URI; a group has a URI, and one without may be anybody."""
    if grantee.get("Type") == "Group" or "ID" not in grantee:
        return sent(grantee, "URI", _ACL) in _WORLD_GROUPS
    return False


def versioning(answer: Answer) -> list[Json]:
    """A bucket whose versioning was never touched has neither member."""
    return [answer.get("Status", "Disabled"), answer.get("MFADelete") == "Enabled"]


def encryption(answer: Answer | None) -> list[Json]:
    """The default algorithm: AES256, aws:kms or aws:kms:dsse; null in a bucket from before there was a default."""
    if answer is None:
        return [None]
    where = "s3 get_bucket_encryption"
    rules = sent(sent(answer, "ServerSideEncryptionConfiguration", where), "Rules", where)
    found = [
        rule["ApplyServerSideEncryptionByDefault"]
        for rule in rules
        if "ApplyServerSideEncryptionByDefault" in rule
    ]
    if not found:
        raise broken(where, "no rule names the default encryption")
    return [sent(found[0], "SSEAlgorithm", where)]


def logging(answer: Answer) -> list[Json]:
    """The bucket that the access log goes to; null where there is none, which S3 says by leaving it out."""
    enabled = answer.get("LoggingEnabled")
    return [sent(enabled, "TargetBucket", "s3 get_bucket_logging") if enabled is not None else None]
