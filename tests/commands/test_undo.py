"""Taking back: one's own last action, for five minutes, and never what somebody else or a scan has changed since."""

from datetime import timedelta

import pytest

from commands.reply import Decided
from scanners.errors import RefusedError
from scanners.model import Severity
from storage import owners, selections
from storage.decisions import settle
from storage.model import Kind
from storage.rebuild import compare
from tests.commands.office import Office
from tests.storage.world import PASS, arn, identity, verdict

A = identity("a")
REASON = '--reason "Public on purpose: the price list"'
NOTHING = "There is nothing of yours from the last five minutes to take back"


@pytest.fixture
def seen(office: Office) -> Office:
    """Three findings of medium severity, found an hour ago."""
    office.see(*(verdict(name, severity=Severity.MEDIUM) for name in "abc"))
    office.later(hours=1)
    return office


def whole(office: Office) -> bool:
    with office.store.read() as connection:
        return compare(connection).equal


@pytest.mark.parametrize(
    ("prepare", "words"),
    [
        ((), f"acknowledge {A}"),
        ((), f"start {A} --link PAY-1"),
        ((), f"snooze {A} --days 3"),
        ((), f"accept {A} {REASON} --until 9d"),
        ((), f"false-positive {A} {REASON}"),
        ((), f"fixed {A}"),
        ((), f"note {A} a word"),
        ((), f"reassign {A} --team web"),
        ((), f"not-mine {A}"),
        ((f"start {A}",), f"note {A} goes on"),
        ((f"acknowledge {A}",), f"snooze {A} --days 1"),
        ((f"snooze {A} --days 1",), f"revoke {A}"),
        ((f"start {A} --link PAY-1", f"accept {A} {REASON} --until 9d"), f"reject {A}"),
    ],
)
def test_every_action_can_be_taken_back_and_leaves_it_as_it_was(
    seen: Office, prepare: tuple[str, ...], words: str
) -> None:
    for before in prepare:
        seen.say(before, "U0DEV1")
    was = seen.finding()
    seen.later(minutes=6)
    seen.say(words, "U0SEC")
    assert seen.told()[-1] != "undone"
    seen.later(minutes=5)
    reply = seen.say("undo", "U0SEC")
    assert isinstance(reply, Decided)
    assert reply.message.startswith("Taken back: your ")
    assert (seen.finding(), seen.told()[-1]) == (was, "undone")
    assert whole(seen)


def test_an_approval_taken_back_is_a_request_again_and_stopped_no_clock(seen: Office) -> None:
    seen.say(f"accept {A} {REASON} --until 9d")
    was = seen.finding()
    seen.say(f"approve {A}", "U0LEAD")
    seen.later(minutes=4)
    seen.say("undo", "U0LEAD")
    assert seen.finding() == was
    seen.say(f"approve {A}", "U0LEAD")
    seen.later(days=2)
    seen.say(f"revoke {A}", "U0LEAD")
    assert seen.finding().due == was.due + timedelta(days=2)
    seen.later(minutes=3)
    seen.say("undo", "U0LEAD")
    assert seen.state() == "risk_accepted"
    assert seen.finding().due == was.due + timedelta(days=2, minutes=3), "it stands still since the approval"
    seen.later(days=30)
    seen.see(verdict("a", severity=Severity.MEDIUM))
    assert seen.finding().due > was.due + timedelta(days=8), (
        "the clock stood until the day it was accepted for"
    )


def test_five_minutes_are_the_most(seen: Office) -> None:
    seen.say(f"acknowledge {A}")
    seen.later(minutes=5, microseconds=1)
    with pytest.raises(RefusedError, match=f"{NOTHING}."):
        seen.say("undo")
    with pytest.raises(RefusedError, match=f"{NOTHING} on {A[4:12]}."):
        seen.say(f"undo {A}")


def test_only_ones_own_action_is_taken_back(seen: Office) -> None:
    seen.say(f"acknowledge {A}")
    with pytest.raises(RefusedError, match=NOTHING):
        seen.say(f"undo {A}", "U0LEAD")


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        ("U0DEV2", f"start {A}"),
        ("U0DEV2", f"accept {A} {REASON} --until 3d"),
        ("U0LEAD", f"reassign {A} --team web"),
    ],
)
def test_what_somebody_else_changed_since_stays(seen: Office, actor: str, words: str) -> None:
    seen.say(f"acknowledge {A}")
    seen.say(words, actor)
    with pytest.raises(RefusedError, match="was changed since, so that can't be taken back any more. `show"):
        seen.say("undo")


@pytest.mark.parametrize("ran", [True, False])
def test_what_the_clock_changed_since_stays_whether_or_not_anybody_looked(seen: Office, ran: bool) -> None:
    seen.say(f"accept {A} {REASON} --until 9d", "U0DEV2")
    seen.later(days=7, minutes=-2)
    seen.say(f"acknowledge {A}")
    seen.later(minutes=3)
    if ran:
        with seen.store.write() as connection:
            assert [event.kind for event in settle(connection, seen.now)] == [Kind.LAPSED]
    with pytest.raises(RefusedError, match="was changed since"):
        seen.say("undo")


def test_another_persons_note_does_not_stand_in_the_way(seen: Office) -> None:
    seen.say(f"acknowledge {A}")
    seen.say(f"note {A} thanks", "U0DEV2")
    seen.say("undo")
    assert seen.state() == "open"


def test_what_a_scan_proved_since_stays(seen: Office) -> None:
    seen.say(f"fixed {A}")
    seen.later(minutes=1)
    seen.will_see(verdict("a", PASS))
    seen.work()
    with pytest.raises(RefusedError, match="is fixed meanwhile, so there is nothing to take back any more."):
        seen.say("undo")


def test_a_note_on_what_was_fixed_already_is_taken_back(seen: Office) -> None:
    seen.see(verdict("a", PASS))
    seen.say(f"note {A} by the new policy")
    seen.say("undo")
    assert seen.told()[-1] == "undone"


def test_an_undo_is_not_undone_and_the_next_takes_the_one_before(seen: Office) -> None:
    seen.say(f"acknowledge {A}")
    seen.say(f"snooze {A} --days 3")
    seen.say("undo")
    assert seen.state() == "acknowledged"
    seen.say("undo")
    assert seen.state() == "open"
    with pytest.raises(RefusedError, match=NOTHING):
        seen.say("undo")
    assert seen.told().count("undone") == 2


def test_the_last_action_on_the_finding_that_was_named_is_taken_back(seen: Office) -> None:
    seen.say(f"acknowledge {A}")
    seen.say(f"acknowledge {identity('b')}")
    seen.say(f"undo {A}")
    assert (seen.state("a"), seen.state("b")) == ("open", "acknowledged")


def _select(office: Office, actor: str = "U0DEV1") -> str:
    with office.store.write() as connection:
        ids = [identity(name) for name in "abc"]
        return selections.freeze(connection, ids, actor, "findings", office.now).id


def test_a_bulk_action_is_taken_back_whole(seen: Office) -> None:
    seen.say(f"acknowledge --yes {_select(seen)}")
    reply = seen.say("undo")
    assert isinstance(reply, Decided)
    assert reply.message == "Taken back: your acknowledgement on 3 findings. It is as it was before."
    assert {seen.state(name) for name in "abc"} == {"open"}
    assert whole(seen)


def test_a_bulk_action_of_which_one_was_changed_since_stays_whole(seen: Office) -> None:
    seen.say(f"acknowledge --yes {_select(seen)}")
    seen.say(f"start {identity('b')}", "U0DEV2")
    with pytest.raises(RefusedError, match="was changed since"):
        seen.say("undo")
    assert [seen.state(name) for name in "abc"] == ["acknowledged", "in_progress", "acknowledged"]


def test_a_change_of_owner_is_forgotten_for_the_resource_too(seen: Office) -> None:
    seen.see(verdict("a", severity=Severity.MEDIUM), verdict("a", control="s3.versioning"))
    seen.say(f"not-mine {A} --team web")
    assert seen.finding().team == "web"
    with seen.store.read() as connection:
        assert owners.remembered(connection) == {arn("a"): "web"}
    seen.say("undo")
    with seen.store.read() as connection:
        assert owners.remembered(connection) == {}
        teams = connection.execute("select distinct team from findings").fetchall()
    assert [row["team"] for row in teams] == ["payments"]
    assert seen.events(Kind.UNDONE) == 2
    assert whole(seen)
