"""Messages as EventBridge and CloudTrail write them, for the tests."""

import json
from typing import Any

from scanners.aws.events.read import CALL, Place, Reading, read

ACCOUNT, EU, US = "123456789012", "eu-west-1", "us-east-1"
PLACE = Place(frozenset({ACCOUNT}), frozenset({EU, US, "eu-central-1"}))
AT = "2026-11-02T09:00:00Z"


def call(service: str, name: str, request: Any = None, response: Any = None, **more: Any) -> dict[str, Any]:
    """An API call, in EventBridge's envelope."""
    region = more.pop("region", US if service == "iam" else EU)
    detail = {
        "eventVersion": "1.11", "eventSource": f"{service}.amazonaws.com", "eventName": name, "awsRegion": region,
        "eventTime": AT, "readOnly": False, "requestParameters": request, "responseElements": response,
        "recipientAccountId": ACCOUNT, "eventType": "AwsApiCall", "managementEvent": True,
        "userIdentity": {"type": "AssumedRole", "accountId": ACCOUNT},
    }  # fmt: skip
    return other(CALL, detail | more, source=f"aws.{service}", region=region)


def other(kind: str, detail: Any, **more: Any) -> dict[str, Any]:
    """Any event of AWS's."""
    return {
        "version": "0", "id": "1", "detail-type": kind, "source": "aws.ec2", "account": ACCOUNT, "time": AT,
        "region": EU, "resources": [], "detail": detail,
    } | more  # fmt: skip


def opened(bucket: str, **more: Any) -> dict[str, Any]:
    """Somebody gives a bucket another policy."""
    return call("s3", "PutBucketPolicy", {"bucketName": bucket, "Host": "s3.amazonaws.com"}, **more)


def understood(message: Any, place: Place = PLACE) -> Reading:
    """What is read of it."""
    return read(message if isinstance(message, str) else json.dumps(message), place)


def touched(message: Any) -> list[tuple[str, str]]:
    """Dataset and ARN; "all" of one."""
    return [
        (touch.dataset, touch.arn or f"all in {touch.region or 'global'}")
        for touch in understood(message).touches
    ]
