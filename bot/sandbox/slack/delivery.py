"""Hands payloads to the app, by Socket Mode or signed HTTP, and says what came of it."""

import time

from bot.sandbox.slack.faults import Faults
from bot.sandbox.slack.handed import Handed
from bot.sandbox.slack.http_delivery import post_signed
from bot.sandbox.slack.socket import Sockets
from bot.sandbox.slack.state import Delivery, Json, State

EVENT_ATTEMPTS = 3


class Deliveries:
    """`http_address` is where signed HTTP goes; "" is Socket Mode."""

    def __init__(self, state: State, faults: Faults, signing_secret: str) -> None:
        self.sockets = Sockets(state)
        self.http_address = ""
        self._faults, self._secret = faults, signing_secret

    async def deliver(self, kind: str, payload: Json) -> Delivery:
        """Hand `payload` over and wait for the acknowledgement; only an event is handed over again.

        `kind` is "command", "interactive" or "event".
        """
        attempts = EVENT_ATTEMPTS if kind == "event" else 1
        twice = self._faults.take(kind, kinds=("duplicate",)) is not None
        began, attempt, reason = time.monotonic(), 0, ""
        while attempt < attempts:
            handed = await self._once(kind, payload, attempt, reason)
            attempt, reason = attempt + 1, handed.reason
            if handed.answer is not None:
                seconds = time.monotonic() - began
                if twice:
                    await self._once(kind, payload, attempt, "timeout")
                return Delivery(True, seconds, attempt, payload, handed.answer)
            if not handed.again:
                break
        return Delivery(False, time.monotonic() - began, attempt, payload)

    async def _once(self, kind: str, payload: Json, attempt: int, reason: str) -> Handed:
        if self.http_address:
            return await post_signed(self.http_address, self._secret, kind, payload, attempt, reason)
        return await self.sockets.hand_over(kind, payload, attempt, reason)
