"""DynamoDB, by region: tables and their continuous backups."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, Dataset, Reading, sent
from scanners.aws.gone import Gone, ask, still_there
from scanners.aws.tags import PERMISSION, tags_of_one
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

# AWS says so of a table that is being created too: it can't have a backup yet.
_GONE = ("TableNotFoundException", "ResourceNotFoundException")
_WHERE = "dynamodb describe_continuous_backups"


def tables(api: Api) -> Listing:
    """Every table of the region."""
    page = {"PageSize": 100}
    listed, gap = api.pages("dynamodb", "list_tables", "TableNames", PaginationConfig=page)
    return api.listing(still_there(api, lambda name: _table(api, str(name), alone=False), listed), gap)


def one_table(api: Api, arn: str) -> Listing:
    """One table by its ARN."""
    try:
        return api.listing([_table(api, arn.split(":table/", 1)[-1], alone=True)])
    except Gone:
        return api.listing([])


def _table(api: Api, name: str, *, alone: bool) -> Record:
    """`alone`: no other is read. Raises Gone where the table is no more, or not yet."""
    reading = Reading()
    reading.fields["name"] = name

    def backups() -> list[Json]:
        answer = ask(api, _GONE, "dynamodb", "describe_continuous_backups", TableName=name)
        described: Mapping[str, Any] = sent(answer, "ContinuousBackupsDescription", _WHERE)
        point_in_time = sent(described, "PointInTimeRecoveryDescription", _WHERE)
        return [sent(point_in_time, "PointInTimeRecoveryStatus", _WHERE)]

    reading.read(["pitr"], backups)
    arn = f"arn:aws:dynamodb:{api.region}:{api.account}:table/{name}"
    tags = tags_of_one(api, "dynamodb:table", arn, alone=alone)
    return reading.record(Resource("aws.dynamodb.table", arn, name, api.region, *tags))


DATASETS = (
    Dataset(
        "dynamodb.tables", "dynamodb", "regional",
        {"name": "str", "pitr": "str: point-in-time recovery, ENABLED or DISABLED"},
        tables, one_table,
        permissions=("dynamodb:ListTables", "dynamodb:DescribeContinuousBackups", PERMISSION),
    ),
)  # fmt: skip
