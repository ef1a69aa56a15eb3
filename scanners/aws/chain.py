"""Does anybody hear of it? Metric filters, alarms and topics of one log group, judged as one chain. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scanners.aws.patterns import Test, Unreadable, read_pattern
from scanners.aws.watches import Event
from scanners.model import Json

# Namespace, name, and whether it is split by dimensions: an alarm on the split one does not see the plain one.
Metric = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Filter:
    """A metric filter. `metrics` are what it counts into."""

    name: str
    pattern: str
    metrics: tuple[Metric, ...]


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm. `rises`: it wakes when a number gets high. `heard`: one of its topics has a subscriber.

    `topics` are those that are told; `unseen`: one of them is another account's.
    """

    name: str
    metrics: tuple[Metric, ...]
    rises: bool
    topics: tuple[str, ...]
    heard: bool
    unseen: bool = False


@dataclass(frozen=True, slots=True)
class Place:
    """A log group that a trail of all regions writes to. `topic` is one in use there that has a subscriber."""

    region: str
    log_group: str
    filters: tuple[Filter, ...]
    alarms: tuple[Alarm, ...]
    topic: str | None


def judge_watch(
    places: Sequence[Place], wanted: Mapping[str, tuple[Event, ...]]
) -> tuple[dict[str, Json], str]:
    """What is there of one watch, and what could not be read that might keep it ("" where nothing).

    `wanted` maps what must be seen to the events in which it shows. Several filters may share the work.
    """
    missing = dict.fromkeys(wanted, "")
    whole: tuple[Place, Filter, list[Alarm]] | None = None
    unread = ""
    for place in places:
        for rule in place.filters:
            alarms = [a for a in place.alarms if a.rises and set(a.metrics) & set(rule.metrics)]
            heard = any(alarm.heard for alarm in alarms)
            try:
                test = read_pattern(rule.pattern)
            except Unreadable as error:
                if heard:
                    unread = f"the pattern of metric filter {rule.name} can't be read: {error}"
                continue
            seen = {what for what, events in wanted.items() if _sees(test, events)}
            if seen and not heard and any(alarm.unseen for alarm in alarms):
                unread = f"the topic that metric filter {rule.name} leads to is another account's"
            if len(seen) == len(wanted) and (whole is None or heard):
                whole = place, rule, alarms
            for what in seen:
                missing[what] = _further(missing[what], _stage(alarms, heard))
    lacking = [what for what, stage in missing.items() if stage != "heard"]
    chain: dict[str, Json] = {"kept": not lacking, "why": _why(places, missing, lacking), "filter": None}
    if whole:
        place, rule, alarms = whole
        space, name, _split = rule.metrics[0] if rule.metrics else ("", "", False)
        chain |= {"filter": rule.name, "region": place.region, "namespace": space, "metric": name}
        chain["alarms"] = sorted(alarm.name for alarm in alarms)
    return chain, unread if lacking else ""


_STAGES = ("", "counted", "alarmed", "told", "heard")


def _stage(alarms: Sequence[Alarm], heard: bool) -> str:
    """How far it gets: a filter counts it, an alarm wakes, a topic is told, somebody hears."""
    if heard or not alarms:
        return "heard" if heard else "counted"
    return "told" if any(alarm.topics for alarm in alarms) else "alarmed"


def _further(one: str, other: str) -> str:
    return max(one, other, key=_STAGES.index)


def _sees(test: Test, events: Sequence[Event]) -> bool:
    return all(test(event) for event in events)


def _why(places: Sequence[Place], missing: Mapping[str, str], lacking: Sequence[str]) -> str:
    """The first break of the chain in words; "" where there is none."""
    if not lacking:
        return ""
    if not places:
        return "no trail of all regions that is on writes to a log group"
    groups = ", ".join(place.log_group for place in places)
    at = {stage: [what for what in lacking if missing[what] == stage] for stage in _STAGES}
    words = {
        "": f"no metric filter of {groups} matches",
        "counted": "no alarm watches the metric of",
        "alarmed": "the alarm tells no SNS topic of",
        "told": "nobody is subscribed to the topic for",
    }
    stage = next(stage for stage in _STAGES if at[stage])
    return f"{words[stage]} {_few(at[stage])}"


def _few(names: Sequence[str]) -> str:
    shown = ", ".join(names[:4])
    return shown if len(names) <= 4 else f"{shown} and {len(names) - 4} more"
