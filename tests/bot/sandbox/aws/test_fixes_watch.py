"""The shown commands for trails, Config, GuardDuty, Security Hub, log groups and alarms, on an account of their own."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from bot.sandbox.aws import SandboxAws, apply_fix
from bot.sandbox.aws.company import EU, US
from scanners.aws.watches import WATCHES
from scanners.controls import load_controls
from scanners.controls.examples import example_verdict
from scanners.model import Remediation, Status, Verdict
from tests.bot.sandbox.aws.proof import WATCH, Company, needs_the_cli, opened, prove, scanned

PASS, FAIL = Status.PASS, Status.FAIL
# What the commands can't bring about on moto, and why. Printed by a test, and empty: everything is applied.
NOT_APPLIED: dict[str, str] = {}
MONITORING = [f"monitoring.{watch}" for watch in WATCHES]
BUCKETS_ONLY = {"allSupported": False, "resourceTypes": ["AWS::S3::Bucket"]}


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Company]:
    """Two regions in which all is wrong, each in a way of its own; no trail covers both."""
    with opened(_build, tmp_path_factory.mktemp("cli"), ("logs.retention_365",)) as made:
        yield made


def _build(aws: SandboxAws) -> None:
    aws.client("account").put_alternate_contact(
        AlternateContactType="SECURITY",
        EmailAddress="security@acme.example",
        Name="Sam",
        PhoneNumber="1",
        Title="CISO",
    )
    aws.client("s3", US).create_bucket(Bucket="acme-logs")
    trail = aws.client("cloudtrail", US)
    trail.create_trail(Name="plain", S3BucketName="acme-logs")
    trail.start_logging(Name="plain")
    config = aws.client("config", US)
    recorder = {
        "name": "mine",
        "roleARN": "arn:aws:iam::123456789012:role/config",
        "recordingGroup": BUCKETS_ONLY,
    }
    config.put_configuration_recorder(ConfigurationRecorder=recorder)
    aws.client("guardduty", US).create_detector(Enable=False)
    logs = aws.client("logs", US)
    logs.create_log_group(logGroupName="/app/it's $HOME")
    logs.put_retention_policy(logGroupName="/app/it's $HOME", retentionInDays=7)


def _failing(control: str, region: str = "") -> Verdict:
    verdicts = scanned(control).verdicts
    return next(v for v in verdicts if v.status is FAIL and region in ("", v.resource.region))


def _paste(bare: Company, *texts: str) -> None:
    for text in texts:
        applied = apply_fix(text, bare.environment())
        assert applied.returncode == 0, f"{text}\n{applied.output}"


def _told(control: str, region: str = "") -> list[Status]:
    return [v.status for v in scanned(control).verdicts if region in ("", v.resource.region)]


@needs_the_cli
@pytest.mark.parametrize(
    "control",
    ["cloudtrail.log_validation", "cloudtrail.kms", "cloudtrail.bucket_logging", "logs.retention_365"],
)
def test_the_shown_command_and_its_undo_do_what_they_say(bare: Company, control: str) -> None:
    prove(replace(bare, scan=scanned(control)), control)


@needs_the_cli
@pytest.mark.parametrize("region", [EU, US])
@pytest.mark.parametrize("control", ["config.recorder", "guardduty.enabled", "securityhub.enabled"])
def test_each_region_is_mended_by_itself(bare: Company, control: str, region: str) -> None:
    """In one region there is nothing yet, in the other something that is off or leaves things out."""
    found = _failing(control, region)
    assert found.remediation
    _paste(bare, found.remediation.cli)
    assert _told(control, region) == [PASS]
    _paste(bare, found.remediation.undo)
    assert _told(control, region) == [FAIL]


@needs_the_cli
def test_a_recorder_that_can_not_deliver_gets_a_bucket_that_it_can_write_to(bare: Company) -> None:
    control = load_controls(("config.recorder",))[0]
    example = next(e for e in control.examples if e.name == "fails to deliver")
    verdict = example_verdict(control, example)
    assert verdict and verdict.remediation
    config = bare.aws.client("config", EU)
    config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": "r"})
    config.put_delivery_channel(DeliveryChannel={"name": "gone", "s3BucketName": "no-such-bucket"})
    _paste(bare, verdict.remediation.cli)
    (channel,) = config.describe_delivery_channels()["DeliveryChannels"]
    assert (channel["name"], channel["s3BucketName"]) == ("gone", f"patrol-config-123456789012-{EU}")
    config.stop_configuration_recorder(ConfigurationRecorderName="default")
    config.delete_delivery_channel(DeliveryChannelName="gone")
    config.delete_configuration_recorder(ConfigurationRecorderName="default")


@needs_the_cli
def test_alarms_are_set_up_from_nothing_and_then_share_what_is_there(bare: Company) -> None:
    """Trail, log group, role, filter, topic, subscriber and alarm by one fix; the others on top of them."""
    first, second, *rest = MONITORING
    found = {v.control: v for v in scanned("monitoring.*").verdicts if v.status is FAIL and v.remediation}
    assert set(found) == set(MONITORING)
    # The second one's commands set all up once more, as of before the first: that does no harm.
    _paste(bare, _fix(found[first]).cli, _fix(found[second]).cli)
    failing = {v.control: v for v in scanned("monitoring.*").verdicts if v.status is FAIL}
    assert set(failing) == set(rest)
    _paste(bare, "\n".join(_fix(failing[control]).cli for control in rest))
    assert set(_told("monitoring.*")) == {PASS}
    undone = [first, rest[0]]
    _paste(bare, _fix(found[first]).undo, _fix(failing[rest[0]]).undo)
    assert {v.control for v in scanned("monitoring.*").verdicts if v.status is FAIL} == set(undone)
    for control in rest:  # the other undos say the same of their own alarm
        name, other = (c.replace("monitoring.", "patrol-").replace("_", "-") for c in (control, rest[0]))
        assert _fix(failing[control]).undo == _fix(failing[rest[0]]).undo.replace(other, name)


def _fix(verdict: Verdict) -> Remediation:
    assert verdict.remediation
    return verdict.remediation


@needs_the_cli
def test_a_filter_that_is_there_gets_an_alarm_and_is_left_as_it_is(bare: Company) -> None:
    found = _set_filter(bare)
    assert found.remediation and "put-metric-filter" not in found.remediation.cli
    _paste(bare, found.remediation.cli)
    assert _told(found.control) == [PASS]
    _paste(bare, found.remediation.undo)
    assert _told(found.control) == [FAIL]
    filters = bare.aws.client("logs", US).describe_metric_filters(logGroupName="patrol-trail")[
        "metricFilters"
    ]
    assert "it's mine" in [item["filterName"] for item in filters]


def _set_filter(bare: Company) -> Verdict:
    change: dict[str, Any] = {"metricName": "Mine", "metricNamespace": "Acme", "metricValue": "1"}
    bare.aws.client("logs", US).put_metric_filter(
        logGroupName="patrol-trail", filterName="it's mine", filterPattern="{ $.errorCode = * }",
        metricTransformations=[change],
    )  # fmt: skip
    return _failing(MONITORING[0])


@needs_the_cli
@pytest.mark.parametrize("kind", ["read", "write"])
def test_object_events_are_added_to_what_the_trail_records(bare: Company, kind: str) -> None:
    control = f"cloudtrail.s3_{kind}_events"
    for name in [t["Name"] for t in bare.aws.client("cloudtrail", US).describe_trails()["trailList"]]:
        if kind == "read" and name != "plain":
            bare.aws.client("cloudtrail", US).delete_trail(Name=name)
    found = _failing(control)
    assert found.remediation
    _paste(bare, found.remediation.cli)
    assert _told(control) == [PASS] == _told("cloudtrail.multi_region")
    _paste(bare, found.remediation.undo)
    assert _told(control) == [FAIL] and _told("cloudtrail.multi_region") == [PASS]


@needs_the_cli
def test_advanced_selectors_are_kept(bare: Company) -> None:
    trail = bare.aws.client("cloudtrail", US)
    kept = {"Name": "it's all", "FieldSelectors": [{"Field": "eventCategory", "Equals": ["Management"]}]}
    trail.create_trail(Name="advanced", S3BucketName="acme-logs", IsMultiRegionTrail=True)
    trail.put_event_selectors(TrailName="advanced", AdvancedEventSelectors=[kept])
    trail.delete_trail(Name="patrol-all-regions")
    found = _failing("cloudtrail.s3_write_events")
    assert found.remediation
    _paste(bare, found.remediation.cli)
    assert _told("cloudtrail.s3_write_events") == [PASS] == _told("cloudtrail.multi_region")
    assert trail.get_event_selectors(TrailName="advanced")["AdvancedEventSelectors"][0] == kept
    _paste(bare, found.remediation.undo)
    assert trail.get_event_selectors(TrailName="advanced")["AdvancedEventSelectors"] == [kept]


def test_every_control_of_these_services_is_proved_here(capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        for control, why in NOT_APPLIED.items():
            print(f"\nnot applied on moto: {control}: {why}")
    services = ("config", "guardduty", "securityhub", "logs", "monitoring", "cloudtrail")
    known = {c.id for c in load_controls() if c.id.split(".")[0] in services}
    assert known - {"cloudtrail.multi_region"} == WATCH - set(NOT_APPLIED)
