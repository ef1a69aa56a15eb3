"""Files: uploaded in three steps by slack_sdk, shared with their words, and used in blocks."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.sandbox.slack import SandboxSlack
from tests.bot.sandbox.slack.bolt import tracking
from tests.bot.sandbox.slack.wire import CHANNEL, DANA, GENERAL, client_of, refusal, send

PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 40
ALT = "Open findings fell from 212 to 40"


@pytest.fixture(scope="module")
def slack() -> Iterator[SandboxSlack]:
    with SandboxSlack(tracking()) as made:
        yield made


@pytest.fixture(scope="module")
def client(slack: SandboxSlack) -> WebClient:
    return client_of(slack)


def _upload(client: WebClient, **more: Any) -> Any:
    return client.files_upload_v2(content=PNG, filename="burn.png", title="Thirty days", alt_txt=ALT, **more)[
        "files"
    ][0]


def test_a_picture_is_shared_with_its_title_and_its_words(slack: SandboxSlack, client: WebClient) -> None:
    _upload(client, channel=CHANNEL, initial_comment="This week")
    message = slack.messages(CHANNEL)[-1]
    (file,) = message["files"]
    assert (message["text"], file["title"], file["alt_txt"], file["mimetype"], file["size"]) == (
        "This week", "Thirty days", ALT, "image/png", len(PNG),
    )  # fmt: skip
    assert "content" not in file
    assert send(f"{slack.page_url}sandbox/api/file/{file['id']}").headers["Content-Type"] == "image/png"


def test_a_picture_in_a_thread_is_counted_there(slack: SandboxSlack, client: WebClient) -> None:
    ts = slack.say(DANA, CHANNEL, "how are we doing?")
    _upload(client, channel=CHANNEL, thread_ts=ts)
    assert [m["files"][0]["title"] for m in slack.thread(CHANNEL, ts)] == ["Thirty days"]
    assert next(m for m in slack.messages(CHANNEL) if m["ts"] == ts)["reply_count"] == 1


def test_a_page_that_is_no_picture_is_only_downloaded(slack: SandboxSlack, client: WebClient) -> None:
    file = client.files_upload_v2(content="<script>1</script>", filename="x.html", channel=CHANNEL)["files"][
        0
    ]
    headers = send(f"{slack.page_url}sandbox/api/file/{file['id']}").headers
    assert (headers["Content-Type"], headers["Content-Disposition"]) == (
        "application/octet-stream",
        "attachment",
    )


def test_a_picture_in_blocks_must_be_one_of_the_workspace(slack: SandboxSlack, client: WebClient) -> None:
    file = _upload(client)
    block = {"type": "image", "alt_text": ALT, "slack_file": {"id": file["id"]}}
    for named in ({"id": "F0NOWHERE"}, {"url": "https://acme.slack.com/files-pri/x"}, {}, file["id"]):
        wrong = [{**block, "slack_file": named}]
        assert (
            refusal(client.chat_postMessage, channel="C0SECURITY", text="x", blocks=wrong) == "invalid_blocks"
        )
        home = {"type": "home", "blocks": wrong}
        assert refusal(client.views_publish, user_id=DANA, view=home) == "invalid_arguments"
    assert client.chat_postMessage(channel="C0SECURITY", text="x", blocks=[block])["ok"]
    by_address = {**block, "slack_file": {"url": file["url_private"]}}
    assert client.views_publish(user_id=DANA, view={"type": "home", "blocks": [by_address]})["ok"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"filename": "x.png", "length": 3, "alt_txt": "x" * 1001}, "alt_txt_too_large"),
        ({"filename": "", "length": 3}, "invalid_arguments"),
        ({"filename": "x.png", "length": 0}, "invalid_arguments"),
    ],
)
def test_an_upload_that_cannot_be_is_refused(client: WebClient, arguments: Any, code: str) -> None:
    assert refusal(client.files_getUploadURLExternal, **arguments) == code


def test_a_file_is_shared_once_whole_and_where_the_bot_is(slack: SandboxSlack, client: WebClient) -> None:
    begun = client.files_getUploadURLExternal(filename="x.png", length=3)
    share = {"files": [{"id": begun["file_id"]}]}
    assert refusal(client.files_completeUploadExternal, **share, channel_id=CHANNEL) == "file_not_found"
    assert send(begun["upload_url"], b"abc", {"Content-Type": "image/png"}).status == 200
    assert refusal(client.files_completeUploadExternal, **share, channel_id=GENERAL) == "not_in_channel"
    assert (
        refusal(client.files_completeUploadExternal, **share, channel_id=CHANNEL, thread_ts="1.0")
        == "thread_not_found"
    )
    assert client.files_completeUploadExternal(**share, channels=[CHANNEL, "C0PLATFORM"])["ok"]
    assert [slack.messages(one)[-1]["files"][0]["id"] for one in (CHANNEL, "C0PLATFORM")] == [
        begun["file_id"]
    ] * 2
    assert refusal(client.files_completeUploadExternal, **share, channel_id=CHANNEL) == "file_not_found"


def test_files_need_their_scope() -> None:
    with SandboxSlack() as slack:
        assert refusal(client_of(slack).files_getUploadURLExternal, filename="x", length=1) == "missing_scope"
