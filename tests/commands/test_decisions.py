"""Who may decide what, until when, and what it does: each verb as people type it."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from commands.accept import until_of
from commands.approve import may_approve
from commands.people import Person
from commands.reply import Decided, Reply
from scanners.errors import RefusedError, UsageError
from scanners.model import Severity
from storage.decisions import newest_seq
from storage.ledger import history
from storage.model import Event, Kind, State, short
from storage.queries import find_one
from tests.commands.office import Office
from tests.storage.world import PASS, identity, verdict

DAY = timedelta(days=1)
A = identity("a")
REASON = '--reason "Public on purpose: the price list"'
MEMBERS = ("U0DEV1", "U0GRP", "U0LEAD", "U0SEC", "U0ADM")
STRANGERS = ("U0GUEST", "U0WEB", "U0WLEAD")
OPERATOR = Person("os:root", operator=True)


def decided(reply: Reply) -> Decided:
    assert isinstance(reply, Decided)
    return reply


def last(office: Office) -> Event:
    with office.store.read() as connection:
        return history(connection, A)[-1]


def asked(office: Office, severity: Severity = Severity.HIGH, actor: str | Person = "U0DEV1") -> None:
    """A finding of that severity, of which `actor` asks for an acceptance."""
    office.see(verdict("a", severity=severity))
    office.say(f"accept {A} {REASON} --until 10d", actor)


# -- who may -----------------------------------------------------------------------------------------

VERBS = (
    ("acknowledge", f"acknowledge {A}", "You can't acknowledge findings of payments."),
    ("start", f"start {A}", "You can't start work on findings of payments."),
    ("snooze", f"snooze {A} --days 2", "You can't snooze findings of payments."),
    ("accept", f"accept {A} {REASON} --until 3d", "You can't ask for acceptances of findings of payments."),
    ("false-positive", f"false-positive {A} {REASON}", "You can't ask for false positives of findings of payments."),
    ("fixed", f"fixed {A}", "You can't claim fixes for findings of payments."),
    ("note", f"note {A} Waiting for the vendor", "You can't write notes on findings of payments."),
    ("not-mine", f"not-mine {A} --team web", "You can't give away findings of payments."),
)  # fmt: skip


@pytest.mark.parametrize(("verb", "words", "told"), VERBS, ids=[case[0] for case in VERBS])
@pytest.mark.parametrize("actor", STRANGERS)
def test_whoever_is_not_of_the_team_is_told_who_can(
    office: Office, actor: str, verb: str, words: str, told: str
) -> None:
    office.see(verdict("a"))
    with pytest.raises(RefusedError) as caught:
        office.say(words, actor)
    assert str(caught.value) == f"{told} These can: @U0DEV1, @U0DEV2, @S0GROUP, @U0LEAD."
    assert (caught.value.exit_code, office.told()) == (3, ["opened"])


@pytest.mark.parametrize(("verb", "words", "_told"), VERBS, ids=[case[0] for case in VERBS])
@pytest.mark.parametrize("actor", MEMBERS)
def test_the_team_its_lead_security_and_an_admin_may(
    office: Office, actor: str, verb: str, words: str, _told: str
) -> None:
    office.see(verdict("a"))
    assert decided(office.say(words, actor)).view.finding.id == A
    assert last(office).actor == actor


APPROVERS: tuple[tuple[Severity, str, str], ...] = tuple(
    (severity, who, told)
    for severity in Severity
    for who, told in (
        ("U0DEV2", "refused"), ("U0ADM", "refused"), ("U0WLEAD", "refused"), ("U0GUEST", "refused"),
        ("U0LEAD", "refused" if severity in (Severity.CRITICAL, Severity.HIGH) else "granted"), ("U0SEC", "granted"),
    )
)  # fmt: skip


@pytest.mark.parametrize(("severity", "actor", "answer"), APPROVERS)
def test_leads_approve_the_lesser_half_and_security_all(
    office: Office, severity: Severity, actor: str, answer: str
) -> None:
    asked(office, severity)
    assert may_approve(office.context(actor), office.finding()) is (answer == "granted")
    if answer == "granted":
        assert decided(office.say(f"approve {A}", actor)).view.state is State.RISK_ACCEPTED
        assert (last(office).actor, last(office).data["requested_by"]) == (actor, "U0DEV1")
        return
    for verb in ("approve", "reject"):
        with pytest.raises(RefusedError, match=r"You can't .+ findings of payments\. These can: .*@U0SEC\."):
            office.say(f"{verb} {A}", actor)
    assert office.told() == ["opened", "requested"]


def test_a_refused_approval_names_leads_and_security_or_security_alone(office: Office) -> None:
    asked(office, Severity.LOW)
    with pytest.raises(
        RefusedError, match="You can't approve findings of payments. These can: @U0LEAD, @U0SEC."
    ):
        office.say(f"approve {A}")
    office.see(verdict("a", severity=Severity.CRITICAL))
    with pytest.raises(
        RefusedError, match="You can't approve critical findings of payments. These can: @U0SEC."
    ):
        office.say(f"approve {A}", "U0LEAD")


@pytest.mark.parametrize("actor", ["U0SEC", OPERATOR])
def test_nobody_approves_their_own_request(office: Office, actor: str | Person) -> None:
    asked(office, Severity.CRITICAL, actor)
    assert not may_approve(office.context(actor), office.finding())
    with pytest.raises(RefusedError, match="You asked for this yourself, so somebody else must decide"):
        office.say(f"approve {A}", actor)


def test_whoever_asked_may_take_it_back(office: Office) -> None:
    asked(office)
    office.say(f"reject {A}", "U0DEV1")
    assert (office.finding().request, office.told()[-1]) == ("", "rejected")


@pytest.mark.parametrize("actor", ["U0DEV1", "U0ADM", "U0WLEAD", "U0GUEST"])
def test_only_leads_and_security_revoke(office: Office, actor: str) -> None:
    office.see(verdict("a"))
    office.say(f"snooze {A} --days 2")
    with pytest.raises(
        RefusedError, match="You can't revoke decisions on findings of payments. These can: @U0LEAD, @U0SEC"
    ):
        office.say(f"revoke {A}", actor)
    office.say(f'revoke {A} --reason "Too early"', "U0LEAD")
    assert (office.state(), last(office).data["reason"]) == ("open", "Too early")
    office.say(f"snooze {A} --days 2")
    office.claim()
    assert (
        decided(office.say(f"revoke {A}", "U0LEAD")).message
        == "Revoked. A fix is claimed, and a check decides."
    )


@pytest.mark.parametrize(
    ("actor", "most"), [("U0DEV1", 7), ("U0ADM", 7), ("U0LEAD", 14), ("U0SEC", 14), (OPERATOR, 14)]
)
def test_a_snooze_is_as_long_as_the_role_allows(office: Office, actor: str | Person, most: int) -> None:
    office.see(verdict("a"))
    with pytest.raises(RefusedError, match=f"for {most + 1} days: you may for 1 to {most}"):
        office.say(f"snooze {A} --days {most + 1}", actor)
    office.say(f"snooze {A} --days {most}", actor)
    assert office.finding().until == office.now + most * DAY


def test_the_ledger_keeps_both_names_where_one_acts_for_another(office: Office) -> None:
    office.see(verdict("a"), verdict("b"))
    behind = Person("U0DEV1", behind="os:root")
    for words in (f"acknowledge {A}", f"note {A} on the phone", f"not-mine {A} --team web"):
        office.say(words, behind)
        assert (last(office).actor, last(office).data["behind"]) == ("U0DEV1", "os:root")
    office.say(f"undo {A}", behind)
    assert (last(office).kind, last(office).data["behind"]) == (Kind.UNDONE, "os:root")
    with pytest.raises(RefusedError, match="You can't approve"):  # the role is that of the one acted for
        office.say(f"approve {A}", behind)


# -- until when --------------------------------------------------------------------------------------

NOW = datetime(2026, 11, 2, 20, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "zone", "end"),
    [
        ("2026-11-10", "UTC", "2026-11-10T23:59:59+00:00"),
        ("2026-11-10", "Asia/Tokyo", "2026-11-10T14:59:59+00:00"),
        ("2026-11-10", "America/Los_Angeles", "2026-11-11T07:59:59+00:00"),
        ("2027-03-28", "Europe/Berlin", "2027-03-28T21:59:59+00:00"),  # 23 hours long
        ("2026-10-25", "Europe/Berlin", "2026-10-25T22:59:59+00:00"),  # 25 hours long
        ("2026-10-24", "Asia/Beirut", "2026-10-24T21:59:59+00:00"),  # its last hour comes twice
        ("30d", "Asia/Tokyo", "2026-12-02T20:00:00+00:00"),
        ("2026-11-10T12:00", "Asia/Tokyo", "2026-11-10T03:00:00+00:00"),
        ("2026-11-10T12:00+01:00", "Asia/Tokyo", "2026-11-10T11:00:00+00:00"),
        # The last day of the cap ends when the cap does; the day after is what it says, and so refused.
        ("2027-02-01", "Asia/Tokyo", "2027-01-31T20:00:00+00:00"),
        ("2027-02-02", "Asia/Tokyo", "2027-02-02T14:59:59+00:00"),
        ("2027-01-31", "America/Los_Angeles", "2027-01-31T20:00:00+00:00"),
        ("2027-02-01", "America/Los_Angeles", "2027-02-02T07:59:59+00:00"),
    ],
)
def test_a_date_means_all_of_that_day_where_the_team_is(text: str, zone: str, end: str) -> None:
    assert until_of(text, NOW, zone, NOW + 90 * DAY) == datetime.fromisoformat(end)


@pytest.mark.parametrize("text", ["soon", "2026-13-01", "30", "d", "99999d", "9999-12-31x", "-3d", "\ud800"])
def test_what_is_no_date_is_told_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="--until takes a date such as 2026-11-16, or days such as 14d, not"):
        until_of(text, NOW, "UTC", NOW + 90 * DAY)


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/Los_Angeles", "Pacific/Kiritimati", "UTC"])
@pytest.mark.parametrize("month", [2, 3, 8, 11])
def test_the_day_that_a_refusal_names_is_accepted(office: Office, zone: str, month: int) -> None:
    teams = tuple(replace(team, timezone=zone) for team in office.organisation.teams)
    office.organisation = replace(office.organisation, teams=teams)
    office.now = datetime(2026, month, 27, 20, 30, tzinfo=UTC)
    office.see(verdict("a"))
    with pytest.raises(RefusedError, match="90 days at most") as caught:
        office.say(f"accept {A} {REASON} --until 91d")
    day = str(caught.value).split("so until ")[1][:10]
    after = datetime.fromisoformat(day) + DAY
    with pytest.raises(RefusedError, match="90 days at most"):
        office.say(f"accept {A} {REASON} --until {after.date()}")
    office.say(f"accept {A} {REASON} --until {day}")
    office.say(f"approve {A}", "U0SEC")
    assert office.finding().until == office.now + 90 * DAY


def test_a_request_that_waits_longer_than_its_date_is_told(office: Office) -> None:
    office.see(verdict("a"))
    office.say(f"accept {A} {REASON} --until 2d")
    office.later(days=3)
    with pytest.raises(RefusedError, match="the date asked for has passed"):
        office.say(f"approve {A}", "U0SEC")
    office.say(f"reject {A}", "U0SEC")


# -- what evidence and the clock end -----------------------------------------------------------------


def granted(office: Office, words: str) -> None:
    office.see(verdict("a", severity=Severity.MEDIUM, evidence={"public": True, "key_age_days": 1}))
    office.say(words)
    office.say(f"approve {A}", "U0LEAD")


def test_a_false_positive_ends_on_changed_evidence_alone(office: Office) -> None:
    granted(office, f"false-positive {A} {REASON}")
    office.see(verdict("a", severity=Severity.MEDIUM, evidence={"public": True, "key_age_days": 2}))
    office.see(
        verdict("a", severity=Severity.CRITICAL, evidence={"public": True, "key_age_days": 3}, exploited=True)
    )
    assert office.state() == "false_positive"
    office.see(verdict("a", severity=Severity.CRITICAL, evidence={"public": "other"}, exploited=True))
    assert (office.state(), office.told()[-2:]) == ("open", ["evidence_changed", "revoked"])


def test_an_acceptance_ends_on_a_severity_that_rises_and_on_nothing_less(office: Office) -> None:
    granted(office, f"accept {A} {REASON} --until 30d")
    office.see(verdict("a", severity=Severity.LOW, evidence={"public": "other"}))
    assert office.state() == "risk_accepted", "neither a lower severity nor other evidence ends it"
    office.see(verdict("a", severity=Severity.HIGH, evidence={"public": "other"}))
    assert (office.state(), last(office).data["reason"]) == ("open", "its severity rose from low to high")


def test_an_acceptance_ends_when_an_attack_becomes_known(office: Office) -> None:
    granted(office, f"accept {A} {REASON} --until 30d")
    office.see(verdict("a", severity=Severity.MEDIUM, exploited=True))
    assert (office.state(), last(office).data["reason"]) == ("open", "attackers are now known to use it")


def test_a_snooze_ends_when_an_attack_becomes_known_and_can_not_be_renewed(office: Office) -> None:
    office.see(verdict("a"))
    office.say(f"snooze {A} --days 7")
    office.see(verdict("a", severity=Severity.CRITICAL, evidence={"public": "other"}))
    assert office.state() == "snoozed"
    office.see(verdict("a", severity=Severity.CRITICAL, exploited=True))
    assert office.state() == "open"
    with pytest.raises(RefusedError, match="attackers are known to use this flaw"):
        office.say(f"snooze {A} --days 1")


def test_an_acknowledgement_that_lapses_is_asked_about_once(office: Office) -> None:
    office.see(verdict("a"))
    for actor in ("U0DEV1", "U0DEV2", "U0LEAD"):
        office.say(f"acknowledge {A}", actor)
        office.later(days=3)
        office.see(verdict("a"))
    (asked,) = office.posts("ask")
    assert (asked.data["why"], asked.data["who"]) == ("lapsed", "U0DEV1")


def test_nobody_is_asked_about_what_they_took_again_in_the_same_breath(office: Office) -> None:
    office.see(verdict("a"))
    office.say(f"acknowledge {A}")
    office.later(days=4)
    office.say(f"acknowledge {A}", "U0DEV2")
    assert office.told() == ["opened", "acknowledged", "lapsed", "acknowledged"]
    assert office.posts("ask") == []


def test_silent_work_is_asked_about_each_time(office: Office) -> None:
    office.see(verdict("a"))
    for _ in range(2):
        office.say(f"start {A}")
        office.later(days=15)
        office.see(verdict("a"))
    assert [post.data["why"] for post in office.posts("ask")] == ["silent", "silent"]
    assert office.state() == "in_progress"


# -- a dialog that was open while the finding changed ------------------------------------------------


def test_what_changed_meanwhile_is_told_and_nothing_is_done(office: Office) -> None:
    office.see(verdict("a"))
    with office.store.read() as connection:
        seen = newest_seq(connection, A)
    office.see(verdict("a", tags={"env": "prod"}))  # a tag is no news for a decision
    office.say(f"acknowledge {A} --seen {seen}")
    with pytest.raises(
        RefusedError, match=f"{short(A)} changed while you were deciding, so nothing was done"
    ):
        office.say(f"snooze {A} --days 3 --seen {seen}", "U0DEV2")
    assert office.state() == "acknowledged"
    office.say(f"snooze {A} --days 3 --seen {last(office).seq}", "U0DEV2")


@pytest.mark.parametrize("seen", ["x", "-1", "1" * 30, "\u0663"])
def test_a_forged_number_of_an_event_is_refused(office: Office, seen: str) -> None:
    office.see(verdict("a"))
    with pytest.raises(UsageError, match="--seen takes the number of an event"):
        office.say(f"acknowledge {A} --seen {seen}")


def test_whatever_is_fixed_is_no_longer_decided_on(office: Office) -> None:
    office.see(verdict("a"))
    office.see(verdict("a", PASS))
    for _verb, words, _told in VERBS[:6]:
        with pytest.raises(RefusedError, match="it is fixed already: a scan proved it"):
            office.say(words)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (f"snooze {A}", "For how many days? Usage: snooze ID --days N"),
        (f"snooze {A} --days soon", "--days takes a whole number, not 'soon'."),
        (f"snooze {A} --days \u0663", "--days takes a whole number"),
        (f"accept {A} --until 3d", "Why? Usage: accept ID --reason TEXT --until DATE"),
        (f"accept {A} {REASON}", "Until when? Usage: accept ID --reason TEXT --until DATE"),
        (f"false-positive {A}", "Why? Usage: false-positive ID --reason TEXT"),
        (f"note {A}", "What should the note say? Usage: note ID TEXT"),
        (
            f"start {A} --link javascript:alert(1)",
            "--link takes an address (https://...) or a ticket (PAY-123)",
        ),
        (f"reassign {A}", "To which team? Usage: reassign ID --team NAME"),
        (
            f"accept {A} --until 3d --reason {'x' * 1001}",
            "A reason may have 1,000 characters; that is 1,001.",
        ),
    ],
)
def test_a_missing_or_wrong_word_is_told_with_the_usage(office: Office, words: str, told: str) -> None:
    office.see(verdict("a"))
    with pytest.raises(UsageError) as caught:
        office.say(words)
    assert told in str(caught.value)
    assert office.told() == ["opened"]


def test_an_acceptance_stops_the_clock_as_of_now_whether_or_not_its_end_was_written(office: Office) -> None:
    granted(office, f"accept {A} {REASON} --until 10d")
    due = office.finding().due

    def shown() -> datetime:
        with office.store.read() as connection:
            return find_one(connection, A, office.now, sees=None).finding.due

    office.later(days=4)
    assert shown() == due + 4 * DAY
    office.later(days=8)
    unwritten = shown()
    office.say(f"note {A} written", "U0DEV1")
    assert office.finding().due == shown() == unwritten
    office.later(days=3)
    assert shown() == unwritten
