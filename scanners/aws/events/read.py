"""One message of the queue -> what it touches. Pure; everything in a message is taken for hostile.

A message is an event of EventBridge ("AWS API Call via CloudTrail", or one of `table.OTHERS`), or a bare CloudTrail
record. It says what to look at, never what is there: the check asks AWS.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal

from scanners.aws.datasets import DATASETS
from scanners.aws.datasets.ec2_lists import partition
from scanners.aws.events.shapes import SHAPES, arn_of
from scanners.aws.events.table import ALL, CALLS, OTHERS, Row

LARGEST = 1_100_000  # letters; SQS takes 1 MiB
MOST_NAMED = 10  # resources of one dataset that one event may name; what names more touches the whole dataset
MOST_ITEMS = 200  # of a list that are looked at
CALL = "AWS API Call via CloudTrail"
Outcome = Literal["touched", "read_only", "failed", "unmapped", "other_account", "other_region", "malformed"]
_READS = re.compile(r"(?:BatchGet|Check|Describe|Get|Head|List|Lookup|Search|Select|Simulate|Validate)")
_VERSION = re.compile(r"\d{8}(?:v\d{1,2})?\Z")  # Lambda's calls end in the date of their version
_ACCOUNT = re.compile(r"[0-9]{12}\Z")


@dataclass(frozen=True, slots=True)
class Place:
    """What a queue may speak of. `scanned` is None where every region is."""

    accounts: frozenset[str]
    regions: frozenset[str]
    scanned: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """`arn` of a resource of `dataset`, "" for all of them; `region` is "" where the dataset is global."""

    dataset: str
    account: str
    region: str
    arn: str


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a message. `at` is when the event was, by its own word."""

    outcome: Outcome
    touches: tuple[Touch, ...] = ()
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Event:
    account: str
    region: str
    rows: tuple[Row, ...]
    roots: Mapping[str, Any]
    at: datetime | None


def read(body: str, place: Place) -> Reading:
    """What `body` touches. Never raises, whatever it holds; names at most a few resources a dataset."""
    try:
        message = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError):
        message = None
    if not isinstance(message, dict):
        return Reading("malformed")
    found = _parsed(message, place)
    if isinstance(found, Reading):
        return found
    touches = tuple(dict.fromkeys(touch for row in found.rows for touch in _touches(row, found)))
    kept = tuple(touch for touch in touches if _is_scanned(touch, place))
    if touches and not kept:
        return Reading("other_region", (), found.at)
    return Reading("touched" if kept else "unmapped", kept, found.at)


def _parsed(message: Mapping[str, Any], place: Place) -> _Event | Reading:
    wrapped = "detail-type" in message
    detail = message.get("detail") if wrapped else message
    kind = message.get("detail-type") if wrapped else CALL
    if not isinstance(detail, dict) or not isinstance(kind, str):
        return Reading("malformed")
    is_call = kind == CALL
    named = detail.get("eventName") if is_call else kind
    source = detail.get("eventSource") if is_call else message.get("source")
    if not isinstance(named, str) or not isinstance(source, str):
        return Reading("malformed")
    stated = [message.get("account")] if wrapped else []
    if is_call and (detail.get("recipientAccountId") is not None or not wrapped):
        stated.append(detail.get("recipientAccountId"))
    account, region = stated[0], detail.get("awsRegion") if is_call else message.get("region")
    if not isinstance(account, str) or not _ACCOUNT.match(account) or not isinstance(region, str):
        return Reading("malformed")
    if account not in place.accounts or any(one != account for one in stated):
        return Reading("other_account")
    if region not in place.regions:
        return Reading("other_region")
    at = _time(detail.get("eventTime") if is_call else message.get("time"))
    if is_call and (detail.get("readOnly") in (True, "true") or _READS.match(named)):
        return Reading("read_only", (), at)
    if is_call and detail.get("errorCode"):
        return Reading("failed", (), at)
    rows = _calls(source, _VERSION.sub("", named)) if is_call else OTHERS.get(kind, ())
    if not is_call and not source.startswith("aws."):
        rows = ()  # AWS alone may send events under its own name; others may send any detail-type
    roots = {
        "request": detail.get("requestParameters"), "response": detail.get("responseElements"),
        "resources": detail.get("resources"), "identity": detail.get("userIdentity"),
        "detail": detail, "listed": message.get("resources"),
    }  # fmt: skip
    return _Event(account, region, rows, roots, at)


@cache
def _by_name() -> Mapping[tuple[str, str], tuple[Row, ...]]:
    found: dict[tuple[str, str], tuple[Row, ...]] = {}
    for service, rows in CALLS.items():
        for row in rows:
            for event in row.events.split():
                found[service, event] = (*found.get((service, event), ()), row)
    return found


def _calls(source: str, name: str) -> tuple[Row, ...]:
    return _by_name().get((source.removesuffix(".amazonaws.com"), name), ())


def _touches(row: Row, event: _Event) -> Iterator[Touch]:
    for shape in row.datasets:
        dataset = shape.split(" ")[0]
        region = event.region if DATASETS[dataset].place == "regional" else ""
        if not row.paths:
            yield Touch(dataset, event.account, region, f"arn:aws:iam::{event.account}:root")
            continue
        paths = row.paths.split()
        named = _named(shape, [path for path in paths if path != ALL], event)
        if len(named) > MOST_NAMED or (ALL in paths and not named):
            yield Touch(dataset, event.account, region, "")
        else:
            yield from (Touch(dataset, event.account, region, arn) for arn in named)


def _named(shape: str, paths: list[str], event: _Event) -> list[str]:
    if shape not in SHAPES:
        return []
    own = (partition(event.region), event.region, event.account)
    said = (value for path in paths for value in _at(event.roots, path.split(".")))
    return list(dict.fromkeys(arn for value in said if (arn := arn_of(shape, value, *own))))


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    """What stands at `path`, as deep as the path goes and no deeper."""
    if not path:
        yield value
    elif path[0] == "*":
        for item in value[:MOST_ITEMS] if isinstance(value, list) else ():
            yield from _at(item, path[1:])
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _is_scanned(touch: Touch, place: Place) -> bool:
    return not touch.region or place.scanned is None or touch.region in place.scanned


def _time(said: object) -> datetime | None:
    """The event's own time, None where that is none. Nothing is decided by it alone: it may be forged."""
    try:
        found = datetime.fromisoformat(said) if isinstance(said, str) and len(said) < 40 else None
        return found.astimezone(UTC) if found is not None and found.tzinfo else None
    except (ValueError, OverflowError):
        return None
