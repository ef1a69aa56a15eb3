"""The templates of docs/continuous.md let through what is understood, and nothing that is not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from scanners.aws.events.table import CALLS, OTHERS
from tests.scanners.aws.events.messages import call, opened
from tests.scanners.aws.events.test_read import CASES

FOLDER = Path(__file__).resolve().parents[2] / "docs/continuous"


class _Loader(yaml.SafeLoader):
    """CloudFormation's own tags, read as what they wrap."""


def _wrapped(loader: _Loader, _tag: str, node: yaml.Node) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    assert isinstance(node, yaml.MappingNode)
    return loader.construct_mapping(node, deep=True)


_Loader.add_multi_constructor("!", _wrapped)


def patterns() -> list[dict[str, Any]]:
    """Of the two rules."""
    template = yaml.load((FOLDER / "events.yaml").read_text("utf-8"), Loader=_Loader)  # noqa: S506  # a SafeLoader
    return [template["Resources"][name]["Properties"]["EventPattern"] for name in ("Calls", "Happenings")]


def let_through(message: dict[str, Any]) -> bool:
    from moto.events.models import EventPattern  # half a second, and every worker collects this file

    return any(EventPattern(None, pattern).matches_event(message) for pattern in patterns())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "message",
    [case for case, _found in CASES],
    ids=lambda case: str(case["detail"].get("eventName", case["detail-type"])),
)
def test_what_touches_something_is_let_through(message: dict[str, Any]) -> None:
    assert let_through(message)


def test_what_failed_or_is_no_change_of_settings_is_not() -> None:
    assert not let_through(opened("acme", errorCode="AccessDenied"))
    assert not let_through(call("s3", "PutObject", {"bucketName": "acme"}, managementEvent=False))
    assert not let_through(call("logs", "CreateLogStream", {"logGroupName": "/app"}))
    assert not let_through(call("sts", "AssumeRole", {}))


def test_both_templates_name_every_service_and_every_kind_of_event() -> None:
    calls, happenings = patterns()
    services = {f"{service}.amazonaws.com" for service in CALLS}
    assert set(calls["detail"]["eventSource"]) == services
    assert set(happenings["detail-type"]) == set(OTHERS)
    assert max(len(json.dumps(pattern)) for pattern in patterns()) < 2_048, "EventBridge's limit of a pattern"
    terraform = (FOLDER / "events.tf").read_text("utf-8")
    assert (
        set(re.findall(r'"([a-z0-9-]+\.amazonaws\.com)"', terraform)) - {"events.amazonaws.com"} == services
    )
    assert set(OTHERS) <= set(re.findall(r'"([^"\n]+)"', terraform))
    (left_out,) = calls["detail"]["eventName"]
    assert set(left_out["anything-but"]) <= set(re.findall(r'"([^"\n]+)"', terraform))
    named = {event for rows in CALLS.values() for row in rows for event in row.events.split()}
    assert not named & set(left_out["anything-but"])
