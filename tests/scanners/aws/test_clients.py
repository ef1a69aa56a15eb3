"""One client a service speaks to every region as that region's own client would."""

from itertools import chain
from typing import Any

import pytest
from boto3 import Session
from botocore.session import get_session

from scanners.aws.clients import Clients, _own_handlers, _time, make_session
from scanners.aws.datasets import DATASETS

CREDENTIALS = {"aws_access_key_id": "a", "aws_secret_access_key": "b"}
REGIONS = ("eu-west-1", "ap-southeast-2", "us-west-2")
# A call of each service; those that are not here are asked by the first operation that takes no parameter.
CALLS = {
    "s3": [("get_bucket_policy", {"Bucket": "a-bucket"}), ("get_bucket_acl", {"Bucket": "dotted.bucket"})],
    "s3control": [("get_public_access_block", {"AccountId": "123456789012"})],
}


class Sent(Exception):
    """The request as it would have left."""


def _stop(request, **_event) -> None:  # type: ignore[no-untyped-def]
    scope = request.headers["Authorization"].decode().split("Credential=")[1].split(",")[0]
    raise Sent(request.method, request.url.split("?")[0], scope)


def _asked(client, method: str, given: dict) -> tuple:  # type: ignore[type-arg, no-untyped-def]
    with pytest.raises(Sent) as sent:
        getattr(client, method)(**given)
    return sent.value.args


def _calls(client, service: str):  # type: ignore[no-untyped-def]
    if service in CALLS:
        return CALLS[service]
    model = client.meta.service_model
    names = {operation: method for method, operation in client.meta.method_to_api_mapping.items()}
    free = (name for name in model.operation_names if not _required(model.operation_model(name)))
    return [(names[next(free)], {})]


def _required(operation) -> bool:  # type: ignore[no-untyped-def]
    return bool(operation.input_shape and operation.input_shape.required_members)


@pytest.mark.parametrize("service", sorted({dataset.service for dataset in DATASETS.values()} | {"sts"}))
def test_a_call_goes_where_a_client_of_its_region_would_send_it(
    service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "b")
    session = make_session()
    clients = Clients(session, 4, lambda _service, client: client.meta.events.register("before-send", _stop))
    with clients.at("us-east-1"):
        shared = clients.get(service)
    for region in REGIONS:
        own = session.client(service, region_name=region, **CREDENTIALS)
        own.meta.events.register("before-send", _stop)
        for method, given in _calls(own, service):
            with clients.at(region):
                assert clients.get(service) is shared
                assert _asked(shared, method, given) == _asked(own, method, given), (region, method)
    clients.close()


def test_times_are_read_as_botocore_reads_them() -> None:
    from botocore.utils import parse_timestamp

    for text in (
        "2026-11-24T10:11:12Z",
        "2026-11-24T10:11:12.345Z",
        "Tue, 24 Nov 2026 10:11:12 GMT",
        1795514400,
        "1795514400.5",
    ):
        assert _time(text) == parse_timestamp(text)
        assert _time(text).tzinfo is not None


def test_a_session_does_at_each_event_what_botocore_s_own_does() -> None:
    _own_handlers.cache_clear()  # moto adds one of its own to botocore's when another test imports it
    own, ours, second = get_session(), make_session(), make_session()
    Session(botocore_session=own)  # boto3 adds some
    assert _handlers(own.get_component("event_emitter")) == _handlers(ours.events)
    ours.events.register("before-call", _stop)
    assert _handlers(own.get_component("event_emitter")) == _handlers(second.events)


def _handlers(events: Any) -> dict[str, list[str]]:
    """The names of the handlers of each event, in their order."""
    found: dict[str, list[str]] = {}

    def walk(node: Any, path: str) -> None:
        if node["values"]:
            found[path] = [getattr(one, "__qualname__", type(one).__name__) for one in chain(*node["values"])]
        for part, child in node["children"].items():
            walk(child, f"{path}.{part}")

    walk(events._emitter._handlers._root, "")
    return found
