"""A queue of events in patrol.toml, in the policy, and in the words of `status`."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.cli.aws import run
from bot.messages.status import events_line
from bot.settings import problems
from scanners.aws.events.options import PER_MINUTE, event_options, queue_arn
from scanners.errors import UsageError
from scanners.model import Target
from storage.event_queues import Health
from tests.storage.world import START

URL = "https://sqs.eu-west-1.amazonaws.com/123456789012/patrol-events"
ENDPOINT = "https://vpce-0a1b-2c3d.sqs.eu-central-1.vpce.amazonaws.com/123456789012/patrol-events"
BARE = "https://queue.example/123456789012/patrol-events"


def told(lines: str) -> list[str]:
    return problems(f'[[target]]\nname = "prod"\nkind = "aws"\n{lines}\n', "patrol.toml")


def test_the_region_of_a_queue_stands_in_its_url_or_beside_it() -> None:
    def region(**said: str) -> str:
        return event_options(Target("prod", "aws", settings=said)).region

    assert (region(events_queue=URL), region(events_queue=ENDPOINT)) == ("eu-west-1", "eu-central-1")
    assert region(events_queue=BARE, events_region="us-east-1") == "us-east-1"
    assert event_options(Target("prod", "aws")).per_minute == PER_MINUTE
    for right in (f'events_queue = "{URL}"', f'events_queue = "{ENDPOINT}"\nevents_per_minute = 5',
                  f'events_queue = "{BARE}"\nevents_region = "us-east-1"'):  # fmt: skip
        assert told(right) == []


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('events_queue = "patrol-events"', "events_queue: 'patrol-events' is no queue. Copy its URL, such as https://sqs."),
        (f'events_queue = "{URL.replace("https", "http")}"', "is no queue"),
        (f'events_queue = "{URL}/../x"', "is no queue"),
        (f'events_queue = "{BARE}"', "events_region: the URL of the queue does not say its region. Write it here."),
        (f'events_queue = "{URL}"\nevents_region = "Ireland"', "events_region: "),
        ("events_per_minute = 5", "events_per_minute: it goes with `events_queue`."),
        (f'events_queue = "{URL}"\nevents_per_minute = 100000', "must be a whole number from 0 to 600"),
    ],
)  # fmt: skip
def test_a_mistake_in_the_queue_of_events_is_told_with_its_mend(lines: str, says: str) -> None:
    (line,) = told(lines)
    assert says in line


def test_the_policy_allows_the_queue_and_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["policy", "--controls", "s3.tls_only", "--events", URL]) == 0
    statement = json.loads(capsys.readouterr().out)["Statement"][-1]
    assert statement == {
        "Sid": "Events", "Effect": "Allow", "Resource": "arn:aws:sqs:eu-west-1:123456789012:patrol-events",
        "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
    }  # fmt: skip
    assert queue_arn(URL.replace("eu-west-1", "cn-north-1")).startswith("arn:aws-cn:sqs:cn-north-1:")
    with pytest.raises(UsageError, match="is no queue's URL"):
        run(["policy", "--events", "all"])


def test_status_says_what_came_in_and_what_was_left_alone() -> None:
    health = Health("prod", 0, {}, 0, 0, False, None, "")
    assert events_line(health, START) == "Events of `prod`: none yet."
    busy = replace(
        health, messages=1_204, counts={"touched": 1_200, "malformed": 3, "other_account": 1}, waiting=1,
        last=START - timedelta(minutes=5), storm=True,
    )  # fmt: skip
    assert events_line(busy, START) == (
        "Events of `prod`: 1,204 messages, the last 5 minutes ago. 1 check waits. Left alone: 3 that no one could read,"
        " 1 of other accounts. Too much changed at once: a full scan will look at all of it."
    )
