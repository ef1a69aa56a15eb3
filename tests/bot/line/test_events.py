"""From a change in AWS to the channel, through a real queue and a real socket; and what happens to the queue on a bad day."""

import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.doctor import _events
from bot.events import Listener
from bot.process import Process
from bot.sandbox.aws import SandboxAws
from bot.sandbox.slack import SandboxSlack, acme_workspace
from bot.sandbox.slack.workspace import from_manifest
from bot.scanning import make_scanner
from bot.settings import Settings
from bot.times import now_utc
from commands.people import Organisation, Team
from commands.reply import StatusReport
from scanners.aws.events.queue import Message, Queue
from scanners.errors import CollectError
from scanners.model import Target
from storage.jobs import Job
from storage.store import Store
from tests.bot.line.stage import CHANNEL, ROOT
from tests.commands.office import Office, open_office
from tests.scanners.aws.events.messages import EU, opened

BUCKET = "acme-invoices"
SHUT = dict.fromkeys(
    ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
)
PUBLIC = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "s3:GetObject",
            "Resource": f"arn:aws:s3:::{BUCKET}/*",
        }
    ],
}


@pytest.fixture(scope="module")
def aws() -> Iterator[SandboxAws]:
    """An account with one bucket, which is shut."""
    before = dict(os.environ)
    with SandboxAws() as made:
        os.environ.update(made.environment())
        os.environ.pop("AWS_PROFILE", None)
        s3 = made.client("s3", EU)
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": EU})
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=SHUT)
        yield made
        os.environ.clear()
        os.environ.update(before)


class Mail:
    """A queue in the account, and the target that listens to it."""

    def __init__(self, aws: SandboxAws, name: str, **attributes: str) -> None:
        self._sqs = aws.client("sqs", EU)
        self.url = self._sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        settings = {"events_queue": self.url, "events_region": EU}
        self.target = Target("prod", "aws", "payments", (EU,), settings)

    def send(self, message: dict[str, Any] | str) -> None:
        body = message if isinstance(message, str) else json.dumps(message)
        self._sqs.send_message(QueueUrl=self.url, MessageBody=body)

    def left(self) -> int:
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        said = self._sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return sum(int(said[name]) for name in names)


def test_a_bucket_that_is_opened_is_in_the_channel_in_seconds_and_its_fix_closes_without_a_click(
    aws: SandboxAws, tmp_path: Path
) -> None:
    s3, mail = aws.client("s3", EU), Mail(aws, "patrol-line")
    with SandboxSlack(from_manifest(acme_workspace(), ROOT / "manifest.yml")) as slack:
        organisation = Organisation((Team("payments", CHANNEL),), (mail.target,))
        settings = Settings(
            organisation=organisation, bot_token=slack.bot_token, app_token=slack.app_token,
            signing_secret=slack.signing_secret, slack_api_url=slack.base_url,
        )  # fmt: skip
        process = Process(settings, Store(tmp_path / "patrol.db"), make_scanner(now_utc), now_utc)
        process.start()

        def told() -> str:
            found = [m["text"] for m in slack.messages(CHANNEL) if "Buckets must not be public" in m["text"]]
            return str(found[-1]) if found else ""

        s3.delete_public_access_block(Bucket=BUCKET)
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(PUBLIC))
        began = time.monotonic()
        mail.send(opened(BUCKET, eventTime=now_utc().isoformat()))
        slack.wait_for(lambda: BUCKET in told(), 40, "the message")
        assert time.monotonic() - began < 40
        s3.delete_bucket_policy(Bucket=BUCKET)
        mail.send(opened(BUCKET, eventTime=now_utc().isoformat(), eventName="DeleteBucketPolicy"))
        slack.wait_for(lambda: "fixed, proven by a scan" in told(), 40, "the fix")
        assert mail.left() == 0
        began = time.monotonic()
        process.stop()
        assert time.monotonic() - began < 8


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = open_office(tmp_path)
    yield made
    made.store.close()


def listener(office: Office, target: Target, connect: Callable[..., Any], waits: list[float]) -> Listener:
    office.organisation = replace(office.organisation, targets=(target,))
    return Listener(target, lambda: office.context("schedule"), lambda: None, connect, waits.append)


def at_once(target: Target, stop: threading.Event) -> Queue:
    return Queue(target, stop, long_poll_s=0)


def waiting(office: Office) -> list[Job]:
    return [job for job in office.waiting() if job.kind == "event"]


def test_dying_between_put_down_and_delete_repeats_an_event_and_loses_none(
    aws: SandboxAws, office: Office
) -> None:
    class Dying(Queue):
        def delete(self, messages: Sequence[Message]) -> None:
            raise CollectError("the process was killed here")

    mail = Mail(aws, "patrol-dying", VisibilityTimeout="0")
    mail.send(opened(BUCKET))
    dying = listener(office, mail.target, lambda target, stop: Dying(target, stop, long_poll_s=0), [])
    assert not dying.turn()
    assert (len(waiting(office)), mail.left()) == (1, 1)
    again = listener(office, mail.target, at_once, [])
    assert again.turn()
    assert (len(waiting(office)), mail.left()) == (1, 0)


def test_what_a_long_poll_brings_after_patrol_was_told_to_stop_is_left_for_the_next_start(
    aws: SandboxAws, office: Office
) -> None:
    class Stopped(Queue):
        def receive(self) -> list[Message]:
            found = super().receive()
            hears.stop()
            return found

    mail = Mail(aws, "patrol-stopping", VisibilityTimeout="0")
    mail.send(opened(BUCKET))
    hears = listener(office, mail.target, lambda target, stop: Stopped(target, stop, long_poll_s=0), [])
    hears.turn()
    assert (waiting(office), mail.left()) == ([], 1)


def test_a_store_that_cannot_be_written_loses_no_message(aws: SandboxAws, office: Office) -> None:
    mail = Mail(aws, "patrol-store", VisibilityTimeout="0")
    mail.send(opened(BUCKET))
    hears = listener(office, mail.target, at_once, [])
    whole, office.store = office.store, Store(office.store.path, read_only=True)
    assert not hears.turn()
    assert mail.left() == 1
    office.store.close()
    office.store = whole
    assert hears.turn()
    assert (len(waiting(office)), mail.left()) == (1, 0)


def test_the_queue_is_read_in_the_account_that_the_scans_enter(aws: SandboxAws) -> None:
    mail = Mail(aws, "patrol-role")
    role = {"role": "arn:aws:iam::222222222222:role/PatrolAudit", "external_id": "acme-1"}
    with closing(
        at_once(replace(mail.target, settings={**mail.target.settings, **role}), threading.Event())
    ) as there:
        assert there.account == "222222222222"
        with pytest.raises(CollectError, match="The queue of events is not there"):
            there.receive()
    with closing(at_once(mail.target, threading.Event())) as here:
        assert (here.account, here.receive()) == ("123456789012", [])
        assert {"eu-west-1", "cn-north-1", "us-gov-west-1"} <= here.regions()


def test_messages_that_no_one_can_read_are_deleted_and_counted_and_block_nothing(
    aws: SandboxAws, office: Office
) -> None:
    mail = Mail(aws, "patrol-poison")
    for body in ("{", "[" * 5_000, '{"detail-type": 5}', json.dumps(opened(BUCKET))):
        mail.send(body)
    hears = listener(office, mail.target, at_once, [])
    assert hears.turn()
    assert (len(waiting(office)), mail.left()) == (1, 0)
    report = office.say("status")
    assert isinstance(report, StatusReport)
    assert report.events[0].counts == {"malformed": 3, "touched": 1}


def test_a_queue_that_cannot_be_read_is_asked_ever_more_seldom_told_once_and_comes_back(
    aws: SandboxAws, office: Office, caplog: pytest.LogCaptureFixture
) -> None:
    mail, waits = Mail(aws, "patrol-there"), list[float]()
    lost = replace(mail.target, settings={**mail.target.settings, "events_queue": mail.url + "-not"})
    places = iter([lost] * 8 + [mail.target])
    hears = listener(office, mail.target, lambda _target, stop: at_once(next(places), stop), waits)
    with caplog.at_level("INFO", "patrol.events"):
        assert [hears.turn() for _ in range(8)] == [False] * 8
        report = office.say("status")
        assert isinstance(report, StatusReport)
        assert [
            p for p in report.problems if p.startswith("events of prod: The queue of events is not there.")
        ]
        assert hears.turn()
    assert waits == [5, 10, 20, 40, 80, 160, 300, 300]
    assert [record.message.split(" ")[0] for record in caplog.records] == [
        "events.unread",
        "events.read_again",
    ]
    report = office.say("status")
    assert isinstance(report, StatusReport)
    assert not [problem for problem in report.problems if "events" in problem]


def test_the_doctor_looks_at_the_queue_and_leaves_in_it_what_is_there(aws: SandboxAws) -> None:
    mail = Mail(aws, "patrol-doctor")
    mail.send(opened(BUCKET))
    well, bare = _events(mail.target)
    assert (well.level, well.text) == ("ok", "The queue can be read; 1 message in it.")
    assert (bare.level, "dead-letter" in bare.text) == ("warn", True)
    assert mail.left() == 1
    lost = replace(mail.target, settings={**mail.target.settings, "events_queue": mail.url + "-not"})
    (bad,) = _events(lost)
    assert (bad.level, bad.text) == (
        "bad", "The queue of events is not there. Is `events_queue` right, and the region?"
    )  # fmt: skip
    assert list(_events(replace(mail.target, settings={}))) == []


def test_a_user_is_checked_under_the_path_that_no_event_tells(aws: SandboxAws) -> None:
    iam = aws.client("iam")
    iam.create_user(Path="/ops/", UserName="bob")
    iam.create_login_profile(UserName="bob", Password="not-a-real-Passw0rd")
    scanner, target = make_scanner(now_utc), Target("prod", "aws", "payments", (EU,))
    whole = "arn:aws:iam::123456789012:user/ops/bob"
    scan = scanner(target, ("iam.user_mfa_console",), only_resource=whole.replace("/ops/", "/*/"))
    assert (scan.only_resource, [str(v.status) for v in scan.verdicts]) == (whole, ["FAIL"])
    assert scan.verdicts[0].resource.arn == whole
    before = scanner(target, ("iam.user_mfa_console",), only_resource=whole.replace("/ops/", "/"))
    assert before.verdicts == (), "who had that ARN is gone; the name is another's"


def test_the_template_makes_the_queue_at_home_and_a_sender_elsewhere(aws: SandboxAws) -> None:
    template = (ROOT / "docs/continuous/events.yaml").read_text("utf-8")
    made: dict[str, dict[str, Any]] = {}
    for region in (EU, "us-east-1"):
        stacks = aws.client("cloudformation", region)
        parameters = [{"ParameterKey": "HomeRegion", "ParameterValue": EU}]
        stacks.create_stack(StackName="patrol-events", TemplateBody=template, Parameters=parameters)
        listed = stacks.list_stack_resources(StackName="patrol-events")["StackResourceSummaries"]
        made[region] = {one["LogicalResourceId"]: one.get("PhysicalResourceId") for one in listed}
    unnamed = {""}  # moto knows no policies of queues and of buses
    assert set(made[EU]) - unnamed == {"Calls", "Happenings", "Queue", "DeadLetters"}
    assert set(made["us-east-1"]) - unnamed == {"Calls", "Happenings", "Sender"}
    (output,) = aws.client("cloudformation", EU).describe_stacks(StackName="patrol-events")["Stacks"][0][
        "Outputs"
    ]
    target = Target(
        "prod", "aws", "payments", (EU,), {"events_queue": output["OutputValue"], "events_region": EU}
    )
    (well,) = _events(target)
    assert well.level == "ok", "with a dead-letter queue there is nothing to warn of"
