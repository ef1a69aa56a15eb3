"""IAM users: passwords, MFA devices and access keys, of all of them from one report, of one by asking."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, sent
from scanners.aws.datasets.iam import keys
from scanners.aws.datasets.iam.report import ROOT, Row, credential_report, date, yes
from scanners.dataset import Gap, Listing, Record
from scanners.model import Json, Resource

# Of a report older than this, users that look bad are read again, so that what was mended since shows at once ...
FRESH = timedelta(minutes=5)
# ... but no more than these: the others keep the report's word, which says of when it is.
MOST_READ_AGAIN = 50


def users(api: Api) -> Listing:
    """Every user from the credential report: two calls for all of them.

    The report names no keys: a fix finds each by when it was made. Only where two keys of a user were made in the
    same second, and one of them must be left alone, is that user asked for the ids.
    """
    report = credential_report(api)
    rows = [row for row in report.rows if row.get("user") != ROOT]
    records = [_from_row(api, row, report.made) for row in rows]
    unclear = [place for place, row in enumerate(rows) if _unclear(api, row)]
    again: list[int] = []
    if report.made and api.now - report.made > FRESH:
        again = [place for place, record in enumerate(records) if _suspect(api, record)][:MOST_READ_AGAIN]
    chosen = sorted({*unclear, *again})
    for place, found in zip(chosen, api.map(lambda p: _asked(api, records[p]), chosen), strict=True):
        records[place] = found
    return api.listing(records, as_of=report.made)


def one_user(api: Api, arn: str) -> Listing:
    """One user read directly: a fresh key or MFA device shows at once."""
    record = _now(api, Resource("aws.iam.user", arn, arn.rsplit("/", 1)[-1]))
    return api.listing([record] if record else [])


def _from_row(api: Api, row: Row, made: datetime | None) -> Record:
    reading = Reading()
    reading.fields["name"] = row["user"]
    reading.read(["console"], lambda: [yes(row, "password_enabled")])
    reading.read(["mfa"], lambda: [yes(row, "mfa_active")])
    reading.read(keys.FIELDS, lambda: keys.fields(*_keys_of(api, row)))
    reading.read(["console_idle_days"], lambda: [_console_idle(api.now, row)])
    return replace(reading.record(Resource("aws.iam.user", row["arn"], row["user"])), as_of=made)


def _keys_of(api: Api, row: Row) -> tuple[Sequence[keys.Key], datetime, datetime | None]:
    return keys.from_row(row), api.now, date(row, "user_creation_time")


def _console_idle(now: datetime, row: Row) -> int | None:
    """Whole days since the last sign-in; a password that was never used counts from when it was set."""
    if not yes(row, "password_enabled"):
        return None
    last = date(row, "password_last_used") or date(row, "password_last_changed")
    if last is None:
        raise broken("iam get_credential_report", "a password without the day it was set")
    return (now - last).days


def _unclear(api: Api, row: Row) -> bool:
    try:
        return api.wants(*keys.LISTS) and keys.ambiguous(*_keys_of(api, row))
    except CallFailed:
        return False  # the record has the gap


def _suspect(api: Api, record: Record) -> bool:
    """True where a selected control may fail, by the report."""
    seen = record.fields
    idle = [seen.get("console_idle_days"), seen.get("key_idle_days")]
    return (
        (api.wants("mfa") and bool(seen.get("console")) and seen.get("mfa") is False)
        or (api.wants("active_keys") and seen.get("active_keys", 0) > 1)
        or (api.wants("console_idle_days") and max((d or 0 for d in idle), default=0) >= keys.UNUSED_DAYS)
        or any(api.wants(name) and bool(seen.get(name)) for name in keys.LISTS)
    )


def _asked(api: Api, before: Record) -> Record:
    """The user as of now; where that is refused the report's word stands, without naming keys for a fix."""
    try:
        return _now(api, before.resource) or before
    except CallFailed as failure:
        return _unnamed(before, failure.gap)


def _unnamed(record: Record, gap: Gap) -> Record:
    left = {name: value for name, value in record.fields.items() if name not in keys.LISTS or not value}
    missing = {name: gap for name in keys.LISTS if name not in left}
    return replace(record, fields=left, gaps={**record.gaps, **missing})


def _now(api: Api, resource: Resource) -> Record | None:
    """The user as of this moment, as far as the selected controls go; None where there is none of that name."""
    name = resource.id
    try:
        user = sent(api.call("iam", "get_user", UserName=name), "User", "iam get_user")
    except CallFailed as failure:
        if failure.code == "NoSuchEntity":
            return None
        raise
    reading = Reading()
    reading.fields["name"] = name
    if api.wants("console", "console_idle_days"):
        reading.read(["console", "console_idle_days"], lambda: _password(api, user))
    if api.wants("mfa"):
        where = "iam list_mfa_devices"
        reading.read(
            ["mfa"],
            lambda: [bool(sent(api.call("iam", "list_mfa_devices", UserName=name), "MFADevices", where))],
        )
    if api.wants(*keys.FIELDS):
        reading.read(keys.FIELDS, lambda: keys.fields(_keys_now(api, name), api.now, user.get("CreateDate")))
    return reading.record(resource)


def _password(api: Api, user: Mapping[str, Any]) -> list[Json]:
    """Whether there is a password, and how many whole days it has lain idle."""
    where = "iam get_login_profile"
    try:
        profile = sent(api.call("iam", "get_login_profile", UserName=user["UserName"]), "LoginProfile", where)
    except CallFailed as failure:
        if failure.code == "NoSuchEntity":
            return [False, None]
        raise
    if not api.wants("console_idle_days"):
        return [True, None]
    used = user.get("PasswordLastUsed")  # not sent where nobody has signed in with it
    if used:
        return [True, (api.now - used).days]
    idle = (api.now - sent(profile, "CreateDate", where)).days
    if idle >= keys.UNUSED_DAYS:
        idle = min(idle, _since_change(api, user["UserName"], idle))
    return [True, idle]


def _since_change(api: Api, name: str, otherwise: int) -> int:
    """A password that was set anew keeps its CreateDate: only the credential report tells when."""
    row = next((row for row in credential_report(api).rows if row.get("user") == name), None)
    changed = date(row, "password_last_changed") if row else None
    return (api.now - changed).days if changed else otherwise


def _keys_now(api: Api, name: str) -> list[keys.Key]:
    where = "iam list_access_keys"
    listed = sent(api.call("iam", "list_access_keys", UserName=name), "AccessKeyMetadata", where)
    found = [
        keys.Key(
            sent(k, "Status", where) == "Active",
            sent(k, "CreateDate", where),
            None,
            str(sent(k, "AccessKeyId", where)),
        )
        for k in listed
    ]
    if not api.wants("key_idle_days", "unused_keys", "setup_keys"):
        return found
    return [replace(key, used=_last_used(api, key.id)) if key.active else key for key in found]


def _last_used(api: Api, key: str) -> datetime | None:
    where = "iam get_access_key_last_used"
    answer = sent(api.call("iam", "get_access_key_last_used", AccessKeyId=key), "AccessKeyLastUsed", where)
    used = answer.get("LastUsedDate")  # not sent where it never was
    return used if isinstance(used, datetime) else None


DATASETS = (
    Dataset(
        "iam.users", "iam", "global",
        {
            "name": "str", "console": "bool: has a console password", "mfa": "bool: has an MFA device",
            "console_idle_days": "int?: days since the last sign-in, or since the password was set; null without one",
            "active_keys": "int: active access keys",
            "oldest_active_key_age_days": "int?: days since the oldest active key was made; null without one",
            "key_idle_days": "int?: days that the idlest active key has gone unused; null without one",
            "old_keys": "list of {id, made} of active keys older than 90 days; id is null where only the report was read",
            "unused_keys": "list of {id, made} of active keys unused for 45 days",
            "setup_keys": "list of {id, made} of active keys that were made with the user and never used",
        },
        users, one_user,
        (
            "iam:GenerateCredentialReport", "iam:GetCredentialReport", "iam:GetUser", "iam:GetLoginProfile",
            "iam:ListMFADevices", "iam:ListAccessKeys", "iam:GetAccessKeyLastUsed",
        ),
    ),
)  # fmt: skip
