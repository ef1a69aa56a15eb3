"""What a trail's event selectors record, of either kind: basic ones, or advanced ones that name fields.

Source: CloudTrail API reference, EventSelector and AdvancedFieldSelector; CIS AWS Foundations 5.0, 3.1, 3.8, 3.9.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from scanners.aws.api import broken, flag, sent

_WHERE = "cloudtrail get_event_selectors"
# All buckets, present and future, in the three spellings that CloudTrail has taken.
_EVERY_BUCKET = re.compile(r"arn:aws[a-z-]*:s3(:::(\*/\*)?)?\Z")
_NEGATIVE = {"NotEquals", "NotStartsWith", "NotEndsWith"}
_POSITIVE = {"Equals", "StartsWith", "EndsWith"}
Selector = Mapping[str, Any]


def management(answer: Mapping[str, Any]) -> bool:
    """True where reads and writes of the control plane are recorded. Raises CallFailed for half an answer."""
    basic, advanced = _selectors(answer)
    if advanced:
        return any(_plain_management(selector.get("FieldSelectors", [])) for selector in advanced)
    if not basic:
        return True  # AWS records management events where no selector was ever set
    return any(
        flag(s, "IncludeManagementEvents", _WHERE) and sent(s, "ReadWriteType", _WHERE) == "All"
        for s in basic
    )


def s3_objects(answer: Mapping[str, Any], own_bucket: str) -> tuple[bool, bool]:
    """(reads, writes): true where those of every object in every bucket are recorded.

    `own_bucket` is where the trail writes: leaving it out is AWS's own advice against a loop of log entries.
    """
    basic, advanced = _selectors(answer)
    kinds = [_basic_s3(selector) for selector in basic]
    kinds += [_advanced_s3(sent(selector, "FieldSelectors", _WHERE), own_bucket) for selector in advanced]
    return any("read" in kind for kind in kinds), any("write" in kind for kind in kinds)


def _selectors(answer: Mapping[str, Any]) -> tuple[Sequence[Selector], Sequence[Selector]]:
    if "EventSelectors" not in answer and "AdvancedEventSelectors" not in answer:
        raise broken(_WHERE)  # a trail has one kind or the other, so one of them may be missing
    return answer.get("EventSelectors") or [], answer.get("AdvancedEventSelectors") or []


def _plain_management(selectors: Sequence[Selector]) -> bool:
    fields = {selector.get("Field") for selector in selectors}
    category = any(s.get("Field") == "eventCategory" and s.get("Equals") == ["Management"] for s in selectors)
    return category and "readOnly" not in fields


def _basic_s3(selector: Selector) -> set[str]:
    listed = [
        value
        for resource in selector.get("DataResources") or []
        if sent(resource, "Type", _WHERE) == "AWS::S3::Object"
        for value in resource.get("Values") or []
    ]
    if not any(_EVERY_BUCKET.match(value) for value in listed):
        return set()
    kind = sent(selector, "ReadWriteType", _WHERE)
    return {"All": {"read", "write"}, "ReadOnly": {"read"}, "WriteOnly": {"write"}}.get(kind, set())


def _advanced_s3(selectors: Sequence[Selector], own_bucket: str) -> set[str]:
    category = kind = False
    seen = {"read", "write"}
    for selector in selectors:
        name = sent(selector, "Field", _WHERE)
        if name == "eventCategory":
            category = "Data" in (selector.get("Equals") or [])
        elif name == "resources.type":
            kind = "AWS::S3::Object" in (selector.get("Equals") or [])
        elif name == "readOnly":
            told = selector.get("Equals") or []
            seen &= ({"read"} if "true" in told else set()) | ({"write"} if "false" in told else set())
        elif not _leaves_out_only(selector, name, own_bucket):
            return set()
    return seen if category and kind else set()


def _leaves_out_only(selector: Selector, name: str, own_bucket: str) -> bool:
    """True where the field selector takes away nothing but the objects of the trail's own bucket."""
    if name != "resources.ARN" or any(selector.get(key) for key in _POSITIVE):
        return False
    left_out = [value for key in _NEGATIVE for value in selector.get(key) or []]
    own = re.compile(rf"arn:aws[a-z-]*:s3:::{re.escape(own_bucket)}(?:/.*)?\Z")
    return bool(own_bucket) and all(own.match(value) for value in left_out)
