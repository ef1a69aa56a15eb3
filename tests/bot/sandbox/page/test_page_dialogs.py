"""The page as three people use it: message menus, dialogs with inputs, a Home with a search box, pictures, links."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.slack import Channel
from tests.bot.sandbox.slack.bolt import Bot, ask, modal, option, plain, running, tracking
from tests.bot.sandbox.slack.wire import CHANNEL, DANA, PRIYA, Json

pytestmark = pytest.mark.browser
SECRET = "G0LEADS"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8cfc0000003010100c9fe92ef0000000049454e44ae426082"
)


@pytest.fixture(scope="module")
def bot() -> Iterator[Bot]:
    from dataclasses import replace

    acme = tracking()
    leads = Channel(SECRET, "leads", private=True, members=(PRIYA,))
    with running(replace(acme, channels=(*acme.channels, leads))) as made:
        yield made


def _see(bot: Bot, browser: Any, check: str) -> Any:
    """What the script `check` returns once it is true."""
    return bot.slack.wait_for(lambda: browser.execute_script(f"return {check}"), 8, check)


def _at(bot: Bot, browser: Any, place: str, user: str = DANA) -> None:
    browser.get("about:blank")
    browser.get(f"{bot.slack.page_url}#/{user}/{place}")
    _see(bot, browser, "document.querySelector('[data-place]')")


def _press(browser: Any, selector: str) -> None:
    browser.execute_script("document.querySelector(arguments[0]).click()", selector)


def _fill(browser: Any, selector: str, value: str, event: str = "input") -> None:
    browser.execute_script(
        "const at = document.querySelector(arguments[0]); at.value = arguments[1]; at.dispatchEvent(new Event(arguments[2]))",
        selector, value, event,
    )  # fmt: skip


def _submitted(bot: Bot) -> Json:
    told = bot.slack.wait_for(
        lambda: [one for one in bot.got if one["type"] == "view_submission"], 8, "the submission"
    )
    return dict(told[-1]["view"]["state"]["values"])


def test_track_in_patrol_on_a_person_s_message_opens_a_dialog_and_what_is_filled_in_arrives(
    bot: Bot, browser: Any
) -> None:
    bot.got.clear()
    bot.view = modal(
        ask("title", "plain_text_input", {"hint": plain("One line")}),
        ask("why", "plain_text_input", {"optional": True}, multiline=True),
        ask("until", "datepicker", initial_date="2026-12-24"),
        ask("team", "static_select", options=[option("payments"), option("platform")]),
        ask("scope", "radio_buttons", options=[option("one"), option("all")]),
        ask("tell", "checkboxes", {"optional": True}, options=[option("lead"), option("channel")]),
        ask("who", "users_select", initial_user=DANA),
    )
    ts = bot.slack.say(PRIYA, CHANNEL, "the bucket is open")
    _at(bot, browser, CHANNEL)
    _see(bot, browser, f"document.querySelector('[data-ts=\"{ts}\"]')")
    _press(browser, f"[data-ts='{ts}'] [data-focus=more]")
    assert _see(bot, browser, "document.querySelector('[data-item=track]')?.innerText").startswith(
        "Track in Patrol"
    )
    _press(browser, "[data-item=track]")
    _see(bot, browser, "document.querySelector('#modal[open]')")
    _press(browser, "#modal [type=submit]")
    assert _see(bot, browser, "document.querySelectorAll('#modal .error').length") == 3
    _fill(browser, "#modal [data-action=title]", "Open bucket")
    _fill(browser, "#modal [data-action=team]", "platform", "change")
    for chosen in ("all", "lead"):
        _press(browser, f"#modal [value={chosen}]")
    _press(browser, "#modal [type=submit]")
    values = _submitted(bot)
    assert values["title"]["title"]["value"] == "Open bucket"
    assert values["why"]["why"]["value"] is None
    assert values["until"]["until"]["selected_date"] == "2026-12-24"
    assert values["team"]["team"]["selected_option"]["value"] == "platform"
    assert values["scope"]["scope"]["selected_option"]["value"] == "all"
    assert [one["value"] for one in values["tell"]["tell"]["selected_options"]] == ["lead"]
    assert values["who"]["who"]["selected_user"] == DANA
    _see(bot, browser, "!document.querySelector('#modal[open]')")


def test_what_the_app_finds_wrong_stands_under_its_input_and_the_words_stay(bot: Bot, browser: Any) -> None:
    bot.view = modal(ask("reason", "plain_text_input"))
    bot.answer = {"response_action": "errors", "errors": {"reason": "Say why."}}
    _at(bot, browser, CHANNEL)
    view = bot.open(DANA)
    _see(bot, browser, "document.querySelector('#modal[open]')")
    _fill(browser, "#modal [data-action=reason]", "because")
    _press(browser, "#modal [type=submit]")
    assert _see(bot, browser, "document.querySelector('#modal .error')?.innerText") == "Say why."
    held = "const at = document.querySelector('#modal [data-action=reason]'); return [at.value, at.getAttribute('aria-invalid')]"
    assert browser.execute_script(held) == ["because", "true"]
    bot.answer = {}
    bot.slack.close_view(DANA, view["id"])
    _see(bot, browser, "!document.querySelector('#modal[open]')")


def test_enter_in_a_home_s_search_box_asks_the_app_and_keeps_the_words(bot: Bot, browser: Any) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    bot.got.clear()
    bot.home = {"type": "home", "blocks": [ask("search", "plain_text_input", {"dispatch_action": True})]}
    browser.get("about:blank")
    browser.get(f"{bot.slack.page_url}#/{PRIYA}/home")
    _see(bot, browser, "document.querySelector('.home [data-action=search]')")
    browser.find_element(By.CSS_SELECTOR, ".home [data-action=search]").send_keys("public", Keys.ENTER)
    bot.slack.wait_for(lambda: bot.got, 8, "what was entered")
    assert [one["actions"][0]["value"] for one in bot.got] == ["public"]
    kept = _see(bot, browser, "document.querySelector('.home .typed:not([aria-busy])')?.value")
    assert kept == "public"


def test_a_search_that_tells_each_letter_ends_with_the_whole_word(bot: Bot, browser: Any) -> None:
    from selenium.webdriver.common.by import By

    bot.got.clear()
    each = {"dispatch_action_config": {"trigger_actions_on": ["on_character_entered"]}}
    search = ask("letters", "plain_text_input", {"dispatch_action": True}, **each)
    bot.home = {"type": "home", "blocks": [search]}
    browser.get("about:blank")
    browser.get(f"{bot.slack.page_url}#/U0SEC/home")
    _see(bot, browser, "document.querySelector('.home [data-action=letters]')")
    for letter in "public":
        browser.find_element(By.CSS_SELECTOR, ".home [data-action=letters]").send_keys(letter)
    bot.slack.wait_for(
        lambda: [one for one in bot.got if one["actions"][0]["value"] == "public"], 8, "the word"
    )


def test_a_choice_in_a_message_reaches_the_app(bot: Bot, browser: Any) -> None:
    bot.got.clear()
    choice = {
        "type": "static_select",
        "action_id": "decide",
        "options": [option("acknowledge"), option("snooze")],
    }
    more = {"type": "overflow", "action_id": "more", "options": [option("note"), option("undo")]}
    ts = bot.client.chat_postMessage(
        channel="C0PLATFORM", text="x", blocks=[{"type": "actions", "elements": [choice, more]}]
    )["ts"]
    _at(bot, browser, "C0PLATFORM")
    _see(bot, browser, f"document.querySelector('[data-ts=\"{ts}\"] select')")
    _fill(browser, f"[data-ts='{ts}'] select", "snooze", "change")
    bot.slack.wait_for(lambda: bot.got, 8, "the choice")
    assert bot.got[0]["actions"][0]["selected_option"]["value"] == "snooze"
    _see(bot, browser, f"!document.querySelector('[data-ts=\"{ts}\"] [aria-busy]')")
    _press(browser, f"[data-ts='{ts}'] [data-action=more]")
    _see(bot, browser, "document.querySelector('[data-item=undo]')")
    _press(browser, "[data-item=undo]")
    bot.slack.wait_for(lambda: len(bot.got) > 1, 8, "the second choice")
    assert bot.got[1]["actions"][0]["selected_option"]["value"] == "undo"


def test_three_tabs_are_three_people_and_stay_so(bot: Bot, browser: Any) -> None:
    first = browser.current_window_handle
    tabs = {}
    for user in (DANA, PRIYA, "U0NOTEAM"):
        browser.switch_to.new_window("tab")
        browser.get(f"{bot.slack.page_url}#/{user}/{CHANNEL}")
        _see(bot, browser, "document.querySelector('[data-place]')")
        tabs[browser.current_window_handle] = user
    for tab, user in tabs.items():
        browser.switch_to.window(tab)
        browser.get(bot.slack.page_url)  # an address that says nothing of who it is
        browser.refresh()
        assert _see(bot, browser, "document.querySelector('.who :checked')?.dataset.user") == user
        listed = browser.execute_script(
            "return [...document.querySelectorAll('.place')].some(one => one.href.includes('G0LEADS'))"
        )
        assert listed == (user == PRIYA)
        browser.close()
    browser.switch_to.window(first)


def test_a_picture_is_shown_with_its_words(bot: Bot, browser: Any) -> None:
    bot.client.files_upload_v2(
        channel="C0SECURITY", content=PNG, filename="burn.png", title="Thirty days", alt_txt="From 212 to 40"
    )
    _at(bot, browser, "C0SECURITY")
    drawn = "(at => at?.complete && at.naturalWidth && [at.alt, at.title])(document.querySelector('.message .block-image'))"
    assert _see(bot, browser, drawn) == ["From 212 to 40", "From 212 to 40"]


def test_a_link_to_a_message_stays_on_the_page_and_points_at_it(bot: Bot, browser: Any) -> None:
    ts = bot.slack.say(PRIYA, "C0SECURITY", "look here")
    link = bot.client.chat_getPermalink(channel="C0SECURITY", message_ts=ts)["permalink"]
    home = "https://slack.com/app_redirect?app=A0PATROL&team=T0ACME"
    bot.slack.say(PRIYA, "C0GENERAL", f"<{link}|this> and <{home}|Home> and <https://example.com|out>")
    _at(bot, browser, "C0GENERAL")
    targets = _see(
        bot,
        browser,
        "(found => found.length && found.map(one => one.target))([...document.querySelectorAll('.message .text a')])",
    )
    assert targets == ["", "", "_blank"]
    _press(browser, ".message .text a")
    _see(bot, browser, f"document.querySelector('[data-ts=\"{ts}\"].pointed')")


def test_a_person_answers_in_a_thread(bot: Bot, browser: Any) -> None:
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys

    ts = bot.slack.say(PRIYA, "C0GENERAL", "who can look?")
    _at(bot, browser, f"C0GENERAL/{ts}")
    _see(bot, browser, "document.querySelector('#thread .composer textarea')")
    browser.find_element(By.CSS_SELECTOR, "#thread .composer textarea").send_keys("I can", Keys.ENTER)
    replies = bot.slack.wait_for(lambda: bot.slack.thread("C0GENERAL", ts), 8, "the reply")
    assert [(one["user"], one["text"]) for one in replies] == [(DANA, "I can")]


def test_the_page_logged_no_error(browser: Any) -> None:
    assert browser.get_log("browser") == []
