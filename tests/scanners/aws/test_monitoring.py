"""From the trail to somebody's mailbox: each link of the chain missing once, on moto."""

from collections.abc import Mapping
from typing import Any

import pytest

from bot.sandbox.aws import SandboxAws
from scanners.aws.chain import Alarm, Filter, Place, judge_watch
from scanners.aws.datasets.monitoring import _alarm, _woken_by
from scanners.aws.watches import CALLS, WATCHES
from scanners.model import Status, Verdict
from tests.scanners.aws.fresh import Fresh
from tests.scanners.aws.front import BROKEN, CUT, DENIED, HIDDEN, Front

PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
CONTROL, HOME = "monitoring.cloudtrail_changes", "eu-west-1"
PATTERN = "{ $.eventSource = cloudtrail.amazonaws.com }"


class Watched(Fresh):
    """An account whose whole chain stands; each method takes one link away or puts it back."""

    def __init__(self, server: SandboxAws, number: str) -> None:
        super().__init__(server, number)
        self.client("s3").create_bucket(Bucket=f"trail-{number}")
        self.client("logs", HOME).create_log_group(logGroupName="trail")
        self.trail = self.client("cloudtrail", HOME)
        self.trail.create_trail(
            Name="all", S3BucketName=f"trail-{number}", IsMultiRegionTrail=True,
            CloudWatchLogsLogGroupArn=f"arn:aws:logs:{HOME}:{number}:log-group:trail:*",
            CloudWatchLogsRoleArn=f"arn:aws:iam::{number}:role/logs",
        )  # fmt: skip
        self.trail.start_logging(Name="all")
        self.topic = self.client("sns", HOME).create_topic(Name="alarms")["TopicArn"]
        self.heard = self.client("sns", HOME).subscribe(
            TopicArn=self.topic, Protocol="email", Endpoint="a@b.example", ReturnSubscriptionArn=True
        )["SubscriptionArn"]
        self.filter(PATTERN)
        self.alarm()

    def filter(self, pattern: str, name: str = "f") -> None:
        logs = self.client("logs", HOME)
        logs.delete_metric_filter(logGroupName="trail", filterName=name)
        logs.put_metric_filter(
            logGroupName="trail", filterName=name, filterPattern=pattern,
            metricTransformations=[{"metricName": "Seen", "metricNamespace": "Mine", "metricValue": "1"}],
        )  # fmt: skip

    def alarm(self, name: str = "a", **changed: Any) -> None:
        self.client("cloudwatch", HOME).put_metric_alarm(**{
            "AlarmName": name, "Namespace": "Mine", "MetricName": "Seen", "Statistic": "Sum", "Period": 300,
            "EvaluationPeriods": 1, "Threshold": 1.0, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "AlarmActions": [self.topic], **changed,
        })  # fmt: skip

    def verdict(self) -> Verdict:
        (verdict,) = self.scan(CONTROL, regions=("us-east-1", HOME)).verdicts
        assert verdict.resource.arn == f"arn:aws:iam::{self.number}:root"
        return verdict


@pytest.fixture(scope="module")
def watched(account: SandboxAws, front: Front) -> Watched:
    return Watched(account, "111100000021")


def test_a_chain_passes_while_each_of_its_links_holds(watched: Watched) -> None:
    assert watched.verdict().status is PASS

    def broken(link: str) -> None:
        verdict = watched.verdict()
        assert verdict.status is FAIL
        assert link in verdict.reason

    watched.filter("{ $.eventName = StopLogging || $.eventName = DeleteTrail }")
    broken("no metric filter of trail matches CreateTrail, UpdateTrail, StartLogging")
    watched.filter(
        "{ $.eventName = CreateTrail || $.eventName = UpdateTrail || $.eventName = StartLogging }", "g"
    )
    assert watched.verdict().status is PASS  # two filters share the work
    watched.client("logs", HOME).delete_metric_filter(logGroupName="trail", filterName="g")
    watched.filter(PATTERN)
    for changed, link in (
        ({"MetricName": "Other"}, "no alarm watches the metric of"),
        ({"Dimensions": [{"Name": "x", "Value": "y"}]}, "no alarm watches the metric of"),
        ({"ComparisonOperator": "LessThanThreshold"}, "no alarm watches the metric of"),
        ({"AlarmActions": []}, "the alarm tells no SNS topic of"),
        ({"ActionsEnabled": False}, "the alarm tells no SNS topic of"),
        ({"AlarmActions": [f"{watched.topic}-2"]}, "nobody is subscribed to the topic for"),
    ):
        watched.alarm(**changed)
        broken(link)
    watched.alarm()
    assert watched.verdict().status is PASS
    watched.client("sns", HOME).unsubscribe(SubscriptionArn=watched.heard)
    broken("nobody is subscribed to the topic for")
    watched.client("sns", HOME).subscribe(TopicArn=watched.topic, Protocol="email", Endpoint="a@b.example")
    assert watched.verdict().status is PASS
    for change, back in (
        (lambda: watched.trail.stop_logging(Name="all"), lambda: watched.trail.start_logging(Name="all")),
        (lambda: watched.trail.update_trail(Name="all", IsMultiRegionTrail=False),
         lambda: watched.trail.update_trail(Name="all", IsMultiRegionTrail=True)),
        (lambda: watched.trail.update_trail(Name="all", CloudWatchLogsLogGroupArn=""),
         lambda: watched.trail.update_trail(
             Name="all", CloudWatchLogsLogGroupArn=f"arn:aws:logs:{HOME}:{watched.number}:log-group:trail:*")),
    ):  # fmt: skip
        change()
        broken("no trail of all regions that is on writes to a log group")
        back()
    assert watched.verdict().status is PASS


def test_an_empty_filter_counts_everything(watched: Watched) -> None:
    watched.filter("")
    verdicts = watched.scan("monitoring.*", regions=("us-east-1", HOME)).verdicts
    assert {v.status for v in verdicts} == {PASS} and len(verdicts) == 15
    watched.filter(PATTERN)


def test_fifteen_controls_share_three_lists(watched: Watched, front: Front) -> None:
    front.seen.clear()
    watched.scan("monitoring.*", "cloudtrail.multi_region", regions=("us-east-1", HOME))
    assert sorted(front.seen) == sorted([
        "CloudTrail_20131101:DescribeTrails", "CloudTrail_20131101:DescribeTrails",
        "CloudTrail_20131101:GetEventSelectors", "CloudTrail_20131101:GetTrailStatus",
        "Logs_20140328:DescribeMetricFilters", "GraniteServiceVersion20100801:DescribeAlarms", "sns:ListSubscriptions",
        "sts:GetCallerIdentity",
    ])  # fmt: skip


@pytest.mark.parametrize(
    ("operation", "permission"),
    [
        ("CloudTrail_20131101:DescribeTrails", "cloudtrail:DescribeTrails"),
        ("CloudTrail_20131101:GetTrailStatus", "cloudtrail:GetTrailStatus"),
        ("CloudTrail_20131101:GetEventSelectors", "cloudtrail:GetEventSelectors"),
        ("Logs_20140328:DescribeMetricFilters", "logs:DescribeMetricFilters"),
        ("GraniteServiceVersion20100801:DescribeAlarms", "cloudwatch:DescribeAlarms"),
        ("sns:ListSubscriptions", "sns:ListSubscriptions"),
    ],
)  # fmt: skip
def test_a_link_that_could_not_be_seen_is_neither_there_nor_missing(
    watched: Watched, front: Front, operation: str, permission: str
) -> None:
    for fault in (DENIED, BROKEN, CUT):
        with front.failing(operation, fault):
            verdict = watched.verdict()
        assert verdict.status is UNKNOWN, (operation, fault)
        if fault == DENIED:
            assert verdict.missing_permission == permission


@pytest.mark.parametrize(
    ("operation", "member"),
    [
        ("Logs_20140328:DescribeMetricFilters", "metricFilters"), ("Logs_20140328:DescribeMetricFilters", "filterPattern"),
        ("Logs_20140328:DescribeMetricFilters", "metricTransformations"), ("GraniteServiceVersion20100801:DescribeAlarms", "MetricAlarms"),
        ("GraniteServiceVersion20100801:DescribeAlarms", "AlarmActions"), ("GraniteServiceVersion20100801:DescribeAlarms", "ActionsEnabled"),
        ("sns:ListSubscriptions", "TopicArn"),
    ],
)  # fmt: skip
def test_a_member_that_is_missing_is_unknown(
    watched: Watched, front: Front, operation: str, member: str
) -> None:
    with front.failing(operation, HIDDEN + member):
        assert watched.verdict().status is UNKNOWN


def test_a_pattern_that_can_not_be_read_leaves_it_open(watched: Watched) -> None:
    watched.filter("{ $.eventName = %Trail% }")
    verdict = watched.verdict()
    assert verdict.status is UNKNOWN and "metric filter f can't be read" in verdict.reason
    watched.alarm(AlarmActions=[])  # nobody hears of it, whatever it matches
    assert watched.verdict().status is FAIL
    watched.alarm()
    watched.filter(PATTERN)


def test_the_topic_of_another_account_is_not_ours_to_judge(watched: Watched) -> None:
    watched.alarm(AlarmActions=[watched.topic.replace(watched.number, "999900000000")])
    verdict = watched.verdict()
    assert verdict.status is UNKNOWN and "another account's" in verdict.reason
    watched.alarm()


@pytest.mark.parametrize(
    ("rule", "woken"),
    [
        ("ALARM(a)", True), ('ALARM("a") OR ALARM("b")', True), ("(ALARM('b') OR ALARM(a))", True),
        ("ALARM(arn:aws:cloudwatch:eu-west-1:1:alarm:a)", True), ("ALARM(a) AND ALARM(b)", False),
        ("NOT ALARM(a)", False), ("ALARM(b)", False), ("OK(a) OR ALARM(b)", False), ("TRUE", False),
    ],
)  # fmt: skip
def test_an_alarm_wakes_the_composite_one_that_it_alone_can_wake(rule: str, woken: bool) -> None:
    assert _woken_by({"AlarmRule": rule}, "a") is woken


def test_the_composite_alarm_tells_for_the_one_that_wakes_it() -> None:
    plain = {
        "AlarmName": "a",
        "AlarmActions": [],
        "ActionsEnabled": True,
        "Namespace": "Mine",
        "MetricName": "Seen",
    }
    any_of = {
        "AlarmRule": "ALARM(a) OR ALARM(b)",
        "AlarmActions": ["arn:aws:sns:r:1:t"],
        "ActionsEnabled": True,
    }
    heard = {"arn:aws:sns:r:1:t"}
    assert _alarm(plain, [any_of], heard, "1").heard
    assert not _alarm(plain, [any_of | {"ActionsEnabled": False}], heard, "1").heard
    assert not _alarm(plain, [any_of | {"AlarmRule": "ALARM(a) AND ALARM(b)"}], heard, "1").heard


@pytest.mark.parametrize("watch", sorted(CALLS))
def test_one_filter_an_event_is_as_good_as_one_for_all(watch: str) -> None:
    def place(names: list[str]) -> Place:
        filters = tuple(Filter(n, f"{{ $.eventName = {n} }}", (("Mine", n, False),)) for n in names)
        alarms = tuple(Alarm(n, (("Mine", n, False),), True, ("t",), heard=True) for n in names)
        return Place(HOME, "trail", filters, alarms, "t")

    names = CALLS[watch][1].split()
    assert _kept(judge_watch([place(names)], WATCHES[watch])) == (True, "", "")
    assert judge_watch([place(names[:1]), place(names[1:])], WATCHES[watch])[0]["kept"]
    fewer, unread = judge_watch([place(names[1:])], WATCHES[watch])
    assert not fewer["kept"] and names[0] in fewer["why"] and not unread


def _kept(judged: tuple[Mapping[str, Any], str]) -> tuple[bool, str, str]:
    return judged[0]["kept"], judged[0]["why"], judged[1]
