"""The sandbox is as strict as Slack: unmodified slack_sdk clients are held to the contract."""

import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from slack_bolt import App
from slack_bolt.adapter.socket_mode.builtin import SocketModeHandler as Builtin
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler as Websocket
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.signature import SignatureVerifier

from bot.sandbox.slack import Channel, SandboxSlack, acme_workspace

CHANNEL, GENERAL, DANA = "C0PAYMENTS", "C0GENERAL", "U0DEV1"
SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Go"}, "action_id": "go", "value": "1"}
ACTIONS = {"type": "actions", "block_id": "row", "elements": [BUTTON]}
MODAL = {"type": "modal", "title": {"type": "plain_text", "text": "Title"}, "blocks": [SECTION]}


@pytest.fixture
def slack() -> Iterator[SandboxSlack]:
    with SandboxSlack() as made:
        yield made


@pytest.fixture
def client(slack: SandboxSlack) -> WebClient:
    return WebClient(token=slack.bot_token, base_url=slack.base_url, retry_handlers=[])


def _refusal(call: Any, **arguments: Any) -> str:
    with pytest.raises(SlackApiError) as caught:
        call(**arguments)
    return str(caught.value.response["error"])


@pytest.mark.parametrize(("token", "code"), [("xoxb-wrong", "invalid_auth"), ("", "not_authed")])
def test_a_wrong_token_is_refused(slack: SandboxSlack, token: str, code: str) -> None:
    assert _refusal(WebClient(token=token, base_url=slack.base_url).auth_test) == code


def test_each_token_has_its_own_methods(slack: SandboxSlack, client: WebClient) -> None:
    app = WebClient(token=slack.app_token, base_url=slack.base_url)
    assert _refusal(app.auth_test) == "not_allowed_token_type"
    assert _refusal(client.apps_connections_open, app_token=slack.bot_token) == "not_allowed_token_type"


def test_a_method_without_its_scope_is_refused_and_says_which() -> None:
    with SandboxSlack(replace(acme_workspace(), scopes=frozenset({"commands"}))) as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.base_url)
        with pytest.raises(SlackApiError) as caught:
            client.chat_postMessage(channel=CHANNEL, text="x")
        assert (caught.value.response["error"], caught.value.response["needed"]) == (
            "missing_scope",
            "chat:write",
        )


def test_a_scope_of_public_channels_opens_no_private_one() -> None:
    workspace = replace(
        acme_workspace(),
        channels=(Channel("G0SECRET", "secret", private=True),),
        scopes=frozenset({"channels:history"}),
    )
    with SandboxSlack(workspace) as slack:
        client = WebClient(token=slack.bot_token, base_url=slack.base_url)
        assert _refusal(client.conversations_history, channel="G0SECRET") == "missing_scope"


@pytest.mark.parametrize(
    ("blocks", "where"),
    [
        ([SECTION] * 51, "no more than 50"),
        ([{"type": "carousel"}], "unsupported type: carousel"),
        ([{**SECTION, "colour": "red"}], "additional property: colour"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}], "/blocks/0/text"),
        ([{"type": "section", "text": {"type": "mrkdwn", "text": ""}}], "more than 0 characters"),
        ([{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}], "plain_text"),
        ([{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}], "/blocks/0/text"),
        ([{"type": "context", "elements": []}], "1 to 10"),
        ([{"type": "actions", "elements": [BUTTON, BUTTON]}], "action_id already exists"),
        ([ACTIONS, ACTIONS], "block_id already exists"),
        ([{"type": "actions", "elements": [{**BUTTON, "value": "x" * 2001}]}], "/value"),
        ([{"type": "actions", "elements": [{**BUTTON, "style": "pink"}]}], "primary or danger"),
    ],
)
def test_blocks_beyond_the_limits_are_refused_and_the_place_is_named(
    client: WebClient, blocks: Any, where: str
) -> None:
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=CHANNEL, text="x", blocks=blocks)
    assert caught.value.response["error"] == "invalid_blocks"
    assert where in str(caught.value.response["response_metadata"]["messages"])


def test_a_message_that_is_too_long_in_all_is_refused(client: WebClient) -> None:
    long = [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5
    assert _refusal(client.chat_postMessage, channel=CHANNEL, text="x", blocks=long) == "msg_blocks_too_long"


def test_the_bot_writes_only_where_it_is(slack: SandboxSlack, client: WebClient) -> None:
    assert _refusal(client.chat_postMessage, channel=GENERAL, text="x") == "not_in_channel"
    assert _refusal(client.chat_postMessage, channel="C0NOWHERE", text="x") == "channel_not_found"
    slack.archive(CHANNEL)
    assert _refusal(client.chat_postMessage, channel=CHANNEL, text="x") == "is_archived"


def test_one_message_a_second_in_a_channel(client: WebClient) -> None:
    client.chat_postMessage(channel=CHANNEL, text="one")
    with pytest.raises(SlackApiError) as caught:
        client.chat_postMessage(channel=CHANNEL, text="two")
    assert caught.value.response.status_code == 429
    assert caught.value.response.headers["Retry-After"] == "1"
    client.chat_postMessage(channel="C0PLATFORM", text="another channel")


def test_an_edit_of_what_is_gone_or_another_s_is_refused(slack: SandboxSlack, client: WebClient) -> None:
    ts = client.chat_postMessage(channel=CHANNEL, text="one")["ts"]
    slack.delete_message(CHANNEL, ts)
    assert _refusal(client.chat_update, channel=CHANNEL, ts=ts, text="x") == "message_not_found"
    theirs = slack.say(DANA, CHANNEL, "mine")
    assert _refusal(client.chat_update, channel=CHANNEL, ts=theirs, text="x") == "cant_update_message"


def test_metadata_comes_back_only_when_asked_for(client: WebClient) -> None:
    client.chat_postMessage(
        channel=CHANNEL, text="x", metadata={"event_type": "t", "event_payload": {"a": 1}}
    )
    plain = client.conversations_history(channel=CHANNEL)["messages"][0]
    asked = client.conversations_history(channel=CHANNEL, include_all_metadata=True)["messages"][0]
    assert "metadata" not in plain
    assert asked["metadata"]["event_payload"] == {"a": 1}


def test_a_dropped_answer_leaves_the_message(slack: SandboxSlack, client: WebClient) -> None:
    slack.faults.add("drop_after_accept", "chat.postMessage")
    with pytest.raises(Exception, match=r"reset|closed|Remote end|disconnect"):
        client.chat_postMessage(channel=CHANNEL, text="kept")
    assert [m["text"] for m in slack.messages(CHANNEL)] == ["kept"]


def _app(slack: SandboxSlack) -> App:
    return App(token=slack.bot_token, client=WebClient(token=slack.bot_token, base_url=slack.base_url))


@pytest.fixture(params=[Websocket, Builtin], ids=["websocket-client", "builtin"])
def app(request: pytest.FixtureRequest, slack: SandboxSlack) -> Iterator[tuple[App, list[Any]]]:
    """A plain Bolt app over Socket Mode that keeps what it got and opens a dialog on each click."""
    made, got = _app(slack), []

    @made.command("/patrol")
    def on_command(ack: Any, body: Any, respond: Any) -> None:
        ack()
        got.append(body)
        respond(text="seen", blocks=[SECTION, ACTIONS])

    @made.action("go")
    def on_action(ack: Any, body: Any, client: Any) -> None:
        ack()
        got.append(body)
        client.views_open(trigger_id=body["trigger_id"], view=MODAL)

    @made.event("app_home_opened")
    def on_home(event: Any, client: Any) -> None:
        got.append(event)
        client.views_publish(user_id=event["user"], view={"type": "home", "blocks": [SECTION]})

    handler = request.param(made, slack.app_token)
    handler.connect()
    slack.wait_for(lambda: slack.connections)
    yield made, got
    # Bolt's close waits ten seconds for its own watcher: not for it
    threading.Thread(target=handler.close, daemon=True).start()


def test_a_command_a_click_and_a_home_reach_a_plain_bolt_app(
    slack: SandboxSlack, app: tuple[App, list[Any]]
) -> None:
    _made, got = app
    assert slack.command(DANA, CHANNEL, "findings for @kofi in #security").acked
    shown = slack.wait_for(lambda: slack.ephemerals(DANA))[0]
    assert got[0]["text"] == "findings for <@U0DEV2|kofi> in <#C0SECURITY|security>"
    assert slack.click(DANA, CHANNEL, shown["ts"], "go").acked
    slack.wait_for(lambda: slack.views(DANA))
    slack.open_home(DANA)
    assert slack.wait_for(lambda: slack.home(DANA))["type"] == "home"


def test_a_trigger_opens_one_dialog_and_only_soon(slack: SandboxSlack, client: WebClient) -> None:
    trigger = slack._see(lambda: slack._state.new_trigger(DANA))
    client.views_open(trigger_id=trigger, view=MODAL)
    assert _refusal(client.views_open, trigger_id=trigger, view=MODAL) == "exchanged_trigger_id"
    late = slack._see(lambda: slack._state.new_trigger(DANA))
    slack._state.triggers[late].made = slack._state.triggers[late].made.replace(year=2020)
    assert _refusal(client.views_open, trigger_id=late, view=MODAL) == "expired_trigger_id"


@pytest.mark.parametrize("view", [
    {**MODAL, "title": {"type": "plain_text", "text": "x" * 25}}, {**MODAL, "private_metadata": "x" * 3001},
    {**MODAL, "blocks": [SECTION] * 101}, {"type": "modal", "blocks": []}, {**MODAL, "type": "popup"},
])  # fmt: skip
def test_views_beyond_the_limits_are_refused(slack: SandboxSlack, client: WebClient, view: Any) -> None:
    trigger = slack._see(lambda: slack._state.new_trigger(DANA))
    assert _refusal(client.views_open, trigger_id=trigger, view=view) == "invalid_arguments"


def test_a_response_url_works_five_times(slack: SandboxSlack) -> None:
    name = slack._see(lambda: slack._state.new_response_url(DANA, CHANNEL))
    statuses = []
    for _ in range(6):
        request = urllib.request.Request(
            f"{slack.page_url}response/{name}", b'{"text": "x"}', {"Content-Type": "application/json"}
        )
        try:
            statuses.append(urllib.request.urlopen(request).status)
        except urllib.error.HTTPError as error:
            statuses.append(error.code)
    assert statuses == [200] * 5 + [404]


def test_several_connections_get_each_payload_once(slack: SandboxSlack) -> None:
    counts, handlers = {"a": 0, "b": 0}, []
    for name in counts:
        made = _app(slack)
        made.command("/patrol")(_counting(counts, name))
        handlers.append(Websocket(made, slack.app_token))
        handlers[-1].connect()
    slack.wait_for(lambda: slack.connections == 2)
    for _ in range(6):
        assert slack.command(DANA, CHANNEL, "help").acked
    for handler in handlers:  # Bolt's waits ten seconds for its own watcher: not for it
        threading.Thread(target=handler.close, daemon=True).start()
    assert sum(counts.values()) == 6
    assert min(counts.values()) >= 1


def _counting(counts: dict[str, int], name: str) -> Any:
    def on_command(ack: Any) -> None:
        counts[name] += 1
        ack()

    return on_command


def test_an_event_that_is_not_acknowledged_is_delivered_again(slack: SandboxSlack) -> None:
    import json

    import websocket

    url = WebClient(token=slack.app_token, base_url=slack.base_url).apps_connections_open(
        app_token=slack.app_token
    )["url"]
    raw = websocket.create_connection(url)
    attempts: list[int] = []

    def read() -> None:
        while len(attempts) < 2:
            frame = json.loads(raw.recv())
            if frame["type"] == "events_api":
                attempts.append(frame["retry_attempt"])
                if len(attempts) == 2:
                    raw.send(json.dumps({"envelope_id": frame["envelope_id"]}))

    reader = threading.Thread(target=read)
    reader.start()
    delivery = slack.open_home(DANA)
    reader.join(10)
    raw.close()
    assert delivery is not None
    assert (delivery.acked, attempts) == (True, [0, 1])


def test_a_ticket_opens_one_connection(slack: SandboxSlack) -> None:
    import websocket

    url = WebClient(base_url=slack.base_url).apps_connections_open(app_token=slack.app_token)["url"]
    first = websocket.create_connection(url)
    with pytest.raises(websocket.WebSocketException):
        websocket.create_connection(url)
    first.close()


def test_http_deliveries_are_signed(slack: SandboxSlack) -> None:
    got: list[tuple[dict[str, str], bytes]] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _address = listener.accept()
        data = b""
        while b"\r\n\r\n" not in data or len(data.split(b"\r\n\r\n", 1)[1]) < _length(data):
            data += connection.recv(65_536)
        head, body = data.split(b"\r\n\r\n", 1)
        lines = head.decode().split("\r\n")[1:]
        got.append(({k.lower(): v for k, v in (line.split(": ", 1) for line in lines)}, body))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        connection.close()

    thread = threading.Thread(target=serve)
    thread.start()
    slack.deliver_to(f"http://127.0.0.1:{listener.getsockname()[1]}/slack/events")
    assert slack.command(DANA, CHANNEL, "help").acked
    thread.join(5)
    headers, body = got[0]
    listener.close()
    assert SignatureVerifier(slack.signing_secret).is_valid_request(body, headers)
    assert not SignatureVerifier("other").is_valid_request(body, headers)


def _length(data: bytes) -> int:
    for line in data.split(b"\r\n\r\n", 1)[0].split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            return int(line.split(b":")[1])
    return 0


def test_nobody_elses_page_can_act(slack: SandboxSlack) -> None:
    request = urllib.request.Request(
        f"{slack.page_url}sandbox/api/command", b"{}", {"Content-Type": "text/plain"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 403
    request = urllib.request.Request(
        f"{slack.page_url}sandbox/api/workspace", headers={"Host": "evil.example"}
    )
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request)
    assert caught.value.code == 403


def test_it_stops_soon(slack: SandboxSlack) -> None:
    began = time.monotonic()
    slack.stop()
    assert time.monotonic() - began < 5
