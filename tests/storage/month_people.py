"""What random people do in a random month, held against `reference`: the people's half of the state machine."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from scanners.errors import RefusedError
from scanners.model import Severity
from storage import lifecycle, owners
from storage.decisions import decide, settle
from storage.identity import finding_id
from storage.ledger import history
from storage.manual import CONTROL, Tracked, confirm, refute, track
from storage.model import Disposition, Event, Finding, Kind
from storage.owners import REASSIGNED, Owner
from storage.undo import last_action, undo
from tests.storage import reference_people as design
from tests.storage.reference import Belief, Key, Reference, Verb
from tests.storage.world import World, arn

MOST_DAYS = {"U0DEV1": 7, "U0DEV2": 7, "U0LEAD": 14}
PEOPLE = st.sampled_from(tuple(MOST_DAYS))
SEVERITIES = ("high", "high", "critical", "medium")
TEAMS = st.sampled_from(("payments", "web", "platform"))
TRACKED: Key = (CONTROL, "manual/local", "m")
REASON = "Nobody else can reach it from there."
ACCEPTED, FALSE_POSITIVE, UNDO = "risk_accepted", "false_positive", "undo"
Deed = tuple[str, int]
# The deeds that most others build on come more than once.
DEEDS: tuple[Deed, ...] = (
    *[("acknowledge", 0)] * 3, *[("start", 0)] * 2, ("start", 1), *[("snooze", days) for days in (1, 1, 7, 8, 14, 15, 0)],
    *[(ACCEPTED, days) for days in (0, 1, 30, 30, 31, 90, 91, 180, 181)], *[(FALSE_POSITIVE, 0)] * 3,
    *[("approve", 0)] * 8, ("reject", 0), *[("revoke", 0)] * 3, *[("note", 0)] * 3, ("claim", 0), *[(UNDO, 0)] * 12,
)  # fmt: skip
MINUTES = (0, 0, 0, 0, 0, 0, 1, 1, 4, 5, 6, 90, 24 * 60, 7 * 24 * 60)
Rule = Callable[[Finding, str, datetime], Event]


def identity_of(key: Key) -> str:
    """The finding's id."""
    control, scope, name = key
    return finding_id(control, scope, name if key == TRACKED else arn(name), "")


def running(machine: Any) -> bool:
    """True once the first rule has run."""
    return hasattr(machine, "world")


def known(machine: Any) -> list[Key]:
    """The findings that people can act on; a few of the herd are enough."""
    if not running(machine):
        return []
    return sorted(key for key in machine.reference.beliefs if key[2] < "h02" or key == TRACKED)


def both(deed: Deed, actor: str, now: datetime) -> tuple[Rule, Verb]:
    """The deed as the store's rule, and as the design tells it."""
    name, number = deed
    until = now + timedelta(days=number)
    link = "PAY-1" if number else ""
    accepted, wrong = Disposition.RISK_ACCEPTED, Disposition.FALSE_POSITIVE
    table: dict[str, tuple[Rule, Verb]] = {
        "acknowledge": (lifecycle.acknowledge, design.acknowledge),
        "start": (partial(lifecycle.start, link=link), partial(design.start, link=link)),
        "snooze": (
            partial(lifecycle.snooze, days=number, most_days=MOST_DAYS[actor]),
            partial(design.snooze, days=number, most=MOST_DAYS[actor]),
        ),
        ACCEPTED: (
            partial(lifecycle.request, what=accepted, reason=REASON, until=until),
            partial(design.request, what=ACCEPTED, until=until),
        ),
        FALSE_POSITIVE: (
            partial(lifecycle.request, what=wrong, reason=REASON),
            partial(design.request, what=FALSE_POSITIVE, until=None),
        ),
        "approve": (lifecycle.approve, design.approve),
        "reject": (lifecycle.reject, design.reject),
        "revoke": (lifecycle.revoke, design.revoke),
        "note": (partial(lifecycle.note, text="a word"), design.note),
        "claim": (lifecycle.claim, design.claim),
    }
    return table[name]


class People(RuleBasedStateMachine):
    """Verbs by anybody, alone and on many, hand-overs, undo, tracked messages, and the clock."""

    world: World
    reference: Reference
    # A check of one finding, as the machine that is built on this does it: its word, severity, evidence, exploited.
    check: Callable[[Key, str, str, str, bool], None]
    batches = 0

    @precondition(lambda self: bool(known(self)))
    @rule(chance=st.randoms(use_true_random=True))
    def a_busy_month(self, chance: Random) -> None:
        """People on one or two findings, checks between them, and any time: denser than rules alone would be."""
        keys = chance.sample(known(self), k=min(2, len(known(self))))
        for _ in range(14):
            key, actor = chance.choice(keys), chance.choice(tuple(MOST_DAYS))
            self.world.later(minutes=chance.choice(MINUTES))
            deed = chance.choice(DEEDS)
            if chance.random() < 0.2 and key != TRACKED:
                word = chance.choice(("FAIL", "FAIL", "FAIL", "PASS"))
                self.check(key, word, chance.choice(SEVERITIES), chance.choice("1112"), chance.random() < 0.2)
            elif deed[0] == UNDO:
                self._take_back(actor)
            else:
                self._decide(key, actor, deed)

    @precondition(lambda self: bool(known(self)))
    @rule(
        data=st.data(), asks=PEOPLE, answers=PEOPLE, days=st.sampled_from((1, 30, 30, 90)),
        what=st.sampled_from((ACCEPTED, FALSE_POSITIVE)), hours=st.sampled_from((0, 1, 20, 167, 168)),
    )  # fmt: skip
    def ask_and_answer(
        self, data: st.DataObject, asks: str, answers: str, what: str, days: int, hours: int
    ) -> None:
        """The path to an acceptance, which chance alone would seldom walk."""
        key = data.draw(st.sampled_from(known(self)))
        self._decide(key, asks, (what, days if what == ACCEPTED else 0))
        self.world.later(hours=hours)
        self._decide(key, answers, ("approve", 0))

    @precondition(lambda self: len(known(self)) > 1)
    @rule(data=st.data(), actor=PEOPLE, deed=st.sampled_from(DEEDS))
    def act_on_many(self, data: st.DataObject, actor: str, deed: Deed) -> None:
        """As listed; what the rules refuse stays as it is."""
        keys = data.draw(st.lists(st.sampled_from(known(self)), min_size=1, max_size=4, unique=True))
        self.batches += 1
        for key in keys:
            if deed[0] != UNDO:
                self._decide(key, actor, deed, f"batch-{self.batches}")

    @precondition(lambda self: bool(known(self)))
    @rule(data=st.data(), actor=PEOPLE, to=TEAMS)
    def hand_over(self, data: st.DataObject, actor: str, to: str) -> None:
        """A resource, and all that is wrong with it, to another team."""
        key = data.draw(st.sampled_from([key for key in known(self) if key != TRACKED] or known(self)))
        if key == TRACKED or self.reference.beliefs[key].word.team == to:
            return
        beliefs = self.reference.beliefs
        others = [
            k
            for k in beliefs
            if k[2] == key[2] and k != key and beliefs[k].present and beliefs[k].word.team != to
        ]
        self.batches += 1
        self.reference.give(key[2], to, [key, *others], actor, self.world.now, f"batch-{self.batches}")
        with self.world.store.write() as connection:
            before = owners.of(connection, arn(key[2]))
            rule_of = partial(owners.changed, owner=Owner(to), before=before, why=REASSIGNED)
            for one in (key, *others):
                decide(
                    connection,
                    identity_of(one),
                    actor,
                    self.world.now,
                    rule_of,
                    batch=f"batch-{self.batches}",
                )

    @precondition(running)
    @rule(actor=PEOPLE, seconds=st.sampled_from((0, 10, 299, 300, 301)))
    def take_back(self, actor: str, seconds: int) -> None:
        """One's own last action, for five minutes, all of it or nothing."""
        self.world.later(seconds=seconds)
        self._take_back(actor)

    def _take_back(self, actor: str) -> None:
        expected = self.reference.undo(actor, self.world.now)
        try:
            with self.world.store.write() as connection:
                actions = last_action(connection, actor, self.world.now, sees=None)
                events = undo(connection, actions, actor, self.world.now)
            done = [event.finding for event in events if event.kind is Kind.UNDONE]
        except RefusedError:
            done = []
        assert sorted(done) == sorted(map(identity_of, expected))

    # -- what no scan can see ----------------------------------------------------------------------

    @precondition(running)
    @rule(actor=PEOPLE)
    def track_a_message(self, actor: str) -> None:
        """Once; the second time it is there already."""
        due = self.world.now + timedelta(days=20)
        tracked = Tracked(TRACKED[2], "Rotate the key", "payments", Severity.MEDIUM, due)
        try:
            with self.world.store.write() as connection:
                track(connection, tracked, actor, self.world.now)
        except RefusedError:
            assert TRACKED in self.reference.beliefs
            return
        assert TRACKED not in self.reference.beliefs
        self.reference.beliefs[TRACKED] = Belief(
            self.world.now, self.world.now, "medium", "1", own_due=due, word=design.Word(own_due=due)
        )

    @precondition(lambda self: TRACKED in known(self))
    @rule(claims=PEOPLE, answers=PEOPLE, truly=st.sampled_from((True, False, False)))
    def a_second_persons_word(self, claims: str, answers: str, truly: bool) -> None:
        """Closes it, or gives the claim back; never the claimant's own."""
        self._decide(TRACKED, claims, ("claim", 0))
        belief, now = self.reference.beliefs[TRACKED], self.world.now
        expected = belief.word.claimed is not None and claims != answers
        try:
            with self.world.store.write() as connection:
                decide(connection, identity_of(TRACKED), answers, now, confirm if truly else refute)
            taken = True
        except RefusedError:
            taken = False
        assert taken == expected
        if taken and truly:
            checked = belief.checked
            belief.close(now, "confirmed")
            belief.checked = checked
        elif taken:
            belief.word, belief.refuted = replace(belief.word, claimed=None, claimant=""), belief.refuted + 1

    # -- the clock ---------------------------------------------------------------------------------

    @rule(hours=st.sampled_from((1, 23, 24, 72, 168, 336, 504, 2200)))
    def time_passes(self, hours: int) -> None:
        """Nothing runs meanwhile."""
        if running(self):
            self.world.later(hours=hours)

    @precondition(running)
    @rule()
    def what_fell_due_is_written(self) -> None:
        """Once, dated when it fell due."""
        self.reference.lapse(self.world.now)
        with self.world.store.write() as connection:
            settle(connection, self.world.now)
            assert settle(connection, self.world.now) == []
        told = sorted((identity_of(key), kind, at) for key, kind, at in self.reference.due)
        with self.world.store.read() as connection:
            found = [
                (event.finding, str(event.kind), event.at)
                for key in self.reference.beliefs
                for event in history(connection, identity_of(key))
                if event.kind in (Kind.LAPSED, Kind.NUDGED)
            ]
        assert sorted(found) == told

    def _decide(self, key: Key, actor: str, deed: Deed, batch: str = "") -> None:
        rule_of, verb = both(deed, actor, self.world.now)
        allowed = self.reference.act(key, actor, self.world.now, verb, batch)
        try:
            with self.world.store.write() as connection:
                decide(connection, identity_of(key), actor, self.world.now, rule_of, batch=batch)
            taken = True
        except RefusedError:
            taken = False
        assert taken == allowed, deed
