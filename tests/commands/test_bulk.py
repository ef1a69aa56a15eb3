"""One decision on many: the frozen list, first previewed, then done, and no finding besides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from commands.parse import joined, split
from commands.reply import BulkDone, BulkPreview
from scanners.errors import RefusedError, UsageError
from scanners.model import Severity
from storage import selections
from storage.model import short
from storage.rebuild import compare
from tests.commands.office import Office
from tests.storage.world import PASS, identity, verdict


@pytest.fixture
def seen(office: Office) -> Office:
    """A critical one, two high ones and a low one."""
    severities = {"a": Severity.CRITICAL, "b": Severity.HIGH, "c": Severity.HIGH, "d": Severity.LOW}
    office.see(*(verdict(name, severity=severity) for name, severity in severities.items()))
    return office


def select(office: Office, names: str = "abc", actor: str = "U0DEV1") -> str:
    with office.store.write() as connection:
        ids = [identity(name) for name in names]
        return selections.freeze(connection, ids, actor, "findings severity:high", office.now).id


def preview(office: Office, words: str, actor: str = "U0DEV1") -> BulkPreview:
    reply = office.say(words, actor)
    assert isinstance(reply, BulkPreview)
    return reply


def done(office: Office, words: str, actor: str = "U0DEV1") -> BulkDone:
    reply = office.say(words, actor)
    assert isinstance(reply, BulkDone)
    return reply


def test_a_preview_does_nothing_and_counts_what_it_would_hide(seen: Office) -> None:
    seen.say(f"snooze {identity('b')} --days 1")
    reply = preview(seen, f"snooze {select(seen)} --days 3")
    assert [view.finding.resource_id for view in reply.possible] == ["a", "b", "c"]
    assert reply.hides == {"critical": 1, "high": 1}, "what is hidden already is not hidden anew"
    assert {seen.state(name) for name in "acd"} == {"open"}
    assert preview(seen, f"acknowledge {select(seen)}").hides == {}


def test_what_was_listed_is_done_and_nothing_that_came_since(seen: Office) -> None:
    chosen = select(seen)
    preview(seen, f"acknowledge {chosen}")
    seen.see(*(verdict(name, severity=Severity.HIGH) for name in "abcdef"))
    reply = done(seen, f"acknowledge --yes {chosen}")
    assert [view.finding.resource_id for view in reply.done] == ["a", "b", "c"]
    assert [seen.state(name) for name in "abcdef"] == ["acknowledged"] * 3 + ["open"] * 3


def test_what_the_rules_refuse_is_told_one_by_one(seen: Office) -> None:
    seen.say(f"snooze {identity('a')} --days 2")
    seen.see(*(verdict(name, PASS if name == "b" else verdict("x").status) for name in "abcd"))
    chosen = select(seen)
    for reply in (preview(seen, f"acknowledge {chosen}"), done(seen, f"acknowledge --yes {chosen}")):
        told = {view.finding.resource_id: why for view, why in reply.refused}
        assert set(told) == {"a", "b"}
        assert "it is snoozed by you until" in told["a"]
        assert "it is fixed already" in told["b"]
    assert seen.state("c") == "acknowledged"


def test_the_role_is_asked_of_each_finding(seen: Office) -> None:
    seen.say(f"reassign {identity('c')} --team web", "U0LEAD")
    reply = done(seen, f"acknowledge --yes {select(seen)}")
    ((view, why),) = reply.refused
    assert (view.finding.resource_id, why) == (
        "c",
        "You can't acknowledge findings of web. These can: @U0WEB, @U0WLEAD.",
    )
    chosen = select(seen, "abd", "U0DEV2")
    with pytest.raises(UsageError, match="There is no selection"):
        seen.say(f"snooze --yes {chosen} --days 1", "U0GUEST")


@pytest.mark.parametrize("actor", ["U0DEV2", "U0SEC", "U0ADM"])
def test_somebody_elses_selection_is_refused(seen: Office, actor: str) -> None:
    chosen = select(seen)
    for words in (f"acknowledge {chosen}", f"acknowledge --yes {chosen}"):
        with pytest.raises(UsageError, match=f"There is no selection {chosen} of yours from the last day"):
            seen.say(words, actor)
    assert seen.state("a") == "open"


def test_a_selection_is_kept_for_a_day(seen: Office) -> None:
    chosen = select(seen)
    seen.later(days=1)
    preview(seen, f"acknowledge {chosen}")
    seen.later(microseconds=1)
    with pytest.raises(UsageError, match="from the last day"):
        seen.say(f"acknowledge --yes {chosen}")


@pytest.mark.parametrize("word", ["sel_", "sel_00000000", "sel_' or 1=1 --", "sel_\ud800"])
def test_a_guessed_selection_is_none(seen: Office, word: str) -> None:
    with pytest.raises(UsageError, match="There is no selection"):
        seen.say(f'acknowledge "{word}"')


def test_nothing_and_too_much_can_not_be_selected(seen: Office) -> None:
    with seen.store.write() as connection, pytest.raises(UsageError, match="Nothing fits"):
        selections.freeze(connection, [], "U0DEV1", "findings", seen.now)
    with (
        seen.store.write() as connection,
        pytest.raises(UsageError, match="That is 501 findings; 500 at once"),
    ):
        selections.freeze(connection, ["x"] * 501, "U0DEV1", "findings", seen.now)


@pytest.mark.parametrize(
    "words",
    [
        'accept {} --until 9d --reason "The price list is public, and meant to be"',
        'accept {} --until 9d --reason "It\'s the price list, which everybody may read"',
        "false-positive {} --reason 'The bucket \"a\" holds nothing but test data'",
        "note {} Waiting for the vendor's answer --yes means yes",
        "snooze {} --days 3",
    ],
)
def test_the_words_of_a_preview_carry_out_exactly_that(seen: Office, words: str) -> None:
    chosen = select(seen)
    shown = preview(seen, words.format(chosen))
    carried = done(seen, shown.words)
    assert carried.refused == ()
    one = words.format(identity("d"))
    seen.say(one)
    with seen.store.read() as connection:
        found = connection.execute(
            "select distinct json_remove(data, '$.batch', '$.until', '$.lapses') from events where kind in"
            " ('requested', 'noted', 'snoozed')"
        ).fetchall()
    assert len(found) == 1, "the same words as for a single finding"


@given(
    st.lists(
        st.text(
            st.characters(exclude_characters='"\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b'), max_size=30
        )
    )
)
def test_joined_words_split_into_the_same(words: list[str]) -> None:
    assert split(joined(words)) == words


def test_quotes_of_one_kind_survive() -> None:
    words = ['say "hi" to', "it's", '"', "'", "", "'a b'"]
    assert split(joined(words)) == words
    assert split(joined(["both \" and '"])) == ["both ' and '"]


def test_what_fell_due_on_the_refused_is_written_and_asked_about(seen: Office) -> None:
    seen.say(f"acknowledge {identity('a')}")
    seen.say(f"snooze {identity('b')} --days 3")
    seen.later(days=2)
    reply = done(seen, f"revoke --yes {select(seen, 'ab', 'U0LEAD')}", "U0LEAD")
    assert [view.finding.resource_id for view in reply.done] == ["b"]
    assert [short(view.finding.id) for view, _why in reply.refused] == [short(identity("a"))]
    assert seen.told("a")[-1] == "lapsed"
    assert [post.data["why"] for post in seen.posts("ask")] == ["lapsed"]
    with seen.store.read() as connection:
        assert compare(connection).equal


def test_a_bulk_claim_queues_a_check_each_and_a_bulk_approval_keeps_its_rule(seen: Office) -> None:
    assert len(done(seen, f"fixed --yes {select(seen)}").jobs) == 3
    reason = '--reason "Public on purpose: the price list"'
    done(seen, f"accept --yes {select(seen, 'abd', 'U0SEC')} {reason} --until 3d", "U0SEC")
    mine = done(seen, f"approve --yes {select(seen, 'abd', 'U0SEC')}", "U0SEC")
    assert (mine.done, len(mine.refused)) == ((), 3)
    lead = done(seen, f"approve --yes {select(seen, 'abd', 'U0LEAD')}", "U0LEAD")
    assert [view.finding.resource_id for view in lead.done] == ["d"]


def test_a_single_finding_takes_no_yes(seen: Office) -> None:
    seen.say(f"acknowledge {identity('a')} --yes")
    assert seen.state("a") == "acknowledged"
    with pytest.raises(RefusedError):
        seen.say(f"acknowledge {identity('a')} --yes")
