"""boto3's clients: one for each service, whatever the region, for making one is slow and takes memory.

The region of a call is set for the thread that makes it (`at`); it decides the endpoint and the signature just as a
client of that region would (a test compares the two for every service). AWS's service models are read once a process.
"""

import gzip
import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import copy
from datetime import datetime
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from scanners.errors import CollectError

GLOBAL_REGION = "us-east-1"
CONNECT_S, READ_S = 5, 20


class Clients:
    """The clients of one account. `prepare` may add handlers to each that is made."""

    def __init__(self, session: Any, connections: int, prepare: Callable[[str, Any], None]) -> None:
        """`session` is a boto3 Session; endpoints come from AWS's own environment variables."""
        self._session, self._connections, self._prepare = session, connections, prepare
        self._made: dict[str, Any] = {}
        self._lock = threading.Lock()
        self._place = threading.local()

    @property
    def region(self) -> str:
        """Where this thread's call goes."""
        return getattr(self._place, "region", "") or GLOBAL_REGION

    @contextmanager
    def at(self, region: str) -> Iterator[None]:
        """This thread's calls go to `region` meanwhile, "" for services that have none."""
        before = getattr(self._place, "region", "")
        self._place.region = region
        try:
            yield
        finally:
            self._place.region = before

    def get(self, service: str) -> Any:
        """The one client of that service; making one is not thread-safe."""
        made = self._made.get(service)
        if made is None:
            with self._lock:
                made = self._made.get(service) or self._make(service)
                self._made[service] = made
        return made

    def protocol(self, service: str) -> str:
        """What the service speaks ("json", "rest-xml", ...), "" where it was never asked."""
        made = self._made.get(service)
        return str(made.meta.service_model.resolved_protocol) if made is not None else ""

    def close(self) -> None:
        """End the connections."""
        for client in self._made.values():
            client.close()

    def _make(self, service: str) -> Any:
        from botocore.config import Config

        config = Config(
            # Retries are ours (`retries.py`): botocore's own would not wait for the limiter, nor end when told to.
            retries={"mode": "standard", "total_max_attempts": 1},
            connect_timeout=CONNECT_S,
            read_timeout=READ_S,
            max_pool_connections=self._connections,
            # Said here, because botocore otherwise works it out anew for each call, at a tenth of the call's cost.
            user_agent=_user_agent(),
            s3={"addressing_style": "path"} if _own_endpoint("s3") else None,
        )
        client = self._session.client(service, region_name=self.region, config=config)
        events = client.meta.events
        if _own_endpoint(service):
            events.register("before-sign.s3-control", _without_account_in_host)
        home = client.meta.region_name
        # First, so that S3's own redirect to the region of a bucket has the last word.
        events.register_first(
            "before-endpoint-resolution", lambda builtins, **_event: self._elsewhere(home, builtins)
        )
        events.register("choose-signer", lambda context, **_event: self._signed_for(home, context))
        self._prepare(service, client)
        return client

    def _elsewhere(self, home: str, builtins: dict[str, Any]) -> None:
        if self.region != home:
            builtins["AWS::Region"] = self.region

    def _signed_for(self, home: str, context: dict[str, Any]) -> None:
        """What the endpoint rules say of the signature stands; where they say nothing it is signed for the region."""
        if self.region != home:
            context.setdefault("signing", {}).setdefault("region", self.region)


@cache
def _user_agent() -> str:
    return f"Patrol/{version('patrol-bot')} Botocore/{version('botocore')}"


def _own_endpoint(service: str) -> bool:
    own = f"AWS_ENDPOINT_URL_{service.upper().replace('-', '_')}"
    return bool(os.environ.get(own) or os.environ.get("AWS_ENDPOINT_URL"))


def _without_account_in_host(request: Any, **_event: Any) -> None:
    """S3 Control writes the account before the host; on a loopback endpoint that name leads nowhere."""
    account = request.headers.get("x-amz-account-id", "")
    if account:
        request.url = request.url.replace(f"://{account}.", "://", 1)


class _Models:
    """Reads the files of AWS's service models, as plain dicts: half the time and two thirds of the memory of botocore's
    own reader, which makes ordered ones of every shape.
    """

    _OPENERS: Mapping[str, Callable[..., Any]] = {".json": open, ".json.gz": gzip.open}

    def exists(self, file_path: str) -> bool:
        """True where there is such a file; the path comes without its ending."""
        return any(Path(file_path + ending).is_file() for ending in self._OPENERS)

    def load_file(self, file_path: str) -> Any:
        """What is in the file, None where there is none."""
        for ending, opened in self._OPENERS.items():
            if Path(file_path + ending).is_file():
                with opened(file_path + ending, "rb") as file:
                    return json.loads(file.read())
        return None


@cache
def _loader() -> Any:
    """AWS's service models, read once a process: parsing EC2's stops every other thread for a tenth of a second.

    Sessions are not kept: whoever logs in again must not have to restart Patrol.
    """
    from botocore.loaders import Loader

    return Loader(file_loader=_Models())


@cache
def _own_handlers() -> Any:
    """What botocore itself does at each event: gathering it is most of a new session, copying it a tenth of that."""
    from botocore.hooks import HierarchicalEmitter
    from botocore.session import Session

    gathered = HierarchicalEmitter()
    Session(event_hooks=gathered)
    return gathered


def import_boto3() -> None:
    """Half of what a session takes the first time."""
    import boto3  # noqa: F401


def make_session(credentials: Any = None) -> Any:
    """A boto3 session with ambient credentials, or with botocore's `credentials`.

    Raises CollectError where AWS's configuration is broken.
    """
    import boto3
    from botocore.exceptions import BotoCoreError
    from botocore.session import Session

    try:
        plain = Session(event_hooks=copy(_own_handlers()), include_builtin_handlers=False)
        loader = _loader()
        plain.register_component("data_loader", loader)
        if credentials is not None:
            plain._credentials = (
                credentials  # the documented way takes keys, not something that renews itself
            )
        session = boto3.Session(botocore_session=plain)
        loader.search_paths[:] = dict.fromkeys(loader.search_paths)  # each session adds boto3's own again
        plain.get_component("response_parser_factory").set_parser_defaults(timestamp_parser=_time)
        return session
    except BotoCoreError as error:
        raise CollectError(f"AWS configuration: {error}. Check AWS_PROFILE and ~/.aws/config.") from error


def _time(value: Any) -> datetime:
    """ISO 8601, as nearly all of AWS writes it, read twenty times faster than by botocore's own reader."""
    from botocore.utils import parse_timestamp

    if isinstance(value, str) and value[4:5] == "-" and value.endswith("Z"):
        try:
            return datetime.fromisoformat(value)
        except ValueError:
            pass
    found: datetime = parse_timestamp(value)
    return found
