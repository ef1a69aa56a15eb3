"""What a target's settings say about how its accounts are entered, and how much may be asked of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from scanners.model import Json, Target

ONLY_ACCOUNT = "only_account"


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
    said: Mapping[str, Json] = target.settings
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
