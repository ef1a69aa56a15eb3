"""Tags of many resources by a call a page, where asking each resource would be a call each."""

from collections.abc import Mapping

from scanners.aws.api import Api, CallFailed, sent, tags_of

PERMISSION = "tag:GetResources"
_WHERE = "resourcegroupstaggingapi get_resources"
Tags = Mapping[str, str]


def tags_by_arn(api: Api, kind: str, region: str = "") -> Mapping[str, Tags] | None:
    """ARN -> tags of the resources of `kind` ("s3", "kms:key") in `region` (the Api's own where empty).

    A resource that has none may be left out. None where the list was refused or is not whole: then it says nothing
    of any resource. Read once a scan.
    """

    def read() -> Mapping[str, Tags] | None:
        try:
            return _read(api, kind, region)
        except CallFailed:
            return None

    return api.once(f"tags of {kind} in {region}", read)


def _read(api: Api, kind: str, region: str) -> Mapping[str, Tags]:
    """Raises CallFailed for a page that could not be had, or lacks what AWS always sends."""
    found: dict[str, Tags] = {}
    more: dict[str, str] = {}
    while True:
        page = api.call(
            "resourcegroupstaggingapi", "get_resources", region=region, ResourceTypeFilters=[kind],
            ResourcesPerPage=100, TagsPerPage=500, **more,
        )  # fmt: skip
        for item in sent(page, "ResourceTagMappingList", _WHERE):
            found[str(sent(item, "ResourceARN", _WHERE))] = tags_of(sent(item, "Tags", _WHERE))
        if not page.get("PaginationToken"):
            return found
        more = {"PaginationToken": str(page["PaginationToken"])}


def tags_of_one(api: Api, kind: str, arn: str, *, alone: bool) -> tuple[Tags, bool]:
    """Tags of one of many, and whether they were not read. A resource that is checked alone keeps those known before."""
    found = None if alone else tags_by_arn(api, kind)
    return ({}, True) if found is None else (found.get(arn, {}), False)
