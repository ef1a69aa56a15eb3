"""A running workspace on a clock that stands still, and an unmodified client of it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from slack_sdk import WebClient

from bot.sandbox.slack import SandboxSlack
from tests.bot.sandbox.slack.wire import Clock, client_of


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[SandboxSlack]:
    with SandboxSlack(clock=clock) as made:
        yield made


@pytest.fixture
def client(slack: SandboxSlack) -> WebClient:
    return client_of(slack)


@pytest.fixture
def hands() -> Iterator[ThreadPoolExecutor]:
    """People act beside the test: what they do waits for the app's acknowledgement."""
    with ThreadPoolExecutor(4) as pool:
        yield pool
