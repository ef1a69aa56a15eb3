"""`release`: what was held passes by security's word, and by nobody else's."""

import pytest

from commands.people import Person
from commands.reply import ScanDone, StatusReport
from scanners.errors import RefusedError
from storage.model import Kind
from tests.commands.office import Office
from tests.storage.world import CONTROL, FAIL, PASS, verdict

NAMES = [f"b{at}" for at in range(40)]


@pytest.fixture
def held(office: Office) -> Office:
    office.see(
        verdict("clean", PASS)
    )  # a first scan has one summary; what comes later has messages of its own
    """Forty closings wait."""
    office.see(*map(verdict, NAMES))
    done = office.see(*(verdict(name, PASS) for name in NAMES))
    assert (done.fixed, done.still_open, done.held[0].closings) == (0, 40, 40)
    return office


def test_security_lets_them_pass(held: Office) -> None:
    reply = held.say("release prod", "U0SEC")
    assert isinstance(reply, ScanDone)
    assert (reply.scan.id, reply.fixed, reply.still_open, reply.held) == ("scan-3", 40, 0, ())
    assert held.state("b0") == "fixed"
    report = held.say("status")
    assert isinstance(report, StatusReport)
    assert report.holds == ()


def test_the_ledger_names_who_released_them(held: Office) -> None:
    held.say("release prod", "U0SEC")
    row = held.store.connection.execute("select actor, data from events where kind = 'released'").fetchone()
    assert row["actor"] == "U0SEC"
    assert '"closings":40' in row["data"]


def test_the_messages_follow(held: Office) -> None:
    (hold,), (control,) = held.posts("hold"), held.posts("control")
    held.say("release prod", "U0SEC")
    assert held.posts("hold")[0].wanted == hold.wanted + 1
    assert held.posts("control")[0].wanted == control.wanted + 1
    (line,) = held.posts("history")
    assert len(line.data["events"]) == 40


def test_whoever_holds_the_store_may(held: Office) -> None:
    held.say("release prod", Person("os:root", operator=True), face="terminal")
    assert held.state("b0") == "fixed"


def test_a_refusal_changes_nothing(held: Office) -> None:
    with pytest.raises(RefusedError):
        held.say("release prod", "U0LEAD")
    assert held.state("b0") == "open"
    assert held.events(Kind.RELEASED) == 0


def test_where_nothing_waits_it_says_so(office: Office) -> None:
    office.see(verdict("a"))
    with pytest.raises(RefusedError, match="Nothing waits in prod: no closings are held.") as caught:
        office.say("release prod", "U0SEC")
    assert caught.value.exit_code == 3


def test_a_second_release_finds_nothing(held: Office) -> None:
    held.say("release prod", "U0SEC")
    with pytest.raises(RefusedError, match="Nothing waits"):
        held.say("release prod", "U0SEC")
    assert held.events(Kind.FIXED) == 40


def test_what_failed_since_stays_open(held: Office) -> None:
    held.see(*(verdict(name, FAIL if name == "b7" else PASS) for name in NAMES[7:9]))
    reply = held.say("release prod", "U0SEC")
    assert isinstance(reply, ScanDone)
    assert (reply.fixed, reply.still_open) == (38, 1)
    assert held.state("b7") == "open"


def test_what_a_changed_control_closed_is_no_fix(office: Office) -> None:
    """Rule 4: the count that people read is of fixes."""
    office.see(verdict("a"))
    office.store.connection.execute("update findings set control_version = '0' where control = ?", (CONTROL,))
    done = office.see(verdict("a", PASS))
    assert (done.fixed, done.still_open) == (0, 0)
    assert office.finding("a").cause == "control_changed"
