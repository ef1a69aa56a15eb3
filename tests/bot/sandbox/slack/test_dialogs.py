"""Dialogs with inputs: what they hold, what Slack keeps back, and each way an app may answer."""

from collections.abc import Iterator
from typing import Any

import pytest

from bot.sandbox.slack.errors import ApiError
from tests.bot.sandbox.slack.bolt import Bot, ask, modal, option, plain, running
from tests.bot.sandbox.slack.wire import DANA, Json, refusal

REASON = ask("reason", "plain_text_input", min_length=5, max_length=20)
ALL = modal(
    ask("line", "plain_text_input", {"optional": True}),
    ask("said", "plain_text_input", initial_value="there before"),
    ask("until", "datepicker", initial_date="2026-12-24"),
    ask("team", "static_select", options=[option("payments"), option("platform")]),
    ask("scope", "radio_buttons", options=[option("one"), option("all")], initial_option=option("one")),
    ask("tell", "checkboxes", {"optional": True}, options=[option("lead"), option("channel")]),
    ask("who", "users_select", initial_user=DANA),
    ask("others", "multi_users_select", {"optional": True}, max_selected_items=1),
    ask("at", "timepicker", {"optional": True}),
    ask("days", "number_input", is_decimal_allowed=False, min_value="1", max_value="90", initial_value="30"),
    ask("link", "url_text_input", {"optional": True}),
    {"type": "actions", "block_id": "row", "elements": [{"type": "datepicker", "action_id": "from"}]},
)


@pytest.fixture(scope="module")
def shared() -> Iterator[Bot]:
    with running() as made:
        yield made


@pytest.fixture
def bot(shared: Bot) -> Iterator[Bot]:
    shared.got.clear()
    shared.answer = {}
    shared.view = modal(REASON)
    yield shared
    for view in shared.slack.views(DANA)[:1]:
        shared.slack.close_view(DANA, view["id"], whole=True)


def _values(bot: Bot) -> Json:
    return dict(bot.got[-1]["view"]["state"]["values"])


def _top(bot: Bot) -> Json:
    return bot.slack.views(DANA)[-1]


def test_each_input_comes_in_the_shape_of_its_type_and_seeded_by_what_was_there(bot: Bot) -> None:
    bot.view = ALL
    view = bot.open(DANA)
    bot.slack.submit(DANA, view["id"], {"team": {"team": "platform"}, "tell": {"tell": ["channel"]}})
    assert {name: cell for row in _values(bot).values() for name, cell in row.items()} == {
        "line": {"type": "plain_text_input", "value": None},
        "said": {"type": "plain_text_input", "value": "there before"},
        "until": {"type": "datepicker", "selected_date": "2026-12-24"},
        "team": {"type": "static_select", "selected_option": option("platform")},
        "scope": {"type": "radio_buttons", "selected_option": option("one")},
        "tell": {"type": "checkboxes", "selected_options": [option("channel")]},
        "who": {"type": "users_select", "selected_user": DANA},
        "others": {"type": "multi_users_select", "selected_users": []},
        "at": {"type": "timepicker", "selected_time": None},
        "days": {"type": "number_input", "value": "30"},
        "link": {"type": "url_text_input", "value": None},
        "from": {"type": "datepicker", "selected_date": None},
    }


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"reason": {"reason": ""}}, "required_field"),
        ({"reason": {"reason": "four"}}, "required_field"),
        ({"reason": {"reason": "x" * 21}}, "required_field"),
        ({"nothing": {"reason": "enough words"}}, "no_such_input"),
        ({"reason": {"nothing": "enough words"}}, "no_such_input"),
    ],
)
def test_what_slack_itself_keeps_back_never_reaches_the_app(bot: Bot, values: Json, code: str) -> None:
    view = bot.open(DANA)
    with pytest.raises(ApiError, match=code):
        bot.slack.submit(DANA, view["id"], values)
    assert bot.got == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("until", "2026-02-30"),
        ("team", "nobody"),
        ("who", "U0NOBODY"),
        ("days", "91"),
        ("days", "1.5"),
        ("link", "ftp://x"),
        ("others", ["U0LEAD", "U0SEC"]),
    ],
)
def test_a_choice_that_is_not_there_is_kept_back(bot: Bot, name: str, value: Any) -> None:
    bot.view = ALL
    view = bot.open(DANA)
    with pytest.raises(ApiError):
        bot.slack.submit(DANA, view["id"], {"team": {"team": "payments"}, name: {name: value}})
    assert bot.got == []


def _sent(bot: Bot) -> str:
    """A dialog that was submitted well; its id."""
    view = bot.open(DANA)
    assert bot.slack.submit(DANA, view["id"], {"reason": {"reason": "enough words"}}).acked
    return str(view["id"])


def test_an_empty_answer_closes_the_dialog(bot: Bot) -> None:
    _sent(bot)
    assert bot.slack.views(DANA) == []
    assert _values(bot)["reason"]["reason"]["value"] == "enough words"


def test_errors_stay_under_their_input_and_what_was_typed_stays_too(bot: Bot) -> None:
    bot.answer = {"response_action": "errors", "errors": {"reason": "Say more."}}
    sent = _sent(bot)
    assert (_top(bot)["id"], _top(bot)["errors"]) == (sent, {"reason": "Say more."})
    bot.answer = {}
    assert bot.slack.submit(DANA, sent, {}).acked
    assert _values(bot)["reason"]["reason"]["value"] == "enough words"


@pytest.mark.parametrize("errors", [{"title": "x"}, {"words": "x"}, {"reason": ""}])
def test_errors_of_anything_but_an_input_are_trouble(bot: Bot, errors: Json) -> None:
    bot.view = modal(REASON, {"type": "section", "block_id": "words", "text": plain("words")})
    bot.answer = {"response_action": "errors", "errors": errors}
    _sent(bot)
    assert "trouble" in _top(bot)["errors"]["reason"]
    assert bot.slack.log()[-1]["error"] == "invalid_errors"


def test_an_update_draws_the_same_dialog_anew_and_keeps_what_still_fits(bot: Bot) -> None:
    bot.answer = {
        "response_action": "update",
        "view": modal(REASON, ask("team", "static_select", options=[option("a")])),
    }
    sent = _sent(bot)
    assert _top(bot)["id"] == sent
    bot.answer = {}
    bot.slack.submit(DANA, sent, {"team": {"team": "a"}})
    assert _values(bot)["reason"]["reason"]["value"] == "enough words"


def test_an_update_forgets_an_input_of_another_type_and_an_option_that_is_gone(bot: Bot) -> None:
    bot.view = modal(ask("one", "plain_text_input"), ask("two", "static_select", options=[option("a")]))
    view = bot.open(DANA)
    bot.answer = {
        "response_action": "update",
        "view": modal(ask("one", "datepicker", {"optional": True}), ask("two", "static_select", {"optional": True}, options=[option("b")])),
    }  # fmt: skip
    bot.slack.submit(DANA, view["id"], {"one": {"one": "text"}, "two": {"two": "a"}})
    bot.answer = {}
    bot.slack.submit(DANA, view["id"], {})
    assert _values(bot)["one"]["one"] == {"type": "datepicker", "selected_date": None}
    assert _values(bot)["two"]["two"] == {"type": "static_select", "selected_option": None}


def test_a_push_covers_and_clear_ends_all(bot: Bot) -> None:
    bot.answer = {"response_action": "push", "view": modal(REASON, callback_id="second")}
    _sent(bot)
    assert [view["callback_id"] for view in bot.slack.views(DANA)] == ["", "second"]
    bot.answer = {"response_action": "clear"}
    bot.slack.submit(DANA, _top(bot)["id"], {"reason": {"reason": "enough words"}})
    assert bot.slack.views(DANA) == []


def test_a_fourth_dialog_is_one_too_many(bot: Bot) -> None:
    bot.answer = {"response_action": "push", "view": modal(REASON)}
    _sent(bot)
    for _ in range(2):
        bot.slack.submit(DANA, _top(bot)["id"], {"reason": {"reason": "enough words"}})
    assert len(bot.slack.views(DANA)) == 3
    assert bot.slack.log()[-1]["error"] == "push_limit_reached"


@pytest.mark.parametrize(
    "answer",
    [{"response_action": "dance"}, {"response_action": "update", "view": {"type": "home", "blocks": []}}],
)
def test_an_answer_that_slack_does_not_know_is_trouble(bot: Bot, answer: Json) -> None:
    bot.answer = answer
    _sent(bot)
    assert "trouble" in _top(bot)["errors"]["reason"]


def _two(bot: Bot, **more: Any) -> tuple[str, str]:
    bot.view = modal(REASON, callback_id="first", **more)
    bot.answer = {"response_action": "push", "view": modal(REASON, callback_id="second", **more)}
    first = _sent(bot)
    return first, str(_top(bot)["id"])


def test_the_close_button_takes_one_dialog_away_and_tells_it(bot: Bot) -> None:
    first, second = _two(bot, notify_on_close=True)
    bot.slack.close_view(DANA, second)
    told = bot.got[-1]
    assert (told["type"], told["view"]["id"], told["is_cleared"]) == ("view_closed", second, False)
    assert [view["id"] for view in bot.slack.views(DANA)] == [first]


def test_the_cross_takes_all_away_and_tells_the_first(bot: Bot) -> None:
    first, second = _two(bot, notify_on_close=True)
    bot.slack.close_view(DANA, second, whole=True)
    told = bot.got[-1]
    assert (told["type"], told["view"]["id"], told["is_cleared"]) == ("view_closed", first, True)
    assert bot.slack.views(DANA) == []


def test_a_dialog_that_did_not_ask_for_it_closes_silently(bot: Bot) -> None:
    view = bot.open(DANA)
    assert bot.slack.close_view(DANA, view["id"]) is None


def test_an_input_tells_the_app_only_where_it_dispatches(bot: Bot) -> None:
    picker = {"optional": True, "dispatch_action": True}
    bot.view = modal(REASON, ask("team", "static_select", picker, options=[option("a"), option("b")]))
    view = bot.open(DANA)
    with pytest.raises(ApiError, match="no_dispatch_action"):
        bot.slack.click_view(DANA, view["id"], "reason", "enough words")
    assert bot.slack.click_view(DANA, view["id"], "team", "b").acked
    assert bot.got[-1]["actions"][0]["selected_option"] == option("b")
    assert bot.got[-1]["view"]["state"]["values"]["team"]["team"]["selected_option"] == option("b")


def test_a_home_s_search_box_sends_what_was_entered_with_the_view_s_state(bot: Bot) -> None:
    bot.home = {"type": "home", "blocks": [ask("search", "plain_text_input", {"dispatch_action": True})]}
    bot.slack.open_home(DANA)
    home = bot.slack.wait_for(lambda: bot.slack.home(DANA))
    assert bot.slack.click_view(DANA, home["id"], "search", "public bucket").acked
    told = bot.got[-1]
    assert (told["type"], told["view"]["type"], told["actions"][0]["value"]) == (
        "block_actions",
        "home",
        "public bucket",
    )
    assert told["view"]["state"]["values"]["search"]["search"]["value"] == "public bucket"
    with pytest.raises(ApiError, match="no_submit"):
        bot.slack.submit(DANA, home["id"], {})


def test_a_message_tells_what_its_choices_hold(bot: Bot) -> None:
    row = {"type": "actions", "block_id": "row", "elements": [
        {"type": "static_select", "action_id": "team", "options": [option("a"), option("b")], "initial_option": option("a")},
        {"type": "datepicker", "action_id": "until"},
    ]}  # fmt: skip
    ts = bot.client.chat_postMessage(channel="C0PLATFORM", text="x", blocks=[row])["ts"]
    bot.slack.click(DANA, "C0PLATFORM", ts, "until", "2026-12-24")
    held = bot.got[-1]["state"]["values"]["row"]
    assert held["team"]["selected_option"] == option("a")
    assert held["until"]["selected_date"] == "2026-12-24"


def _home(bot: Bot, *blocks: Json) -> Any:
    return refusal(bot.client.views_publish, user_id=DANA, view={"type": "home", "blocks": list(blocks)})


@pytest.mark.parametrize(
    "block",
    [
        ask("x", "plain_text_input", {"label": plain("x" * 2001)}),
        ask("x", "plain_text_input", {"hint": plain("x" * 2001)}),
        ask("x", "plain_text_input", {"label": {"type": "mrkdwn", "text": "x"}}),
        ask("x", "plain_text_input", {"optional": "yes"}),
        ask("x", "plain_text_input", placeholder=plain("x" * 151)),
        ask("x", "plain_text_input", min_length=-1),
        ask("x", "plain_text_input", max_length=3001),
        ask("x", "plain_text_input", initial_value="x" * 3001),
        ask("x", "plain_text_input", dispatch_action_config={"trigger_actions_on": ["on_blur"]}),
        ask("x", "plain_text_input", dispatch_action_config={"trigger_actions_on": []}),
        ask("x", "static_select", options=[]),
        ask("x", "static_select", options=[option(str(n)) for n in range(101)]),
        ask("x", "static_select", options=[{"text": plain("x" * 76), "value": "x"}]),
        ask("x", "static_select", options=[{"text": plain("x"), "value": "x" * 151}]),
        ask("x", "static_select", options=[option("a")], initial_option=option("b")),
        ask("x", "radio_buttons", options=[option(str(n)) for n in range(11)]),
        ask("x", "checkboxes", options=[option("a")], initial_options=[option("b")]),
        ask("x", "datepicker", initial_date="2026-02-30"),
        ask("x", "timepicker", initial_time="24:00"),
        ask("x", "number_input"),
        ask("x", "multi_users_select", max_selected_items=0),
        ask("x", "button", text=plain("x")),
        {**ask("x", "plain_text_input"), "block_id": "x" * 256},
        ask("x" * 256, "plain_text_input") | {"block_id": "x"},
        {"type": "actions", "elements": [{"type": "plain_text_input", "action_id": "x"}]},
    ],
)
def test_an_input_beyond_slack_s_limits_is_refused(bot: Bot, block: Json) -> None:
    assert _home(bot, block) == "invalid_arguments"


def test_only_one_input_takes_the_focus(bot: Bot) -> None:
    assert (
        _home(bot, *(ask(name, "plain_text_input", focus_on_load=True) for name in "ab"))
        == "invalid_arguments"
    )


def test_an_input_at_the_limits_is_taken(bot: Bot) -> None:
    most = {"text": plain("x" * 75), "value": "x" * 150, "description": plain("x" * 75)}
    blocks = [
        ask("a", "static_select", {"label": plain("x" * 2000), "hint": plain("x" * 2000)}, options=[most], placeholder=plain("x" * 150)),
        ask("b", "plain_text_input", min_length=0, max_length=3000, multiline=True, initial_value="x" * 3000,
            dispatch_action_config={"trigger_actions_on": ["on_enter_pressed", "on_character_entered"]}),
        *(ask(f"more-{n}", "plain_text_input") for n in range(98)),
    ]  # fmt: skip
    assert bot.client.views_publish(user_id=DANA, view={"type": "home", "blocks": blocks})["ok"]


def test_a_dialog_with_an_input_needs_a_submit_button(bot: Bot) -> None:
    without = {key: value for key, value in bot.view.items() if key != "submit"}
    assert refusal(bot.client.views_open, trigger_id="1", view=without) == "invalid_arguments"
