"""CloudTrail: the trails that the account has, seen from the regions of the scan. Global."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, broken, flag, sent
from scanners.dataset import Gap, Listing, Record
from scanners.model import Json


def trails(api: Api) -> Listing:
    """The account with its trails. A trail of all regions shows in each, so the first region that answers does."""
    listed = _listed(api)
    found = api.map(lambda trail: _trail(api, trail), listed)
    broken = [gap for _fields, gap in found if gap]
    sure = [fields for fields, gap in found if not gap]
    fields: dict[str, Json] = {"names": [trail.get("Name") for trail in listed]}
    if broken and not any(_good(item) for item in sure):
        return api.listing([Record(api.account_resource(), fields, {"trails": broken[0]})])
    fields["trails"] = sure
    return api.listing([Record(api.account_resource(), fields)])


def _good(trail: Mapping[str, Json]) -> bool:
    return bool(trail["multi_region"] and trail["logging"] and trail["management"])


def _listed(api: Api) -> list[Mapping[str, Any]]:
    by_arn: dict[str, Mapping[str, Any]] = {}
    for region in api.regions:
        answer = api.call("cloudtrail", "describe_trails", region=region, includeShadowTrails=True)
        trails = sent(answer, "trailList", "cloudtrail describe_trails")
        by_arn.update({trail["TrailARN"]: trail for trail in trails})
    return list(by_arn.values())


def _trail(api: Api, trail: Mapping[str, Any]) -> tuple[dict[str, Json], Gap | None]:
    home, arn = trail.get("HomeRegion") or api.regions[0], trail["TrailARN"]
    fields: dict[str, Json] = {
        "arn": arn,
        "name": trail.get("Name"),
        "home_region": home,
        "multi_region": False,
        "logging": False,
        "management": False,
    }
    try:
        fields["multi_region"] = flag(trail, "IsMultiRegionTrail", "cloudtrail describe_trails")
        if not fields["multi_region"]:
            return fields, None  # it can't satisfy the control; two calls saved
        status = api.call("cloudtrail", "get_trail_status", region=home, Name=arn)
        fields["logging"] = flag(status, "IsLogging", "cloudtrail get_trail_status")
        fields["management"] = _management(
            api.call("cloudtrail", "get_event_selectors", region=home, TrailName=arn)
        )
    except CallFailed as failure:
        return fields, failure.gap
    return fields, None


def _management(answer: Mapping[str, Any]) -> bool:
    """True where reads and writes of the control plane are recorded, by either kind of selector."""
    where = "cloudtrail get_event_selectors"
    if "EventSelectors" not in answer and "AdvancedEventSelectors" not in answer:
        raise broken(where)  # a trail has one kind or the other, so one of them may be missing
    basic, advanced = answer.get("EventSelectors") or [], answer.get("AdvancedEventSelectors") or []
    if advanced:
        return any(_plain_management(selector.get("FieldSelectors", [])) for selector in advanced)
    if not basic:
        return True  # AWS records management events where no selector was ever set
    return any(
        flag(s, "IncludeManagementEvents", where) and sent(s, "ReadWriteType", where) == "All" for s in basic
    )


def _plain_management(selectors: list[Mapping[str, Any]]) -> bool:
    fields = {selector.get("Field") for selector in selectors}
    category = any(s.get("Field") == "eventCategory" and s.get("Equals") == ["Management"] for s in selectors)
    return category and "readOnly" not in fields


DATASETS = (
    Dataset(
        "cloudtrail.account", "cloudtrail", "global",
        {
            "names": "list of the trails' names",
            "trails": "list of {arn, name, home_region, multi_region, logging, management}",
        },
        trails,
    ),
)  # fmt: skip
