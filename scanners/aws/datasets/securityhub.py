"""Security Hub, by region: whether it is on."""

from scanners.aws.api import Api, CallFailed, Dataset, sent
from scanners.dataset import Listing, Record

_OFF = ("InvalidAccessException", "ResourceNotFoundException")


def hub(api: Api) -> Listing:
    """The region with its hub's ARN, null where the account is not subscribed."""
    try:
        arn = sent(api.call("securityhub", "describe_hub"), "HubArn", "securityhub describe_hub")
    except CallFailed as failure:
        # The same code tells of an account that may not ask, in other words.
        if failure.code not in _OFF or "not subscribed" not in failure.gap.reason:
            raise
        arn = None
    return api.listing([Record(api.account_resource(), {"hub": arn})])


DATASETS = (
    Dataset(
        "securityhub.hub", "securityhub", "regional",
        {"hub": "str?: the hub's ARN, null where Security Hub is off"},
        hub,
        permissions=("securityhub:DescribeHub",),
    ),
)  # fmt: skip
