"""The page in headless Chromium: a person reads, clicks, types; hostile text stays text."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from bot.sandbox.slack import SandboxSlack

pytestmark = pytest.mark.browser
CHANNEL = "C0PAYMENTS"
HOSTILE = "<img src=x onerror=alert(1)> &lt;!channel&gt; <script>boom()</script>"


@pytest.fixture
def slack() -> Iterator[SandboxSlack]:
    with SandboxSlack() as made:
        yield made


def _see(slack: SandboxSlack, browser: Any, check: str, seconds: float = 8) -> Any:
    """What the script `check` returns once it is true."""
    return slack.wait_for(lambda: browser.execute_script(f"return {check}"), seconds, check)


def _post(slack: SandboxSlack, **message: Any) -> str:
    client = WebClient(token=slack.bot_token, base_url=slack.base_url)
    return str(client.chat_postMessage(channel=CHANNEL, **message)["ts"])


def test_a_message_appears_and_hostile_text_stays_text(slack: SandboxSlack, browser: Any) -> None:
    browser.get(slack.page_url)
    _see(slack, browser, "document.querySelector('[data-place]')")
    _post(
        slack,
        text="x",
        blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": f"*bold* `{HOSTILE}` {HOSTILE}"}}],
    )
    _see(slack, browser, "document.querySelector('.message strong')")
    text = _see(slack, browser, "document.querySelector('.message .mrkdwn')?.textContent")
    assert "onerror" in text
    assert (
        browser.execute_script(
            "return document.querySelectorAll('.message img:not(.avatar), .message script').length"
        )
        == 0
    )
    assert (
        browser.execute_script("return document.querySelector('.message .mrkdwn strong').textContent")
        == "bold"
    )


def test_an_edit_and_a_reply_are_shown(slack: SandboxSlack, browser: Any) -> None:
    browser.get(slack.page_url)
    ts = _post(slack, text="first")
    WebClient(token=slack.bot_token, base_url=slack.base_url).chat_update(
        channel=CHANNEL, ts=ts, text="second"
    )
    slack.wait_for(
        lambda: browser.execute_script("return document.body.innerText.includes('(edited)')"), 8, "the edit"
    )
    slack._see(lambda: slack._state.last_post.clear())
    _post(slack, text="a reply", thread_ts=ts)
    _see(slack, browser, "document.querySelector('.replies')")
    browser.execute_script("document.querySelector('.replies').click()")
    _see(slack, browser, "document.querySelector('#replies')?.innerText.includes('a reply')")


def test_a_line_is_sent_and_an_app_that_does_not_answer_is_told(slack: SandboxSlack, browser: Any) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    browser.get(slack.page_url)
    _see(slack, browser, "document.querySelector('[data-place]')")
    browser.find_element(By.ID, "line").send_keys("good morning", Keys.ENTER)
    slack.wait_for(lambda: any(m["text"] == "good morning" for m in slack.messages(CHANNEL)), 8, "the line")
    browser.find_element(By.ID, "line").send_keys("/patrol help", Keys.ENTER)
    _see(
        slack,
        browser,
        "document.body.innerText.includes('did not answer') || document.body.innerText.includes('did not respond')",
    )


def test_each_person_sees_only_their_own(slack: SandboxSlack, browser: Any) -> None:
    browser.get(slack.page_url)
    client = WebClient(token=slack.bot_token, base_url=slack.base_url)
    client.chat_postEphemeral(channel=CHANNEL, user="U0LEAD", text="for Priya alone")
    client.chat_postMessage(channel=CHANNEL, text="for all")
    _see(slack, browser, "document.body.innerText.includes('for all')")
    assert not browser.execute_script("return document.body.innerText.includes('for Priya alone')")
    browser.execute_script("document.querySelector('[data-user=U0LEAD]').click()")
    _see(slack, browser, "document.body.innerText.includes('for Priya alone')")


def test_the_page_asks_nothing_of_the_outside_and_logs_no_error(slack: SandboxSlack, browser: Any) -> None:
    browser.get_log("browser")
    browser.get(slack.page_url)
    _see(slack, browser, "document.querySelector('[data-place]')")
    fetched = browser.execute_script("return performance.getEntriesByType('resource').map(e => e.name)")
    assert fetched
    assert all(url.startswith(slack.page_url) for url in fetched)
    assert browser.get_log("browser") == []
