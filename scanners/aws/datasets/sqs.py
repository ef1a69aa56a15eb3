"""SQS, by region: queues, their encryption and their policies."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, broken, sent
from scanners.aws.gone import ask, still_there
from scanners.aws.resource_policy import POLICY_FIELDS, POLICY_SCHEMA, read_policy
from scanners.aws.tags import PERMISSION, tags_of_one
from scanners.dataset import Gap, Listing, Record
from scanners.model import CoverageStatus, Json, Resource

_GONE = ("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist", "NonExistentQueue")
_WHERE = "sqs get_queue_attributes"
_ATTRIBUTES = ["QueueArn", "Policy", "KmsMasterKeyId", "SqsManagedSseEnabled"]
_LARGEST_PAGE = 1000


def queues(api: Api) -> Listing:
    """Every queue of the region."""
    urls, gap = _urls(api)
    return api.listing(still_there(api, lambda url: _queue(api, url, alone=False), urls), gap)


def one_queue(api: Api, arn: str) -> Listing:
    """One queue by its ARN, found in the list, so that no further permission is needed."""
    name = arn.rsplit(":", 1)[-1]
    urls, gap = _urls(api, QueueNamePrefix=name)
    wanted = [url for url in urls if url.rsplit("/", 1)[-1] == name]
    return api.listing(
        still_there(api, lambda url: _queue(api, url, alone=True), wanted), None if wanted else gap
    )


def _urls(api: Api, **chosen: str) -> tuple[list[str], Gap | None]:
    """The addresses of all queues. SQS leaves the list out where there is none, so `Api.pages` would call it broken."""
    found: list[str] = []
    more: dict[str, str] = {}
    while True:
        try:
            page = api.call("sqs", "list_queues", MaxResults=_LARGEST_PAGE, **chosen, **more)
        except CallFailed as failure:
            if found and failure.gap.status is not CoverageStatus.DENIED:
                return found, Gap(CoverageStatus.PARTIAL, f"the list ended early: {failure.gap.reason}")
            return found, failure.gap
        found += page.get("QueueUrls") or []
        if not page.get("NextToken"):
            return found, None
        more = {"NextToken": page["NextToken"]}


def _queue(api: Api, url: str, *, alone: bool) -> Record:
    """`alone`: no other is read. Raises Gone where the queue is no more."""
    name = url.rsplit("/", 1)[-1]
    reading = Reading()
    reading.fields.update(name=name, url=url)
    arn = f"arn:aws:sqs:{api.region}:{api.account}:{name}"
    try:
        answer = ask(api, _GONE, "sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=_ATTRIBUTES)
        attributes: Mapping[str, Any] = sent(answer, "Attributes", _WHERE)
        arn = str(sent(attributes, "QueueArn", _WHERE))
    except CallFailed as failure:
        reading.gaps.update(
            dict.fromkeys(("kms_key", "managed_sse", "encrypted", *POLICY_FIELDS), failure.gap)
        )
    else:
        reading.read(["kms_key", "managed_sse", "encrypted"], lambda: _encryption(attributes))
        # A queue for which nobody wrote a policy has no such member.
        reading.read(
            POLICY_FIELDS, lambda: read_policy(attributes.get("Policy") or None, arn, api.account, _WHERE)
        )
    tags = tags_of_one(api, "sqs:queue", arn, alone=alone)
    return reading.record(Resource("aws.sqs.queue", arn, name, api.region, *tags))


def _encryption(attributes: Mapping[str, Any]) -> list[Json]:
    """The key, whether SQS encrypts with a key of its own, and whether either holds. AWS always sends the second."""
    key = attributes.get("KmsMasterKeyId") or None
    managed = str(sent(attributes, "SqsManagedSseEnabled", _WHERE)).lower()
    if managed not in ("true", "false"):
        raise broken(_WHERE, "SqsManagedSseEnabled is neither true nor false")
    return [key, managed == "true", key is not None or managed == "true"]


DATASETS = (
    Dataset(
        "sqs.queues", "sqs", "regional",
        {
            "name": "str", "url": "str", "kms_key": "str?: the KMS key that encrypts it",
            "managed_sse": "bool: SQS encrypts it with a key of its own", "encrypted": "bool: either of them",
            **POLICY_SCHEMA,
        },
        queues, one_queue,
        permissions=("sqs:ListQueues", "sqs:GetQueueAttributes", PERMISSION),
    ),
)  # fmt: skip
