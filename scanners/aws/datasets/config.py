"""AWS Config, by region: what its recorder records."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, Dataset, flag, sent
from scanners.dataset import Listing, Record
from scanners.model import Json

# Types of resources that have no region. The console leaves them out everywhere but at home, for they would be
# recorded once a region: a recorder without them still records all of its own region.
_GLOBAL_TYPES = {
    "AWS::IAM::User", "AWS::IAM::Group", "AWS::IAM::Role", "AWS::IAM::Policy", "AWS::RDS::GlobalCluster",
}  # fmt: skip
_RECORDERS = "config describe_configuration_recorders"
_STATUS = "config describe_configuration_recorder_status"


def recorders(api: Api) -> Listing:
    """The region with its recorders (AWS allows one that a customer manages)."""
    listed = sent(
        api.call("config", "describe_configuration_recorders"), "ConfigurationRecorders", _RECORDERS
    )
    states: dict[str, Mapping[str, Any]] = {}
    if listed:
        answer = api.call("config", "describe_configuration_recorder_status")
        told = sent(answer, "ConfigurationRecordersStatus", _STATUS)
        states = {str(sent(state, "name", _STATUS)): state for state in told}
    found = [_recorder(recorder, states.get(str(sent(recorder, "name", _RECORDERS)))) for recorder in listed]
    return api.listing([Record(api.account_resource(), {"recorders": found})])


def _recorder(recorder: Mapping[str, Any], state: Mapping[str, Any] | None) -> dict[str, Json]:
    group = sent(recorder, "recordingGroup", _RECORDERS)
    every = flag(group, "allSupported", _RECORDERS)
    left_out = (group.get("exclusionByResourceTypes") or {}).get("resourceTypes") or []
    if not every and left_out:
        every = set(left_out) <= _GLOBAL_TYPES
    found: dict[str, Json] = {
        "name": recorder["name"],
        "role": recorder.get("roleARN", ""),
        "group": group,
        "all_types": every,
        "global_types": bool(group.get("includeGlobalResourceTypes")),
        "recording": False,
        "status": "NONE",
    }
    # Deleted between the two calls, it is not told of any more.
    if state is not None:
        found["recording"] = flag(state, "recording", _STATUS)
        # One that was never started has no status yet.
        found["status"] = (
            str(sent(state, "lastStatus", _STATUS)).upper()
            if found["recording"]
            else str(state.get("lastStatus") or "NONE").upper()
        )
    return found


DATASETS = (
    Dataset(
        "config.recorders", "config", "regional",
        {
            "recorders": "list of {name, role, group: as AWS has it, all_types: all that the region"
            " supports, global_types, recording, status: of the last delivery, SUCCESS, PENDING, FAILURE, NOTAPPLICABLE or NONE}",
        },
        recorders,
        permissions=("config:DescribeConfigurationRecorders", "config:DescribeConfigurationRecorderStatus"),
    ),
)  # fmt: skip
