"""The SQS queue that an account's events come in. Read with the credentials of the target's scans."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from scanners.aws.accounts import Account, entered
from scanners.aws.api import CallFailed
from scanners.aws.clients import make_session
from scanners.aws.collector import Collector
from scanners.aws.events.options import event_options
from scanners.aws.failures import Stopped
from scanners.aws.limiter import Limiter
from scanners.aws.meter import Meter
from scanners.aws.options import options_of
from scanners.aws.pool import Pool
from scanners.errors import CollectError, CredentialError
from scanners.model import CoverageStatus, Json, Target

AT_ONCE = 10  # SQS's most
LONG_POLL_S = 15  # SQS takes 20, but the clients give up on a silent connection after that
PERMISSIONS = ("sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
_DEPTH = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible", "RedrivePolicy")


@dataclass(frozen=True, slots=True)
class Message:
    """`receipt` is what deletes it."""

    body: str
    receipt: str


@dataclass(frozen=True, slots=True)
class Depth:
    """How much lies in the queue, and whether what can't be read goes to a dead-letter queue."""

    waiting: int
    under_way: int
    dead_letters: bool


class Queue:
    """One target's queue. `stop` ends the waiting; every call then raises Stopped's words as CollectError."""

    def __init__(self, target: Target, stop: threading.Event, *, long_poll_s: int = LONG_POLL_S) -> None:
        """Raises CredentialError or CollectError where there are no credentials, or the role can't be entered."""
        self._options = event_options(target)
        self._long_poll_s = long_poll_s
        self._opened: list[Collector] = []
        self._meter, self._limiter = Meter(stop), Limiter(wait=stop.wait)
        base = self._collector(make_session())
        try:
            base.account = _account(base)
            self._collected = self._entered(base, target)
        except CallFailed as failure:
            self.close()
            raise told(failure) from failure
        except BaseException:
            self.close()
            raise
        self.account = self._collected.account

    def regions(self) -> frozenset[str]:
        """Every region that AWS's own tables know: what names another is no event of AWS's."""
        session = make_session()
        return frozenset(
            region
            for partition in session.get_available_partitions()
            for region in session.get_available_regions("ec2", partition_name=partition)
        )

    def receive(self) -> list[Message]:
        """Up to ten messages, as soon as there is one; none after the long poll. They come again unless deleted."""
        answer = self._call("receive_message", MaxNumberOfMessages=AT_ONCE, WaitTimeSeconds=self._long_poll_s)
        return [
            Message(str(message.get("Body", "")), str(message["ReceiptHandle"]))
            for message in answer.get("Messages") or ()
            if message.get("ReceiptHandle")
        ]

    def delete(self, messages: Sequence[Message]) -> None:
        """They are done with. One that AWS does not delete comes again, which is harmless."""
        entries = [{"Id": str(at), "ReceiptHandle": one.receipt} for at, one in enumerate(messages)]
        if entries:
            self._call("delete_message_batch", Entries=entries)

    def depth(self) -> Depth:
        """How much waits."""
        said: Mapping[str, str] = (
            self._call("get_queue_attributes", AttributeNames=list(_DEPTH)).get("Attributes") or {}
        )
        return Depth(
            int(said.get(_DEPTH[0]) or 0), int(said.get(_DEPTH[1]) or 0), bool(said.get(_DEPTH[2]))
        )  # fmt: skip

    def close(self) -> None:
        """End the connections."""
        for collector in self._opened:
            collector.close()

    def _call(self, method: str, **params: Json) -> Mapping[str, Json]:
        try:
            return self._collected.call(
                "sqs", method, self._options.region, {"QueueUrl": self._options.queue, **params}
            )
        except CallFailed as failure:
            raise told(failure) from failure
        except Stopped as stopped:
            raise CollectError(f"The queue of events was not read: {stopped}.") from stopped

    def _collector(self, session: Any, account: str = "") -> Collector:
        made = Collector(
            session, (self._options.region,), pool=Pool(1), limiter=self._limiter, meter=self._meter, account=account
        )  # fmt: skip
        self._opened.append(made)
        return made

    def _entered(self, base: Collector, target: Target) -> Collector:
        """Where the target is one account that is entered by a role, its queue is there too."""
        options = options_of(target)
        if options.many or not options.role:
            return base
        account = Account(options.role.split(":")[4], role=options.role)
        return self._collector(entered(base, account, options.external_id, target.name), account.id)


def _account(base: Collector) -> str:
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        return str(base.caller()["Account"])
    except (BotoCoreError, ClientError, KeyError) as error:
        raise CredentialError(
            f"The queue of events: AWS did not take the credentials ({' '.join(str(error).split())[:200]})."
        ) from error


def told(failure: CallFailed) -> CollectError | CredentialError:
    """What a person reads of a call to the queue that failed."""
    reason = failure.gap.reason
    if failure.gap.status is CoverageStatus.DENIED:
        return CredentialError(f"The queue of events: {reason}. Allow it: `patrol aws policy --events URL`.")
    if "NonExistentQueue" in failure.code or "QueueDoesNotExist" in failure.code:
        return CollectError("The queue of events is not there. Is `events_queue` right, and the region?")
    return CollectError(f"The queue of events: {reason}.")
