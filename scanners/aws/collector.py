"""How data is fetched: paging, retries, the limiter, the ceiling, and honest failures. One `Collector` an account."""

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar

from scanners.aws.api import CallFailed
from scanners.aws.clients import Clients
from scanners.aws.failures import (
    BrokenAnswer,
    failed,
    passing,
    see_that_it_is_whole,
    short,
    throttled,
)  # fmt: skip
from scanners.aws.limiter import Limiter
from scanners.aws.meter import Meter
from scanners.aws.pool import Pool
from scanners.dataset import Gap
from scanners.model import CoverageStatus, Json

T = TypeVar("T")
R = TypeVar("R")
BROKEN_ANSWER_TRIES = 3
TRIES = 4
THROTTLED_TRIES = 8  # the limiter finds the pace meanwhile; a verdict is not lost to its search
LONGEST_WAIT_S = 20.0


def attempts(*, slowed: bool = False) -> int:
    """How often a call is tried: AWS_MAX_ATTEMPTS (AWS's own setting, here 1 to 20), else 4, or 8 when throttled."""
    given = os.environ.get("AWS_MAX_ATTEMPTS", "")
    return min(20, max(1, int(given))) if given.isdigit() else THROTTLED_TRIES if slowed else TRIES


class Collector:
    """Everything that touches the network of one account in one scan."""

    def __init__(
        self, session: Any, regions: tuple[str, ...], *, pool: Pool, limiter: Limiter, meter: Meter, account: str = ""
    ) -> None:  # fmt: skip
        """`session` is a boto3 Session. Pool, limiter and meter are shared by all accounts of the scan."""
        self.account = account
        self.named_regions = regions
        self._pool, self._limiter, self._meter = pool, limiter, meter
        self._clients = Clients(session, pool.workers + 1, self._prepare)
        self._memo: dict[str, Future[Any]] = {}
        self._memo_lock = threading.Lock()

    def close(self) -> None:
        """End the connections."""
        self._clients.close()

    @property
    def regions(self) -> tuple[str, ...]:
        """The regions of this scan; where none were named, those that are enabled, asked for once.

        Raises CallFailed, Stopped.
        """
        return self.named_regions or self.once("regions", self._enabled_regions)

    def _enabled_regions(self) -> tuple[str, ...]:
        answer = self.call("ec2", "describe_regions", "", {})
        found = tuple(sorted(region["RegionName"] for region in answer.get("Regions", [])))
        if not found:
            raise CallFailed(Gap(CoverageStatus.ERROR, "AWS listed no enabled region"), "")
        return found

    def caller(self) -> Mapping[str, Json]:
        """Who AWS says we are. Raises botocore's errors as they are, BrokenAnswer, Stopped."""
        with self._clients.at(self.named_regions[0] if self.named_regions else ""):
            answer: Mapping[str, Json] = self._clients.get("sts").get_caller_identity()
        return answer

    def is_json(self, service: str) -> bool:
        """True where the service answers in JSON, so that a missing list is a broken answer."""
        return self._clients.protocol(service).endswith("json")

    def call(self, service: str, method: str, region: str, params: Mapping[str, Json]) -> Mapping[str, Json]:
        """One call, with its failures told apart. Raises CallFailed, Stopped."""

        def ask() -> Mapping[str, Json]:
            answer: Mapping[str, Json] = getattr(self._clients.get(service), method)(**params)
            return answer

        return self._told_apart(service, method, region, ask)

    def pages(
        self, service: str, method: str, region: str, params: Mapping[str, Json]
    ) -> Iterator[Mapping[str, Json]]:
        """Page after page; a method that AWS does not page is one page."""
        client = self._told_apart(service, method, region, lambda: self._clients.get(service))
        if not client.can_paginate(method):
            yield self.call(service, method, region, params)
            return
        paginator = client.get_paginator(method)
        walk: Iterator[Mapping[str, Json]] | None = None
        read = 0

        def ask() -> Mapping[str, Json] | None:
            nonlocal walk
            if walk is None:
                if read:  # a walk that broke is over, and a new one would begin at the first page
                    raise CallFailed(
                        Gap(CoverageStatus.ERROR, f"{service} {method}: page {read + 1} was cut short"),
                        "BrokenAnswer",
                    )
                walk = iter(paginator.paginate(**params))
            try:
                return next(walk, None)
            except BaseException:
                # Asked again, a generator that raised says "no more pages": the list would look whole.
                walk = None
                raise

        while (page := self._told_apart(service, method, region, ask)) is not None:
            read += 1
            yield page

    def _told_apart(self, service: str, method: str, region: str, ask: Callable[[], T]) -> T:
        from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError
        from botocore.parsers import ResponseParserError

        reason = ""
        for _try in range(BROKEN_ANSWER_TRIES):
            self._meter.check()
            try:
                with self._clients.at(region):
                    return ask()
            except ClientError as error:
                raise failed(service, method, error) from error
            except BrokenAnswer as error:
                reason = f"{service} {method}: {error}"
            except ResponseParserError:  # its text holds the answer, which may be a secret
                reason = f"{service} {method}: the answer was cut short, or is not what AWS writes"
            except HTTPClientError as error:
                raise CallFailed(
                    Gap(CoverageStatus.ERROR, f"{service} {method}: the connection failed ({short(error)})"),
                    "Connection",
                ) from error
            except BotoCoreError as error:
                reason = f"{service} {method}: {short(error)}"
                raise CallFailed(Gap(CoverageStatus.ERROR, reason), type(error).__name__) from error
        raise CallFailed(Gap(CoverageStatus.ERROR, reason), "BrokenAnswer")

    def _prepare(self, service: str, client: Any) -> None:
        """Every request, the first and each retry, passes the limiter before it is signed, and is counted."""

        def send(**_event: Any) -> None:
            self._limiter.pause((self.account, service, self._clients.region))
            self._meter.call()

        def again(response: Any, attempts: int, caught_exception: Any, **_event: Any) -> float | None:
            return self._again(service, response, attempts, caught_exception)

        def whole(operation_model: Any, response_dict: Mapping[str, Any], **_event: Any) -> None:
            see_that_it_is_whole(operation_model, response_dict)

        client.meta.events.register_first("request-created", send)
        client.meta.events.register_first("needs-retry", again)
        client.meta.events.register("before-parse", whole)

    def _again(self, service: str, response: Any, tried: int, error: Any) -> float | None:
        """botocore's question after each attempt: seconds to sleep before the next, or None for no next.

        The waiting is done here, where a stop ends it.
        """
        code, status, slowed = "", None, False
        if response is not None:
            status = response[0].status_code
            if status < 300:
                return None
            code = str(response[1].get("Error", {}).get("Code", ""))
            slowed = throttled(code, status)
            if slowed:
                self._limiter.slow_down((self.account, service, self._clients.region))
        if not (slowed or passing(code, status) or _unreached(error)) or tried >= attempts(slowed=slowed):
            return None
        self._meter.cancel.wait(min(LONGEST_WAIT_S, 0.25 * 2 ** (tried - 1)))
        self._meter.check()
        return 0.0

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """`work` over `items` on the scan's threads, in order; a mapped call may map in turn."""
        return self._pool.map(work, items)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """The value of `key`, made by whoever asks first; others wait for it."""
        with self._memo_lock:
            future = self._memo.get(key)
            mine = future is None
            if future is None:
                future = self._memo[key] = Future()
        if mine:
            try:
                future.set_result(make())
            except BaseException as error:
                future.set_exception(error)
        value: T = future.result()
        return value


def _unreached(error: Any) -> bool:
    from botocore.exceptions import HTTPClientError

    return isinstance(error, HTTPClientError | ConnectionError)
