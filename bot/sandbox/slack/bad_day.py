"""How a fault that is switched on meets a request."""

import asyncio
from typing import NoReturn

from aiohttp import web

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.faults import Fault
from bot.sandbox.slack.limits import ratelimited


async def before(fault: Fault | None, request: web.Request) -> None:
    """What happens before the thing is done. Raises ApiError, or cuts the wire."""
    if fault is None:
        return
    if fault.kind == "429":
        raise ratelimited(fault.seconds)
    if fault.kind == "500":
        raise ApiError("internal_error", status=500)
    if fault.kind == "error":
        if fault.code == "missing_scope":
            raise ApiError(fault.code, needed="chat:write")
        raise ApiError(fault.code)
    if fault.kind == "drop_before":
        cut(request)
    if fault.kind == "slow":
        await asyncio.sleep(fault.seconds)


def drops_after(fault: Fault | None) -> bool:
    """True where the thing is done, and the answer is lost."""
    return fault is not None and fault.kind == "drop_after_accept"


def cut(request: web.Request) -> NoReturn:
    """Close the connection without an answer."""
    if request.transport is not None:
        request.transport.abort()
    raise ConnectionResetError("a fault was switched on")
