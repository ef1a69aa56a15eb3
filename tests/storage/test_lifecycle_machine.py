"""Random months: scans of every kind, people and the clock, against a small model of its own.

The model knows only what the design says in words: what was last seen conclusively, and what people did.
"""

import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from scanners.errors import RefusedError
from scanners.model import CoverageStatus, Scan, Status
from storage.ledger import verify
from storage.model import Detection
from storage.queries import Filter, count_by, list_findings
from storage.rebuild import compare
from storage.rules import ACKNOWLEDGE_LAPSE, shown_state
from tests.storage.world import FAIL, PASS, UNKNOWN, World, arn, open_world, verdict

NAMES = ("a", "b", "c", "d")
WORDS = st.sampled_from((None, PASS, FAIL, FAIL, UNKNOWN))
SIGHT = st.fixed_dictionaries(dict.fromkeys(NAMES, WORDS))
PEOPLE = st.sampled_from(("U0DEV1", "U0DEV2"))
WHICH = st.sampled_from(NAMES)


@dataclass
class Seen:
    """What the model believes of one finding."""

    present: bool = False
    episode: int = 0
    checked: datetime | None = None
    missed: datetime | None = None
    until: datetime | None = None
    claimed: datetime | None = None


class Month(RuleBasedStateMachine):
    """One account, one control, four buckets."""

    @initialize()
    def begin(self) -> None:
        """A fresh store."""
        self.folder = tempfile.TemporaryDirectory()
        self.world: World = open_world(Path(self.folder.name))
        self.model: dict[str, Seen] = {name: Seen() for name in NAMES}
        self.newest: datetime | None = None  # the start of the newest complete scan of the scope
        self.kept_back: list[tuple[Scan, dict[str, Status | None]]] = []
        self.recorded: list[Scan] = []
        self.last_seq = 0

    def teardown(self) -> None:
        """Close what was opened."""
        if hasattr(self, "world"):
            self.world.store.close()
            self.folder.cleanup()

    # -- what can happen -------------------------------------------------------------------------

    @rule(sight=SIGHT, minutes=st.integers(1, 3000))
    def complete_scan(self, sight: dict[str, Status | None], minutes: int) -> None:
        """Everything was looked at; a bucket without a word is not there."""
        self.world.later(minutes=minutes)
        self._record(self._scan(sight), sight)

    @rule(sight=SIGHT, cover=st.sampled_from([c for c in CoverageStatus if c is not CoverageStatus.COMPLETE]))
    def incomplete_scan(self, sight: dict[str, Status | None], cover: CoverageStatus) -> None:
        """Half a page list, a refusal, an error."""
        self.world.later(minutes=7)
        self._record(self._scan(sight, covers=cover), sight)

    @rule(sight=SIGHT)
    def cancelled_scan(self, sight: dict[str, Status | None]) -> None:
        """Stopped on the way."""
        self.world.later(minutes=7)
        self._record(self._scan(sight, cancelled=True), sight)

    @rule(sight=SIGHT)
    def scan_of_another_account(self, sight: dict[str, Status | None]) -> None:
        """The credentials were those of somebody else: nothing that it says is about us."""
        self.world.later(minutes=7)
        self.world.record(self._scan(sight, account="aws/999999999999"))

    @rule(sight=SIGHT)
    def slow_scan(self, sight: dict[str, Status | None]) -> None:
        """A scan begins; it will be recorded late."""
        self.world.later(minutes=7)
        self.kept_back.append((self._scan(sight), sight))

    @precondition(lambda self: getattr(self, "kept_back", []))
    @rule()
    def late_scan(self) -> None:
        """One that began earlier arrives now."""
        self.world.later(minutes=3)
        scan, sight = self.kept_back.pop(0)
        self._record(scan, sight)

    @precondition(lambda self: getattr(self, "recorded", []))
    @rule(data=st.data())
    def same_scan_again(self, data: st.DataObject) -> None:
        """Re-delivery."""
        scan = data.draw(st.sampled_from(self.recorded[-5:]))
        before = self.world.count("events")
        assert self.world.record(scan).duplicate
        # Only a disposition that fell due meanwhile may have been written.
        fresh = self.world.store.connection.execute("select kind from events where seq > ?", (before,))
        assert {row["kind"] for row in fresh} <= {"lapsed"}
        self._lapse()

    @rule(name=WHICH, word=st.sampled_from((PASS, FAIL, UNKNOWN, None)))
    def targeted_check(self, name: str, word: Status | None) -> None:
        """One control on one resource."""
        self.world.later(minutes=2)
        sight: dict[str, Status | None] = {name: word}
        cover = CoverageStatus.PARTIAL if word is UNKNOWN else CoverageStatus.COMPLETE
        self._record(self._scan(sight, covers=cover, only=arn(name)), sight)

    @rule(name=WHICH, actor=PEOPLE)
    def acknowledge(self, name: str, actor: str) -> None:
        """Allowed on what is open, and on nothing else."""
        self._lapse()
        seen = self.model[name]
        if not seen.episode:
            return
        allowed = seen.present and seen.until is None and seen.claimed is None
        try:
            self.world.acknowledge(name, actor)
            assert allowed, "an acknowledgement was taken that the rules refuse"
            seen.until = self.world.now + ACKNOWLEDGE_LAPSE[self.world.finding(name).severity]
        except RefusedError:
            assert not allowed, "an acknowledgement was refused that the rules allow"

    @rule(name=WHICH, actor=PEOPLE)
    def claim(self, name: str, actor: str) -> None:
        """A click closes nothing."""
        self._lapse()
        seen = self.model[name]
        if not seen.episode:
            return
        try:
            self.world.claim(name, actor)
            assert seen.present, "a claim was taken of what is fixed"
            seen.claimed = self.world.now
        except RefusedError:
            assert not seen.present, "a claim was refused of what is open"

    @rule(hours=st.integers(1, 200))
    def time_passes(self, hours: int) -> None:
        """Nothing runs meanwhile."""
        self.world.later(hours=hours)
        self._lapse(written=False)

    # -- the model -------------------------------------------------------------------------------

    def _scan(self, sight: dict[str, Status | None], **given: object) -> Scan:
        spoken = [verdict(name, word) for name, word in sight.items() if word is not None]
        return self.world.scan(*spoken, **given)  # type: ignore[arg-type]

    def _record(self, scan: Scan, sight: dict[str, Status | None]) -> None:
        self.world.record(scan)
        self.recorded.append(scan)
        self._lapse()
        cover = scan.coverage[0].status
        whole = cover is CoverageStatus.COMPLETE and not scan.cancelled
        for name, word in sight.items():
            self._learn(name, word, scan.started, whole=whole, skipped=cover is CoverageStatus.SKIPPED)
        if whole and not scan.only_resource:
            self.newest = max(self.newest or scan.started, scan.started)

    def _learn(self, name: str, word: Status | None, at: datetime, *, whole: bool, skipped: bool) -> None:
        seen = self.model[name]
        if seen.checked is not None and at <= seen.checked:
            return
        if word is UNKNOWN:
            if seen.missed is not None and seen.missed <= at:
                seen.missed = None  # no answer, but it is there: absence starts anew
            return
        if word is FAIL:
            self._failed(seen, at)
        elif not seen.present:
            return
        elif word is PASS and not skipped:
            self._closed(seen, at)
        elif word is None and whole:
            if seen.missed is None:
                seen.missed = at
            elif seen.missed < at:
                self._closed(seen, at)

    def _failed(self, seen: Seen, at: datetime) -> None:
        if not seen.episode and self.newest is not None and self.newest > at:
            return  # a newer complete scan did not see it
        if not seen.present:
            seen.present, seen.episode = True, seen.episode + 1
            seen.until = seen.claimed = None
        elif seen.claimed is not None and at >= seen.claimed:
            seen.claimed = None
        seen.checked, seen.missed = at, None

    def _closed(self, seen: Seen, at: datetime) -> None:
        seen.present, seen.checked, seen.missed = False, at, None

    def _lapse(self, *, written: bool = True) -> None:
        for seen in self.model.values():
            if seen.until is not None and seen.until <= self.world.now:
                seen.until = None

    # -- what always holds -----------------------------------------------------------------------

    @invariant()
    def the_store_agrees_with_the_model(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.world.store.read() as connection:
            views = list_findings(connection, Filter(all_states=True), self.world.now)
        found = {view.finding.resource_id: view.finding for view in views}
        assert set(found) == {name for name, seen in self.model.items() if seen.episode}
        for name, finding in found.items():
            seen = self.model[name]
            assert (finding.detection is Detection.PRESENT) == seen.present, name
            assert finding.episode == seen.episode, name
            assert (finding.claim_at is not None) == (seen.present and seen.claimed is not None), name
            state = shown_state(finding, self.world.now)
            if seen.present and seen.until is not None and seen.claimed is None:
                assert state == "acknowledged", name
            if not seen.present:
                assert state == "fixed", name

    @invariant()
    def what_sql_counts_is_what_the_rules_say(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.world.store.read() as connection:
            counted = count_by(connection, Filter(all_states=True), self.world.now, "state")
            views = list_findings(connection, Filter(all_states=True), self.world.now)
        for state, number in counted.items():
            assert number == sum(view.state == state for view in views)

    @invariant()
    def the_ledger_only_grows_and_is_whole(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.world.store.read() as connection:
            last = connection.execute("select coalesce(max(seq), 0) from events").fetchone()[0]
            assert last >= self.last_seq
            self.last_seq = last
            assert verify(connection).broken_at is None
            assert compare(connection).equal


Month.TestCase.settings = settings(
    max_examples=60, stateful_step_count=30, deadline=None, derandomize=True,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
TestMonth = Month.TestCase
