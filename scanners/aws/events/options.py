"""What a target's settings say of its queue of events."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from scanners.aws.datasets.ec2_lists import partition
from scanners.errors import UsageError
from scanners.model import Json, Target

PER_MINUTE = 30  # checks of one target in any minute, where the settings say nothing
_URL = re.compile(r"https?://[\w.:-]{3,255}/[0-9]{12}/[\w-]{1,80}\Z", re.ASCII)
_LOOPBACK = re.compile(r"http://(?:127\.0\.0\.1|localhost)[:/]")
_REGION_IN_URL = re.compile(r"sqs\.([a-z]{2}(?:-[a-z]+)+-\d)\.")
_EXAMPLE = "https://sqs.eu-west-1.amazonaws.com/123456789012/patrol-events"
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-\d\Z")


@dataclass(frozen=True, slots=True)
class EventOptions:
    """`queue` is the URL of an SQS queue, "" where the target has none. `per_minute` bounds the checks."""

    queue: str = ""
    region: str = ""
    per_minute: int = PER_MINUTE


def event_options(target: Target) -> EventOptions:
    """The settings of an AWS target."""
    return read_event_options(target.settings)


def read_event_options(said: Mapping[str, Json]) -> EventOptions:
    """Settings by name; the region stands in the URL of a queue of AWS's own."""
    queue = str(said.get("events_queue", ""))
    found = _REGION_IN_URL.search(queue)
    region = str(said.get("events_region", "")) or (found[1] if found else "")
    return EventOptions(queue, region, int(said.get("events_per_minute", 0)) or PER_MINUTE)


def queue_arn(url: str) -> str:
    """The ARN of AWS's own queue at `url`. Raises UsageError where it is none."""
    found = _REGION_IN_URL.search(url)
    if not _URL.match(url) or found is None:
        raise UsageError(f"{url[:80]!r} is no queue's URL, such as {_EXAMPLE}.")
    account, name = url.rsplit("/", 2)[-2:]
    return f"arn:{partition(found[1])}:sqs:{found[1]}:{account}:{name}"


def event_mistakes(said: Mapping[str, Json]) -> list[tuple[str, str]]:
    """What is wrong: the setting, and its mend."""
    options = read_event_options(said)
    found: list[tuple[str, str]] = []
    if options.queue and (
        not _URL.match(options.queue)
        or (not options.queue.startswith("https:") and not _LOOPBACK.match(options.queue))
    ):
        found.append(
            (
                "events_queue",
                f"{options.queue[:80]!r} is no queue. Copy its URL, such as {_EXAMPLE}.",
            )
        )
    elif options.queue and not _REGION.match(options.region):
        found.append(("events_region", "the URL of the queue does not say its region. Write it here."))
    found += [
        (key, "it goes with `events_queue`.")
        for key in ("events_region", "events_per_minute")
        if said.get(key) and not options.queue
    ]
    return found
