"""Policies of users, roles and groups: inline ones, the customer's own, and what is attached to users."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, Dataset, Reading, sent, tags_of
from scanners.aws.datasets.iam.details import PERMISSION, WHERE, Details, details
from scanners.aws.policy import MalformedPolicy, grants_admin, parse
from scanners.dataset import Gap, Listing, Record
from scanners.model import CoverageStatus, Json, Resource

_AWS_ADMIN = ":iam::aws:policy/AdministratorAccess"


def inline(api: Api) -> Listing:
    """Users, roles and groups with their inline policies. Those without any pass: a fix must be seen to work."""
    found = details(api)
    return api.listing([_inline_record(kind, detail) for kind, detail in found.principals()], found.gap)


def _inline_record(kind: str, detail: Mapping[str, Any]) -> Record:
    name = detail[f"{kind.capitalize()}Name"]
    admin: list[str] = []
    gaps: dict[str, Gap] = {}
    inline_policies = _inline_policies(kind, detail)
    for item in inline_policies:
        policy = parse(item["PolicyDocument"])
        if isinstance(policy, MalformedPolicy):
            reason = f"inline policy {item['PolicyName']}: {policy.reason}"
            gaps["admin_policies"] = Gap(CoverageStatus.ERROR, reason)
        elif grants_admin(policy):
            admin.append(item["PolicyName"])
    documents = {i["PolicyName"]: i["PolicyDocument"] for i in inline_policies if i["PolicyName"] in admin}
    fields = {
        "name": name,
        "kind": kind,
        "policies": [item["PolicyName"] for item in inline_policies],
        "admin_policies": admin,
        "admin_documents": documents,
    }
    if admin:
        gaps = {}  # one admin policy decides, whatever the unreadable one says
    if gaps:
        fields.pop("admin_policies")
    return Record(_resource(kind, detail), fields, gaps)


def _inline_policies(kind: str, detail: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return detail.get(f"{kind.capitalize()}PolicyList") or []  # IAM leaves the list out of one that has none


def _attached_policies(detail: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return detail.get("AttachedManagedPolicies") or []  # as above


def _resource(kind: str, detail: Mapping[str, Any]) -> Resource:
    name = detail[f"{kind.capitalize()}Name"]
    return Resource(f"aws.iam.{kind}", detail["Arn"], name, tags=tags_of(detail.get("Tags")))


def user_policies(api: Api) -> Listing:
    """What hangs on each user directly: attached policies, those of them that give everything, inline ones."""
    found = details(api)
    admin = {detail["Arn"]: _gives_everything(detail) for detail in found.lists["Policies"]}
    records = [_user_record(api, detail, admin) for detail in found.lists["UserDetailList"]]
    return api.listing(records, found.gap)


def _user_record(api: Api, detail: Mapping[str, Any], admin: Mapping[str, bool | Gap]) -> Record:
    reading = Reading()
    attached = [{"name": item["PolicyName"], "arn": item["PolicyArn"]} for item in _attached_policies(detail)]
    reading.fields |= {
        "name": detail["UserName"],
        "attached": attached,
        "inline": [
            {"name": item["PolicyName"], "document": item["PolicyDocument"]}
            for item in _inline_policies("user", detail)
        ],
    }
    judged = [(policy, _is_admin(api, policy["arn"], admin)) for policy in attached]
    full = [policy for policy, gives in judged if gives is True]
    gap = next((gives for _policy, gives in judged if isinstance(gives, Gap)), None)
    if gap and not full:  # one that gives everything decides, whatever the unreadable one says
        reading.gaps["admin_attached"] = gap
    else:
        reading.fields["admin_attached"] = full
    return reading.record(_resource("user", detail))


def _is_admin(api: Api, arn: str, own: Mapping[str, bool | Gap]) -> bool | Gap:
    """Of AWS's own policies only AdministratorAccess gives everything; the account's own must have been listed."""
    if f"::{api.account}:" not in arn:
        return arn.endswith(_AWS_ADMIN)
    return own.get(arn, Gap(CoverageStatus.PARTIAL, f"{WHERE}: the policy {arn} is not in the list"))


def policies(api: Api) -> Listing:
    """Customer managed policies: attached to what, and whether they give everything."""
    found = details(api)
    attached = _attached(found)
    return api.listing(
        [_policy_record(item, attached, found.gap) for item in found.lists["Policies"]], found.gap
    )


def _attached(found: Details) -> dict[str, list[Json]]:
    """Policy ARN -> who has it, as {kind, name}."""
    holders: dict[str, list[Json]] = {}
    for kind, detail in found.principals():
        for policy in _attached_policies(detail):
            who = {"kind": kind, "name": detail[f"{kind.capitalize()}Name"]}
            holders.setdefault(policy["PolicyArn"], []).append(who)
    return holders


def _policy_record(
    detail: Mapping[str, Any], attached: Mapping[str, list[Json]], unlisted: Gap | None
) -> Record:
    name = detail["Arn"].rsplit("/", 1)[-1]  # a policy's name ends its ARN; not every answer repeats it
    reading = Reading()
    reading.fields["name"] = name
    # The control leaves unattached policies alone, so a missing count must not hide one.
    reading.read(["attachment_count"], lambda: [int(sent(detail, "AttachmentCount", WHERE))])
    reading.fields["boundary_count"] = int(
        detail.get("PermissionsBoundaryUsageCount") or 0
    )  # judged by nothing
    if unlisted:
        reading.gaps["attached"] = unlisted
    else:
        reading.fields["attached"] = attached.get(detail["Arn"], [])
    admin = _gives_everything(detail)
    if isinstance(admin, Gap):
        reading.gaps["admin"] = admin
    else:
        reading.fields["admin"] = admin
    return reading.record(Resource("aws.iam.policy", detail["Arn"], name))


def _gives_everything(detail: Mapping[str, Any]) -> bool | Gap:
    """Whether the version in force gives full administration; no version, no document: a gap."""
    default = detail.get("DefaultVersionId")
    versions = detail.get("PolicyVersionList", [])
    document = next((v.get("Document") for v in versions if v.get("VersionId") == default), None)
    policy = parse(document)
    if isinstance(policy, MalformedPolicy):
        return Gap(CoverageStatus.ERROR, policy.reason)
    return bool(grants_admin(policy))


DATASETS = (
    Dataset(
        "iam.inline", "iam", "global",
        {
            "name": "str", "kind": "str: user, role or group", "policies": "list of names of inline policies",
            "admin_policies": "list of names of inline policies that give everything",
            "admin_documents": "map of those policies, name to document",
        },
        inline, None, (PERMISSION,),
    ),
    Dataset(
        "iam.user_policies", "iam", "global",
        {
            "name": "str", "attached": "list of {name, arn} of policies attached to the user itself",
            "admin_attached": "list of those that give everything",
            "inline": "list of {name, document} of the user's inline policies",
        },
        user_policies, None, (PERMISSION,),
    ),
    Dataset(
        "iam.policies", "iam", "global",
        {
            "name": "str", "attachment_count": "int: users, groups and roles that have it",
            "boundary_count": "int: principals that have it as permissions boundary",
            "admin": "bool: gives every action on every resource",
            "attached": "list of {kind, name} that have it",
        },
        policies, None, (PERMISSION,),
    ),
)  # fmt: skip
