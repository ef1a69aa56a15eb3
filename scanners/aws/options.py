"""What a target's settings say about how its accounts are entered, and how much may be asked of them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanners.model import Json, Target

ONLY_ACCOUNT = "only_account"
_ACCOUNT = re.compile(r"[0-9]{12}\Z")
# The shapes that IAM and STS document for RoleName with its path, role ARNs and ExternalId.
_ROLE_NAME = re.compile(r"[\w+=,.@/-]{1,512}\Z", re.ASCII)
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\w+=,.@/-]{1,512}\Z", re.ASCII)
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Options:
    """`role` is an ARN for one account, a role's name (with its path, if it has one) for several.

    With `organization` the accounts are those that AWS Organizations lists; `accounts` names them instead, or narrows
    the list. `calls_per_second` is for each account, service and region, `max_calls` for the whole scan; 0 is no
    ceiling beyond the built-in ones. `only_account` narrows one run (a targeted check) without asking for the list.
    """

    role: str = ""
    external_id: str = ""
    organization: bool = False
    accounts: tuple[str, ...] = ()
    skip_accounts: tuple[str, ...] = ()
    calls_per_second: float = 0.0
    max_calls: int = 0
    only_account: str = ""

    @property
    def many(self) -> bool:
        """True where more than one account may be scanned."""
        return self.organization or bool(self.accounts)


def options_of(target: Target) -> Options:
    """The settings of an AWS target."""
    return read_options(target.settings)


def read_options(said: Mapping[str, Json]) -> Options:
    """Settings by name, each of its own type; those that are not there have their defaults."""
    return Options(
        role=str(said.get("role", "")),
        external_id=str(said.get("external_id", "")),
        organization=bool(said.get("organization", False)),
        accounts=tuple(said.get("accounts", ())),
        skip_accounts=tuple(said.get("skip_accounts", ())),
        calls_per_second=float(said.get("calls_per_second", 0.0)),
        max_calls=int(said.get("max_calls", 0)),
        only_account=str(said.get(ONLY_ACCOUNT, "")),
    )


def mistakes(options: Options) -> list[tuple[str, str]]:
    """What does not fit together: the setting, and what is wrong with its mend. One for each setting at most."""
    found: dict[str, str] = {}
    for key in ("accounts", "skip_accounts"):
        for account in getattr(options, key):
            if not _ACCOUNT.match(account):
                found[key] = f"{account[:40]!r} is no account. Its number has 12 digits, in quotes."
    if options.role and not options.role.startswith("arn:") and not _ROLE_NAME.match(options.role):
        found["role"] = f"{options.role[:60]!r} is no role. Write its ARN, or its name such as PatrolAudit."
    elif options.role.startswith("arn:") and not _ROLE_ARN.match(options.role):
        found["role"] = (
            f"{options.role[:60]!r} is no role's ARN, such as arn:aws:iam::123456789012:role/PatrolAudit."
        )
    elif options.role.startswith("arn:") and options.many:
        found["role"] = "an ARN is of one account. For several write the role's name, such as PatrolAudit."
    elif options.role and not options.role.startswith("arn:") and not options.many:
        found["role"] = (
            "a name alone says no account. Write its ARN, or name the accounts (`organization`, `accounts`)."
        )
    elif options.many and not options.role:
        found["role"] = "it is missing. Name the role that is there in each account, such as PatrolAudit."
    if options.external_id and not options.role:
        found["external_id"] = "it goes with a role. Name the `role` too."
    elif options.external_id and not _EXTERNAL_ID.match(options.external_id):
        found["external_id"] = "it has letters that AWS does not take there. Copy it again."
    if options.skip_accounts and not options.many:
        found["skip_accounts"] = "it goes with `organization` or `accounts`."
    if not 0 <= options.calls_per_second <= 1_000:
        found["calls_per_second"] = "it must be a number from 1 to 1,000."
    if not 0 <= options.max_calls <= 10_000_000:
        found["max_calls"] = "it must be a whole number from 1 to 10,000,000."
    return list(found.items())
