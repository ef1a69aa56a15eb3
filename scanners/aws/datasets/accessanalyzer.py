"""IAM Access Analyzer, by region."""

from scanners.aws.api import Api, Dataset, sent
from scanners.dataset import Listing, Record

_WHERE = "accessanalyzer list_analyzers"
# The two kinds that look for access from outside; ACCOUNT_UNUSED_ACCESS and the like look for something else.
_EXTERNAL = ("ACCOUNT", "ORGANIZATION")


def analyzers(api: Api) -> Listing:
    """The analyzers of the region that look for access from outside."""
    listed, gap = api.pages("accessanalyzer", "list_analyzers", "analyzers")
    outside = [item for item in listed if sent(item, "type", _WHERE) in _EXTERNAL]
    active = [str(sent(item, "name", _WHERE)) for item in outside if sent(item, "status", _WHERE) == "ACTIVE"]
    if gap and not active:
        return api.listing([], gap)
    fields = {
        "active": active,
        "others": [str(item["name"]) for item in outside if item["name"] not in active],
    }
    return api.listing([Record(api.account_resource(), fields)])


DATASETS = (
    Dataset(
        "accessanalyzer.analyzers", "accessanalyzer", "regional",
        {
            "active": "list of names of analyzers of outside access that work",
            "others": "list of names of those that do not work (being made, disabled, failed)",
        },
        analyzers, None, ("access-analyzer:ListAnalyzers",),
    ),
)  # fmt: skip
