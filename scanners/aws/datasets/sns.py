"""SNS, by region: topics, their encryption and their policies."""

from collections.abc import Mapping
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, Reading, sent
from scanners.aws.gone import Gone, ask, still_there
from scanners.aws.resource_policy import POLICY_FIELDS, POLICY_SCHEMA, read_policy
from scanners.aws.tags import PERMISSION, tags_of_one
from scanners.dataset import Listing, Record
from scanners.model import Resource

_GONE = ("NotFound", "NotFoundException")
_WHERE = "sns get_topic_attributes"


def topics(api: Api) -> Listing:
    """Every topic of the region."""
    listed, gap = api.pages("sns", "list_topics", "Topics")
    arns = [str(item["TopicArn"]) for item in listed]
    return api.listing(still_there(api, lambda arn: _topic(api, arn, alone=False), arns), gap)


def one_topic(api: Api, arn: str) -> Listing:
    """One topic by its ARN."""
    try:
        return api.listing([_topic(api, arn, alone=True)])
    except Gone:
        return api.listing([])


def _topic(api: Api, arn: str, *, alone: bool) -> Record:
    """`alone`: no other is read. Raises Gone where the topic is no more."""
    reading = Reading()
    name = arn.rsplit(":", 1)[-1]
    reading.fields["name"] = name
    try:
        answer = ask(api, _GONE, "sns", "get_topic_attributes", TopicArn=arn)
        attributes: Mapping[str, Any] = sent(answer, "Attributes", _WHERE)
        sent(attributes, "TopicArn", _WHERE)  # else the answer is not whole
    except CallFailed as failure:
        reading.gaps.update(dict.fromkeys(("kms_key", *POLICY_FIELDS), failure.gap))
    else:
        # A topic that is not encrypted has no such member, or an empty one.
        reading.fields["kms_key"] = attributes.get("KmsMasterKeyId") or None
        # Every topic has a policy: SNS writes one itself.
        reading.read(
            POLICY_FIELDS, lambda: read_policy(sent(attributes, "Policy", _WHERE), arn, api.account, _WHERE)
        )
    tags = tags_of_one(api, "sns:topic", arn, alone=alone)
    return reading.record(Resource("aws.sns.topic", arn, name, api.region, *tags))


DATASETS = (
    Dataset(
        "sns.topics", "sns", "regional",
        {"name": "str", "kms_key": "str?: the key that encrypts it, null where none does", **POLICY_SCHEMA},
        topics, one_topic,
        permissions=("sns:ListTopics", "sns:GetTopicAttributes", PERMISSION),
    ),
)  # fmt: skip
