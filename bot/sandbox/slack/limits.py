"""How often: a message a second in a channel, and each method's tier (Slack's rate limits)."""

import math
import time
from collections.abc import Mapping

from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.state import State

GAP_S = 1.0
BURST = (
    2  # minutes' worth of calls that may come at once; Slack bears short bursts, and does not say how long
)
TIER_2, TIER_3, TIER_4 = 20, 50, 100  # calls a minute in one workspace
TIERS: Mapping[str, int] = {
    "apps.connections.open": TIER_2,  # tier 1 on paper; Slack bears a restart after a bad day
    "chat.delete": TIER_3,
    "chat.postEphemeral": TIER_4,
    "chat.update": TIER_3,
    "conversations.history": TIER_3,
    "conversations.info": TIER_3,
    "conversations.list": TIER_2,
    "conversations.members": TIER_4,
    "conversations.replies": TIER_3,
    "files.completeUploadExternal": TIER_4,
    "files.getUploadURLExternal": TIER_4,
    "usergroups.list": TIER_2,
    "usergroups.users.list": TIER_2,
    "users.info": TIER_4,
    "users.list": TIER_2,
    "views.open": TIER_4,
    "views.publish": TIER_4,
    "views.push": TIER_4,
    "views.update": TIER_4,
}


def spend_post(state: State, channel: str) -> None:
    """One message a second in a channel. Raises ratelimited with Retry-After."""
    now = state.clock().timestamp()
    last = state.last_post.get(channel)
    if last is not None and 0 <= now - last < GAP_S:
        raise ratelimited(1)
    state.last_post[channel] = now


def spend_call(state: State, method: str) -> None:
    """A call of `method`: what is spent comes back evenly over the minutes. Raises ratelimited."""
    a_minute = TIERS.get(method)
    if a_minute is None:
        return
    now, most = time.monotonic(), float(BURST * a_minute)
    left, since = state.calls_left.get(method, (most, now))
    left = min(most, left + (now - since) * a_minute / 60)
    if left < 1:
        raise ratelimited((1 - left) * 60 / a_minute)
    state.calls_left[method] = (left - 1, now)


def ratelimited(seconds: float) -> ApiError:
    """HTTP 429; Slack names whole seconds."""
    return ApiError("ratelimited", status=429, headers={"Retry-After": str(max(1, math.ceil(seconds)))})
