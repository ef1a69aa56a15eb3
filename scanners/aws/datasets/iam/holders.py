"""Who has one of AWS's own policies: one call for each policy that a selected control asks about."""

from collections.abc import Callable

from scanners.aws.api import Api, CallFailed, Dataset, broken
from scanners.dataset import Gap, Listing, Record
from scanners.model import CoverageStatus, Json

_LISTS = {"user": "PolicyUsers", "role": "PolicyRoles", "group": "PolicyGroups"}
_WHERE = "iam list_entities_for_policy"


def _holders(policy: str, only: str = "") -> Callable[[Api], Listing]:
    """A fetch of who has `policy`; with `only`, of those of one kind ("Role")."""

    def fetch(api: Api) -> Listing:
        arn = f"arn:aws:iam::aws:policy/{policy}"
        found: list[Json] = []
        wanted = {"PolicyArn": arn, "PaginationConfig": {"PageSize": 1000}} | (
            {"EntityFilter": only} if only else {}
        )
        try:
            for page in api.collector.pages("iam", "list_entities_for_policy", "", wanted):
                if not any(key in page for key in _LISTS.values()):
                    raise broken(_WHERE)
                for kind, key in _LISTS.items():
                    found += [
                        {"kind": kind, "name": item[f"{kind.capitalize()}Name"]}
                        for item in page.get(key) or []
                    ]
        except CallFailed as failure:
            return _partly(api, found, failure.gap)
        return api.listing([Record(api.account_resource(), {"holders": found})])

    return fetch


def _partly(api: Api, found: list[Json], gap: Gap) -> Listing:
    """One holder decides, whatever the rest of the list says; of none seen nothing follows."""
    if found:
        gap = Gap(CoverageStatus.PARTIAL, f"the list ended early: {gap.reason}")
        return api.listing([Record(api.account_resource(), {"holders": found})], gap)
    return api.listing([Record(api.account_resource(), {}, {"holders": gap})])


def _dataset(name: str, policy: str, only: str = "") -> Dataset:
    schema = {"holders": f"list of {{kind, name}} that have {policy}"}
    return Dataset(
        name, "iam", "global", schema, _holders(policy, only), None, ("iam:ListEntitiesForPolicy",)
    )


DATASETS = (
    _dataset("iam.administrator_access", "AdministratorAccess"),
    _dataset("iam.cloudshell_access", "AWSCloudShellFullAccess"),
    _dataset("iam.support_access", "AWSSupportAccess", "Role"),
)
