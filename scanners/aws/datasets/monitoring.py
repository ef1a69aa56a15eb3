"""Alarms on what CloudTrail writes: trail, log group, metric filter, alarm, topic, subscriber, as one chain. Global.

Three lists per log group that a trail of all regions writes to: its metric filters, the region's alarms and
the region's subscriptions. All fifteen watches are judged from them.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanners.aws.api import Api, CallFailed, Dataset, broken, flag, sent
from scanners.aws.chain import Alarm, Filter, Metric, Place, judge_watch
from scanners.aws.datasets.cloudtrail import judged, to_use
from scanners.aws.watches import WATCHES
from scanners.dataset import Gap, Listing, Record
from scanners.model import CoverageStatus, Json

_ALARMS = "cloudwatch describe_alarms"
_FALLING = ("LessThanThreshold", "LessThanOrEqualToThreshold", "LessThanLowerThreshold")
_TERM = re.compile(r"""\bALARM\(\s*(?:["']([^"']*)["']|([^)\s]+))\s*\)""")
Trail = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Found:
    """The log groups that could be read, and why others could not."""

    places: Sequence[Place]
    gaps: Sequence[Gap]


def watches(api: Api) -> Listing:
    """The account with what each watch lacks. A watch that may be kept where nothing could be read is a gap."""
    trails = judged(api)
    found = _places(api, trails)
    topic = next((place.topic for place in found.places if place.topic), None)
    fields: dict[str, Json] = {"trail": to_use(api, trails), "topic": topic}
    gaps: dict[str, Gap] = {}
    for name, events in WATCHES.items():
        watch, unread = judge_watch(found.places, events)
        gap = next(iter(found.gaps), None) or (Gap(CoverageStatus.ERROR, unread) if unread else None)
        if gap and not watch["kept"]:
            gaps[name] = gap
        else:
            fields[name] = watch
    return api.listing([Record(api.account_resource(), fields, gaps)])


def _places(api: Api, trails: Sequence[tuple[Trail, Gap | None]]) -> _Found:
    gaps = [gap for trail, gap in trails if gap and trail.get("multi_region", True)]
    groups: set[str] = set()
    for trail, gap in trails:
        if gap or not (trail["multi_region"] and trail["logging"] and trail["management"]):
            continue
        if trail["log_group"] and trail["log_group"].split(":")[4] != api.account:
            reason = f"the log group of trail {trail['name']} is another account's, which this scan can't see"
            gaps.append(Gap(CoverageStatus.PARTIAL, reason))
        elif trail["log_group"]:
            groups.add(trail["log_group"])
    places: list[Place] = []
    for group in sorted(groups):
        try:
            places.append(_place(api, group))
        except CallFailed as failure:
            gaps.append(failure.gap)
    return _Found(places, gaps)


def _place(api: Api, group: str) -> Place:
    region, name = group.split(":")[3], group.split(":")[6]
    try:
        filters = _all(
            api, "logs", "describe_metric_filters", "metricFilters", region, "nextToken", logGroupName=name
        )
    except CallFailed as failure:
        if failure.code != "ResourceNotFoundException":
            raise
        filters = []  # the trail still names a log group that was deleted
    if not filters:
        return Place(region, name, (), (), None)
    listed, composed = _alarm_lists(api, region)
    heard = _all(api, "sns", "list_subscriptions", "Subscriptions", region, "NextToken")
    topics = {
        sent(item, "TopicArn", "sns list_subscriptions")
        for item in heard
        if str(item.get("SubscriptionArn")).startswith("arn:")  # not one that was never confirmed
    }
    alarms = tuple(_alarm(item, composed, topics, api.account) for item in listed)
    known = [topic for alarm in alarms for topic in alarm.topics if topic in topics]
    return Place(region, name, tuple(_filter(item) for item in filters), alarms, next(iter(known), None))


def _alarm_lists(api: Api, region: str) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """Alarms on metrics, and alarms on alarms."""
    plain: list[Mapping[str, Any]] = []
    composed: list[Mapping[str, Any]] = []
    asked = {"AlarmTypes": ["MetricAlarm", "CompositeAlarm"], "MaxRecords": 100}
    for page in _pages(api, "cloudwatch", "describe_alarms", region, "NextToken", asked):
        plain += sent(page, "MetricAlarms", _ALARMS)
        composed += sent(page, "CompositeAlarms", _ALARMS)
    return plain, composed


def _all(
    api: Api, service: str, method: str, key: str, region: str, following: str, **params: Json
) -> list[Mapping[str, Any]]:
    pages = _pages(api, service, method, region, following, params)
    return [item for page in pages for item in sent(page, key, f"{service} {method}")]


def _pages(
    api: Api, service: str, method: str, region: str, token: str, params: Mapping[str, Json]
) -> Iterator[Mapping[str, Any]]:
    """Every page, for whoever must see that each holds its list: `api.pages` can't see into CloudWatch's answers."""
    more: dict[str, Json] = {}
    while True:
        answer = api.call(service, method, region=region, **params, **more)
        yield answer
        following = answer.get(token)
        if not following:
            return
        if more.get(token) == following:
            raise broken(f"{service} {method}", "the same page came twice")
        more = {token: following}


def _filter(item: Mapping[str, Any]) -> Filter:
    where = "logs describe_metric_filters"
    if item.get("filterPattern") is None:
        sent(item, "filterPattern", where)  # an empty pattern matches everything; a missing one says nothing
    changes = sent(item, "metricTransformations", where)
    return Filter(
        str(item.get("filterName", "")),
        str(item["filterPattern"]),
        tuple(
            (sent(c, "metricNamespace", where), sent(c, "metricName", where), bool(c.get("dimensions")))
            for c in changes
        ),
    )


def _alarm(
    item: Mapping[str, Any], composed: Sequence[Mapping[str, Any]], heard: set[str], account: str
) -> Alarm:
    name = str(sent(item, "AlarmName", _ALARMS))
    topics = [
        topic for alarm in (item, *(c for c in composed if _woken_by(c, name))) for topic in _told(alarm)
    ]
    return Alarm(
        name=name,
        metrics=tuple(_metrics(item)),
        # An alarm that wakes where events get fewer says nothing when one comes.
        rises=str(item.get("ComparisonOperator", "Greater")) not in _FALLING,
        topics=tuple(topics),
        heard=any(topic in heard for topic in topics),
        # Whether another account's topic has subscribers is that account's to see.
        unseen=any(topic.split(":")[4:5] != [account] for topic in topics),
    )


def _told(alarm: Mapping[str, Any]) -> list[str]:
    """The topics that an alarm tells when it wakes; none where its actions are switched off."""
    actions = [str(action) for action in sent(alarm, "AlarmActions", _ALARMS)]
    on = flag(alarm, "ActionsEnabled", _ALARMS)
    return [action for action in actions if on and action.split(":")[2:3] == ["sns"]]


def _woken_by(composite: Mapping[str, Any], name: str) -> bool:
    """True where this alarm alone wakes the composite one: its rule names it, and joins alarms by OR alone."""
    rule = str(sent(composite, "AlarmRule", _ALARMS))
    terms = [(quoted or bare).rsplit(":alarm:", 1)[-1] for quoted, bare in _TERM.findall(rule)]
    joined = _TERM.sub("", rule).replace("(", " ").replace(")", " ").split()
    return name in terms and set(joined) <= {"OR"}


def _metrics(item: Mapping[str, Any]) -> Iterator[Metric]:
    """What it watches: one metric, or those of an expression."""
    queries = [(query.get("MetricStat") or {}).get("Metric") or {} for query in item.get("Metrics") or []]
    for metric in (item, *queries):
        if metric.get("Namespace") and metric.get("MetricName"):
            yield str(metric["Namespace"]), str(metric["MetricName"]), bool(metric.get("Dimensions"))


_CHAIN = (
    "{kept, why: what is missing, filter: the one that matches all of it?, region, namespace, metric, alarms}"
)

DATASETS = (
    Dataset(
        "monitoring.watches", "cloudwatch", "global",
        {
            "trail": "{name, arn, region, on, log_group}?: the account's trail of all regions",
            "topic": "str?: an SNS topic that alarms use already and that has a subscriber",
            **{name: f"{_CHAIN}; to match: {', '.join(events)}" for name, events in WATCHES.items()},
        },
        watches,
        permissions=(
            "cloudtrail:DescribeTrails", "cloudtrail:GetTrailStatus", "cloudtrail:GetEventSelectors",
            "logs:DescribeMetricFilters", "cloudwatch:DescribeAlarms", "sns:ListSubscriptions",
        ),
    ),
)  # fmt: skip
