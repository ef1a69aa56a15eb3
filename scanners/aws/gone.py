"""Resources that were deleted between the list that named them and the call that reads them: they are left out."""

from collections.abc import Callable, Collection, Iterable, Mapping
from typing import TypeVar

from scanners.aws.api import Api, CallFailed
from scanners.dataset import Record
from scanners.model import Json

T = TypeVar("T")


class Gone(Exception):
    """AWS says that there is no such resource (any more). No failed call, so no reading turns it into a gap."""


def ask(api: Api, gone: Collection[str], service: str, method: str, /, **params: Json) -> Mapping[str, Json]:
    """One call about one resource. Raises Gone for an error code in `gone`, CallFailed for any other failure."""
    try:
        return api.call(service, method, **params)
    except CallFailed as failure:
        if failure.code in gone:
            raise Gone from failure
        raise


def still_there(api: Api, read: Callable[[T], Record], listed: Iterable[T]) -> list[Record]:
    """`read` over what was listed, on the shared threads, without what is gone by now."""

    def attempt(item: T) -> Record | None:
        try:
            return read(item)
        except Gone:
            return None

    return [record for record in api.map(attempt, listed) if record is not None]
