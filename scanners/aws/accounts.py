"""Which accounts a target means, and how each is entered: own credentials, or a role with an external id."""

import re
from dataclasses import dataclass
from typing import Any

from scanners.aws.api import CallFailed
from scanners.aws.clients import make_session
from scanners.aws.collector import Collector
from scanners.aws.options import Options
from scanners.dataset import Gap
from scanners.errors import CollectError
from scanners.model import CoverageStatus, Json

ASSUME = "sts:AssumeRole"
_CLOSED = {
    "SUSPENDED": "suspended", "PENDING_CLOSURE": "about to be closed", "CLOSED": "closed",
    "PENDING_ACTIVATION": "not active yet",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Account:
    """One account to scan. `role` is the ARN to assume, "" for our own credentials; `gap` says why it is not entered."""

    id: str
    name: str = ""
    role: str = ""
    gap: Gap | None = None

    @property
    def label(self) -> str:
        """Its name and number, as people know it."""
        return f"{self.name} ({self.id})" if self.name else self.id


def accounts_of(base: Collector, partition: str, options: Options) -> list[Account]:
    """The accounts of a target, `base` being the collector of the credentials that we have.

    Raises CollectError where the organisation can't be listed whole: half of it would look like all of it.
    """
    if options.only_account:
        return [_entered(base, partition, options, options.only_account)]
    if options.organization:
        return _listed(base, partition, options)
    if options.accounts:
        wanted = [account for account in options.accounts if account not in options.skip_accounts]
        return [_entered(base, partition, options, account) for account in wanted]
    if options.role:
        return [Account(options.role.split(":")[4], role=options.role)]
    return [Account(base.account)]


def _listed(base: Collector, partition: str, options: Options) -> list[Account]:
    found: dict[str, Account] = {}
    try:
        for page in base.pages("organizations", "list_accounts", "", {}):
            for entry in page["Accounts"]:
                found[entry["Id"]] = _of_entry(base, partition, options, entry)
    except CallFailed as failure:
        raise CollectError(
            f"The accounts of the organisation could not be listed: {failure.gap.reason}. Grant it to the"
            " credentials, which must be those of the management account or of a delegated administrator, or name the"
            " accounts."
        ) from failure
    except (KeyError, TypeError) as error:
        raise CollectError(
            f"The list of the organisation's accounts can't be understood: it has no {error}. Try again."
        ) from error
    unknown = [account for account in options.accounts if account not in found]
    found |= {
        account: Account(account, gap=Gap(CoverageStatus.ERROR, f"the organisation has no account {account}"))
        for account in unknown
    }
    return [
        account
        for _id, account in sorted(found.items())
        if account.id not in options.skip_accounts
        and (not options.accounts or account.id in options.accounts)
    ]


def _of_entry(base: Collector, partition: str, options: Options, entry: dict[str, Json]) -> Account:
    name = str(entry.get("Name", ""))
    state = str(entry.get("State") or entry["Status"])  # AWS replaces Status by State in 2026
    account = Account(entry["Id"], name)
    if state in _CLOSED:
        gap = Gap(CoverageStatus.SKIPPED, f"the account {account.label} is {_CLOSED[state]}")
        return Account(account.id, name, gap=gap)
    return _entered(base, partition, options, account.id, name)


def _entered(base: Collector, partition: str, options: Options, account: str, name: str = "") -> Account:
    """Our own account is read with our own credentials."""
    if account == base.account:
        return Account(account, name)
    if not options.role:
        gap = Gap(CoverageStatus.ERROR, f"no role is set to enter the account {account} with")
        return Account(account, name, gap=gap)
    if options.role.startswith("arn:"):
        return Account(account, name, options.role)
    return Account(account, name, f"arn:{partition}:iam::{account}:role/{options.role}")


def entered(base: Collector, account: Account, external_id: str, name: str) -> Any:
    """A boto3 session in `account`, whose credentials renew themselves before they end.

    `name` is the target's; the session's name tells CloudTrail's readers that this is Patrol. Raises CallFailed whose
    gap names account, role and mend.
    """
    from botocore.credentials import RefreshableCredentials

    asked = {"RoleArn": account.role, "RoleSessionName": session_name(name)}
    if external_id:
        asked["ExternalId"] = external_id

    def assume() -> dict[str, str]:
        try:
            given = base.call("sts", "assume_role", _region(base), asked)["Credentials"]
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"].isoformat(),
            }
        except CallFailed as failure:
            raise CallFailed(_shut(account, failure.gap), failure.code) from failure
        except (KeyError, AttributeError) as error:
            broken = Gap(CoverageStatus.ERROR, f"sts assume_role: the answer has no {error}")
            raise CallFailed(_shut(account, broken), "") from error

    renewing = RefreshableCredentials.create_from_metadata(
        metadata=assume(), refresh_using=assume, method="sts-assume-role"
    )
    return make_session(renewing)


def session_name(target: str) -> str:
    """A RoleSessionName: 2 to 64 of the letters that STS takes."""
    return re.sub(r"[^A-Za-z0-9_+=,.@-]", "-", f"patrol-{target}")[:64]


def _region(base: Collector) -> str:
    return base.named_regions[0] if base.named_regions else ""


def _shut(account: Account, gap: Gap) -> Gap:
    said = f"the account {account.label} can't be entered by {account.role}: {gap.reason}"
    if gap.status is CoverageStatus.DENIED:
        said += ". Does the role exist, and does its trust policy name these credentials and the external id?"
        return Gap(gap.status, said, ASSUME)
    return Gap(gap.status, said)
