"""Secrets Manager, by region: secrets and their rotation. No secret's value is ever read."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, Dataset, Reading, broken, flag, tags_of
from scanners.dataset import Listing, Record
from scanners.model import Json, Resource

_WHERE = "secretsmanager list_secrets"
_OF_ROTATION = ("RotationLambdaARN", "RotationRules", "LastRotatedDate")


def secrets(api: Api, **chosen: Any) -> Listing:
    """Every secret of the region, without those that wait for their deletion."""
    page = {"PageSize": 100}
    listed, gap = api.pages("secretsmanager", "list_secrets", "SecretList", PaginationConfig=page, **chosen)
    return api.listing([_secret(api, item) for item in listed if not item.get("DeletedDate")], gap)


def one_secret(api: Api, arn: str) -> Listing:
    """One secret by its ARN, found in the list by its name (the ARN ends in six letters of AWS's)."""
    name = arn.split(":secret:", 1)[-1].rsplit("-", 1)[0]
    found = secrets(api, Filters=[{"Key": "name", "Values": [name]}])
    return api.listing([record for record in found.records if record.resource.arn == arn], found.gap)


def _secret(api: Api, item: Mapping[str, Any]) -> Record:
    reading = Reading()
    name, arn = str(item["Name"]), str(item["ARN"])
    home = item.get("PrimaryRegion") or api.region
    reading.fields.update(
        name=name, owner=item.get("OwningService"), replica=home != api.region, function=item.get("RotationLambdaARN"),
    )  # fmt: skip
    reading.read(["rotation"], lambda: [_rotation(item)])
    return reading.record(
        Resource("aws.secretsmanager.secret", arn, name, api.region, tags_of(item.get("Tags")))
    )


def _rotation(item: Mapping[str, Any]) -> Json:
    """A secret for which rotation was never set up has no such member, and none of the others that come with it."""
    if "RotationEnabled" in item:
        return flag(item, "RotationEnabled", _WHERE)
    if any(item.get(name) for name in _OF_ROTATION):
        raise broken(_WHERE, "the answer has no RotationEnabled")
    return False


DATASETS = (
    Dataset(
        "secretsmanager.secrets", "secretsmanager", "regional",
        {
            "name": "str", "rotation": "bool: rotated by itself",
            "owner": "str?: the AWS service that made it and rotates it", "replica": "bool: a copy of another region's",
            "function": "str?: the Lambda function that once rotated it",
        },
        secrets, one_secret,
        permissions=("secretsmanager:ListSecrets",),
    ),
)  # fmt: skip
