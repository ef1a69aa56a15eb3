"""A second, small telling of the design's rules, to hold the store against. Knows nothing of `storage`.

Only what the design says in words: what was last seen conclusively, what people did, what waits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

Place = tuple[str, str]  # control, scope
Key = tuple[str, str, str]  # control, scope, name
LAPSE_HOURS = {"critical": 24, "high": 72}


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
    until: datetime | None = None
    actor: str = ""
    claimed: datetime | None = None
    claimant: str = ""
    refuted: int = 0
    cause: str = ""
    fixed: datetime | None = None
    fixed_by: str = ""

    def state(self, now: datetime) -> str:
        """What people should be shown."""
        if not self.present:
            return "fixed"
        if self.claimed is not None:
            return "fix_claimed"
        if self.until is not None and now < self.until:
            return "acknowledged"
        return "regressed" if self.episode > 1 else "open"

    def forget_miss(self, at: datetime) -> None:
        """It was seen at `at`: a miss that is not newer is forgotten."""
        if self.missed is not None and self.missed <= at:
            self.missed = None

    def close(self, at: datetime, cause: str) -> None:
        """The evidence of `at` closed it; what people did ends with the episode."""
        self.present, self.checked, self.cause, self.fixed = False, at, cause, at
        self.fixed_by = "" if cause == "control_changed" else self.claimant
        self.until, self.actor, self.claimed, self.claimant, self.refuted = None, "", None, "", 0
        self.forget_miss(at)


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

    def lapse(self, now: datetime) -> None:
        """An acknowledgement ends at its instant."""
        for belief in self.beliefs.values():
            if belief.until is not None and belief.until <= now:
                belief.until, belief.actor = None, ""

    def acknowledge(self, key: Key, actor: str, now: datetime) -> bool:
        """True where the rules allow it."""
        belief = self.beliefs[key]
        if belief.state(now) not in ("open", "regressed"):
            return False
        belief.until = now + timedelta(hours=LAPSE_HOURS[belief.severity])
        belief.actor = actor
        return True

    def claim(self, key: Key, actor: str, now: datetime) -> bool:
        """True where the rules allow it. Closes nothing."""
        belief = self.beliefs[key]
        if belief.present:
            belief.claimed, belief.claimant = now, actor
        return belief.present

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
        if belief is None:
            if newest is None or newest <= sight.at:
                self.beliefs[key] = Belief(sight.at, sight.at, sight.severity, sight.version)
            return
        if not belief.present:
            belief.present, belief.episode, belief.opened = True, belief.episode + 1, sight.at
            belief.cause, belief.fixed, belief.fixed_by = "", None, ""
        elif belief.claimed is not None and sight.at >= belief.claimed:
            belief.claimed, belief.claimant, belief.refuted = None, "", belief.refuted + 1
        belief.checked, belief.severity, belief.version = sight.at, sight.severity, sight.version
        belief.forget_miss(sight.at)

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
