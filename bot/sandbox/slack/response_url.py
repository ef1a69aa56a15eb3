"""Response urls: five answers within thirty minutes."""

from typing import Any

from bot.sandbox.slack.answers import show_answer
from bot.sandbox.slack.errors import ApiError
from bot.sandbox.slack.methods.chat import checked, remove
from bot.sandbox.slack.state import RESPONSE_URL_S, RESPONSE_URL_USES, Json, State


def respond(state: State, name: str, given: Any) -> None:
    """Do what the app answers. Raises ApiError with the HTTP status that Slack gives."""
    url = state.response_urls.get(name)
    if url is None or state.age_s(url.made) > RESPONSE_URL_S:
        raise ApiError("expired_url", status=404)
    if url.uses >= RESPONSE_URL_USES:
        raise ApiError("used_url", status=404)
    url.uses += 1
    if not isinstance(given, dict):
        raise ApiError("invalid_payload", status=400)
    if given.get("delete_original"):
        _remove(state, url.channel, url.message_ts)
        return
    try:
        content = checked(state, given)
    except ApiError as error:
        raise ApiError(error.code, status=400) from error
    if given.get("replace_original") and _replaced(state, url.channel, url.message_ts, content):
        return
    show_answer(state, url.channel, url.user, given, content)


def _replaced(state: State, channel: str, ts: str, content: Json) -> bool:
    for message in [*state.ephemerals, *state.messages[channel].values()]:
        if message["ts"] == ts:
            message.pop("blocks", None)
            message.update(content)
            state.changed("message", channel)
            return True
    return False


def _remove(state: State, channel: str, ts: str) -> None:
    if ts in state.messages[channel]:
        remove(state, channel, ts)
        return
    state.ephemerals[:] = [message for message in state.ephemerals if message["ts"] != ts]
    state.changed("message", channel)
