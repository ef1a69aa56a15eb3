"""IAM's lists, page by page, of which each page must hold what IAM always sends."""

from collections.abc import Mapping, Sequence

from scanners.aws.api import Api, CallFailed, sent
from scanners.dataset import Gap
from scanners.model import CoverageStatus, Json

MOST = 1000  # of a page


def read(
    api: Api, method: str, keys: Sequence[str], **params: Json
) -> tuple[Mapping[str, list[Json]], Gap | None]:
    """The items of each list of `keys`, and the gap where a page failed or lacked one of them.

    XML that lost a list reads like one that is empty, so that `Api.pages` would take it for "there is none".
    """
    found: dict[str, list[Json]] = {key: [] for key in keys}
    wanted = {**params, "PaginationConfig": {"PageSize": MOST}}
    try:
        for page in api.collector.pages("iam", method, "", wanted):
            for key in keys:
                found[key] += sent(page, key, f"iam {method}")
    except CallFailed as failure:
        return found, _early(failure.gap, any(found.values()))
    return found, None


def _early(gap: Gap, some: bool) -> Gap:
    if some and gap.status is not CoverageStatus.DENIED:
        return Gap(CoverageStatus.PARTIAL, f"the list ended early: {gap.reason}")
    return gap
