"""The pace of calls is found: fast where AWS lets it, and soon slow enough where it does not."""

import pytest

from scanners.aws import limiter
from scanners.aws.limiter import BURST, FIRST, Limiter

KEY = ("123456789012", "s3", "us-east-1")
SLOWEST = limiter.SLOWEST


@pytest.fixture(autouse=True)
def as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """The front of the neighbouring tests has it changed while it stands."""
    monkeypatch.setattr(limiter, "SLOWEST", SLOWEST)


class World:
    """A clock that only waiting moves, and a service that lets `rate` calls a second through, `bucket` at once."""

    def __init__(self, rate: float, bucket: float, **given: float) -> None:
        self.now, self.rate, self.bucket = 0.0, rate, bucket
        self._tokens, self._at = bucket, 0.0
        self.limiter = Limiter(lambda: self.now, self._wait, **given)  # type: ignore[arg-type]
        self.refused = 0

    def _wait(self, seconds: float) -> None:
        self.now += seconds

    def call(self, takes_s: float = 0.01) -> None:
        """One call, tried until it gets through."""
        while True:
            self.limiter.pause(KEY)
            self.now += takes_s
            self._tokens = min(self.bucket, self._tokens + (self.now - self._at) * self.rate)
            self._at = self.now
            if self._tokens >= 1:
                self._tokens -= 1
                return
            self.refused += 1
            self.limiter.slow_down(KEY)


@pytest.mark.parametrize(("rate", "bucket"), [(25, 25), (25, 5), (5, 5), (60, 100)])
def test_where_aws_is_slow_few_calls_are_refused_and_little_time_is_lost(rate: float, bucket: float) -> None:
    world = World(rate, bucket)
    calls = 1_000
    for _ in range(calls):
        world.call(takes_s=0.001)
    assert world.refused <= 0.05 * calls
    assert world.now <= 1.6 * calls / rate


def test_where_nothing_is_refused_the_pace_doubles_each_second_up_to_the_ceiling() -> None:
    world = World(10_000, 10_000)
    began = []
    for _ in range(1_500):
        world.limiter.pause(KEY)
        began.append(world.now)
    assert sum(at < 1 for at in began) <= FIRST + BURST + 1
    assert world.limiter.rate(KEY) == 300
    assert max(sum(second <= at < second + 1 for at in began) for second in range(9)) <= 300 + BURST + 1
    assert world.now < 9


def test_a_pace_that_is_not_used_does_not_climb() -> None:
    world = World(10_000, 10_000)
    for _ in range(50):
        world.limiter.pause(KEY)
        world.now += 1.0
    assert world.limiter.rate(KEY) == FIRST


def test_a_ceiling_of_ones_own_holds_for_every_service() -> None:
    world = World(10_000, 10_000, most=4)
    for _ in range(40):
        world.limiter.pause(KEY)
    assert world.now == pytest.approx((40 - BURST - 1) / 4, abs=0.5)


def test_answers_to_calls_that_were_under_way_slow_down_once() -> None:
    world = World(10_000, 10_000)
    for _ in range(30):
        world.limiter.pause(KEY)
    world.limiter.slow_down(KEY)
    once = world.limiter.rate(KEY)
    for _ in range(10):
        world.limiter.slow_down(KEY)
    assert world.limiter.rate(KEY) == once < FIRST


@pytest.mark.parametrize("other", [("210987654321", "s3", "us-east-1"), ("123456789012", "kms", "us-east-1"),
                                   ("123456789012", "s3", "eu-west-1")])  # fmt: skip
def test_each_account_service_and_region_has_a_pace_of_its_own(other: tuple[str, str, str]) -> None:
    world = World(10_000, 10_000)
    for _ in range(10):
        world.limiter.slow_down(KEY)
        world.now += 1
    assert world.limiter.rate(KEY) < 1
    assert world.limiter.rate(other) == FIRST
