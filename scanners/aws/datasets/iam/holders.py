"""Who has one of AWS's own policies: one call for each policy that a selected control asks about."""

from collections.abc import Callable

from scanners.aws.api import Api, Dataset
from scanners.aws.datasets.iam import lists
from scanners.dataset import Listing, Record

_LISTS = {"User": "PolicyUsers", "Role": "PolicyRoles", "Group": "PolicyGroups"}


def _holders(policy: str, only: str = "") -> Callable[[Api], Listing]:
    """A fetch of who has `policy`; with `only`, of those of one kind ("Role")."""
    kinds = {only: _LISTS[only]} if only else _LISTS
    narrowed = {"EntityFilter": only} if only else {}

    def fetch(api: Api) -> Listing:
        found, gap = lists.read(
            api,
            "list_entities_for_policy",
            tuple(kinds.values()),
            PolicyArn=f"arn:aws:iam::aws:policy/{policy}",
            **narrowed,
        )
        holders = [
            {"kind": kind.lower(), "name": item[f"{kind}Name"]}
            for kind, key in kinds.items()
            for item in found[key]
        ]
        if gap and not holders:
            return api.listing([Record(api.account_resource(), {}, {"holders": gap})])
        # One holder decides, whatever the rest of the list says.
        return api.listing([Record(api.account_resource(), {"holders": holders})], gap)

    return fetch


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
