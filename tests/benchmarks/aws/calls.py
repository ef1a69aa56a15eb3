"""Which AWS call an HTTP request is, the permission it needs, and how AWS words a refusal in each protocol.

Written from AWS's service models and the Service Authorization Reference, not from Patrol's own table of permissions.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qs, urlsplit

_SCOPE = re.compile(rb"Credential=[^/]+/\d+/([^/]+)/([^/]+)/")
# Signing names that are not the name of the model.
_MODELS = {
    "elasticfilesystem": "efs", "access-analyzer": "accessanalyzer", "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2", "tagging": "resourcegroupstaggingapi",
}  # fmt: skip
# Actions that are not "service:Operation" (Service Authorization Reference, "Actions defined by Amazon S3").
_ACTIONS = {
    "s3:ListBuckets": "s3:ListAllMyBuckets", "s3:GetBucketEncryption": "s3:GetEncryptionConfiguration",
    "s3:GetPublicAccessBlock": "s3:GetBucketPublicAccessBlock", "s3:HeadBucket": "s3:ListBucket",
    "s3:GetBucketLifecycleConfiguration": "s3:GetLifecycleConfiguration", "s3:ListObjectsV2": "s3:ListBucket",
    "s3:GetBucketReplication": "s3:GetReplicationConfiguration", "s3:ListObjects": "s3:ListBucket",
    "s3:GetBucketNotificationConfiguration": "s3:GetBucketNotification",
    "s3control:GetPublicAccessBlock": "s3:GetAccountPublicAccessBlock",
}  # fmt: skip
_PREFIXES = {"monitoring": "cloudwatch", "s3control": "s3", "tagging": "tag"}


@dataclass(frozen=True, slots=True)
class Call:
    """`service` is the name that requests are signed with; `permission` the IAM action ("" for what needs none)."""

    service: str
    region: str
    operation: str
    protocol: str
    permission: str


def call_of(method: str, target: str, headers: Mapping[bytes, bytes], body: bytes) -> Call:
    """What a signed request asks. `headers` have their names in small letters."""
    scope = _SCOPE.search(headers.get(b"authorization", b""))
    region, service = (scope.group(1).decode(), scope.group(2).decode()) if scope else ("?", "?")
    address = urlsplit(target)
    named = headers.get(b"x-amz-target", b"").decode()
    cbor = re.match(r"/service/[^/]+/operation/(\w+)", address.path)
    if named:
        return _call(service, region, named.rsplit(".", 1)[-1], "json")
    if cbor:
        return _call(service, region, cbor.group(1), "cbor")
    action = re.search(rb"(?:^|&)Action=(\w+)", body or address.query.encode())
    if action:
        return _call(service, region, action.group(1).decode(), "ec2" if service == "ec2" else "query")
    if service == "s3" and address.path.startswith("/v20180820/"):
        return _call("s3control", region, _operation("s3control", method, address.path, address.query), "s3")
    protocol = "s3" if service == "s3" else "rest"
    return _call(
        service,
        region,
        _operation(_MODELS.get(service, service), method, address.path, address.query),
        protocol,
    )


def _call(service: str, region: str, operation: str, protocol: str) -> Call:
    regular = f"{_PREFIXES.get(service, service)}:{operation}"
    needs_none = service == "sts" and operation == "GetCallerIdentity"
    permission = "" if needs_none else _ACTIONS.get(f"{service}:{operation}", regular)
    return Call(service, region, operation, protocol, permission)


def _operation(model: str, method: str, path: str, query: str) -> str:
    given = parse_qs(query, keep_blank_values=True)
    for name, verb, pattern, fixed in _routes(model):
        if verb == method and pattern.fullmatch(path.rstrip("/") or "/") and fixed <= given.keys():
            return name
    return f"{method} {path}"


@cache
def _routes(model: str) -> list[tuple[str, str, re.Pattern[str], frozenset[str]]]:
    """The operations of a REST service, the most exact first."""
    import botocore.session
    from botocore.exceptions import UnknownServiceError

    try:
        described: Any = botocore.session.get_session().get_service_model(model)
    except UnknownServiceError:
        return []
    found = []
    for name in described.operation_names:
        http = described.operation_model(name).http
        path, _, query = http["requestUri"].partition("?")
        fixed = frozenset(parse_qs(query, keep_blank_values=True))
        pattern = re.sub(
            r"\\\{\w+\\\}", "[^/]+", re.sub(r"\\\{\w+\\\+\\\}", ".+", re.escape(path.rstrip("/") or "/"))
        )
        found.append((name, http["method"], re.compile(pattern), fixed))
    found.sort(
        key=lambda route: (-len(route[3]), route[2].pattern.count("[^/]+") + 9 * route[2].pattern.count(".+"))
    )
    return found


Answer = tuple[int, dict[str, str], bytes]


def refused(call: Call, *, named: bool) -> Answer:
    """AWS's "you may not". `named`: the message says which action is missing, as most services do."""
    who = "arn:aws:iam::123456789012:user/patrol"
    words = f"User: {who} is not authorized to perform: {call.permission} on resource: * because no identity-based policy allows the {call.permission} action"
    if call.protocol == "ec2":
        words = (
            f"You are not authorized to perform this operation. {words}"
            if named
            else "You are not authorized to perform this operation."
        )
        return _answer(call, 403, "UnauthorizedOperation", words)
    code = {
        "query": "AuthorizationError" if call.service == "sns" else "AccessDenied",
        "s3": "AccessDenied",
    }.get(call.protocol, "AccessDeniedException")
    status = 400 if call.protocol in ("json", "cbor") else 403
    return _answer(call, status, code, words if named else "Access Denied")


def throttled(call: Call) -> Answer:
    """AWS's "too fast"."""
    if call.protocol == "ec2":
        return _answer(call, 503, "RequestLimitExceeded", "Request limit exceeded.")
    if call.protocol == "s3":
        return _answer(call, 503, "SlowDown", "Please reduce your request rate.")
    if call.protocol == "rest":
        return _answer(call, 429, "TooManyRequestsException", "Rate exceeded")
    if call.protocol == "query":
        return _answer(call, 400, "Throttling", "Rate exceeded")
    return _answer(
        call, 400, "RequestThrottled" if call.service == "sqs" else "ThrottlingException", "Rate exceeded"
    )


def _answer(call: Call, status: int, code: str, words: str) -> Answer:
    if call.protocol == "json":
        return (
            status,
            {"Content-Type": "application/x-amz-json-1.1"},
            f'{{"__type":"{code}","message":"{words}"}}'.encode(),
        )
    if call.protocol == "rest":
        return (
            status,
            {"Content-Type": "application/json", "x-amzn-ErrorType": code},
            f'{{"message":"{words}"}}'.encode(),
        )
    if call.protocol == "cbor":
        body = b"\xa2" + b"".join(_cbor(word) for word in ("__type", code, "message", words))
        return status, {"Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor"}, body
    error = f"<Error><Code>{code}</Code><Message>{words}</Message></Error>"
    shape = {
        "ec2": f"<Response><Errors>{error}</Errors><RequestID>r</RequestID></Response>",
        "query": f"<ErrorResponse>{error.replace('<Code>', '<Type>Sender</Type><Code>')}<RequestId>r</RequestId></ErrorResponse>",
    }.get(call.protocol, error)
    if call.service == "s3control":
        shape = f"<ErrorResponse>{error}<RequestId>r</RequestId></ErrorResponse>"
    return status, {"Content-Type": "text/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>\n{shape}'.encode()


def _cbor(text: str) -> bytes:
    data = text.encode()
    head = bytes([0x60 + len(data)]) if len(data) < 24 else b"\x79" + len(data).to_bytes(2, "big")
    return head + data
