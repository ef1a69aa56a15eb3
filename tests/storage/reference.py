"""A second, small telling of the design's rules, to hold the store against. Knows nothing of `storage`.

Only what the design says in words: what was last seen conclusively, what people did, what waits.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from tests.storage.reference_people import RANK, SLA_DAYS, Facts, Word, fell_due

Place = tuple[str, str]  # control, scope
Key = tuple[str, str, str]  # control, scope, name
Verb = Callable[[Word, Facts], Word | None]


@dataclass
class Belief:
    """What the reference believes of one finding; `checked` is when it was last judged PASS or FAIL."""

    checked: datetime
    opened: datetime
    severity: str
    version: str
    present: bool = True
    episode: int = 1
    missed: datetime | None = None
    word: Word = field(default_factory=Word)
    refuted: int = 0
    cause: str = ""
    fixed: datetime | None = None
    fixed_by: str = ""
    seen: str = ""
    exploited: bool = False
    stood_at_end: timedelta = timedelta(0)
    own_due: datetime | None = None

    def state(self, now: datetime) -> str:
        """What people should be shown."""
        return self.word.state(now, self.episode) if self.present else "fixed"

    def facts(self, actor: str, now: datetime) -> Facts:
        """For the verbs."""
        return Facts(now, actor, self.severity, self.episode, self.present, self.exploited)

    @property
    def due(self) -> datetime:
        """The SLA from the start of the episode, and what the clock stood; or the date that a person set."""
        if self.own_due is not None:
            return self.own_due
        return self.opened + timedelta(days=SLA_DAYS[self.severity]) + self.stood_at_end + self.word.stood

    def forget_miss(self, at: datetime) -> None:
        """It was seen at `at`: a miss that is not newer is forgotten."""
        if self.missed is not None and self.missed <= at:
            self.missed = None

    def close(self, at: datetime, cause: str) -> None:
        """The evidence of `at` closed it; what people did ends with the episode."""
        self.present, self.checked, self.cause, self.fixed = False, at, cause, at
        self.fixed_by = "" if cause == "control_changed" else self.word.claimant
        if self.word.stopped:
            self.word = self.word.ended(at)
        self.stood_at_end += self.word.stood
        self.word, self.refuted = Word(team=self.word.team), 0
        self.forget_miss(at)


@dataclass
class Deed:
    """One action of a person, as an undo needs it. `owner` is the resource and what was said of it before."""

    actor: str
    at: datetime
    key: Key
    before: Word
    after: Word
    present: bool
    episode: int
    batch: str = ""
    owner: tuple[str, str | None] | None = None
    undone: bool = False


@dataclass(frozen=True)
class Sight:
    """What one scan says. `words` holds PASS, FAIL or UNKNOWN by key; a missing one is not there.

    `covers` has only the places that were looked at.
    """

    at: datetime
    words: Mapping[Key, str]
    covers: Mapping[Place, str]
    account: str = "own"  # own, other, or unknown
    cancelled: bool = False
    only: str = ""
    severity: str = "high"
    version: str = "1"
    evidence: str = "1"
    exploited: bool = False
    team: str = "payments"

    def whole(self, place: Place) -> bool:
        """Only then does absence mean anything."""
        return self.covers.get(place) == "complete" and self.account == "own" and not self.cancelled


@dataclass
class Waiting:
    """Closings that were too many: when they were seen, and why each would close."""

    scope: str
    at: datetime
    causes: dict[Key, str]
    gone: frozenset[Key]


@dataclass
class Reference:
    """The account as the design would have it. `closed` and `held` tell what the last scan did."""

    beliefs: dict[Key, Belief] = field(default_factory=dict)
    newest: dict[Place, datetime] = field(default_factory=dict)
    waiting: list[Waiting] = field(default_factory=list)
    closed: list[Key] = field(default_factory=list)
    held: int = 0
    deeds: list[Deed] = field(default_factory=list)
    due: list[tuple[Key, str, datetime]] = field(default_factory=list)
    owners: dict[str, str] = field(default_factory=dict)

    def lapse(self, now: datetime, only: Key | None = None) -> None:
        """What fell due by now has ended at its instant, and is told once."""
        for key, belief in self.beliefs.items():
            if belief.present and only in (None, key):
                belief.word, said = fell_due(belief.word, now)
                self.due += [(key, kind, at) for kind, at in said]

    def act(self, key: Key, actor: str, now: datetime, verb: Verb, batch: str = "") -> bool:
        """True where the rules allow it."""
        self.lapse(now, key)
        belief = self.beliefs[key]
        after = verb(belief.word, belief.facts(actor, now))
        if after is None:
            return False
        self.deeds.append(Deed(actor, now, key, belief.word, after, belief.present, belief.episode, batch))
        belief.word = after
        return True

    def give(self, name: str, to: str, keys: Iterable[Key], actor: str, now: datetime, batch: str) -> None:
        """The resource belongs to `to`, for every finding of it."""
        was = self.owners.get(name)
        for key in keys:
            self.act(key, actor, now, lambda word, _facts: replace(word, team=to), batch)
            self.deeds[-1].owner = (name, was)
        self.owners[name] = to

    def undo(self, actor: str, now: datetime) -> list[Key]:
        """The findings of which the last action was taken back; none where that is refused."""
        recent = [
            d for d in self.deeds if d.actor == actor and not d.undone and now - d.at <= timedelta(minutes=5)
        ]
        if not recent:
            return []
        last = recent[-1]
        deeds = [deed for deed in recent if deed.batch == last.batch] if last.batch else [last]
        for deed in deeds:
            self.lapse(now, deed.key)
        for deed in deeds:
            belief = self.beliefs[deed.key]
            if (belief.word, belief.present, belief.episode) != (deed.after, deed.present, deed.episode):
                return []
        for deed in deeds:
            deed.undone = True
            self.beliefs[deed.key].word = deed.before
            if deed.owner:
                name, was = deed.owner
                self.owners.pop(name, None)
                self.owners |= {name: was} if was is not None else {}
        return [deed.key for deed in deeds]

    def scan(self, sight: Sight) -> None:
        """Believe what the scan proves, and no more."""
        open_now = {scope: self._open(scope) for _control, scope in sight.covers}
        proposed: dict[Key, str] = {}
        gone: set[Key] = set()
        for key, word in sight.words.items():
            belief = self.beliefs.get(key)
            if belief is not None and sight.at <= belief.checked:
                continue
            if self._decides_nothing(sight, key, word):
                if belief is not None:
                    belief.forget_miss(sight.at)
            elif word == "FAIL":
                self._failed(sight, key, belief)
            elif belief is not None and belief.present:
                proposed[key] = "proven" if belief.version == sight.version else "control_changed"
        for key in self._unseen(sight):
            belief = self.beliefs[key]
            if belief.missed is None:
                belief.missed = sight.at
            elif belief.missed < sight.at:
                proposed[key] = "gone" if belief.version == sight.version else "control_changed"
                gone.add(key)
        self._close(sight, proposed, gone, open_now)
        if not sight.only:
            for place in sight.covers:
                if sight.whole(place):
                    self.newest[place] = max(self.newest.get(place, sight.at), sight.at)
        self._end_settled()

    def release(self) -> set[Key]:
        """Security's word: what waits takes effect, unless something spoke against it since."""
        released: set[Key] = set()
        for hold in sorted(self.waiting, key=lambda hold: hold.at, reverse=True):
            for key, cause in hold.causes.items():
                belief = self.beliefs[key]
                if not belief.present or belief.checked >= hold.at or key in released:
                    continue
                if key in hold.gone and belief.missed is None:
                    continue
                belief.close(hold.at, cause)
                belief.missed = None
                released.add(key)
        self.waiting.clear()
        return released

    @staticmethod
    def _decides_nothing(sight: Sight, key: Key, word: str) -> bool:
        if word == "UNKNOWN" or sight.account == "other":
            return True
        return word == "PASS" and sight.covers.get(key[:2], "skipped") == "skipped"

    def _failed(self, sight: Sight, key: Key, belief: Belief | None) -> None:
        newest = self.newest.get(key[:2])
        team = self.owners.get(key[2], sight.team)
        if belief is None:
            if newest is None or newest <= sight.at:
                self.beliefs[key] = Belief(
                    sight.at, sight.at, sight.severity, sight.version, word=Word(team=team), seen=sight.evidence,
                    exploited=sight.exploited,
                )  # fmt: skip
            return
        if not belief.present:
            belief.present, belief.episode, belief.opened = True, belief.episode + 1, sight.at
            belief.cause, belief.fixed, belief.fixed_by = "", None, ""
            belief.stood_at_end = timedelta(0)
        else:
            self._speaks_against(sight, belief)
        belief.checked, belief.severity, belief.version = sight.at, sight.severity, sight.version
        belief.seen, belief.exploited = sight.evidence, sight.exploited
        belief.word = replace(belief.word, team=team)
        belief.forget_miss(sight.at)

    @staticmethod
    def _speaks_against(sight: Sight, belief: Belief) -> None:
        """The three kinds of evidence that end what people decided, and the answer to a claim."""
        word = belief.word
        attacked = sight.exploited and not belief.exploited
        raised = RANK.index(sight.severity) < RANK.index(belief.severity)
        if (
            (word.what == "false_positive" and sight.evidence != belief.seen)
            or (word.what == "risk_accepted" and (raised or attacked))
            or (word.what == "snoozed" and attacked)
        ):
            word = word.ended(sight.at)
        if word.claimed is not None and sight.at >= word.claimed:
            word, belief.refuted = replace(word, claimed=None, claimant=""), belief.refuted + 1
        belief.word = word

    def _unseen(self, sight: Sight) -> Iterable[Key]:
        for key, belief in self.beliefs.items():
            if key in sight.words or not belief.present or sight.at <= belief.checked:
                continue
            if sight.whole(key[:2]) and (not sight.only or sight.only == key[2]):
                yield key

    def _close(
        self, sight: Sight, proposed: Mapping[Key, str], gone: set[Key], open_now: Mapping[str, int]
    ) -> None:
        self.closed, self.held = [], 0
        for scope in sorted({key[1] for key in proposed}):
            mine = {key: cause for key, cause in proposed.items() if key[1] == scope}
            fresh = {key for key in mine if not self._agreed(sight, key)}
            if len(fresh) > max(25, open_now[scope] // 5):
                causes = {key: mine[key] for key in fresh}
                self.waiting.append(Waiting(scope, sight.at, causes, frozenset(gone & fresh)))
                self.held += len(fresh)
            else:
                fresh = set()
            for key in mine.keys() - fresh:
                self.beliefs[key].close(sight.at, mine[key])
                self.closed.append(key)

    def _agreed(self, sight: Sight, key: Key) -> bool:
        """A second complete run says what a held one said, and nothing spoke against it between them."""
        said = [hold.at for hold in self.waiting if key in hold.causes and hold.at < sight.at]
        return bool(said) and sight.whole(key[:2]) and self.beliefs[key].checked < max(said)

    def _open(self, scope: str) -> int:
        return sum(belief.present for key, belief in self.beliefs.items() if key[1] == scope)

    def _end_settled(self) -> None:
        def waits(hold: Waiting) -> bool:
            found = [self.beliefs[key] for key in hold.causes]
            return any(belief.present and belief.checked < hold.at for belief in found)

        self.waiting = [hold for hold in self.waiting if waits(hold)]
