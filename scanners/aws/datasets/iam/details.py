"""GetAccountAuthorizationDetails: every user, group, role and customer policy, paged once for all datasets."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from scanners.aws.api import Api, CallFailed, broken
from scanners.dataset import Gap

WHERE = "iam get_account_authorization_details"
PERMISSION = "iam:GetAccountAuthorizationDetails"
KINDS = ("user", "role", "group")


@dataclass(frozen=True, slots=True)
class Details:
    """What the pages held, by the name of the list; the gap says where they ended early."""

    lists: Mapping[str, list[Any]] = field(
        default_factory=lambda: {
            "UserDetailList": [],
            "RoleDetailList": [],
            "GroupDetailList": [],
            "Policies": [],
        }
    )
    gap: Gap | None = None

    def principals(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Each user, role and group with its kind."""
        for kind in KINDS:
            for detail in self.lists[f"{kind.capitalize()}DetailList"]:
                yield kind, detail


def details(api: Api) -> Details:
    """The details of the account."""
    return api.once("iam.details", lambda: _fetch(api))


def _fetch(api: Api) -> Details:
    found = Details()
    wanted = {
        "Filter": ["User", "Role", "Group", "LocalManagedPolicy"],
        "PaginationConfig": {"PageSize": 1000},
    }
    try:
        for page in api.collector.pages("iam", "get_account_authorization_details", "", wanted):
            # A page may lack a list; one that lacks all of them is no page.
            if not any(key in page for key in found.lists):
                raise broken(WHERE)
            for key, items in found.lists.items():
                items += page.get(key) or []
    except CallFailed as failure:
        return Details(found.lists, failure.gap)
    return found
