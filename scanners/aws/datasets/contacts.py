"""The account's alternate contacts."""

from scanners.aws.api import Api, CallFailed, Dataset, sent
from scanners.dataset import Listing, Record

_WHERE = "account get_alternate_contact"


def security_contact(api: Api) -> Listing:
    """Whom AWS writes to about security."""
    try:
        answer = api.call("account", "get_alternate_contact", AlternateContactType="SECURITY")
        contact = sent(answer, "AlternateContact", _WHERE)
        address = str(sent(contact, "EmailAddress", _WHERE))
    except CallFailed as failure:
        if failure.code != "ResourceNotFoundException":
            raise
        address = ""
    return api.listing([Record(api.account_resource(), {"registered": bool(address), "address": address})])


DATASETS = (
    Dataset(
        "account.security_contact", "account", "global",
        {"registered": "bool: a security contact is there", "address": "str: its mail address, or nothing"},
        security_contact, None, ("account:GetAlternateContact",),
    ),
)  # fmt: skip
