"""Random months: scans of every kind, people, security and the clock, held against `reference`.

After every step the store must agree with the reference on every axis of every finding, the ledger must be
whole and have grown only at its end, and its replay must equal `findings`.
"""

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from scanners.model import CoverageStatus, Scan, Severity, Status
from storage import owners
from storage.changes import apply
from storage.clock import parse
from storage.decisions import settle
from storage.holds import limit, waiting
from storage.lapses import due_events
from storage.ledger import events, verify
from storage.model import Cause, Event, Finding, Kind
from storage.queries import Filter, count_by, list_findings
from storage.rebuild import compare
from storage.release import release
from storage.rules import ACCEPTANCE_CAP, SUPPRESSED, shown_state
from tests.storage.month_people import PEOPLE, SEVERITIES, People, identity_of, known, running
from tests.storage.reference import Belief, Key, Place, Reference, Sight
from tests.storage.reference_people import fell_due
from tests.storage.world import ACCOUNT, CONTROL, OTHER, SCOPE, World, arn, open_world, verdict

HERD_PLACE: Place = (CONTROL, SCOPE)
PLACES: tuple[Place, ...] = (HERD_PLACE, ("s3.versioning", SCOPE), (CONTROL, OTHER))
NAMES = ("a", "b")
HERD = tuple(f"h{at:02d}" for at in range(30))
KEYS: tuple[Key, ...] = (*((*place, name) for place in PLACES for name in NAMES), (*HERD_PLACE, "h00"))
ACCOUNTS = {"own": ACCOUNT, "other": "aws/999999999999", "unknown": ""}

WORD = st.sampled_from(("", "PASS", "FAIL", "FAIL", "UNKNOWN"))
WORDS = st.fixed_dictionaries(dict.fromkeys(NAMES, WORD))
COVER = st.sampled_from([CoverageStatus.COMPLETE] * 5 + list(CoverageStatus))
LOOKED = st.none() | st.tuples(COVER, WORDS)
# What the herd does: so many pass, are gone or unknown; the rest fail.
HERD_WORD = st.sampled_from(
    [
        ("FAIL", 30),
        ("PASS", 30),
        ("", 30),
        ("PASS", 30),
        ("PASS", 25),
        ("PASS", 27),
        ("", 28),
        ("UNKNOWN", 30),
    ]
)
VERSION = st.sampled_from(["1"] * 6 + ["2"])
SIGHT = st.fixed_dictionaries(
    {
        "places": st.fixed_dictionaries(dict.fromkeys(PLACES, LOOKED)),
        "herd": HERD_WORD,
        "account": st.sampled_from(["own"] * 8 + ["other", "unknown"]),
        "cancelled": st.sampled_from([False] * 7 + [True]),
        "severity": st.sampled_from(SEVERITIES),
        "version": VERSION,
        "evidence": st.sampled_from(["1", "1", "1", "2"]),
        "exploited": st.sampled_from([False] * 5 + [True]),
        "team": st.sampled_from(["payments"] * 4 + ["web"]),
    }
)
WHICH = st.sampled_from(KEYS)


class Month(People):
    """One account: three places, two resources in each, and a herd of thirty in the first."""

    @initialize()
    def begin(self) -> None:
        """A fresh store."""
        self.folder = tempfile.TemporaryDirectory()
        self.world: World = open_world(Path(self.folder.name))
        self.reference = Reference()
        self.on_their_way: list[tuple[Scan, Sight]] = []
        self.recorded: list[Scan] = []
        self.last = (0, "")

    def teardown(self) -> None:
        """Close what was opened."""
        if running(self):
            self.world.store.close()
            self.folder.cleanup()

    # -- scans -------------------------------------------------------------------------------------

    @rule(drawn=SIGHT, minutes=st.integers(1, 3000))
    def scan(self, drawn: dict[str, Any], minutes: int) -> None:
        """Whatever it saw, of wherever it looked, however well."""
        self.world.later(minutes=minutes)
        self._record(*self._scan(self._sight(drawn)))

    @rule(word=HERD_WORD)
    def complete_scan_of_the_herd(self, word: tuple[str, int]) -> None:
        """Many change at once, under a scan that looks perfect."""
        self.world.later(minutes=45)
        words = self._herd(word)
        self._record(*self._scan(Sight(self.world.now, words, {HERD_PLACE: "complete"})))

    @rule(drawn=SIGHT)
    def slow_scan(self, drawn: dict[str, Any]) -> None:
        """One begins; it will be recorded late."""
        self.world.later(minutes=7)
        self.on_their_way.append(self._scan(self._sight(drawn)))

    @rule(words=WORDS, word=HERD_WORD)
    def slow_complete_scan(self, words: dict[str, str], word: tuple[str, int]) -> None:
        """As above, and nothing is wrong with it but its age."""
        self.world.later(minutes=7)
        said = {(*HERD_PLACE, name): told for name, told in words.items() if told} | self._herd(word)
        self.on_their_way.append(self._scan(Sight(self.world.now, said, {HERD_PLACE: "complete"})))

    @precondition(lambda self: bool(getattr(self, "on_their_way", None)))
    @rule(data=st.data())
    def late_scan(self, data: st.DataObject) -> None:
        """One that began earlier arrives now, in any order."""
        self.world.later(minutes=3)
        at = data.draw(st.integers(0, len(self.on_their_way) - 1))
        self._record(*self.on_their_way.pop(at))

    @precondition(lambda self: bool(getattr(self, "recorded", None)))
    @rule(data=st.data())
    def same_scan_again(self, data: st.DataObject) -> None:
        """Re-delivery changes nothing."""
        scan = data.draw(st.sampled_from(self.recorded[-5:]))
        before = self.world.count("events")
        outcome = self.world.record(scan)
        assert (outcome.duplicate, outcome.events) == (True, ())
        fresh = self.world.store.connection.execute("select kind from events where seq > ?", (before,))
        # Only what fell due meanwhile may have been written.
        assert {row["kind"] for row in fresh} <= {"lapsed", "nudged"}
        self.reference.lapse(self.world.now)

    @rule(data=st.data(), word=WORD, denied=st.booleans())
    def targeted_check(self, data: st.DataObject, word: str, denied: bool) -> None:
        """One control on one resource: what "I fixed it" queues."""
        key = data.draw(WHICH)
        self.world.later(minutes=2)
        cover = "complete" if word in ("PASS", "FAIL") or not denied else "denied"
        words = {key: word} if word else {}
        self._record(*self._scan(Sight(self.world.now, words, {key[:2]: cover}, only=key[2])))

    def check(self, key: Key, word: str, severity: str, evidence: str, exploited: bool) -> None:
        """As people's busy months want it."""
        self.world.later(seconds=1)
        sight = Sight(
            self.world.now, {key: word}, {key[:2]: "complete"}, only=key[2], severity=severity,
            evidence=evidence, exploited=exploited,
        )  # fmt: skip
        self._record(*self._scan(sight))

    # -- people, by way of scans -------------------------------------------------------------------

    @precondition(lambda self: bool(known(self)))
    @rule(
        data=st.data(),
        actor=PEOPLE,
        word=st.sampled_from(("PASS", "FAIL", "FAIL", "UNKNOWN")),
        version=VERSION,
    )
    def claim_and_check(self, data: st.DataObject, actor: str, word: str, version: str) -> None:
        """The click, and the check that it queues."""
        key = data.draw(st.sampled_from(known(self)))
        self._decide(key, actor, ("claim", 0))
        if key[1].startswith("manual/"):
            return
        self.world.later(seconds=1)
        cover = "denied" if word == "UNKNOWN" else "complete"
        sight = Sight(self.world.now, {key: word}, {key[:2]: cover}, only=key[2], version=version)
        self._record(*self._scan(sight))

    @rule()
    def security_releases(self) -> None:
        """What is held takes effect."""
        self.reference.lapse(self.world.now)
        expected = self.reference.release()
        with self.world.store.write() as connection:
            settle(connection, self.world.now)
            done = release(connection, "prod", "U0SEC", self.world.now)
        closed = [event.finding for event in done.events if event.kind is Kind.FIXED]
        assert len(closed) == len(set(closed))
        assert set(closed) == {identity_of(key) for key in expected}

    # -- how it is done ----------------------------------------------------------------------------

    def _herd(self, word: tuple[str, int]) -> dict[Key, str]:
        said = {(*HERD_PLACE, name): word[0] if at < word[1] else "FAIL" for at, name in enumerate(HERD)}
        return {key: value for key, value in said.items() if value}

    def _sight(self, drawn: dict[str, Any]) -> Sight:
        words: dict[Key, str] = {}
        covers: dict[Place, str] = {}
        for place, looked in drawn["places"].items():
            if looked is None:
                continue
            cover, said = looked
            covers[place] = str(cover)
            words |= {(*place, name): word for name, word in said.items() if word}
        if HERD_PLACE in covers:
            words |= self._herd(drawn["herd"])
        return Sight(
            self.world.now, words, covers, drawn["account"], drawn["cancelled"], "", drawn["severity"],
            drawn["version"], drawn["evidence"], drawn["exploited"], drawn["team"],
        )  # fmt: skip

    def _scan(self, sight: Sight) -> tuple[Scan, Sight]:
        severity = Severity(sight.severity)
        said = [
            verdict(
                name,
                Status(word),
                control=control,
                scope=scope,
                severity=severity,
                exploited=sight.exploited,
                evidence={"seen": sight.evidence, "age_days": len(self.recorded)},
            )
            for (control, scope, name), word in sight.words.items()
        ]
        covers = {place: CoverageStatus(cover) for place, cover in sight.covers.items()}
        scan = self.world.scan(
            *said, covers=covers, looked=covers, account=ACCOUNTS[sight.account], cancelled=sight.cancelled,
            version=sight.version, only=arn(sight.only) if sight.only else "",
        )  # fmt: skip
        return scan, sight

    def _record(self, scan: Scan, sight: Sight) -> None:
        open_before = self._open_by_scope()
        agreed_before = {key for hold in self.reference.waiting for key in hold.causes}
        remembered = {arn(name): team for name, team in self.reference.owners.items()}
        self.world.owner_of = lambda said: remembered.get(said.resource.arn, sight.team)
        outcome = self.world.record(scan)
        self.recorded.append(scan)
        self.reference.lapse(self.world.now)
        self.reference.scan(sight)
        closed = {event.finding for event in outcome.events if event.kind is Kind.FIXED}
        assert closed == {identity_of(key) for key in self.reference.closed}
        assert sum(hold.closings for hold in outcome.held) == self.reference.held
        for scope, number in open_before.items():  # rule 3, without asking the reference who agreed
            fresh = [key for key in self.reference.closed if key[1] == scope and key not in agreed_before]
            assert len(fresh) <= limit(number)

    def _open_by_scope(self) -> dict[str, int]:
        sql = "select scope, count(*) from findings where detection = 'present' group by scope"
        with self.world.store.read() as connection:
            found = {SCOPE: 0, OTHER: 0}
            return found | {row[0]: row[1] for row in connection.execute(sql)}

    # -- what always holds -------------------------------------------------------------------------

    @precondition(running)
    @invariant()
    def the_store_agrees_with_the_reference(self) -> None:
        """Every axis of every finding, and nothing besides."""
        with self.world.store.read() as connection:
            views = list_findings(connection, Filter(all_states=True), self.world.now)
            held = {hold.scope for hold in waiting(connection)}
            remembered = owners.remembered(connection)
            missed = dict(connection.execute("select finding, missed_at from observations").fetchall())
        found = {view.finding.id: view for view in views}
        assert set(found) == {identity_of(key) for key in self.reference.beliefs}
        for key, belief in self.reference.beliefs.items():
            view = found[identity_of(key)]
            finding = view.finding
            assert view.state == belief.state(self.world.now), key
            assert (view.last_checked, missed[finding.id] is None) == (belief.checked, belief.missed is None)
            assert (finding.episode, finding.opened_at) == (belief.episode, belief.opened), key
            assert (finding.severity, finding.cause) == (belief.severity, belief.cause), key
            assert (finding.refutations, finding.fixed_at) == (belief.refuted, belief.fixed), key
            assert (finding.fixed_by, finding.exploited) == (belief.fixed_by, belief.exploited), key
            self._people_said(key, finding, belief)
        assert held == {hold.scope for hold in self.reference.waiting}
        assert remembered == {arn(name): team for name, team in self.reference.owners.items()}

    def _people_said(self, key: Key, finding: Finding, belief: Belief) -> None:
        """As of now, whether or not anybody has written what fell due: people's half, and the SLA clock."""
        now = self.world.now
        word = fell_due(belief.word, now)[0] if belief.present else belief.word
        settled = finding
        for event in due_events(finding, now):
            settled = apply(settled, event)
        assert shown_state(settled, now) == shown_state(finding, now), key
        said = settled.decision
        assert (settled.disposition, settled.disposition_by) == (word.what, word.by), key
        assert (settled.disposition_at, settled.until) == (word.since, word.until), key
        assert (settled.claim_at, settled.claim_by) == (word.claimed, word.claimant), key
        assert (settled.request, settled.request_by, settled.request_until) == (
            word.request, word.asked_by, word.lapses,
        ), key  # fmt: skip
        assert (said.requested_by, said.link, said.snoozes, said.nudged) == (
            word.asker, word.link, word.snoozes, word.nudged,
        ), key  # fmt: skip
        # Of an acceptance that stands, what is shown counts the time that the clock stood still so far.
        stands = said.paused_at is not None and said.own_due is None
        stood = max(0, int((now - (said.paused_at or now)).total_seconds())) if stands else 0
        due = replace(belief, word=word).due + timedelta(seconds=stood)
        assert (settled.team, settled.due) == (word.team, due), key
        if settled.disposition in SUPPRESSED:
            assert settled.until is not None, "what hides a finding has an end"

    @precondition(running)
    @invariant()
    def what_sql_counts_is_what_the_rules_say(self) -> None:
        """The shown state has two tellings; they agree."""
        counted: dict[str, int] = {}
        for belief in self.reference.beliefs.values():
            state = belief.state(self.world.now)
            counted[state] = counted.get(state, 0) + 1
        with self.world.store.read() as connection:
            assert count_by(connection, Filter(all_states=True), self.world.now, "state") == counted

    @precondition(running)
    @invariant()
    def the_ledger_only_grows_and_is_the_truth(self) -> None:
        """What was the last event is there as it was; the chain is whole; the replay equals `findings`."""
        seq, digest = self.last
        with self.world.store.read() as connection:
            if seq:
                row = connection.execute("select hash from events where seq = ?", (seq,)).fetchone()
                assert row["hash"] == digest
            newest = connection.execute("select seq, hash from events order by seq desc limit 1").fetchone()
            assert newest is None or newest["seq"] >= seq
            if newest is None or newest["seq"] == seq:
                return  # nothing was written, so nothing can have broken
            for event in events(connection, after=seq):
                self._is_lawful(event)
            self.last = (newest["seq"], newest["hash"])
            assert verify(connection).broken_at is None
            assert compare(connection).equal

    def _is_lawful(self, event: Event) -> None:
        """What holds of single events, whatever the reference thinks."""
        data = event.data
        if event.kind is Kind.APPROVED:
            assert event.actor != data["requested_by"]
            assert parse(data["until"]) - event.at <= max(ACCEPTANCE_CAP.values())
        elif event.kind is Kind.SNOOZED:
            assert parse(data["until"]) - event.at <= timedelta(days=14)
        elif event.kind is Kind.FIXED:
            evident = event.actor == "scan" and data["scan"] and data["evidence"]
            assert evident or (data["cause"] == Cause.CONFIRMED and event.actor != data["claimed_by"])
        elif event.kind in (Kind.LAPSED, Kind.NUDGED):
            assert (event.actor, event.at <= self.world.now) == ("clock", True)


Month.TestCase.settings = settings(
    max_examples=70, stateful_step_count=30, deadline=None, derandomize=True, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestMonth = Month.TestCase


@pytest.mark.parametrize("seed", range(8))
def test_many_busy_months_in_a_row(seed: int) -> None:
    """As above with plain dice, which reach deeper into people's half than rules drawn one by one."""
    month, chance = Month(), Random(seed)  # noqa: S311  # dice, no secret
    month.begin()
    try:
        for at in range(18):
            month.time_passes(hours=24)
            if at % 6 == 0:
                month.complete_scan_of_the_herd(word=("FAIL", 30))
            month.a_busy_month(chance=chance)
            month.what_fell_due_is_written()
            month.the_store_agrees_with_the_reference()
            month.the_ledger_only_grows_and_is_the_truth()
    finally:
        month.teardown()
