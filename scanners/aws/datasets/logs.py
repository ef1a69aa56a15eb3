"""CloudWatch Logs, by region: log groups and how long they keep what they hold."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, Dataset, Reading, broken, sent
from scanners.aws.tags import PERMISSION, tags_of_one
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

_WHERE = "logs describe_log_groups"


def groups(api: Api, **chosen: Any) -> Listing:
    """Every log group of the region, 50 a page: AWS's maximum; their tags by a list of their own."""
    listed, gap = api.pages(
        "logs", "describe_log_groups", "logGroups", **chosen, PaginationConfig={"PageSize": 50}
    )
    return api.listing([_group(api, item, alone=bool(chosen)) for item in listed], gap)


def one_group(api: Api, arn: str) -> Listing:
    """One log group, found by its name."""
    listing = groups(api, logGroupNamePrefix=arn.split(":", 6)[6])
    return api.listing([r for r in listing.records if r.resource.arn == arn], listing.gap)


def _group(api: Api, item: Mapping[str, Any], *, alone: bool) -> Record:
    name = str(sent(item, "logGroupName", _WHERE))
    reading = Reading()
    reading.fields.update(name=name, kind=item.get("logGroupClass") or "STANDARD")
    reading.read(["retention_days"], lambda: [_days(item)])
    arn = f"arn:aws:logs:{api.region}:{api.account}:log-group:{name}"
    given = str(item.get("logGroupArn") or item.get("arn") or arn).removesuffix(":*")
    tags = tags_of_one(api, "logs:log-group", given, alone=alone)
    return reading.record(Resource("aws.logs.group", given, name, api.region, *tags))


def _days(item: Mapping[str, Any]) -> Json:
    """Days that events are kept; AWS says nothing of a group that keeps them for ever, but tells its size."""
    days = item.get("retentionInDays")
    if days is None and "storedBytes" not in item:
        raise broken(_WHERE)
    return None if days is None else int(days)


DATASETS = (
    Dataset(
        "logs.groups", "logs", "regional",
        {
            "name": "str", "kind": "str: STANDARD, INFREQUENT_ACCESS or DELIVERY",
            "retention_days": "int?: null where events never expire",
        },
        groups, one_group,
        permissions=("logs:DescribeLogGroups", PERMISSION),
    ),
)  # fmt: skip
