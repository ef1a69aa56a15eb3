"""The account under construction: clients, chance with a seed, the truth so far, and how states are dealt out."""

import json
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from tests.benchmarks.aws.truth import Truth

T = TypeVar("T")
ACCOUNT = "123456789012"
REGIONS = ("eu-west-1", "us-east-1", "ap-southeast-2")
HOME = "us-east-1"
Statement = dict[str, Any]


class Site:
    """What every builder is given. `client(service, region)` talks to moto in this process."""

    def __init__(self, seed: int, regions: Sequence[str], make: Callable[[str, str], Any]) -> None:
        self.seed, self.regions, self.account = seed, tuple(regions), ACCOUNT
        self.truth = Truth()
        self.now = datetime.now(UTC)
        self._make, self._clients = make, {}  # type: ignore[var-annotated]
        self.resources = 0

    def client(self, service: str, region: str = HOME) -> Any:
        """A client, made once."""
        key = (service, region)
        if key not in self._clients:
            self._clients[key] = self._make(service, region)
        return self._clients[key]

    def chance(self, name: str) -> random.Random:
        """Chance of its own for one builder, so that a change in one does not stir the others."""
        return random.Random(f"{self.seed}:{name}")  # noqa: S311

    def made(self, count: int = 1) -> None:
        """So many resources more."""
        self.resources += count


def deal(chance: random.Random, states: Sequence[T]) -> Iterator[T]:
    """The states in a shuffled order, again and again: each is met before one is met twice."""
    while True:
        yield from chance.sample(list(states), len(states))


def document(*statements: Statement) -> str:
    """A policy's text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
