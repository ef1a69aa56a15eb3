"""What a call must bring: a token in the right place, arguments that can be read."""

from urllib.parse import urlencode

import pytest

from bot.sandbox.slack import SandboxSlack
from tests.bot.sandbox.slack.wire import CHANNEL, send

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json; charset=utf-8"}


def _bearer(slack: SandboxSlack) -> dict[str, str]:
    return {"Authorization": f"Bearer {slack.bot_token}"}


def test_a_token_in_a_form_is_taken(slack: SandboxSlack) -> None:
    body = urlencode({"token": slack.bot_token}).encode()
    assert send(f"{slack.base_url}auth.test", body, FORM).json["ok"]


@pytest.mark.parametrize("where", ["address", "json", "no bearer"])
def test_a_token_in_another_place_is_no_token(slack: SandboxSlack, where: str) -> None:
    url = f"{slack.base_url}auth.test"
    answer = {
        "address": lambda: send(f"{url}?token={slack.bot_token}"),
        "json": lambda: send(url, {"token": slack.bot_token}),
        "no bearer": lambda: send(url, headers={"Authorization": slack.bot_token}),
    }[where]()
    assert answer.json == {"ok": False, "error": "not_authed"}


def test_an_unknown_method_is_named(slack: SandboxSlack) -> None:
    answer = send(f"{slack.base_url}chat.shout", b"", _bearer(slack)).json
    assert (answer["error"], answer["req_method"]) == ("unknown_method", "chat.shout")


@pytest.mark.parametrize(
    ("headers", "body", "code"),
    [
        (JSON, b"{", "invalid_json"),
        (JSON, b"[]", "json_not_object"),
        (JSON, b"[" * 100_000, "invalid_json"),
        ({"Content-Type": "text/csv"}, b"channel,C", "invalid_post_type"),
        (
            FORM,
            urlencode({"channel": CHANNEL, "text": "x", "blocks": "[{"}).encode(),
            "invalid_blocks_format",
        ),
        (
            FORM,
            urlencode({"channel": CHANNEL, "text": "x", "metadata": "{"}).encode(),
            "invalid_metadata_format",
        ),
    ],
)
def test_a_body_that_cannot_be_read_is_refused(
    slack: SandboxSlack, headers: dict[str, str], body: bytes, code: str
) -> None:
    answer = send(f"{slack.base_url}chat.postMessage", body, headers | _bearer(slack))
    assert (answer.status, answer.json["error"]) == (200, code)


def test_blocks_come_as_json_and_as_a_string_in_a_form(slack: SandboxSlack) -> None:
    blocks = '[{"type": "divider", "block_id": "d"}]'
    form = urlencode({"channel": CHANNEL, "text": "x", "blocks": blocks}).encode()
    posted = send(f"{slack.base_url}chat.postMessage", form, FORM | _bearer(slack)).json
    assert posted["message"]["blocks"] == [{"type": "divider", "block_id": "d"}]


def test_an_answer_names_the_scopes_that_are_held_and_needed(slack: SandboxSlack) -> None:
    headers = {
        k.lower(): v for k, v in send(f"{slack.base_url}users.info", b"", _bearer(slack)).headers.items()
    }
    assert "chat:write" in headers["x-oauth-scopes"].split(",")
    assert headers["x-accepted-oauth-scopes"] == "users:read"


def test_every_call_is_in_the_log_with_its_outcome(slack: SandboxSlack) -> None:
    send(f"{slack.base_url}auth.test", b"", _bearer(slack))
    send(f"{slack.base_url}auth.test", b"")
    assert [(c["method"], c["ok"], c["error"]) for c in slack.log()] == [
        ("auth.test", True, ""),
        ("auth.test", False, "not_authed"),
    ]
