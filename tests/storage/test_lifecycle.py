"""What people may do and what the clock ends, row by row of the design's table: pure rules, at their exact edge."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scanners.errors import RefusedError
from scanners.model import Severity
from storage.changes import apply
from storage.clock import parse
from storage.lapses import due_events
from storage.lifecycle import (
    acknowledge,
    approve,
    claim,
    latest_until,
    note,
    reject,
    request,
    revoke,
    snooze,
    start,
)
from storage.model import Decision, Disposition, Event, Finding, Kind, State
from storage.rules import is_live, is_requested, shown_state
from tests.storage.test_rules import ABSENT, CLAIMED, DAY, FINDING, HOUR, SHOWN, held
from tests.storage.world import START

INSTANT = timedelta(microseconds=1)
REASON = "Public on purpose: it is the price list."
ACCEPTED, FALSE_POSITIVE = Disposition.RISK_ACCEPTED, Disposition.FALSE_POSITIVE
CAPS = {
    Severity.CRITICAL: 30,
    Severity.HIGH: 90,
    Severity.MEDIUM: 180,
    Severity.LOW: 365,
    Severity.UNKNOWN: 180,
}
LIVE = set(State) - {State.FIXED, State.OUT_OF_SCOPE}
UNDECIDED = LIVE - {State.RISK_ACCEPTED, State.FALSE_POSITIVE}


def asked(what: Disposition = ACCEPTED, base: Finding = FINDING, until: timedelta = 30 * DAY) -> Finding:
    """`base` after U0DEV1 asked for `what` at START."""
    end = START + until if what is ACCEPTED else None
    return apply(base, request(base, "U0DEV1", START, what, REASON, end))


def accepted(until: timedelta = 30 * DAY, at: timedelta = HOUR) -> Finding:
    """Accepted by U0SEC at START + `at` until START + `until`."""
    finding = asked(until=until)
    return apply(finding, approve(finding, "U0SEC", START + at))


def settled(finding: Finding, now: datetime) -> Finding:
    """`finding` once everything that fell due by `now` is written."""
    for event in due_events(finding, now):
        finding = apply(finding, event)
    return finding


# -- from which states -------------------------------------------------------------------------------

Act = Callable[[Finding], Event]
FROM: tuple[tuple[str, Act, set[State]], ...] = (
    ("start", lambda f: start(f, "U0DEV2", START), UNDECIDED),
    ("snooze", lambda f: snooze(f, "U0DEV2", START, 1, 7), UNDECIDED),
    ("accept", lambda f: request(f, "U0DEV2", START, ACCEPTED, REASON, START + DAY), UNDECIDED),
    ("false positive", lambda f: request(f, "U0DEV2", START, FALSE_POSITIVE, REASON), UNDECIDED),
    ("revoke", lambda f: revoke(f, "U0DEV2", START), {State.SNOOZED, State.RISK_ACCEPTED, State.FALSE_POSITIVE}),
    ("note", lambda f: note(f, "U0DEV2", START, "a word"), set(State)),
)  # fmt: skip


@pytest.mark.parametrize(("verb", "act", "states"), FROM, ids=[case[0] for case in FROM])
@pytest.mark.parametrize("case", SHOWN, ids=[case[0] for case in SHOWN])
def test_each_verb_starts_from_its_states_and_no_other(
    verb: str, act: Act, states: set[State], case: tuple[str, Finding, State]
) -> None:
    _name, finding, state = case
    if state in states:
        assert act(finding).finding == finding.id
    else:
        with pytest.raises(RefusedError, match=r"Can't .+ 3fa1c09b"):
            act(finding)


@pytest.mark.parametrize("answer", [approve, reject])
@pytest.mark.parametrize("base", [ABSENT, replace(FINDING, out_of_scope=True), FINDING])
def test_only_a_request_that_waits_is_answered(answer: Callable[..., Event], base: Finding) -> None:
    with pytest.raises(RefusedError, match=r"Can't (approve|reject) .*3fa1c09b"):
        answer(base, "U0SEC", START)


# -- work --------------------------------------------------------------------------------------------


def test_work_is_nudged_after_14_days_of_silence_and_open_after_21() -> None:
    working = apply(FINDING, start(FINDING, "U0DEV1", START, "PAY-1"))
    assert due_events(working, START + 14 * DAY - INSTANT) == []
    (nudge,) = due_events(working, START + 14 * DAY)
    assert (nudge.kind, nudge.at, nudge.data["by"]) == (Kind.NUDGED, START + 14 * DAY, "U0DEV1")
    nudged = apply(working, nudge)
    assert due_events(nudged, START + 21 * DAY - INSTANT) == []
    assert shown_state(nudged, START + 21 * DAY - INSTANT) is State.IN_PROGRESS
    assert shown_state(nudged, START + 21 * DAY) is State.OPEN
    (lapse,) = due_events(nudged, START + 30 * DAY)
    assert (lapse.kind, lapse.at) == (Kind.LAPSED, START + 21 * DAY)


def test_both_are_written_in_their_order_where_nothing_ran_for_a_month() -> None:
    working = apply(FINDING, start(FINDING, "U0DEV1", START))
    assert [(e.kind, e.at) for e in due_events(working, START + 30 * DAY)] == [
        (Kind.NUDGED, START + 14 * DAY),
        (Kind.LAPSED, START + 21 * DAY),
    ]


@pytest.mark.parametrize(
    "again", [lambda f, at: note(f, "U0DEV2", at, "Waiting"), lambda f, at: start(f, "U0DEV1", at)]
)
def test_a_note_or_another_start_renews_work_even_after_the_nudge(again: Callable[..., Event]) -> None:
    working = settled(apply(FINDING, start(FINDING, "U0DEV1", START, "PAY-1")), START + 15 * DAY)
    assert working.decision.nudged
    renewed = apply(working, again(working, START + 20 * DAY))
    assert renewed.until == START + 41 * DAY
    assert not renewed.decision.nudged
    assert renewed.decision.link == "PAY-1"
    (nudge,) = due_events(renewed, START + 34 * DAY)
    assert (nudge.kind, nudge.at) == (Kind.NUDGED, START + 34 * DAY)


def test_a_note_on_work_that_lapsed_renews_nothing() -> None:
    working = apply(FINDING, start(FINDING, "U0DEV1", START))
    assert "until" not in note(working, "U0DEV1", START + 21 * DAY, "late").data
    assert "until" not in note(held(Disposition.ACKNOWLEDGED), "U0DEV1", START, "seen").data


def test_work_on_a_snoozed_finding_ends_the_snooze_and_its_row() -> None:
    snoozed = apply(FINDING, snooze(FINDING, "U0DEV1", START, 7, 7))
    working = apply(snoozed, start(snoozed, "U0DEV1", START + DAY))
    assert (working.disposition, working.decision.snoozes) == (Disposition.IN_PROGRESS, 0)


# -- snooze ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("most", "days"), [(7, 1), (7, 7), (14, 14)])
def test_a_snooze_ends_to_the_instant(most: int, days: int) -> None:
    snoozed = apply(FINDING, snooze(FINDING, "U0DEV1", START, days, most))
    end = START + days * DAY
    assert shown_state(snoozed, end - INSTANT) is State.SNOOZED
    assert shown_state(snoozed, end) is State.OPEN


@pytest.mark.parametrize(
    ("most", "days", "told"),
    [
        (7, 8, "for 8 days: you may for 1 to 7; leads and security may for 14."),
        (14, 15, "for 15 days: you may for 1 to 14."),
        (7, 0, "for 0 days: you may for 1 to 7"),
        (7, -1, "for -1 days"),
    ],
)
def test_a_snooze_beyond_the_cap_of_the_role_is_refused(most: int, days: int, told: str) -> None:
    with pytest.raises(RefusedError, match=told):
        snooze(FINDING, "U0DEV1", START, days, most)


def test_the_third_snooze_in_a_row_is_refused_until_work_starts() -> None:
    finding, now = FINDING, START
    for _ in range(2):
        finding = settled(apply(finding, snooze(finding, "U0DEV1", now, 7, 7)), now + 7 * DAY)
        now += 7 * DAY
    with pytest.raises(RefusedError, match="it was snoozed 2 times in a row already. Start work on it"):
        snooze(finding, "U0LEAD", now, 1, 14)
    seen = apply(finding, acknowledge(finding, "U0DEV1", now))
    with pytest.raises(RefusedError, match="2 times in a row"):  # a click of "seen" in between is no work
        snooze(seen, "U0DEV1", now, 1, 7)
    working = apply(finding, start(finding, "U0DEV1", now))
    assert apply(working, snooze(working, "U0DEV1", now, 1, 7)).decision.snoozes == 1


def test_a_new_episode_may_be_snoozed_anew() -> None:
    finding = replace(FINDING, decision=Decision(snoozes=2))
    fixed = apply(finding, Event(START, Kind.FIXED, finding.id, "scan", {"cause": "proven"}))
    data = {"severity": "high", "version": "1"}
    back = apply(fixed, Event(START + DAY, Kind.REGRESSED, finding.id, "scan", data))
    assert snooze(back, "U0DEV1", START + DAY, 1, 7).kind is Kind.SNOOZED


def test_what_is_known_to_be_exploited_is_never_snoozed() -> None:
    with pytest.raises(RefusedError, match="attackers are known to use this flaw. Fix it, or ask for a risk"):
        snooze(replace(FINDING, exploited=True), "U0SEC", START, 1, 14)


def test_the_sla_clock_runs_through_a_snooze() -> None:
    snoozed = apply(FINDING, snooze(FINDING, "U0DEV1", START, 7, 7))
    assert settled(snoozed, START + 7 * DAY).due == snoozed.due == FINDING.due


# -- requests and answers ----------------------------------------------------------------------------


@pytest.mark.parametrize("what", [ACCEPTED, FALSE_POSITIVE])
def test_a_request_changes_no_state_and_lapses_after_seven_days(what: Disposition) -> None:
    finding = asked(what)
    assert shown_state(finding, START) is State.OPEN
    assert (finding.request, finding.request_by) == (str(what), "U0DEV1")
    assert is_requested(finding, START + 7 * DAY - INSTANT)
    assert not is_requested(finding, START + 7 * DAY)
    with pytest.raises(RefusedError, match="nothing was asked for that still waits .the request has lapsed"):
        approve(finding, "U0SEC", START + 7 * DAY)
    (event,) = due_events(finding, START + 9 * DAY)
    assert (event.at, event.data["was"], event.data["by"]) == (START + 7 * DAY, "request", "U0DEV1")
    after = apply(finding, event)
    assert (after.request, after.request_by, after.request_until) == ("", "", None)
    assert after.decision == FINDING.decision


@pytest.mark.parametrize("what", [ACCEPTED, FALSE_POSITIVE])
@pytest.mark.parametrize("reason", ["", "short", "x" * 19, "  spaced     out   x ", "\n\n" + "y" * 19])
def test_a_reason_of_less_than_twenty_characters_is_refused(what: Disposition, reason: str) -> None:
    why = "the risk can be borne" if what is ACCEPTED else "nothing is wrong here"
    with pytest.raises(
        RefusedError, match=f"A reason needs 20 characters or more; this one has .* Say why {why}"
    ):
        request(FINDING, "U0DEV1", START, what, reason, START + DAY)


def test_a_reason_of_twenty_characters_is_enough_and_kept_with_the_decision() -> None:
    finding = apply(FINDING, request(FINDING, "U0DEV1", START, ACCEPTED, "x" * 20, START + DAY))
    granted = apply(finding, approve(finding, "U0SEC", START + HOUR))
    assert (granted.decision.reason, granted.decision.requested_by) == ("x" * 20, "U0DEV1")
    assert (granted.disposition_by, granted.request) == ("U0SEC", "")


@pytest.mark.parametrize(("severity", "days"), CAPS.items())
def test_an_acceptance_ends_at_the_cap_of_its_severity_at_the_latest(severity: Severity, days: int) -> None:
    finding, last = replace(FINDING, severity=severity), START + timedelta(days=days)
    assert latest_until(severity, START) == last
    assert request(finding, "U0DEV1", START, ACCEPTED, REASON, last).data["until"]
    with pytest.raises(
        RefusedError, match=f"A {severity} finding can be accepted for {days} days at most, so until"
    ):
        request(finding, "U0DEV1", START, ACCEPTED, REASON, last + INSTANT)


@pytest.mark.parametrize(
    ("zone", "day"), [("Asia/Tokyo", "2027-02-01"), ("America/Los_Angeles", "2027-01-31")]
)
def test_the_last_day_is_told_as_the_team_reads_it(zone: str, day: str) -> None:
    late = START.replace(hour=20)
    with pytest.raises(RefusedError, match=f"so until {day}. Choose that day or an earlier one."):
        request(FINDING, "U0DEV1", late, ACCEPTED, REASON, late + 400 * DAY, ZoneInfo(zone))


@pytest.mark.parametrize("until", [None, START, START - DAY])
def test_an_acceptance_without_an_end_to_come_is_refused(until: datetime | None) -> None:
    with pytest.raises(RefusedError, match="An acceptance needs a date to come at which it ends."):
        request(FINDING, "U0DEV1", START, ACCEPTED, REASON, until)


@pytest.mark.parametrize(("severity", "days"), CAPS.items())
def test_a_false_positive_ends_after_the_same_days(severity: Severity, days: int) -> None:
    finding = asked(FALSE_POSITIVE, replace(FINDING, severity=severity))
    granted = apply(finding, approve(finding, "U0SEC", START + DAY))
    assert granted.until == START + DAY + timedelta(days=days)


def test_a_second_request_waits_for_the_first() -> None:
    with pytest.raises(RefusedError, match="a risk acceptance was asked for already, by @U0DEV1, and waits"):
        request(asked(), "U0DEV2", START + HOUR, FALSE_POSITIVE, REASON)
    late = START + 7 * DAY
    assert request(asked(), "U0DEV2", late, FALSE_POSITIVE, REASON).actor == "U0DEV2"


@pytest.mark.parametrize("what", [ACCEPTED, FALSE_POSITIVE])
def test_the_approver_is_never_the_requester(what: Disposition) -> None:
    with pytest.raises(
        RefusedError, match="You asked for this yourself, so somebody else must decide on 3fa1c09b."
    ):
        approve(asked(what), "U0DEV1", START + HOUR)


def test_a_date_that_passed_while_the_request_waited_is_not_approved() -> None:
    with pytest.raises(
        RefusedError, match="Can't approve 3fa1c09b: the date asked for has passed. `reject 3fa1c09b`"
    ):
        approve(asked(until=DAY), "U0SEC", START + DAY)


def test_a_severity_that_rose_while_the_request_waited_has_its_own_cap() -> None:
    finding = replace(asked(until=90 * DAY), severity=Severity.CRITICAL)
    with pytest.raises(
        RefusedError, match="it is critical now, and the date asked for is more than 30 days away"
    ):
        approve(finding, "U0SEC", START + HOUR)


def test_a_rejection_leaves_everything_as_it_was() -> None:
    before = held(Disposition.ACKNOWLEDGED)
    finding = asked(base=before)
    assert apply(finding, reject(finding, "U0SEC", START + HOUR, "no")) == before
    assert reject(finding, "U0DEV1", START + HOUR).data["requested_by"] == "U0DEV1"


# -- the ends of an acceptance and the SLA clock -----------------------------------------------------


@pytest.mark.parametrize("stood", [timedelta(seconds=1), HOUR, 10 * DAY, 29 * DAY])
def test_due_moves_by_exactly_the_time_an_acceptance_stood(stood: timedelta) -> None:
    finding = accepted()
    assert finding.due == FINDING.due
    after = apply(finding, revoke(finding, "U0SEC", START + HOUR + stood))
    assert (after.due, after.decision.paused_at) == (FINDING.due + stood, None)


def test_an_acceptance_that_runs_out_stood_until_its_end_whenever_that_is_written() -> None:
    finding = accepted(30 * DAY)
    assert is_live(finding, START + 30 * DAY - INSTANT)
    after = settled(finding, START + 300 * DAY)
    assert after.due == FINDING.due + 30 * DAY - HOUR
    assert shown_state(finding, START + 30 * DAY) is shown_state(after, START + 30 * DAY) is State.OPEN


def test_two_acceptances_add_up_and_a_new_severity_keeps_what_stood() -> None:
    first = accepted()
    finding = apply(first, revoke(first, "U0SEC", START + HOUR + DAY))
    again = apply(finding, request(finding, "U0DEV1", START + 2 * DAY, ACCEPTED, REASON, START + 9 * DAY))
    again = apply(again, approve(again, "U0SEC", START + 3 * DAY))
    ended = settled(again, START + 9 * DAY)
    assert ended.due == FINDING.due + 7 * DAY
    raised = apply(ended, Event(START, Kind.SEVERITY_CHANGED, FINDING.id, "scan", {"to": "critical"}))
    assert raised.due == START + 14 * DAY


def test_a_fix_during_an_acceptance_keeps_the_days_that_stood() -> None:
    fix = Event(START + HOUR + 20 * DAY, Kind.FIXED, FINDING.id, "scan", {"cause": "proven"})
    assert apply(accepted(), fix).due == FINDING.due + 20 * DAY
    late = replace(fix, at=START + 50 * DAY)
    assert apply(accepted(), late).due == FINDING.due + 30 * DAY - HOUR, "no longer than it was accepted"


def test_a_false_positive_stops_no_clock() -> None:
    finding = asked(FALSE_POSITIVE)
    granted = apply(finding, approve(finding, "U0SEC", START))
    assert apply(granted, revoke(granted, "U0SEC", START + 9 * DAY)).due == FINDING.due


def test_an_end_that_is_older_than_the_approval_turns_no_clock_back() -> None:
    early = Event(START, Kind.REVOKED, FINDING.id, "scan", {"was": "risk_accepted"})
    assert apply(accepted(), early).due == FINDING.due


def test_a_date_that_a_person_set_is_moved_by_nothing() -> None:
    own = START + 5 * DAY
    finding = replace(asked(), decision=replace(asked().decision, own_due=own), due=own)
    granted = apply(finding, approve(finding, "U0SEC", START + HOUR))
    assert apply(granted, revoke(granted, "U0SEC", START + 2 * DAY)).due == own


# -- claims ------------------------------------------------------------------------------------------


def test_a_claim_leaves_the_disposition_and_the_request_alone() -> None:
    finding = apply(asked(base=held(Disposition.ACKNOWLEDGED)), claim(FINDING, "U0DEV2", START))
    assert (finding.disposition, finding.request) == (Disposition.ACKNOWLEDGED, "risk_accepted")
    assert (
        parse(request(CLAIMED, "U0DEV2", START, ACCEPTED, REASON, START + DAY).data["lapses"])
        == START + 7 * DAY
    )
