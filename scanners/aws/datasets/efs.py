"""EFS, by region: file systems and their encryption."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, Dataset, Reading, flag, sent, tags_of
from scanners.aws.gone import Gone, ask
from scanners.dataset import Listing, Record
from scanners.model import Resource

_WHERE = "efs describe_file_systems"
_ENDED = ("deleting", "deleted")


def file_systems(api: Api) -> Listing:
    """Every file system of the region, without those that are being deleted."""
    page = {"PageSize": 100}
    listed, gap = api.pages("efs", "describe_file_systems", "FileSystems", PaginationConfig=page)
    return api.listing(_records(api, listed), gap)


def one_file_system(api: Api, arn: str) -> Listing:
    """One file system by its ARN."""
    identity = arn.rsplit("/", 1)[-1]
    try:
        answer = ask(api, ("FileSystemNotFound",), "efs", "describe_file_systems", FileSystemId=identity)
    except Gone:
        return api.listing([])
    return api.listing(_records(api, sent(answer, "FileSystems", _WHERE)))


def _records(api: Api, listed: list[Mapping[str, Any]]) -> list[Record]:
    return [_file_system(api, item) for item in listed if item.get("LifeCycleState") not in _ENDED]


def _file_system(api: Api, item: Mapping[str, Any]) -> Record:
    reading = Reading()
    identity = str(item["FileSystemId"])
    reading.fields.update(id=identity, name=item.get("Name") or "")
    reading.read(["encrypted"], lambda: [flag(item, "Encrypted", _WHERE)])
    arn = f"arn:aws:elasticfilesystem:{api.region}:{api.account}:file-system/{identity}"
    arn = str(item.get("FileSystemArn") or arn)
    return reading.record(
        Resource("aws.efs.file_system", arn, identity, api.region, tags_of(item.get("Tags")))
    )


DATASETS = (
    Dataset(
        "efs.file_systems", "efs", "regional",
        {"id": "str", "name": "str: its tag Name, empty without one", "encrypted": "bool: at rest"},
        file_systems, one_file_system,
        permissions=("elasticfilesystem:DescribeFileSystems",),
    ),
)  # fmt: skip
