"""Tracked messages: no scan sees them, so a second person's word ends them, and is never counted as proven."""

import pytest

from commands.approve import may_approve
from commands.reply import Decided, StatusReport
from scanners.errors import RefusedError, UsageError
from scanners.model import Severity
from storage.ledger import history
from storage.model import Kind, State, short
from storage.rebuild import compare
from tests.commands.office import Office
from tests.storage.world import verdict

WORDS = 'track "Rotate the key that was pasted here" --team payments --severity critical --due 5d'
REASON = '--reason "The key belongs to a test account"'


def track(office: Office, words: str = WORDS, actor: str = "U0DEV1") -> str:
    reply = office.say(words, actor)
    assert isinstance(reply, Decided)
    return reply.view.finding.id


def view(office: Office, finding: str) -> Decided:
    reply = office.say(f"note {finding} look", "U0SEC")
    assert isinstance(reply, Decided)
    return reply


def kinds(office: Office, finding: str) -> list[Kind]:
    with office.store.read() as connection:
        return [event.kind for event in history(connection, finding)]


def test_it_gets_an_owner_a_date_and_who_said_it(office: Office) -> None:
    finding = view(office, track(office)).view
    assert (finding.finding.team, finding.finding.severity, finding.state) == (
        "payments",
        Severity.CRITICAL,
        State.OPEN,
    )
    assert (finding.finding.due - office.now).days == 5
    assert finding.evidence == {"said": "Rotate the key that was pasted here", "tracked_by": "U0DEV1"}
    with office.store.read() as connection:
        assert compare(connection).equal


def test_the_same_message_is_tracked_once(office: Office) -> None:
    link = "--link https://acme.slack.com/archives/C1/p1"
    made = track(office, f"{WORDS} {link}")
    with pytest.raises(
        RefusedError, match=f"This is tracked already, as {short(made)}. `show {short(made)}` tells"
    ):
        office.say(f'track "Other words of the same message" --team payments {link}')
    assert track(office, 'track "Other words" --team payments') != made


def test_a_member_tracks_for_the_own_team_alone(office: Office) -> None:
    with pytest.raises(RefusedError, match="You can't track findings of web. These can: @U0WEB, @U0WLEAD."):
        office.say('track "Something" --team web')
    assert track(office, 'track "Something"')
    with pytest.raises(UsageError, match="For which team. Add --team NAME"):
        office.say('track "Something else"', "U0SEC")


@pytest.mark.parametrize("due", ["0d", "366d", "2020-01-01", "9999-12-31"])
def test_a_date_that_is_past_or_too_far_is_refused(office: Office, due: str) -> None:
    with pytest.raises(UsageError, match="--due takes a date to come, within a year."):
        office.say(f'track "Something" --due {due}')


def test_a_second_persons_word_closes_it(office: Office) -> None:
    made = track(office)
    with pytest.raises(RefusedError, match="nobody says that it is fixed. First: `fixed"):
        office.say(f"approve {made}", "U0LEAD")
    claimed = office.say(f"fixed {made}")
    assert isinstance(claimed, Decided)
    assert (claimed.job, office.waiting()) == (0, [])
    assert "a lead or security confirms it with `approve`" in claimed.message
    for actor, told in (
        ("U0DEV2", "You can't approve"),
        ("U0WLEAD", "You can't approve"),
        ("U0ADM", "You can't approve"),
    ):
        with pytest.raises(RefusedError, match=told):
            office.say(f"approve {made}", actor)
    finding = view(office, made).view.finding
    assert [may_approve(office.context(who), finding) for who in ("U0LEAD", "U0SEC", "U0DEV1")] == [
        True,
        True,
        False,
    ]
    done = office.say(f"approve {made}", "U0LEAD")
    assert isinstance(done, Decided)
    assert (done.view.state, done.view.finding.cause, done.view.finding.fixed_by) == (
        State.FIXED,
        "confirmed",
        "U0DEV1",
    )
    assert "not counted as proven by a scan" in done.message


@pytest.mark.parametrize("verb", ["approve", "reject"])
def test_the_claimant_is_not_the_second_person(office: Office, verb: str) -> None:
    made = track(office)
    office.say(f"fixed {made}", "U0LEAD")
    with pytest.raises(
        RefusedError, match="You said yourself that .* is fixed, so somebody else must decide."
    ):
        office.say(f"{verb} {made}", "U0LEAD")


def test_a_word_against_it_gives_the_claim_back(office: Office) -> None:
    made = track(office)
    office.say(f"fixed {made}")
    office.say(f'reject {made} --reason "It still works"', "U0SEC")
    assert kinds(office, made)[-1] is Kind.REFUTED
    after = view(office, made).view
    assert (after.state, after.finding.refutations) == (State.OPEN, 1)


def test_no_scan_closes_or_changes_it(office: Office) -> None:
    made = track(office)
    for _ in range(3):
        office.see(verdict("a"))
    office.see()
    office.see()
    assert kinds(office, made) == [Kind.OPENED]


def test_its_risk_is_accepted_by_whoever_accepts_any_risk_of_that_severity(office: Office) -> None:
    made = track(office)
    office.say(f"accept {made} {REASON} --until 3d")
    with pytest.raises(
        RefusedError, match="You can't approve critical findings of payments. These can: @U0SEC."
    ):
        office.say(f"approve {made}", "U0LEAD")
    finding = view(office, made).view.finding
    assert [may_approve(office.context(who), finding) for who in ("U0LEAD", "U0SEC")] == [False, True]
    done = office.say(f"approve {made}", "U0SEC")
    assert isinstance(done, Decided)
    assert done.view.state is State.RISK_ACCEPTED


def test_a_request_that_lapsed_does_not_hide_the_claim(office: Office) -> None:
    made = track(office)
    office.say(f"accept {made} {REASON} --until 3d")
    office.later(days=8)
    office.say(f"note {made} the request has lapsed and nothing ran")
    office.say(f"accept {made} {REASON} --until 3d")
    office.say(f"fixed {made}")
    office.later(days=8)
    done = office.say(f"approve {made}", "U0SEC")
    assert isinstance(done, Decided)
    assert done.view.state is State.FIXED


def test_the_date_that_was_set_stays_through_an_acceptance(office: Office) -> None:
    made = track(office)
    due = view(office, made).view.finding.due
    office.say(f"accept {made} {REASON} --until 3d")
    office.say(f"approve {made}", "U0SEC")
    office.later(days=4)
    office.see(verdict("a"))
    assert view(office, made).view.finding.due == due


def test_what_no_scan_sees_is_never_overdue_for_a_check(office: Office) -> None:
    office.see(verdict("a"))
    made = track(office)
    office.later(days=30)
    assert not view(office, made).view.stale
    report = office.say("status")
    assert isinstance(report, StatusReport)
    assert report.stale == 1, "the bucket alone"
