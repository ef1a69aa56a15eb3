"""The ledger read for figures tells of every finding what the store tells, whatever people and scans did."""

import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scanners.errors import RefusedError
from scanners.model import Severity
from storage import history, lifecycle
from storage.decisions import decide, settle
from storage.figures.lens import Lens
from storage.figures.sla import Sla, due_of
from storage.figures.tally import labels
from storage.figures.values import Standing, standing
from storage.model import Disposition, Kind, State
from storage.rebuild import compare
from storage.rules import due_of as shown_due
from storage.rules import shown_state
from storage.undo import last_action, undo
from tests.examples import examples
from tests.storage.figures.agree import kept, told
from tests.storage.world import FAIL, PASS, World, identity, open_world, verdict

REASON = "Only reachable from within the office network."
ACCEPT, FALSE = Disposition.RISK_ACCEPTED, Disposition.FALSE_POSITIVE
RULES: dict[str, Callable[..., object]] = {
    "acknowledge": lifecycle.acknowledge,
    "start": lifecycle.start,
    "snooze": lambda f, a, n: lifecycle.snooze(f, a, n, 5, 14),
    "accept": lambda f, a, n: lifecycle.request(f, a, n, ACCEPT, REASON, n + timedelta(days=9)),
    "false positive": lambda f, a, n: lifecycle.request(f, a, n, FALSE, REASON),
    "approve": lifecycle.approve,
    "reject": lifecycle.reject,
    "revoke": lifecycle.revoke,
    "claim": lifecycle.claim,
    "note": lambda f, a, n: lifecycle.note(f, a, n, "still at it"),
}
STEP = st.tuples(
    st.sampled_from([*RULES, "undo", "undo", "undo", "pass", "fail", "fail", "fail worse", "settle"]),
    st.sampled_from(["U0DEV1", "U0DEV1", "U0LEAD"]),
    st.sampled_from([0.0, 0.0, 0.01, 1.0, 20.0, 200.0]),
)
OPEN = {State.OPEN, State.REGRESSED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.SNOOZED, State.FIX_CLAIMED}
STANDS = {
    State.RISK_ACCEPTED: Standing.ACCEPTED,
    State.FALSE_POSITIVE: Standing.FALSE_POSITIVE,
    State.FIXED: Standing.FIXED,
}


def act(world: World, what: str, actor: str) -> None:
    """One step; what a rule refuses is not done."""
    if what in ("pass", "fail", "fail worse"):
        severity = Severity.CRITICAL if what == "fail worse" else Severity.HIGH
        world.see(verdict("a", PASS if what == "pass" else FAIL, severity=severity, evidence={"seen": what}))
        return
    try:
        with world.store.write() as connection:
            if what == "settle":
                settle(connection, world.now)
            elif what == "undo":
                undo(connection, last_action(connection, actor, world.now, sees=None), actor, world.now)
            else:
                decide(connection, identity("a"), actor, world.now, RULES[what])  # type: ignore[arg-type]
    except RefusedError:
        pass


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(STEP, max_size=16))
def test_episodes_tell_what_the_finding_tells_after_anything(steps: list[tuple[str, str, float]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        world = open_world(Path(folder))
        world.see(verdict("a"))
        for what, actor, hours in steps:
            world.later(hours=hours)
            act(world, what, actor)
        _agrees(world)
        world.store.close()


def _agrees(world: World) -> None:
    with world.store.write() as connection:
        settle(connection, world.now)  # the due date of a finding moves when the lapse is written
    finding = world.finding("a")
    with world.store.read() as connection:
        assert compare(connection).equal
        made = list(history.episodes(connection, world.now))
    newest = made[-1]
    assert told(newest, world.now) == kept(finding, world.now)
    state = shown_state(finding, world.now)
    assert standing(newest, world.now) == (Standing.OPEN if state in OPEN else STANDS[state])
    assert [one.number for one in made] == list(range(1, finding.episode + 1))
    due = due_of(newest, Sla(), world.now)
    if state in OPEN:
        # An acceptance that began after the date moves the shown date and not this one; both are past.
        assert due == shown_due(finding) or (due <= world.now and shown_due(finding) <= world.now)


def test_an_acceptance_that_was_undone_never_was(world: World) -> None:
    world.see(verdict("a"))
    act(world, "accept", "U0DEV1")
    act(world, "approve", "U0LEAD")
    act(world, "undo", "U0LEAD")
    with world.store.read() as connection:
        (made,) = history.episodes(connection, world.now)
    assert (made.spans, made.pending) == ((), "risk_accepted")
    assert made.acted_at == world.now


def test_an_acknowledgement_that_nobody_followed_ran_out_and_one_that_was_followed_did_not(
    world: World,
) -> None:
    world.see(verdict("a"))
    act(world, "acknowledge", "U0DEV1")
    for _ in range(2):
        world.later(days=2)
        act(world, "settle", "")
    act(world, "acknowledge", "U0DEV1")
    world.later(hours=1)
    act(world, "start", "U0DEV1")
    with world.store.read() as connection:
        (made,) = history.episodes(connection, world.now)
    assert [span.ran_out for span in made.spans] == [True, False, False]
    assert made.spans[0].end - made.spans[0].start == timedelta(days=3)
    assert sum(label.startswith("lapsed") for label in labels(made, Lens(world.now))) == 1


def test_a_snooze_that_was_undone_leaves_the_acknowledgement_before_it_alone(world: World) -> None:
    world.see(verdict("a"))
    act(world, "acknowledge", "U0DEV1")
    with world.store.read() as connection:
        before = list(history.episodes(connection, world.now))
    world.later(hours=1)
    act(world, "snooze", "U0DEV1")
    act(world, "undo", "U0DEV1")
    with world.store.read() as connection:
        assert list(history.episodes(connection, world.now)) == before


def test_as_of_an_earlier_instant_later_events_are_unknown(world: World) -> None:
    world.see(verdict("a"))
    then = world.now
    world.later(hours=1)
    act(world, "acknowledge", "U0DEV1")
    world.see(verdict("a", PASS))
    with world.store.read() as connection:
        (before,) = history.episodes(connection, then)
        (after,) = history.episodes(connection, world.now)
        assert list(history.episodes(connection, then - timedelta(days=1))) == []
        assert list(history.episodes(connection, world.now, only=["pf1_none"])) == []
        assert list(history.episodes(connection, world.now, only=[identity("a")])) == [after]
    assert (before.closed_at, before.spans) == (None, ())
    assert after.closed_at is not None and after.spans[0].what is Disposition.ACKNOWLEDGED


def test_what_left_the_scope_has_ended_and_is_no_fix(world: World) -> None:
    from storage.model import Event
    from storage.reconcile import record

    world.see(verdict("a"))
    with world.store.write() as connection:
        record(connection, [Event(world.later(days=1), Kind.OUT_OF_SCOPE, identity("a"), "U0ADMIN", {})])
    with world.store.read() as connection:
        (made,) = history.episodes(connection, world.now)
    assert standing(made, world.now) is Standing.ENDED


def test_coverage_of_scans_recorded_before_their_event_told_it_is_read_from_the_table(world: World) -> None:
    world.see(verdict("a"))
    with world.store.read() as connection:
        by_event = history.scans(connection, world.now)
    with world.store.write() as connection:
        connection.execute("drop trigger events_no_update")
        connection.execute(
            "update events set data = json_remove(data, '$.checks', '$.started') where finding = ''"
        )
    with world.store.read() as connection:
        by_table = history.scans(connection, world.now)
    assert [(n.target, n.checks) for n in by_table.notes] == [(n.target, n.checks) for n in by_event.notes]
