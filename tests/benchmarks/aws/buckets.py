"""Buckets: policies, ACLs, ownership and blocks in every mixture, and what the mixture comes to."""

from dataclasses import dataclass
from typing import Any

from tests.benchmarks.aws.grants import GRANTS, Grant
from tests.benchmarks.aws.site import ACCOUNT, HOME, Site, Statement, deal, document
from tests.benchmarks.aws.truth import EITHER

FLAGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
Block = frozenset[str]
_ALL: Block = frozenset(FLAGS)
_BLOCKS: tuple[tuple[str, Block | None], ...] = (
    ("no block", None), ("all blocked", _ALL), ("all off", frozenset()),
    ("new ones blocked, old ones stand", frozenset({"BlockPublicAcls", "BlockPublicPolicy"})),
    ("ACLs ignored", frozenset({"BlockPublicAcls", "IgnorePublicAcls"})),
    ("policy restricted", frozenset({"BlockPublicPolicy", "RestrictPublicBuckets"})),
    ("all but one", _ALL - {"RestrictPublicBuckets"}),
    ("no block", None), ("no block", None),
)  # fmt: skip
_EVERYBODY = 'uri="http://acs.amazonaws.com/groups/global/AllUsers"'
_LOGGERS = 'uri="http://acs.amazonaws.com/groups/s3/LogDelivery"'
# An ACL by its name or by its grants, and whether it lets strangers in.
_ACLS: tuple[tuple[str, bool, dict[str, str]], ...] = (
    ("private", False, {}), ("private", False, {}), ("private", False, {}),
    ("public-read", True, {"ACL": "public-read"}), ("authenticated-read", True, {"ACL": "authenticated-read"}),
    ("public-read-write", True, {"ACL": "public-read-write"}), ("private", False, {}),
    ("everybody may read the ACL", True, {"GrantReadACP": _EVERYBODY}),
    ("everybody may all", True, {"GrantFullControl": _EVERYBODY}),
    ("log delivery", False, {"GrantWrite": _LOGGERS, "GrantReadACP": _LOGGERS}),
)  # fmt: skip
_OWNERS = ("", "BucketOwnerEnforced", "ObjectWriter", "BucketOwnerPreferred", "BucketOwnerEnforced")
_CIPHERS = ("", "AES256", "aws:kms", "aws:kms:dsse", "aws:kms")


@dataclass(frozen=True, slots=True)
class Tls:
    """How a policy tries to refuse plain HTTP. `bad`: it does not."""

    name: str
    bad: bool
    statements: tuple[Statement, ...]


def _tls(name: str, bad: bool, *, value: Any = "false", operator: str = "Bool", **more: Any) -> Tls:
    whole = {
        "Sid": "OnlyTLS", "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": ["arn:aws:s3:::{name}", "arn:aws:s3:::{name}/*"],
        "Condition": {operator: {"aws:SecureTransport": value}},
    }  # fmt: skip
    return Tls(name, bad, (whole | more,))


_HALVES = tuple(
    _tls("", False, Sid=sid, Resource=resource).statements[0]
    for sid, resource in (("Bucket", "arn:aws:s3:::{name}"), ("Objects", ["arn:aws:s3:::{name}/*"]))
)
_TLS = (
    Tls("no word of TLS", True, ()),
    _tls("TLS only", False),
    _tls("TLS only, in lists", False, value=["false"], Action=["s3:*"], Principal={"AWS": ["*"]}),
    _tls("TLS only, a JSON false", False, value=False, Action="*"),
    _tls("TLS only, BoolIfExists, key in small letters", False, operator="BoolIfExists",
         Condition={"BoolIfExists": {"aws:securetransport": "false"}}),
    Tls("TLS only, in two statements", False, _HALVES),
    _tls("TLS refused instead", True, value="true"),
    _tls("TLS only for one role", True, Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:role/app"}),
    _tls("TLS only for objects", True, Resource="arn:aws:s3:::{name}/*"),
    _tls("TLS only for reading", True, Action="s3:GetObject"),
    _tls("TLS only on another bucket", True, Resource=["arn:aws:s3:::{name}-old", "arn:aws:s3:::{name}-old/*"]),
    _tls("allowed with TLS", True, value="true", Effect="Allow", Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
    _tls("TLS only from one endpoint", True,
         Condition={"Bool": {"aws:SecureTransport": "false"}, "StringEquals": {"aws:SourceVpce": "vpce-0a1b2c3d"}}),
)  # fmt: skip


def build_account_block(site: Site) -> Block:
    """The account's own block, which holds over every bucket's."""
    chance = site.chance("account block")
    name, flags = chance.choice((
        ("none", None), ("none", None), ("all", _ALL), ("ACLs ignored", frozenset({"IgnorePublicAcls"})), ("all but one", _ALL - {"BlockPublicAcls"}),
    ))  # fmt: skip
    if flags is not None:
        site.client("s3control").put_public_access_block(
            AccountId=site.account, PublicAccessBlockConfiguration={flag: flag in flags for flag in FLAGS}
        )
    site.truth.say("s3.account_public_access_block", "", flags != _ALL, f"account block: {name}")
    return flags or frozenset()


def build_buckets(site: Site, count: int, account_block: Block) -> None:
    """One log bucket a region first, which the others log to."""
    chance = site.chance("buckets")
    settings = {
        "block": deal(chance, _BLOCKS), "acl": deal(chance, _ACLS), "owner": deal(chance, _OWNERS),
        "cipher": deal(chance, _CIPHERS), "versions": deal(chance, ("", "Enabled", "Suspended", "Enabled")),
        "grant": deal(chance, (*GRANTS, *(None,) * 12)), "tls": deal(chance, _TLS), "logs": deal(chance, (True, False)),
    }  # fmt: skip
    regions = deal(chance, site.regions)
    places = list(site.regions)[: max(1, count // 4)]
    for region in places:
        _log_bucket(site, region, account_block)
    for number in range(max(0, count - len(places))):
        _bucket(
            site,
            f"acme-{site.seed}-{number:04d}",
            next(regions),
            account_block,
            {k: next(v) for k, v in settings.items()},
        )


def _create(site: Site, name: str, region: str, owner: str, acl: dict[str, str]) -> Any:
    s3 = site.client("s3", region)
    more: dict[str, Any] = (
        {} if region == HOME else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    )
    # An ACL that was given while ACLs counted stays behind when the owner takes over.
    if owner and not (owner == "BucketOwnerEnforced" and acl):
        more["ObjectOwnership"] = owner
    s3.create_bucket(Bucket=name, **more)
    if acl:
        s3.put_bucket_acl(Bucket=name, **acl)
        if owner == "BucketOwnerEnforced":
            s3.put_bucket_ownership_controls(
                Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": owner}]}
            )
    site.made()
    return s3


def _log_bucket(site: Site, region: str, account_block: Block) -> None:
    name = f"acme-{site.seed}-logs-{region}"
    s3 = _create(site, name, region, "BucketOwnerEnforced", {})
    grant = Grant("log delivery", False, lambda actions, resources: [])
    s3.put_bucket_policy(Bucket=name, Policy=document({
        "Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }))  # fmt: skip
    settings = {
        "block": ("no block", None), "acl": _ACLS[0], "owner": "BucketOwnerEnforced", "cipher": "", "versions": "",
        "grant": grant, "tls": _TLS[0], "logs": False,
    }  # fmt: skip
    _say(site, f"arn:aws:s3:::{name}", account_block, settings)


def _bucket(site: Site, name: str, region: str, account_block: Block, settings: dict[str, Any]) -> None:
    s3 = _create(site, name, region, settings["owner"], settings["acl"][2])
    arn = f"arn:aws:s3:::{name}"
    _policy(s3, name, settings["grant"], settings["tls"])
    flags = settings["block"][1]
    if flags is not None:
        s3.put_public_access_block(
            Bucket=name, PublicAccessBlockConfiguration={flag: flag in flags for flag in FLAGS}
        )
    if settings["cipher"]:
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": settings["cipher"]}}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]})
    if settings["versions"]:
        s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": settings["versions"]})
    logs = settings["logs"] and _has_log_bucket(site, region)
    if logs:
        target = {"TargetBucket": f"acme-{site.seed}-logs-{region}", "TargetPrefix": name}
        s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={"LoggingEnabled": target})
    _say(site, arn, account_block, settings | {"logs": logs})


def _has_log_bucket(site: Site, region: str) -> bool:
    return ("s3.public", f"arn:aws:s3:::acme-{site.seed}-logs-{region}", "") in site.truth.said


def _policy(s3: Any, name: str, grant: Grant | None, tls: Tls) -> None:
    made = list(grant.make("s3:GetObject", f"arn:aws:s3:::{name}/*")) if grant else []
    for statement in tls.statements:
        resource = statement["Resource"]
        named = [each.format(name=name) for each in ([resource] if isinstance(resource, str) else resource)]
        made.append(statement | {"Resource": named if isinstance(resource, list) else named[0]})
    if made:
        s3.put_bucket_policy(Bucket=name, Policy=document(*made))


def _say(site: Site, arn: str, account_block: Block, settings: dict[str, Any]) -> None:
    say, own = site.truth.say, settings["block"][1] or frozenset()
    effective = own | account_block
    grant: Grant | None = settings["grant"]
    by_policy = grant.public if grant and "RestrictPublicBuckets" not in effective else False
    listens = settings["owner"] != "BucketOwnerEnforced" and "IgnorePublicAcls" not in effective
    by_acl = listens and settings["acl"][1]
    public = True if by_acl else by_policy
    why = f"policy: {grant.name if grant else 'none'}; ACL {settings['acl'][0]}; owner {settings['owner'] or 'not set'}; {settings['block'][0]}; account {sorted(account_block)}"
    say("s3.public", arn, public, why)
    by_account = own != _ALL and effective == _ALL
    say("s3.bucket_public_access_block", arn, EITHER if by_account else effective != _ALL, why)
    say("s3.tls_only", arn, settings["tls"].bad, f"{settings['tls'].name}; {why}")
    say(
        "s3.kms_encryption",
        arn,
        not settings["cipher"].startswith("aws:kms"),
        f"cipher {settings['cipher'] or 'not set'}",
    )
    say(
        "s3.versioning",
        arn,
        settings["versions"] != "Enabled",
        f"versioning {settings['versions'] or 'never set'}",
    )
    say(
        "s3.acl_disabled",
        arn,
        settings["owner"] != "BucketOwnerEnforced",
        f"owner {settings['owner'] or 'not set'}",
    )
    say("s3.access_logging", arn, not settings["logs"], f"logs {settings['logs']}")
