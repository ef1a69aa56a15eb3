"""The account itself: root's MFA and keys, when root was used, the password policy, the support role."""

from collections.abc import Mapping
from dataclasses import replace

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, sent
from scanners.aws.datasets.iam import lists
from scanners.aws.datasets.iam.report import ROOT, Row, credential_report, date
from scanners.dataset import Listing, Record
from scanners.model import Json

_ROOT_USES = ("password_last_used", "access_key_1_last_used_date", "access_key_2_last_used_date")
_DEVICES = "VirtualMFADevices"
_FLAGS = {
    "RequireSymbols": "require-symbols",
    "RequireNumbers": "require-numbers",
    "RequireUppercaseCharacters": "require-uppercase-characters",
    "RequireLowercaseCharacters": "require-lowercase-characters",
    "AllowUsersToChangePassword": "allow-users-to-change-password",
    "HardExpiry": "hard-expiry",
}


def account(api: Api) -> Listing:
    """Account summary: root's MFA and keys. Where it is wanted, whether root's MFA is an app on a phone."""
    where = "iam get_account_summary"
    summary = sent(api.call("iam", "get_account_summary"), "SummaryMap", where)
    reading = Reading()
    # IAM sends every count, the noughts too.
    reading.read(["root_mfa"], lambda: [sent(summary, "AccountMFAEnabled", where) == 1])
    reading.read(["root_access_keys"], lambda: [int(sent(summary, "AccountAccessKeysPresent", where))])
    # Sent since organisations can take root's password away; where it is not sent, root has one.
    reading.fields["root_password"] = summary.get("AccountPasswordPresent", 1) != 0
    if api.wants("root_virtual_mfa"):
        reading.read(["root_virtual_mfa"], lambda: [_virtual_mfa(api)])
    return api.listing([reading.record(api.account_resource())])


def _virtual_mfa(api: Api) -> bool:
    """True where root has a device of the list of virtual ones. Raises CallFailed where the list is not whole."""
    found, gap = lists.read(api, "list_virtual_mfa_devices", (_DEVICES,), AssignmentStatus="Assigned")
    root = f":iam::{api.account}:root"
    if any(str(device.get("User", {}).get("Arn", "")).endswith(root) for device in found[_DEVICES]):
        return True
    if gap:
        raise CallFailed(gap, "")
    return False


def root(api: Api) -> Listing:
    """When root was used last, by the credential report."""
    report = credential_report(api)
    row = next((row for row in report.rows if row.get("user") == ROOT), None)
    reading = Reading()
    reading.read(["root_idle_days"], lambda: [_root_idle(api, row)])
    record = replace(reading.record(api.account_resource()), as_of=report.made)
    return api.listing([record], as_of=report.made)


def _root_idle(api: Api, row: Row | None) -> int | None:
    if row is None:
        raise broken("iam get_credential_report", "the report has no line for the root user")
    uses = [used for used in (date(row, column) for column in _ROOT_USES) if used]
    return min(((api.now - used).days for used in uses), default=None)


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
    """The other settings as CLI flags, so that a fix of one changes nothing else."""
    flags = [
        f"--{name}" if policy.get(key) else f"--no-{name}" for key, name in _FLAGS.items() if key in policy
    ]
    if policy.get("MaxPasswordAge"):
        flags.append(f"--max-password-age {int(policy['MaxPasswordAge'])}")
    return " ".join(flags)


DATASETS = (
    Dataset(
        "iam.account", "iam", "global",
        {
            "root_mfa": "bool: root has an MFA device", "root_access_keys": "int: access keys of root",
            "root_password": "bool: root has a password",
            "root_virtual_mfa": "bool: root's MFA device is an app, no piece of hardware",
        },
        account, None, ("iam:GetAccountSummary", "iam:ListVirtualMFADevices"),
    ),
    Dataset(
        "iam.root", "iam", "global",
        {"root_idle_days": "int?: days since root signed in or used a key; null where it never did"},
        root, None, ("iam:GenerateCredentialReport", "iam:GetCredentialReport"),
    ),
    Dataset(
        "iam.password_policy", "iam", "global",
        {
            "exists": "bool: a policy is set",
            "minimum_length": "int: 0 where none is set",
            "reuse_prevention": "int: passwords remembered, 0 where none",
            "flags": "str: the settings but for these two as CLI flags",
        },
        password_policy, None, ("iam:GetAccountPasswordPolicy",),
    ),
)  # fmt: skip
