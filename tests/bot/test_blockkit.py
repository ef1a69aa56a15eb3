"""Block Kit: limits counted by hand, cuts, secrets, and what hostile names become."""

import re
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import blockkit
from bot.blockkit import text as texts
from bot.blockkit.text import cut
from tests.examples import examples

POINTER = "`/patrol findings` lists them all"
PING = re.compile(r"<[!@#]")
NASTY = st.one_of(
    st.text(max_size=40),
    st.text("<>&!@#`*\n\\ channel|", max_size=60),
    st.sampled_from(
        ["<!channel>", "<!here|x>", "<@U0DEV1>", "`" * 5, "\ud800", " ", "\u2028", "&lt;!channel&gt;"]
    ),
    st.tuples(
        st.sampled_from(["<!channel>", "&", "password=hunter2 ", "`", "line\n", "[red"]),
        st.integers(1, 5_000),
    ).map(lambda given: (given[0] * given[1])[:6_000]),
)
SHOWN = st.one_of(NASTY.map(blockkit.escape), NASTY.map(blockkit.code), NASTY.map(blockkit.fence))
ASKED = st.one_of(st.none(), st.builds(blockkit.confirm, NASTY, SHOWN, NASTY))
BUTTON = st.builds(
    blockkit.button, NASTY, st.sampled_from(["", "fix", "fixed-2", "x" * 300]), NASTY,
    st.sampled_from(["", "primary", "danger", "pink"]), ASKED,
)  # fmt: skip
BLOCK = st.one_of(
    st.builds(blockkit.header, NASTY),
    st.builds(blockkit.section, SHOWN),
    st.builds(blockkit.context, SHOWN),
    st.builds(blockkit.divider),
    st.lists(SHOWN, max_size=14).map(lambda texts: blockkit.fields(*texts)),
    st.tuples(st.lists(BUTTON, max_size=30), st.sampled_from(["", "row", "y" * 300])).map(
        lambda given: blockkit.actions(*given[0], block_id=given[1])
    ),
)
MESSAGE = st.fixed_dictionaries({"text": SHOWN, "blocks": st.lists(BLOCK, max_size=70)})


def _section(text: str) -> dict[str, Any]:
    return {"text": "x", "blocks": [blockkit.section(text)]}


def _fitted(text: str) -> str:
    return str(blockkit.fit(_section(text), POINTER)["blocks"][0]["text"]["text"])


def _row(*buttons: dict[str, Any]) -> dict[str, Any]:
    return {"text": "x", "blocks": [blockkit.actions(*buttons, block_id="row")]}


@given(MESSAGE)
@settings(max_examples=examples(150), deadline=None)
def test_whatever_is_built_slack_takes_and_nobody_is_pinged(message: dict[str, Any]) -> None:
    fitted = blockkit.fit(message, POINTER)
    assert blockkit.problems(fitted) == []
    assert blockkit.fit(fitted, POINTER) == fitted
    assert not PING.search(str([fitted["text"], _markup(fitted["blocks"])]))


@given(st.lists(BLOCK, max_size=110), NASTY, st.booleans())
@settings(max_examples=examples(80), deadline=None)
def test_whatever_is_built_into_a_view_slack_takes(blocks: list[Any], title: str, home: bool) -> None:
    modal = {"title": {"type": "plain_text", "text": title}, "close": {"type": "plain_text", "text": title}}
    view = {
        "type": "home" if home else "modal",
        "blocks": blocks,
        "callback_id": "c" * 300,
        "private_metadata": "m" * 3_001,
    }
    fitted = blockkit.fit_view(view if home else view | modal, POINTER)
    assert blockkit.problems_view(fitted) == []
    assert blockkit.fit_view(fitted, POINTER) == fitted


@given(MESSAGE)
@settings(max_examples=examples(80), deadline=None)
def test_whatever_is_left_out_the_pointer_says_where_it_is(message: dict[str, Any]) -> None:
    fitted = blockkit.fit(message, POINTER)
    kept = sum(block["type"] in ("actions", "divider") for block in fitted["blocks"])
    given = sum(
        bool(block.get("elements", True))
        for block in message["blocks"]
        if block["type"] in ("actions", "divider")
    )
    if kept < given:
        assert POINTER in str(fitted["blocks"][-1])


def _markup(value: Any) -> list[str]:
    if isinstance(value, list):
        return [text for item in value for text in _markup(item)]
    if not isinstance(value, dict):
        return []
    own = [value["text"]] if value.get("type") == "mrkdwn" else []
    return own + [text for item in value.values() for text in _markup(item)]


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (blockkit.header("h" * 151), "blocks[0].text: 151 characters, 150 are the most"),
        (blockkit.section("s" * 3_012), "blocks[0].text: 3,012 characters, 3,000 are the most"),
        (blockkit.section("  "), "blocks[0].text: empty"),
        (blockkit.section("\ud800"), "blocks[0].text: half a letter (a lone surrogate)"),
        (blockkit.fields(*["f"] * 11), "blocks[0].fields: 11, 1 to 10 are allowed"),
        (blockkit.fields("f" * 2_001), "blocks[0].fields[0]: 2,001 characters, 2,000 are the most"),
        ({"type": "context", "elements": []}, "blocks[0].elements: 0, 1 to 10 are allowed"),
        ({"type": "context"}, "blocks[0].elements: no list"),
        (blockkit.actions(*[blockkit.button("b", f"a{n}", "") for n in range(26)], block_id="r"),
         "blocks[0].elements: 26, 1 to 25 are allowed"),
        (blockkit.actions(blockkit.button("b" * 76, "a", "v"), block_id="r"),
         "blocks[0].elements[0].text: 76 characters, 75 are the most"),
        (blockkit.actions(blockkit.button("b", "a", "v" * 2_001), block_id="r"),
         "blocks[0].elements[0].value: 2,001 characters, 2,000 are the most"),
        (blockkit.actions(blockkit.button("b", "a" * 256, "v"), block_id="r"),
         "blocks[0].elements[0].action_id: 256 characters, 255 are the most"),
        (blockkit.actions(blockkit.button("b", "a", "v"), block_id="r" * 256),
         "blocks[0].block_id: 256 characters, 255 are the most"),
        (blockkit.actions(*[blockkit.button("b", "a", "v")] * 2, block_id="r"), "blocks[0]: action_id: 'a' occurs twice"),
        (blockkit.actions(blockkit.button("b", "a", "v", "pink"), block_id="r"),
         "blocks[0].elements[0].style: 'pink' is neither primary nor danger"),
        (blockkit.actions(blockkit.button("b", "a", "v", confirm=blockkit.confirm("t", "x" * 301, "y")), block_id="r"),
         "blocks[0].elements[0].confirm.text: 301 characters, 300 are the most"),
        ({"type": "marquee"}, "blocks[0].type: 'marquee' is no block that Patrol sends"),
        ({"type": "divider", "colour": "red"}, "blocks[0].colour: a divider has no such key"),
        ("words", "blocks[0]: no block"),
        ({"type": "image", "image_url": "https://example.com/a.png"}, "blocks[0].alt_text: empty"),
    ],
)  # fmt: skip
def test_a_fault_is_told_with_its_place(block: Any, said: str) -> None:
    assert blockkit.problems({"text": "x", "blocks": [block]}) == [said]


def test_what_is_wrong_with_the_whole_is_told() -> None:
    many = [blockkit.section("s" * 200) | {"block_id": "same"}] * 51
    found = blockkit.problems({"text": "x" * 4_001, "blocks": many})
    assert found[:2] == ["text: 4,001 characters, 4,000 are the most", "blocks: 51, 50 are the most"]
    assert "blocks[1].block_id: 'same' occurs twice" in found
    assert found[-1] == "blocks: 10,200 characters in all, 10,000 are the most"
    assert blockkit.problems({"text": "", "blocks": []}) == ["text: empty"]


def test_what_is_wrong_with_a_view_is_told() -> None:
    title = {"type": "plain_text", "text": "t" * 25}
    assert blockkit.problems_view({"type": "modal", "title": title, "blocks": []}) == [
        "title: 25 characters, 24 are the most"
    ]
    assert blockkit.problems_view({"type": "modal", "blocks": []}) == ["title: a modal needs one"]
    assert blockkit.problems_view({"type": "home", "title": title, "blocks": []}) == [
        "title: a home has no such key"
    ]
    assert blockkit.problems_view({"type": "page"}) == ["type: 'page' is neither modal nor home"]
    found = blockkit.problems_view(
        {"type": "home", "blocks": [blockkit.divider()] * 101, "private_metadata": "m" * 3_001}
    )
    assert found == [
        "private_metadata: 3,001 characters, 3,000 are the most",
        "blocks: 101, 100 are the most",
    ]


def _choice(options: int, value: str = "v") -> dict[str, Any]:
    made = [
        {"text": {"type": "plain_text", "text": f"o{n}" * 40}, "value": f"{value}{n}"} for n in range(options)
    ]
    select = {
        "type": "static_select",
        "action_id": "pick",
        "options": made,
        "placeholder": {"type": "plain_text", "text": "p" * 200},
    }
    label = {"type": "plain_text", "text": "l" * 2_100}
    return {
        "type": "modal",
        "title": {"type": "plain_text", "text": "t"},
        "blocks": [{"type": "input", "label": label, "element": select}],
    }


def test_a_choice_of_too_many_long_options_is_shortened() -> None:
    assert "blocks[0].element.options: 101, 1 to 100 are allowed" in blockkit.problems_view(_choice(101))
    fitted = blockkit.fit_view(_choice(101), POINTER)
    assert blockkit.problems_view(fitted) == []
    assert len(fitted["blocks"][0]["element"]["options"]) == 100
    assert POINTER in str(fitted["blocks"][-1])


def test_a_choice_with_no_option_that_may_travel_is_left_out() -> None:
    fitted = blockkit.fit_view(_choice(3, "v" * 151), POINTER)
    assert [block["type"] for block in fitted["blocks"]] == ["context"]


def test_a_description_of_a_picture_is_shortened() -> None:
    image = {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a" * 2_100}
    fitted = blockkit.fit({"text": "x", "blocks": [image]}, POINTER)
    assert blockkit.problems(fitted) == []
    assert POINTER in str(fitted["blocks"][-1])


@pytest.mark.parametrize(
    "block",
    [
        blockkit.header("h" * 151),
        blockkit.section("s" * 3_001),
        blockkit.context("c" * 3_001),
        blockkit.fields(*["f"] * 11),
        blockkit.fields("f" * 2_001),
        blockkit.actions(*[blockkit.button("b", f"a{n}", "") for n in range(26)], block_id="r"),
        blockkit.actions(blockkit.button("b" * 76, "a", "v"), block_id="r"),
        blockkit.actions(blockkit.button("b", "a", "v" * 2_001), block_id="r"),
    ],
)
def test_every_kind_of_loss_is_pointed_out_once(block: dict[str, Any]) -> None:
    fitted = blockkit.fit({"text": "x", "blocks": [block]}, POINTER)
    assert str(fitted).count(POINTER) == 1
    assert blockkit.fit(fitted, POINTER) == fitted


def test_what_fits_stays_as_it_is() -> None:
    row = blockkit.actions(blockkit.button("Fix", "fix", "pf1_0f"), block_id="r")
    message = {"text": "x", "blocks": [blockkit.header("h"), blockkit.section("a & b"), row]}
    assert blockkit.fit(message, POINTER) == message


def test_a_full_message_makes_room_for_the_pointer_to_a_shortened_heading() -> None:
    blocks = [blockkit.header("h" * 200), *[blockkit.section(f"s{at}") for at in range(49)]]
    fitted = blockkit.fit({"text": "x", "blocks": blocks}, POINTER)
    assert len(fitted["blocks"]) == 50
    assert POINTER in str(fitted["blocks"][-1])


def test_a_message_of_too_many_words_ends_with_the_pointer() -> None:
    fitted = blockkit.fit({"text": "x", "blocks": [blockkit.section("s" * 2_900)] * 9}, POINTER)
    assert len(fitted["blocks"]) == 4
    assert blockkit.problems(fitted) == []
    assert POINTER in str(fitted["blocks"][-1])


def test_a_pointer_that_is_itself_too_long_is_shortened() -> None:
    fitted = blockkit.fit({"text": "x", "blocks": [blockkit.section("s" * 4_000)] * 9}, "p" * 5_000)
    assert blockkit.problems(fitted) == []
    assert "p" * 200 in fitted["blocks"][0]["text"]["text"]


def test_a_button_whose_value_would_be_cut_is_left_out_not_changed() -> None:
    whole = blockkit.button("Show", "show", "findings resource:" + "x" * 1_900)
    fitted = blockkit.fit(_row(whole, blockkit.button("More", "more", "findings " + "x" * 2_000)), POINTER)
    assert fitted["blocks"][0]["elements"] == [whole]
    assert POINTER in str(fitted["blocks"][-1])


def test_a_button_whose_value_holds_a_secret_is_left_out() -> None:
    fitted = blockkit.fit(
        _row(blockkit.button("Show", "show", "findings resource:password=hunter2")), POINTER
    )
    assert "hunter2" not in str(fitted)
    assert "elements" not in fitted["blocks"][0] or fitted["blocks"][0]["type"] == "context"


def test_names_that_occur_twice_are_numbered() -> None:
    rows = [blockkit.actions(blockkit.button("Fix", "fix", str(at)), block_id="row") for at in range(3)]
    fitted = blockkit.fit({"text": "x", "blocks": rows})["blocks"]
    assert [block["block_id"] for block in fitted] == ["row", "row-2", "row-3"]
    assert [block["elements"][0]["action_id"] for block in fitted] == ["fix", "fix-2", "fix-3"]


def test_text_is_cut_at_a_line_end() -> None:
    lines = [f"line number {at}" for at in range(400)]
    body = _fitted("\n".join(lines)).split("\n")
    assert body[:-1] == lines[: len(body) - 1]
    assert body[-1].endswith(POINTER)


@pytest.mark.parametrize("start", range(6))
def test_an_entity_is_never_cut(start: int) -> None:
    body = _fitted("x" * start + "&amp;" * 900).split("\n")[0]
    assert re.fullmatch(r"x*(?:&amp;)+", body)


@pytest.mark.parametrize("most", range(40, 140))
def test_code_that_is_cut_anywhere_is_ended(most: int) -> None:
    shown = (
        "Run `aws s3 ls` now:\n"
        + blockkit.fence("aws s3 ls\naws iam list-users --max-items 5")
        + "\nthen `check` it, all of it"
    )
    kept = cut(shown, most, "more")
    assert len(kept) <= most
    assert kept.count("```") in (0, 2)
    assert kept.replace("```", "").count("`") % 2 == 0
    assert "``" not in kept.replace("```", "")


@pytest.mark.parametrize("most", range(60, 110))
def test_a_date_or_mention_is_never_cut(most: int) -> None:
    kept = cut(
        "due " + "x" * 40 + " <!date^1700000000^{date_short}|14 Nov 2023> by <@U0DEV1> " + "y" * 60,
        most,
        "more",
    )
    assert kept.count("<") == kept.count(">")


@pytest.mark.parametrize("ticks", range(1, 12))
def test_backticks_inside_a_fence_never_end_it(ticks: int) -> None:
    for text in ("`" * ticks, "a" + "`" * ticks, "`" * ticks + "a"):
        assert blockkit.fence(text).count("```") == 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\v", "\f", "\x85", "\u2028", "\u2029"])
def test_inline_code_stays_on_one_line(end: str) -> None:
    assert blockkit.code(f"a{end}b") == "`a b`"


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("DB_PASSWORD=hunter2", "hunter2"),
        ("client_secret: 'hunter2'", "hunter2"),
        ("password=&lt;hunter2", "hunter2"),
        ('"aws_session_token": "hunter2"', "hunter2"),
        ("MY_xoxb-1234567890-hunter2", "hunter2"),
        ("xoxd-abc%2Bhunter2%3D", "hunter2"),
        ("xapp-1-A0-hunter2", "hunter2"),
        ("https://hooks.slack.com/services/T0/B0/hunter2hunter2", "hunter2"),
        ("github_pat_" + "hunter2" * 4, "hunter2"),
        ("redis://:hunter2@cache:6379", "hunter2"),
        ("https://ada:p@hunter2@example.com/", "hunter2"),
        ("Authorization: Bearer hunter2hunter2hunter2", "hunter2"),
        ("AKIAIOSFODNN7EXAMPLE, wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "bPxRfi"),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\nhunter2\n-----END PGP PRIVATE KEY BLOCK-----", "hunter2"),
        ("-----BEGIN PRIVATE KEY-----\nhunter2, and the end is lost", "hunter2"),
    ],
)
def test_a_secret_goes_and_redacting_twice_changes_nothing(text: str, hidden: str) -> None:
    once = blockkit.redact(text)
    assert hidden not in once
    assert "[redacted]" in once
    assert blockkit.redact(once) == once


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf",
        "arn:aws:secretsmanager:*:*:secret:prod/*",
        "has_password: false",
        "aws iam update-access-key --access-key-id AKIAIOSFODNN7EXAMPLE --status Inactive",
        "https://host.example:8080/path, mail ada@example.com",
        "ssh://git@example.com/repo",
    ],
)
def test_what_a_reader_needs_is_not_taken_for_a_secret(text: str) -> None:
    assert blockkit.redact(text) == text


@given(NASTY)
@settings(max_examples=examples(200), deadline=None)
def test_redacting_is_settled_after_once(text: str) -> None:
    once = blockkit.redact(text)
    assert blockkit.redact(once) == once


@given(
    st.lists(
        st.sampled_from(
            ("ſecret", "PASSWORD", "api_\u212aey", "Access_Token", "pwd", "=", ": ", "hunter2", "BEARER ", "x1" * 9, "xoxb-", "xapp-1-",
             "hooks.slack.com/services/", "ghp_", "a1B2" * 10, "ASIA" + "Q2" * 8, " ", "/", "eyJ", ".", "redis://", "@", "-----BEGIN PRIVATE KEY-----")
        )
    ).map("".join)
)  # fmt: skip
@settings(max_examples=examples(300), deadline=None)
def test_what_is_passed_over_for_want_of_a_word_holds_no_secret(shown: str) -> None:
    """Each pattern is tried only where one of its words stands; all of them, tried on everything, must say the same."""
    told = shown
    for _words, pattern in texts._SECRETS:
        told = pattern.sub(texts.REDACTED, told)
    told = texts._NAMED.sub(rf"\1{texts.REDACTED}", told)
    assert blockkit.redact(shown) == texts._USERINFO.sub(rf"\1{texts.REDACTED}@", told)


@pytest.mark.parametrize("at", range(2_900, 3_000))
def test_a_secret_at_the_cut_is_not_half_shown(at: int) -> None:
    shown = _fitted("a" * at + " password=hunter2hunter2 " + "b " * 200)
    assert "hunter" not in shown
    assert _fitted(shown) == shown


def test_redaction_reaches_every_text() -> None:
    leak = "password=hunter2"
    row = blockkit.actions(
        blockkit.button(leak, "a", "v", confirm=blockkit.confirm(leak, leak, leak, leak)), block_id="r"
    )
    blocks = [
        blockkit.header(leak),
        blockkit.section(leak),
        blockkit.context(leak),
        blockkit.fields(leak),
        row,
    ]
    assert "hunter2" not in str(blockkit.fit({"text": leak, "blocks": blocks}, leak))
    view = {"type": "modal", "title": {"type": "plain_text", "text": leak}, "blocks": blocks}
    assert "hunter2" not in str(blockkit.fit_view(view, leak))
