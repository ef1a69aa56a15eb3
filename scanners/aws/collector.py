"""How data is fetched: clients made once, threads, paging, ceilings, retries, and honest failures."""

import json
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache
from typing import Any, TypeVar

from scanners.aws.api import CallFailed
from scanners.aws.limiter import Limiter
from scanners.aws.permissions import iam_action
from scanners.dataset import Gap
from scanners.errors import CollectError
from scanners.model import CoverageStatus, Json

T = TypeVar("T")
R = TypeVar("R")
BROKEN_ANSWER_TRIES = 3
GLOBAL_REGION = "us-east-1"
_DENIED = {
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AuthorizationError", "Forbidden", "403",
    "AuthorizationErrorException", "UnauthorizedAccess", "KMSAccessDeniedException",
}  # fmt: skip
_EXPIRED = {
    "ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "AuthFailure",
    "UnrecognizedClientException", "InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken",
}  # fmt: skip
_THROTTLED = {
    "Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException",
    "SlowDown", "RequestThrottled", "RequestThrottledException", "BandwidthLimitExceeded",
}  # fmt: skip


def _attempts() -> int:
    """How often a call is tried: 4 times, or AWS_MAX_ATTEMPTS (AWS's own setting, here 1 to 20)."""
    given = os.environ.get("AWS_MAX_ATTEMPTS", "")
    return min(20, max(1, int(given))) if given.isdigit() else 4


def _without_account_in_host(request: Any, **_event: Any) -> None:
    """S3 Control writes the account before the host; on a loopback endpoint that name leads nowhere."""
    account = request.headers.get("x-amz-account-id", "")
    if account:
        request.url = request.url.replace(f"://{account}.", "://", 1)


class BrokenAnswer(Exception):
    """The body did not parse: half an answer is no answer."""


class Cancelled(Exception):
    """Somebody stopped the scan."""


class Collector:
    """Everything that touches the network in one scan."""

    def __init__(
        self,
        session: Any,
        regions: tuple[str, ...],
        *,
        workers: int = 16,
        limiter: Limiter | None = None,
        cancel: threading.Event | None = None,
    ) -> None:
        """`session` is a boto3 Session; endpoints come from AWS's own environment variables."""
        self._session = session
        self.regions = regions
        self._limiter = limiter or Limiter()
        self._cancel = cancel or threading.Event()
        self._clients: dict[tuple[str, str], Any] = {}
        self._clients_lock = threading.Lock()
        self._memo: dict[str, Future[Any]] = {}
        self._memo_lock = threading.Lock()
        self._count = 0
        self._count_lock = threading.Lock()
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="patrol-aws")
        self._inside = threading.local()

    @property
    def api_calls(self) -> int:
        """HTTP requests sent so far, retries included."""
        return self._count

    def close(self) -> None:
        """End the threads and the connections."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        for client in self._clients.values():
            client.close()

    def client(self, service: str, region: str) -> Any:
        """The one client of that service and region; making one is slow and not thread-safe."""
        key = (service, region)
        with self._clients_lock:
            if key not in self._clients:
                self._clients[key] = self._make_client(service, region)
            return self._clients[key]

    def _make_client(self, service: str, region: str) -> Any:
        from botocore.config import Config

        config = Config(
            retries={"mode": "standard", "total_max_attempts": _attempts()},
            connect_timeout=5,
            read_timeout=20,
            max_pool_connections=32,
            s3={"addressing_style": "path"} if self._custom_endpoint("s3") else None,
        )
        client = self._session.client(service, region_name=region or GLOBAL_REGION, config=config)
        if self._custom_endpoint(service):
            client.meta.events.register("before-sign.s3-control", _without_account_in_host)
        client.meta.events.register("before-send", self._counted)
        client.meta.events.register("before-parse", self._whole)
        return client

    def _custom_endpoint(self, service: str) -> bool:
        own = f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"
        return bool(os.environ.get(own) or os.environ.get("AWS_ENDPOINT_URL"))

    def _counted(self, **_event: Any) -> None:
        with self._count_lock:
            self._count += 1

    def _whole(self, operation_model: Any, response_dict: Mapping[str, Any], **_event: Any) -> None:
        """botocore reads a JSON body cut in half as an answer without its members; see that it parses."""
        protocol = operation_model.service_model.protocol
        body = response_dict.get("body")
        if isinstance(body, bytes):
            _refuse_a_strangers_page(operation_model.name, protocol, response_dict.get("status_code"), body)
        if (
            not protocol.endswith("json")
            or not isinstance(body, bytes)
            or operation_model.has_streaming_output
        ):
            return
        shape = operation_model.output_shape
        if not body and (shape is None or not shape.members):
            return
        try:
            json.loads(body)
        except ValueError as error:
            raise BrokenAnswer(f"the answer was cut short ({len(body)} bytes that are no JSON)") from error

    def is_json(self, service: str) -> bool:
        """True where the service answers in JSON, so that a missing list is a broken answer."""
        client = next((c for (name, _), c in self._clients.items() if name == service), None)
        return client is not None and str(client.meta.service_model.protocol).endswith("json")

    def call(self, service: str, method: str, region: str, params: Mapping[str, Json]) -> Mapping[str, Json]:
        """One call, with its failures told apart. Raises CallFailed, Cancelled."""

        def ask() -> Mapping[str, Json]:
            answer: Mapping[str, Json] = getattr(self.client(service, region), method)(**params)
            return answer

        return self._told_apart(service, method, region, ask)

    def pages(
        self, service: str, method: str, region: str, params: Mapping[str, Json]
    ) -> Iterator[Mapping[str, Json]]:
        """Page after page; a method that AWS does not page is one page."""
        client = self._told_apart(service, method, region, lambda: self.client(service, region))
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

        reason = ""
        for _try in range(BROKEN_ANSWER_TRIES):
            if self._cancel.is_set():
                raise Cancelled
            self._limiter.pause(service, region)
            try:
                return ask()
            except ClientError as error:
                raise self._failed(service, method, error) from error
            except BrokenAnswer as error:
                reason = f"{service} {method}: {error}"
            except HTTPClientError as error:
                raise CallFailed(
                    Gap(CoverageStatus.ERROR, f"{service} {method}: the connection failed ({_short(error)})"),
                    "Connection",
                ) from error
            except BotoCoreError as error:
                reason = f"{service} {method}: {_short(error)}"
                raise CallFailed(Gap(CoverageStatus.ERROR, reason), type(error).__name__) from error
        raise CallFailed(Gap(CoverageStatus.ERROR, reason), "BrokenAnswer")

    def _failed(self, service: str, method: str, error: Any) -> CallFailed:
        detail = error.response.get("Error", {})
        code, message = str(detail.get("Code", "")), str(detail.get("Message", ""))
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if code in _DENIED or (status == 403 and code not in _EXPIRED):
            action = iam_action(service, method, message)
            return CallFailed(Gap(CoverageStatus.DENIED, f"{action} is refused", action), code)
        if code in _EXPIRED:
            gap = Gap(CoverageStatus.ERROR, f"the credentials were refused during the scan ({code})")
        elif code in _THROTTLED or status in (429, 503):
            gap = Gap(
                CoverageStatus.ERROR, f"{service} {method}: throttled, and retries did not help ({code})"
            )
        else:
            gap = Gap(CoverageStatus.ERROR, f"{service} {method}: {code} {message[:200]}".strip())
        return CallFailed(gap, code)

    def map(self, work: Callable[[T], R], items: Iterable[T]) -> list[R]:
        """In order; inside a mapped call it runs in place, so that nested maps can never lock up the pool."""
        if getattr(self._inside, "mapped", False):
            return [work(item) for item in items]

        def inside(item: T) -> R:
            self._inside.mapped = True
            return work(item)

        return list(self._pool.map(inside, items))

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


def _refuse_a_strangers_page(operation: str, protocol: str, status: int | None, body: bytes) -> None:
    """A network's sign-in page comes with 200 and is good XML: botocore would read it as an empty list."""
    start = body[:1_000].lstrip().lower()
    page = start.startswith((b"<!doctype html", b"<html"))
    named = f"<{operation}response".lower().encode()
    if page or (protocol in ("ec2", "query") and status == 200 and body and named not in start):
        raise BrokenAnswer("the answer is not AWS's (a proxy or a sign-in page?)")


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200]


@cache
def _loader() -> Any:
    """AWS's service models, read once a process: parsing EC2's stops every other thread for a third of a second.

    Sessions are not kept: whoever logs in again must not have to restart Patrol.
    """
    from botocore.loaders import create_loader

    return create_loader()


def session_or_error() -> Any:
    """A boto3 session with ambient credentials. Raises CollectError where the configuration is broken."""
    import boto3
    from botocore.exceptions import BotoCoreError
    from botocore.session import get_session

    try:
        plain = get_session()
        loader = _loader()
        plain.register_component("data_loader", loader)
        session = boto3.Session(botocore_session=plain)
        loader.search_paths[:] = dict.fromkeys(loader.search_paths)  # each session adds boto3's own again
        return session
    except BotoCoreError as error:
        raise CollectError(f"AWS configuration: {error}. Check AWS_PROFILE and ~/.aws/config.") from error
