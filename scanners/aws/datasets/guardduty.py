"""GuardDuty, by region: its detectors and whether they are on."""

from scanners.aws.api import Api, CallFailed, Dataset, sent
from scanners.dataset import Listing, Record
from scanners.model import Json

_GONE = "not owned by the current account"


def detectors(api: Api) -> Listing:
    """The region with its detectors (AWS allows one)."""
    listed, gap = api.pages("guardduty", "list_detectors", "DetectorIds")
    if gap:
        raise CallFailed(gap, "")
    found = [item for item in (_detector(api, identity) for identity in listed) if item]
    return api.listing([Record(api.account_resource(), {"detectors": found})])


def _detector(api: Api, identity: str) -> dict[str, Json] | None:
    try:
        answer = api.call("guardduty", "get_detector", DetectorId=identity)
    except CallFailed as failure:
        if failure.code == "BadRequestException" and _GONE in failure.gap.reason:
            return None  # deleted since it was listed
        raise
    return {"id": identity, "status": sent(answer, "Status", "guardduty get_detector")}


DATASETS = (
    Dataset(
        "guardduty.detectors", "guardduty", "regional",
        {"detectors": "list of {id, status: ENABLED or DISABLED}"},
        detectors,
        permissions=("guardduty:ListDetectors", "guardduty:GetDetector"),
    ),
)  # fmt: skip
