"""Server certificates that are kept in IAM."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from scanners.aws.api import Api, Dataset, Reading, broken, sent
from scanners.aws.datasets.iam import lists
from scanners.dataset import Listing, Record
from scanners.model import Resource

_LIST = "ServerCertificateMetadataList"
_WHERE = "iam list_server_certificates"


def certificates(api: Api) -> Listing:
    """Every server certificate of the account."""
    found, gap = lists.read(api, "list_server_certificates", (_LIST,))
    return api.listing([_record(api, item) for item in found[_LIST]], gap)


def _record(api: Api, item: Mapping[str, Any]) -> Record:
    name, arn = (str(sent(item, key, _WHERE)) for key in ("ServerCertificateName", "Arn"))
    reading = Reading()
    reading.fields["name"] = name

    def read() -> list[Any]:
        ends = sent(item, "Expiration", _WHERE)
        if not isinstance(ends, datetime):
            raise broken(_WHERE, "Expiration is no date")
        return [ends.strftime("%Y-%m-%d"), ends <= api.now]

    reading.read(["expires", "expired"], read)
    return reading.record(Resource("aws.iam.server_certificate", arn, name))


DATASETS = (
    Dataset(
        "iam.certificates", "iam", "global",
        {"name": "str", "expires": "str: the last day of its life, YYYY-MM-DD", "expired": "bool: that day is over"},
        certificates, None, ("iam:ListServerCertificates",),
    ),
)  # fmt: skip
