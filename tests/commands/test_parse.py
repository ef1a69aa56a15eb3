"""Words to arguments: quotes of every kind, options, filters, and mistakes that name the nearest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.findings import COMMAND as FINDINGS
from commands.model import Arguments
from commands.parse import LONGEST_TEXT, arguments, nearest, one_of, split
from commands.registry import COMMANDS, lookup
from commands.show import SHOW
from scanners.errors import UsageError


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        ("   ", []),
        ("findings  severity:high", ["findings", "severity:high"]),
        ('show "two words"', ["show", "two words"]),
        ("show 'two words'", ["show", "two words"]),
        ("show \u201ctwo words\u201d", ["show", "two words"]),
        ("show \u201etwo words\u201c", ["show", "two words"]),
        ("show \u2018two words\u2019", ["show", "two words"]),
        ('resource:"my bucket" x', ["resource:my bucket", "x"]),
        ('""', [""]),
        ("it's", ["it's"]),
        ("findings\u00a0state:all", ["findings", "state:all"]),
        ("a\tb\nc", ["a", "b", "c"]),
        ("名前 ünï", ["名前", "ünï"]),
    ],
)
def test_quotes_hold_words_together(text: str, words: list[str]) -> None:
    assert split(text) == words


@pytest.mark.parametrize("text", ['show "open', "show 'open", "show \u201copen"])
def test_an_open_quote_is_told(text: str) -> None:
    with pytest.raises(UsageError, match="is opened but never closed. Close it, or leave it out."):
        split(text)


def test_ten_thousand_characters_are_refused_in_a_short_message() -> None:
    with pytest.raises(UsageError, match="That is 10,000 characters; 4,000 are the most.") as caught:
        split("x" * 10_000)
    assert len(str(caught.value)) < 100


@given(st.text(max_size=60))
def test_any_text_is_words_or_a_clear_message(text: str) -> None:
    try:
        words = split(text)
    except UsageError as error:
        assert "quote" in str(error)
    else:
        assert sum(map(len, words)) <= len(text)


@given(st.lists(st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12), max_size=6))
def test_no_words_break_a_command(words: list[str]) -> None:
    for command in COMMANDS.values():
        try:
            assert isinstance(arguments(command, words), Arguments)
        except UsageError as error:
            assert len(str(error)) < 500


def test_filters_options_and_words_are_told_apart() -> None:
    given = arguments(FINDINGS, split("severity:high,critical severity:low --limit 5 --offset=10"))
    assert given.filters == {"severity": ("high", "critical", "low")}
    assert given.options == {"limit": "5", "offset": "10"}
    assert given.words == ()


@pytest.mark.parametrize("dash", ["--", "\u2014", "\u2013"])
def test_a_dash_that_a_phone_changed_is_still_an_option(dash: str) -> None:
    assert arguments(FINDINGS, [f"{dash}limit", "5"]).options == {"limit": "5"}


def test_an_arn_is_a_value_and_a_word() -> None:
    given = arguments(FINDINGS, ["resource:arn:aws:s3:::acme,2"])
    assert given.filters == {"resource": ("arn:aws:s3:::acme", "2")}
    assert arguments(SHOW, ["arn:aws:s3:::acme"]).words == ("arn:aws:s3:::acme",)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["severty:high"], "`findings` has no severty:. Did you mean severity:? Usage: findings "),
        (["--limt", "5"], "`findings` has no --limt. Did you mean --limit?"),
        (["--limit"], "--limit needs a value"),
        (["severity:"], "severity: needs a value right behind the colon"),
        (["severity:,"], "severity: needs a value"),
        (["high"], "'high' is one word too many for `findings`"),
        (["y" * 3_000], "..."),
    ],
)
def test_a_mistake_is_told_with_the_nearest(words: list[str], told: str) -> None:
    with pytest.raises(UsageError) as caught:
        arguments(FINDINGS, words)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 300


def test_dashes_and_two_letters_make_no_option_near() -> None:
    with pytest.raises(UsageError, match=r"`accept` has no --days\. Usage: accept ID"):  # not --yes
        arguments(lookup("accept"), ["pf1_07c6", "--days", "30"])


@pytest.mark.parametrize(
    ("word", "near"),
    [("finding", "findings"), ("ack", "acknowledge"), ("stauts", "status"), ("scna", "scan")],
)
def test_an_unknown_command_gets_the_nearest(word: str, near: str) -> None:
    with pytest.raises(UsageError, match=f"There is no command '{word}'. Did you mean `{near}`?"):
        lookup(word)


def test_a_word_that_is_near_nothing_gets_the_way_to_help() -> None:
    with pytest.raises(UsageError, match=r"There is no command 'q+'\. `help` lists them all\.") as caught:
        lookup("q" * 3_900)
    assert len(str(caught.value)) < 200
    assert nearest("qqqq", COMMANDS) == ""


def test_a_command_is_found_in_any_case() -> None:
    assert lookup("FINDINGS") is FINDINGS


@pytest.mark.parametrize("given", ["fix_claimed", "fix-claimed", "Fix claimed"])
def test_a_value_is_known_in_its_usual_spellings(given: str) -> None:
    assert one_of(given, ["open", "fix_claimed"], "state") == "fix_claimed"


def test_an_unknown_value_gets_the_nearest_and_the_list() -> None:
    with pytest.raises(UsageError, match="There is no severity 'hihg'. Did you mean high. Known: high, low."):
        one_of("hihg", ["high", "low"], "severity")


def test_the_longest_text_that_is_read_is_read() -> None:
    assert split("x" * LONGEST_TEXT) == ["x" * LONGEST_TEXT]
