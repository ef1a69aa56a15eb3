"""How EC2's lists are asked: pages at their maximum, one by its id, and the ARNs that EC2 leaves out."""

from collections.abc import Callable, Mapping
from typing import Any

from scanners.aws.api import Api
from scanners.dataset import Listing


def one(fetch: Callable[..., Listing], parameter: str, *gone: str) -> Callable[[Api, str], Listing]:
    """A targeted fetch: the same reader with one id; `gone` are AWS's codes for "no such"."""

    def fetch_one(api: Api, arn: str) -> Listing:
        listing = fetch(api, **{parameter: [arn.rsplit("/", 1)[-1]]})
        if listing.gap and any(code in listing.gap.reason for code in gone):
            return api.listing([])
        return listing

    return fetch_one


def ec2_arn(api: Api, kind: str, identity: str) -> str:
    """EC2 names most of its things by id alone."""
    return f"arn:{partition(api.region)}:ec2:{api.region}:{api.account}:{kind}/{identity}"


def partition(region: str) -> str:
    """The part of AWS that a region belongs to, as ARNs have it."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def page_size(chosen: Mapping[str, Any], size: int) -> dict[str, Any]:
    """Pages at their maximum; EC2 refuses a page size beside ids."""
    return dict(chosen) or {"PaginationConfig": {"PageSize": size}}


def own(api: Api, item: Mapping[str, Any]) -> bool:
    """False for what another account shares with this one: only its owner can mend it, and sees it too."""
    return str(item.get("OwnerId") or api.account) == api.account
