"""How often something may be called, and that a client which heeds Retry-After gets through."""

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from bot.sandbox.slack import SandboxSlack
from bot.sandbox.slack.limits import BURST, TIER_3
from tests.bot.sandbox.slack.wire import CHANNEL, DANA, Clock, refusal


def test_a_second_later_the_channel_takes_the_next(client: WebClient, clock: Clock) -> None:
    client.chat_postMessage(channel=CHANNEL, text="one")
    clock.pass_by(seconds=0.9)
    assert refusal(client.chat_postMessage, channel=CHANNEL, text="two") == "ratelimited"
    clock.pass_by(seconds=0.1)
    client.chat_postMessage(channel=CHANNEL, text="two")


def test_a_refused_message_spends_nothing(client: WebClient) -> None:
    assert (
        refusal(client.chat_postMessage, channel=CHANNEL, text="x", blocks=[{"type": "no"}])
        == "invalid_blocks"
    )
    client.chat_postMessage(channel=CHANNEL, text="one")


def test_answers_to_one_person_do_not_wait_for_the_channel(client: WebClient) -> None:
    for _ in range(5):
        client.chat_postEphemeral(channel=CHANNEL, user=DANA, text="x")


def test_more_edits_than_the_tier_bears_are_refused_with_the_seconds_to_wait(client: WebClient) -> None:
    ts = client.chat_postMessage(channel=CHANNEL, text="x")["ts"]
    done = 0
    try:
        while done < BURST * TIER_3 + 60:
            client.chat_update(channel=CHANNEL, ts=ts, text="y")
            done += 1
    except SlackApiError as error:
        assert (error.response.status_code, error.response["error"]) == (429, "ratelimited")
        assert int(error.response.headers["Retry-After"]) >= 1
    assert done >= BURST * TIER_3
    client.conversations_history(channel=CHANNEL)  # each method has its own


def test_a_client_that_heeds_retry_after_gets_through(slack: SandboxSlack) -> None:
    heeding = WebClient(
        token=slack.bot_token, base_url=slack.base_url, retry_handlers=[RateLimitErrorRetryHandler(1)]
    )
    slack.faults.add("429", "chat.postMessage", seconds=0.2)
    heeding.chat_postMessage(channel=CHANNEL, text="late")
    assert [(c["ok"], c["error"]) for c in slack.log()] == [(False, "ratelimited"), (True, "")]
