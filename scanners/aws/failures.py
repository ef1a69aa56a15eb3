"""What went wrong with a call, told apart: refused, expired, throttled, broken, or out of reach."""

import json
from collections.abc import Mapping
from typing import Any

from scanners.aws.api import CallFailed
from scanners.aws.permissions import iam_action
from scanners.dataset import Gap
from scanners.model import CoverageStatus

_DENIED = {
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Forbidden", "403",
    "AuthorizationErrorException", "UnauthorizedAccess", "KMSAccessDeniedException",
}  # fmt: skip
_EXPIRED = {
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "AuthFailure",
    "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken",
}  # fmt: skip
_THROTTLED = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException",
    "SlowDown", "RequestThrottled", "RequestThrottledException", "BandwidthLimitExceeded", "EC2ThrottledException",
    "LimitExceededException", "ProvisionedThroughputExceededException", "PriorRequestNotComplete",
    "TransactionInProgressException",
}  # fmt: skip
_PASSING = {
    "RequestTimeout",
    "RequestTimeoutException",
    "InternalError",
    "InternalFailure",
    "ServiceUnavailable",
}


class BrokenAnswer(Exception):
    """The body did not parse: half an answer is no answer."""


class Stopped(Exception):
    """Somebody stopped the scan, or its ceiling of calls is reached. `gap` says which."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.gap = Gap(CoverageStatus.SKIPPED, reason)


def throttled(code: str, status: int | None) -> bool:
    """True where AWS says that it was asked too fast."""
    return (
        code in _THROTTLED or status == 429 or (status == 503 and code in ("", "503", "ServiceUnavailable"))
    )


def passing(code: str, status: int | None) -> bool:
    """True where the same call may well succeed in a moment."""
    return code in _PASSING or status in (500, 502, 503, 504)


def failed(service: str, method: str, error: Any) -> CallFailed:
    """A botocore ClientError as the gap that it leaves."""
    detail = error.response.get("Error", {})
    code, message = str(detail.get("Code", "")), str(detail.get("Message", ""))
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    if code in _DENIED or (status == 403 and code not in _EXPIRED):
        action = iam_action(service, method, message)
        return CallFailed(Gap(CoverageStatus.DENIED, f"{action} is refused", action), code)
    if code in _EXPIRED:
        gap = Gap(CoverageStatus.ERROR, f"the credentials were refused during the scan ({code})")
    elif throttled(code, status):
        gap = Gap(CoverageStatus.ERROR, f"{service} {method}: throttled, and retries did not help ({code})")
    else:
        gap = Gap(CoverageStatus.ERROR, f"{service} {method}: {code} {message[:200]}".strip())
    return CallFailed(gap, code)


def see_that_it_is_whole(operation_model: Any, response: Mapping[str, Any]) -> None:
    """botocore reads a JSON body cut in half as an answer without its members. Raises BrokenAnswer."""
    # Not `protocol`, which is what the service prefers; this is what botocore speaks to it.
    protocol = operation_model.service_model.resolved_protocol
    body = response.get("body")
    if not isinstance(body, bytes):
        return
    _refuse_a_strangers_page(operation_model.name, protocol, response.get("status_code"), body)
    if not protocol.endswith("json") or operation_model.has_streaming_output:
        return
    shape = operation_model.output_shape
    if not body and (shape is None or not shape.members):
        return
    try:
        json.loads(body)
    except ValueError as error:
        raise BrokenAnswer(f"the answer was cut short ({len(body)} bytes that are no JSON)") from error


def _refuse_a_strangers_page(operation: str, protocol: str, status: int | None, body: bytes) -> None:
    """A network's sign-in page comes with 200 and is good XML: botocore would read it as an empty list."""
    start = body[:1_000].lstrip().lower()
    page = start.startswith((b"<!doctype html", b"<html"))
    named = f"<{operation}response".lower().encode()
    if page or (protocol in ("ec2", "query") and status == 200 and body and named not in start):
        raise BrokenAnswer("the answer is not AWS's (a proxy or a sign-in page?)")


def short(error: Exception) -> str:
    """An error's text on one line."""
    return " ".join(str(error).split())[:200]
