"""Words: ages, dates, people, names."""

from datetime import timedelta

import pytest

from bot.messages.draft import paragraphs, plain, shorten
from bot.messages.words import age, count, cut, due, inline, name, person, resources, severities, span, utc
from tests.bot.messages.stage import START


def test_a_count_agrees_with_its_noun() -> None:
    assert [count(1, "bucket"), count(3, "bucket"), count(1_200, "policy", "policies")] == [
        "1 bucket",
        "3 buckets",
        "1,200 policies",
    ]
    assert resources("aws.s3.bucket", 2) == "2 buckets"
    assert resources("something.new", 1) == "1 resource"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (timedelta(days=4, hours=23), "4 d"),
        (timedelta(hours=5), "5 h"),
        (timedelta(minutes=3), "3 min"),
        (timedelta(0), "under 1 min"),
    ],
)
def test_a_span_is_short_and_rounded_down(length: timedelta, said: str) -> None:
    assert span(length) == said


def test_due_says_how_far_off_on_either_side() -> None:
    assert due(START + timedelta(days=4), START) == "due in 4 d"
    assert due(START - timedelta(days=2), START) == "overdue by 2 d"
    assert due(START, START) == "overdue by under 1 min"


def test_an_age_is_told_in_words() -> None:
    assert age(START - timedelta(days=3), START) == "3 days ago"
    assert age(START, START) == "just now"


def test_a_date_without_slack_is_plain_utc() -> None:
    assert utc(START) == "23 Nov 2026 09:00 UTC"


def test_a_slack_user_is_mentioned_unless_a_name_is_wanted() -> None:
    assert person("U0DEV1") == "<@U0DEV1>"
    assert person("U0DEV1", {"U0DEV1": "Dana"}) == "Dana"
    assert "<@" not in person("U0DEV1", {})


@pytest.mark.parametrize("actor", ["os:dana", "schedule", "!channel", "<!channel>", "U0DEV1|x", ""])
def test_anybody_else_is_never_a_mention(actor: str) -> None:
    assert "<" not in person(actor)


def test_a_long_name_keeps_both_ends() -> None:
    shown = cut("prod-" + "x" * 200 + "-invoices", 40)
    assert len(shown) == 40
    assert shown.startswith("prod-") and shown.endswith("-invoices")


def test_a_name_cannot_turn_letters_round_or_end_its_line() -> None:
    shown = name("a\u202eb\nc\x1b[31m")
    assert not set("\u202e\n\x1b") & set(shown)
    assert inline("a < b & c `d`") == "a &lt; b &amp; c 'd'"


def test_severities_are_said_worst_first() -> None:
    assert severities({"low": 1, "critical": 2}) == "2 critical, 1 low"
    assert severities({}) == "none"


def test_plain_text_keeps_what_is_code_and_drops_decoration() -> None:
    assert plain(":red_circle: *HIGH* `s3:* on *` until <!date^1^{time}|09:00 UTC>") == (
        "HIGH s3:* on * until 09:00 UTC"
    )


def test_paragraphs_part_at_line_ends() -> None:
    assert paragraphs(("a" * 60, "", "b" * 30, "c"), most=80) == ["a" * 60, "b" * 30 + "\nc"]


def test_text_is_shortened_at_a_line_end_with_a_pointer() -> None:
    shown = shorten("\n".join(f"line {at}" for at in range(200)), 300, "`/patrol status` lists the rest")
    assert len(shown) <= 300
    assert shown.endswith("... and more. /patrol status lists the rest")
