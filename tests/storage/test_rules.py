"""The state rules as pure functions: shown state, clocks, what people may do, what an event does."""

from dataclasses import replace
from datetime import timedelta

import pytest

from scanners.errors import RefusedError
from scanners.model import Severity
from storage.changes import apply
from storage.clock import iso
from storage.lapses import lapse
from storage.lifecycle import acknowledge, claim
from storage.model import Cause, Detection, Disposition, Event, Finding, Kind, State
from storage.rules import due_date, is_stale, shown_state
from tests.storage.world import START

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FINDING = Finding(
    id="pf1_" + "3fa1c09b" * 8, control="s3.public", scope="aws/123456789012/eu-west-1", target="prod",
    resource="arn:aws:s3:::a", resource_id="a", resource_type="aws.s3.bucket", region="eu-west-1", locus="",
    severity=Severity.HIGH, team="payments", detection=Detection.PRESENT, first_seen=START, opened_at=START,
    due=START + 30 * DAY, control_version="1",
)  # fmt: skip
ABSENT = replace(FINDING, detection=Detection.ABSENT, fixed_at=START, cause="proven")
CLAIMED = replace(FINDING, claim_by="U0DEV1", claim_at=START)


def held(disposition: Disposition, until: timedelta | None = DAY, base: Finding = FINDING) -> Finding:
    """`base` with a disposition by U0DEV1 that ends after `until`."""
    end = None if until is None else START + until
    return replace(base, disposition=disposition, disposition_by="U0DEV1", disposition_at=START, until=end)


SHOWN: tuple[tuple[str, Finding, State], ...] = (
    ("new", FINDING, State.OPEN),
    ("came back", replace(FINDING, episode=2), State.REGRESSED),
    ("absent", ABSENT, State.FIXED),
    ("absent beats a disposition", held(Disposition.RISK_ACCEPTED, base=ABSENT), State.FIXED),
    ("out of scope beats all", replace(ABSENT, out_of_scope=True), State.OUT_OF_SCOPE),
    ("acknowledged", held(Disposition.ACKNOWLEDGED), State.ACKNOWLEDGED),
    ("in progress", held(Disposition.IN_PROGRESS), State.IN_PROGRESS),
    ("snoozed", held(Disposition.SNOOZED), State.SNOOZED),
    ("accepted", held(Disposition.RISK_ACCEPTED), State.RISK_ACCEPTED),
    ("accepted without an end", held(Disposition.RISK_ACCEPTED, None), State.RISK_ACCEPTED),
    ("false positive", held(Disposition.FALSE_POSITIVE), State.FALSE_POSITIVE),
    ("a claim", CLAIMED, State.FIX_CLAIMED),
    ("a claim beats acknowledged", held(Disposition.ACKNOWLEDGED, base=CLAIMED), State.FIX_CLAIMED),
    ("a claim beats in progress", held(Disposition.IN_PROGRESS, base=CLAIMED), State.FIX_CLAIMED),
    ("snoozed beats a claim", held(Disposition.SNOOZED, base=CLAIMED), State.SNOOZED),
    ("accepted beats a claim", held(Disposition.RISK_ACCEPTED, base=CLAIMED), State.RISK_ACCEPTED),
    ("lapsed at its instant", held(Disposition.ACKNOWLEDGED, timedelta(0)), State.OPEN),
    ("lapsed snooze", held(Disposition.SNOOZED, -HOUR), State.OPEN),
    ("lapsed snooze under a claim", held(Disposition.SNOOZED, -HOUR, CLAIMED), State.FIX_CLAIMED),
    ("lapsed, second time", replace(held(Disposition.ACKNOWLEDGED, -HOUR), episode=2), State.REGRESSED),
)  # fmt: skip


@pytest.mark.parametrize(("finding", "state"), [case[1:] for case in SHOWN], ids=[case[0] for case in SHOWN])
def test_one_state_is_shown_for_the_three_axes(finding: Finding, state: State) -> None:
    assert shown_state(finding, START) is state


@pytest.mark.parametrize(
    ("severity", "days"),
    [
        (Severity.CRITICAL, 7),
        (Severity.HIGH, 30),
        (Severity.MEDIUM, 90),
        (Severity.LOW, 120),
        (Severity.UNKNOWN, 90),
    ],
)
def test_the_sla_runs_by_severity(severity: Severity, days: int) -> None:
    assert due_date(START, severity) == START + timedelta(days=days)


@pytest.mark.parametrize(
    ("severity", "hours"),
    [
        (Severity.CRITICAL, 24),
        (Severity.HIGH, 72),
        (Severity.MEDIUM, 168),
        (Severity.LOW, 336),
        (Severity.UNKNOWN, 168),
    ],
)
def test_an_acknowledgement_lapses_by_severity(severity: Severity, hours: int) -> None:
    event = acknowledge(replace(FINDING, severity=severity), "U0DEV1", START)
    assert event.data["until"] == iso(START + timedelta(hours=hours))
    taken = apply(FINDING, event)
    assert (taken.disposition, taken.disposition_by, taken.disposition_at) == (
        Disposition.ACKNOWLEDGED,
        "U0DEV1",
        START,
    )


MAY_ACKNOWLEDGE = {State.OPEN, State.REGRESSED}
MAY_CLAIM = set(State) - {State.FIXED, State.OUT_OF_SCOPE}


@pytest.mark.parametrize("case", SHOWN, ids=[case[0] for case in SHOWN])
def test_only_what_is_open_is_acknowledged(case: tuple[str, Finding, State]) -> None:
    _name, finding, state = case
    if state in MAY_ACKNOWLEDGE:
        assert acknowledge(finding, "U0DEV2", START).kind is Kind.ACKNOWLEDGED
    else:
        with pytest.raises(RefusedError, match=r"Can't acknowledge 3fa1c09b: .+ `show 3fa1c09b`"):
            acknowledge(finding, "U0DEV2", START)


@pytest.mark.parametrize("case", SHOWN, ids=[case[0] for case in SHOWN])
def test_whatever_still_fails_may_be_claimed(case: tuple[str, Finding, State]) -> None:
    _name, finding, state = case
    if state in MAY_CLAIM:
        claimed = apply(finding, claim(finding, "U0DEV2", START + HOUR))
        assert (claimed.claim_by, claimed.claim_at) == ("U0DEV2", START + HOUR)
        assert claimed.detection is finding.detection
    else:
        with pytest.raises(RefusedError, match="Can't claim a fix for 3fa1c09b: it is "):
            claim(finding, "U0DEV2", START)


def test_a_refusal_names_who_stands_in_the_way() -> None:
    with pytest.raises(RefusedError, match="acknowledged already, by @U0DEV1"):
        acknowledge(held(Disposition.ACKNOWLEDGED), "U0DEV2", START)
    with pytest.raises(RefusedError, match="a fix was claimed by @U0DEV1; a check decides"):
        acknowledge(CLAIMED, "U0DEV2", START)


@pytest.mark.parametrize(
    ("days", "interval_days", "stale"),
    [(7, 1, False), (8, 1, True), (8, 7, False), (14, 7, False), (15, 7, True), (6, 0, False)],
)
def test_stale_is_more_than_two_intervals_and_more_than_a_week(
    days: int, interval_days: int, stale: bool
) -> None:
    assert is_stale(START, START + days * DAY, timedelta(days=interval_days)) is stale


def test_a_disposition_without_an_end_never_lapses() -> None:
    assert lapse(held(Disposition.RISK_ACCEPTED, None), START + 9999 * DAY) is None
    assert lapse(FINDING, START) is None


def test_a_lapse_is_dated_when_it_fell_due_and_clears_the_disposition() -> None:
    finding = held(Disposition.ACKNOWLEDGED)
    assert lapse(finding, START + DAY - timedelta(microseconds=1)) is None
    event = lapse(finding, START + 40 * DAY)
    assert event is not None
    assert (event.at, event.actor, event.data["was"]) == (START + DAY, "clock", "acknowledged")
    after = apply(finding, event)
    assert (after.disposition, after.until) == (Disposition.NONE, None)


def _event(kind: Kind, at: timedelta = HOUR, actor: str = "scan", **data: object) -> Event:
    return Event(START + at, kind, FINDING.id, actor, data)


def test_a_fix_ends_what_people_did_and_credits_the_claimant() -> None:
    worked = replace(held(Disposition.IN_PROGRESS, base=CLAIMED), refutations=2)
    after = apply(worked, _event(Kind.FIXED, cause="proven"))
    assert (after.detection, after.fixed_by, after.cause) == (Detection.ABSENT, "U0DEV1", "proven")
    assert (after.disposition, after.claim_at, after.refutations) == (Disposition.NONE, None, 0)


def test_nobody_is_credited_with_what_a_changed_control_closed() -> None:
    assert apply(CLAIMED, _event(Kind.FIXED, cause=str(Cause.CONTROL_CHANGED))).fixed_by == ""


def test_a_regression_starts_a_new_episode_with_its_own_clock() -> None:
    after = apply(ABSENT, _event(Kind.REGRESSED, 40 * DAY, severity="critical", version="2"))
    assert (after.episode, after.opened_at, after.first_seen) == (2, START + 40 * DAY, START)
    assert after.due == START + 47 * DAY
    assert (after.fixed_at, after.fixed_by, after.cause, after.control_version) == (None, "", "", "2")


def test_a_refutation_gives_the_claim_back_and_keeps_the_disposition() -> None:
    after = apply(held(Disposition.ACKNOWLEDGED, base=CLAIMED), _event(Kind.REFUTED))
    assert (after.claim_at, after.refutations) == (None, 1)
    assert shown_state(after, START) is State.ACKNOWLEDGED


def test_a_new_severity_moves_the_due_date_from_the_start_of_the_episode() -> None:
    after = apply(FINDING, _event(Kind.SEVERITY_CHANGED, to="critical"))
    assert (after.severity, after.due) == (Severity.CRITICAL, START + 7 * DAY)


@pytest.mark.parametrize("kind", [Kind.INCONCLUSIVE, Kind.EVIDENCE_CHANGED])
def test_some_events_only_tell(kind: Kind) -> None:
    assert apply(CLAIMED, _event(kind, reason="refused")) == CLAIMED


def test_owner_version_and_scope_change_nothing_else() -> None:
    assert apply(FINDING, _event(Kind.OWNER_CHANGED, to="web")) == replace(FINDING, team="web")
    assert apply(FINDING, _event(Kind.CONTROL_CHANGED, to="2")) == replace(FINDING, control_version="2")
    gone = apply(CLAIMED, _event(Kind.OUT_OF_SCOPE, actor="U0ADM"))
    assert gone == replace(FINDING, out_of_scope=True)


def test_an_event_of_an_unopened_finding_is_no_history() -> None:
    with pytest.raises(ValueError, match="was never opened"):
        apply(None, _event(Kind.FIXED, cause="proven"))
