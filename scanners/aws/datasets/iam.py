"""IAM: account summary, password policy, users, inline policies, customer policies. All global."""

import csv
import io
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, sent, tags_of
from scanners.aws.policy import MalformedPolicy, grants_admin, parse
from scanners.dataset import Gap, Listing, Record
from scanners.model import CoverageStatus, Json, Resource

REPORT_TRIES = 20
FRESH_REPORT_MINUTES = 5
OLD_KEY_DAYS = 90
_KEYS = ("active_keys", "oldest_active_key_age_days")
_KEY_IDS = ("old_keys", "spare_keys")


def account(api: Api) -> Listing:
    """Account summary: root's MFA and keys."""
    where = "iam get_account_summary"
    summary = sent(api.call("iam", "get_account_summary"), "SummaryMap", where)
    reading = Reading()
    # IAM sends every count, the noughts too.
    reading.read(["root_mfa"], lambda: [sent(summary, "AccountMFAEnabled", where) == 1])
    reading.read(["root_access_keys"], lambda: [int(sent(summary, "AccountAccessKeysPresent", where))])
    return api.listing([reading.record(api.account_resource())])


def password_policy(api: Api) -> Listing:
    """The account's password policy; nought and false where none is set."""
    where = "iam get_account_password_policy"
    try:
        policy = sent(api.call("iam", "get_account_password_policy"), "PasswordPolicy", where)
        shortest = int(sent(policy, "MinimumPasswordLength", where))
    except CallFailed as failure:
        if failure.code != "NoSuchEntity":
            raise
        policy, shortest = {}, 0
    fields = {
        "exists": bool(policy),
        "minimum_length": shortest,
        "reuse_prevention": int(policy.get("PasswordReusePrevention") or 0),  # not sent where it is not set
        "flags": _policy_flags(policy),
    }
    return api.listing([Record(api.account_resource(), fields)])


def _policy_flags(policy: Mapping[str, Json]) -> str:
    """The other settings as CLI flags, so that a fix of the length changes nothing else."""
    names = {
        "RequireSymbols": "require-symbols",
        "RequireNumbers": "require-numbers",
        "RequireUppercaseCharacters": "require-uppercase-characters",
        "RequireLowercaseCharacters": "require-lowercase-characters",
        "AllowUsersToChangePassword": "allow-users-to-change-password",
        "HardExpiry": "hard-expiry",
    }
    flags = [
        f"--{name}" if policy.get(key) else f"--no-{name}" for key, name in names.items() if key in policy
    ]
    for key, name in (
        ("MaxPasswordAge", "max-password-age"),
        ("PasswordReusePrevention", "password-reuse-prevention"),
    ):
        if policy.get(key):
            flags.append(f"--{name} {int(policy[key])}")
    return " ".join(flags)


def users(api: Api) -> Listing:
    """Every user from the credential report (one call for all of them).

    AWS makes a report at most every four hours. Where it is older than a few minutes, users that look bad
    are read again one by one, so that nobody is told off for what was mended since. The report names no
    keys, so users whose keys look bad are asked for them: a fix must name exactly the keys it switches off.
    """
    report, made = _report(api)
    rows = [row for row in csv.DictReader(io.StringIO(report)) if row.get("user") != "<root_account>"]
    stale = (api.now - made).total_seconds() > FRESH_REPORT_MINUTES * 60
    records = [_user_from_row(api, row) for row in rows]
    if stale:
        records = api.map(lambda r: _user_now(api, r.resource) if _suspect(r) else r, records)
    elif api.wants(*_KEY_IDS):
        records = api.map(lambda r: _with_key_ids(api, r) if _suspect_keys(r) else r, records)
    return api.listing(records)


def _report(api: Api) -> tuple[str, datetime]:
    for attempt in range(REPORT_TRIES):
        if api.call("iam", "generate_credential_report").get("State") == "COMPLETE":
            break
        time.sleep(min(0.5 * (attempt + 1), 3.0))
    answer = api.call("iam", "get_credential_report")
    content = answer.get("Content", b"")
    text = content.decode("utf-8") if isinstance(content, bytes) else str(content)
    if not text.startswith("user,") or (not text.endswith(("\n", "A", "e", "d")) and "\n" not in text):
        raise CallFailed(Gap(CoverageStatus.ERROR, "iam get_credential_report: this is no report"), "")
    made = answer.get("GeneratedTime")
    return text, made if isinstance(made, datetime) else api.now


def _suspect(record: Record) -> bool:
    return (record.fields["console"] and not record.fields["mfa"]) or _suspect_keys(record)


def _suspect_keys(record: Record) -> bool:
    oldest = record.fields["oldest_active_key_age_days"]
    return record.fields["active_keys"] > 1 or (oldest is not None and oldest > OLD_KEY_DAYS)


def _user_from_row(api: Api, row: Mapping[str, str]) -> Record:
    ages = [
        _age_days(api.now, row.get(f"access_key_{n}_last_rotated", ""))
        for n in (1, 2)
        if _yes(row, f"access_key_{n}_active")
    ]
    fields: dict[str, Json] = {
        "name": row["user"],
        "console": _yes(row, "password_enabled"),
        "mfa": _yes(row, "mfa_active"),
        "active_keys": len(ages),
        "oldest_active_key_age_days": max(ages, default=None),
        **{name: [] for name in _KEY_IDS},  # `users` asks for those of whom it is not true
    }
    return Record(Resource("aws.iam.user", row["arn"], row["user"]), fields)


def _yes(row: Mapping[str, str], column: str) -> bool:
    """A column that holds true or false for every user but root. Raises CallFailed where it holds neither."""
    value = str(row.get(column)).lower()
    if value not in ("true", "false"):
        raise broken("iam get_credential_report", f"{column} is {value[:40]!r}")
    return value == "true"


def _with_key_ids(api: Api, record: Record) -> Record:
    """The record with the ids of its bad keys. Where they are refused the verdict stands, without a fix."""
    reading = Reading()
    reading.fields.update({k: v for k, v in record.fields.items() if k not in _KEY_IDS})
    reading.read([*_KEYS, *_KEY_IDS], lambda: _keys(api, record.resource.id))
    for name in _KEYS:
        reading.gaps.pop(name, None)
    return reading.record(record.resource)


def _age_days(now: datetime, text: str) -> int:
    try:
        return (now - datetime.fromisoformat(text)).days
    except (ValueError, TypeError) as error:
        raise CallFailed(
            Gap(CoverageStatus.ERROR, f"iam get_credential_report: {text[:40]!r} is no date"), ""
        ) from error


def one_user(api: Api, arn: str) -> Listing:
    """One user read directly: a fresh key or MFA device shows at once."""
    name = arn.rsplit("/", 1)[-1]
    try:
        api.call("iam", "get_user", UserName=name)
    except CallFailed as failure:
        if failure.code == "NoSuchEntity":
            return api.listing([])
        raise
    return api.listing([_user_now(api, Resource("aws.iam.user", arn, name))])


def _user_now(api: Api, resource: Resource) -> Record:
    name = resource.id
    reading = Reading()
    reading.fields["name"] = name

    def console() -> list[Json]:
        try:
            api.call("iam", "get_login_profile", UserName=name)
        except CallFailed as failure:
            if failure.code == "NoSuchEntity":
                return [False]
            raise
        return [True]

    def mfa() -> list[Json]:
        return [bool(api.call("iam", "list_mfa_devices", UserName=name)["MFADevices"])]

    reading.read(["console"], console)
    reading.read(["mfa"], mfa)
    reading.read([*_KEYS, *_KEY_IDS], lambda: _keys(api, name))
    return reading.record(resource)


def _keys(api: Api, user: str) -> list[Json]:
    """_KEYS and then _KEY_IDS of one user."""
    listed = api.call("iam", "list_access_keys", UserName=user)["AccessKeyMetadata"]
    active = sorted((key for key in listed if key["Status"] == "Active"), key=lambda key: key["CreateDate"])
    ages = [(api.now - key["CreateDate"]).days for key in active]
    ids = [str(key["AccessKeyId"]) for key in active]
    old = [identity for identity, age in zip(ids, ages, strict=True) if age > OLD_KEY_DAYS]
    return [len(active), max(ages, default=None), old, ids[:-1]]


def _details(api: Api) -> tuple[dict[str, list[Any]], Gap | None]:
    """GetAccountAuthorizationDetails, paged once for every dataset that needs it."""

    def make() -> tuple[dict[str, list[Any]], Gap | None]:
        found: dict[str, list[Any]] = {
            key: [] for key in ("UserDetailList", "RoleDetailList", "GroupDetailList", "Policies")
        }
        try:
            for page in api.collector.pages(
                "iam",
                "get_account_authorization_details",
                "",
                {
                    "Filter": ["User", "Role", "Group", "LocalManagedPolicy"],
                    "PaginationConfig": {"PageSize": 1000},
                },
            ):
                # A page may lack a list; one that lacks all of them is no page.
                if not any(key in page for key in found):
                    raise broken("iam get_account_authorization_details")
                for key, items in found.items():
                    items += page.get(key) or []
        except CallFailed as failure:
            return found, failure.gap
        return found, None

    return api.once("iam.details", make)


def inline(api: Api) -> Listing:
    """Users, roles and groups with their inline policies. Those without any pass: a fix must be seen to work."""
    details, gap = _details(api)
    records = []
    for kind, key, name_key, list_key in (
        ("user", "UserDetailList", "UserName", "UserPolicyList"),
        ("role", "RoleDetailList", "RoleName", "RolePolicyList"),
        ("group", "GroupDetailList", "GroupName", "GroupPolicyList"),
    ):
        records += [_inline_record(kind, detail, name_key, list_key) for detail in details[key]]
    return api.listing(records, gap)


def _inline_record(kind: str, detail: Mapping[str, Any], name_key: str, list_key: str) -> Record:
    name = detail[name_key]
    admin: list[str] = []
    gaps: dict[str, Gap] = {}
    inline_policies = detail.get(list_key) or []  # IAM leaves the list out of a user who has none
    for item in inline_policies:
        policy = parse(item["PolicyDocument"])
        if isinstance(policy, MalformedPolicy):
            gaps["admin_policies"] = Gap(
                CoverageStatus.ERROR, f"inline policy {item['PolicyName']}: {policy.reason}"
            )
        elif grants_admin(policy):
            admin.append(item["PolicyName"])
    fields = {
        "name": name,
        "kind": kind,
        "policies": [item["PolicyName"] for item in inline_policies],
        "admin_policies": admin,
        "admin_documents": {
            item["PolicyName"]: item["PolicyDocument"]
            for item in inline_policies
            if item["PolicyName"] in admin
        },
    }
    if admin:
        gaps = {}  # one admin policy decides, whatever the unreadable one says
    if gaps:
        fields.pop("admin_policies")
    resource = Resource(f"aws.iam.{kind}", detail["Arn"], name, tags=tags_of(detail.get("Tags")))
    return Record(resource, fields, gaps)


def policies(api: Api) -> Listing:
    """Customer managed policies: attached to what, and whether they give everything."""
    details, gap = _details(api)
    attached = _attached(details)
    return api.listing([_policy_record(detail, attached, gap) for detail in details["Policies"]], gap)


def _attached(details: Mapping[str, list[Any]]) -> dict[str, list[Json]]:
    """Policy ARN -> who has it, as {kind, name}."""
    found: dict[str, list[Json]] = {}
    for kind in ("user", "role", "group"):
        for detail in details[f"{kind.capitalize()}DetailList"]:
            for policy in detail.get("AttachedManagedPolicies") or []:  # for the fix alone; may be left out
                who = {"kind": kind, "name": detail[f"{kind.capitalize()}Name"]}
                found.setdefault(policy["PolicyArn"], []).append(who)
    return found


def _policy_record(
    detail: Mapping[str, Any], attached: Mapping[str, list[Json]], unlisted: Gap | None
) -> Record:
    name = detail["Arn"].rsplit("/", 1)[-1]  # a policy's name ends its ARN; not every answer repeats it
    default = detail.get("DefaultVersionId")
    document = next(
        (v.get("Document") for v in detail.get("PolicyVersionList", []) if v.get("VersionId") == default),
        None,  # no version, no document: a gap under "admin"
    )
    policy = parse(document)
    reading = Reading()
    reading.fields["name"] = name
    # The control leaves unattached policies alone, so a missing count must not hide one.
    where = "iam get_account_authorization_details"
    reading.read(["attachment_count"], lambda: [int(sent(detail, "AttachmentCount", where))])
    reading.fields["boundary_count"] = int(
        detail.get("PermissionsBoundaryUsageCount") or 0
    )  # judged by nothing
    if unlisted:
        reading.gaps["attached"] = unlisted
    else:
        reading.fields["attached"] = attached.get(detail["Arn"], [])
    if isinstance(policy, MalformedPolicy):
        reading.gaps["admin"] = Gap(CoverageStatus.ERROR, policy.reason)
    else:
        reading.fields["admin"] = bool(grants_admin(policy))
    return reading.record(Resource("aws.iam.policy", detail["Arn"], name))


DATASETS = (
    Dataset(
        "iam.account", "iam", "global",
        {"root_mfa": "bool: root has an MFA device", "root_access_keys": "int: access keys of root"},
        account,
    ),
    Dataset(
        "iam.password_policy", "iam", "global",
        {
            "exists": "bool: a policy is set",
            "minimum_length": "int: 0 where none is set",
            "reuse_prevention": "int: passwords remembered, 0 where none",
            "flags": "str: the other settings as CLI flags",
        },
        password_policy,
    ),
    Dataset(
        "iam.users", "iam", "global",
        {
            "name": "str", "console": "bool: has a console password", "mfa": "bool: has an MFA device",
            "active_keys": "int: active access keys",
            "oldest_active_key_age_days": "int?: days since the oldest active key was made; null without one",
            "old_keys": "list of the ids of active keys older than 90 days",
            "spare_keys": "list of the ids of active keys but for the newest",
        },
        users, one_user,
    ),
    Dataset(
        "iam.inline", "iam", "global",
        {
            "name": "str", "kind": "str: user, role or group", "policies": "list of names of inline policies",
            "admin_policies": "list of names of inline policies that give everything",
            "admin_documents": "map of those policies, name to document",
        },
        inline,
    ),
    Dataset(
        "iam.policies", "iam", "global",
        {
            "name": "str", "attachment_count": "int: users, groups and roles that have it",
            "boundary_count": "int: principals that have it as permissions boundary",
            "admin": "bool: gives every action on every resource",
            "attached": "list of {kind, name} that have it",
        },
        policies,
    ),
)  # fmt: skip
