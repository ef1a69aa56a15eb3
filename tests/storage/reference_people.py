"""What the design lets people do and what the clock ends: the people's half of `reference`. Knows nothing of `storage`.

Each verb takes what people have said so far and returns what stands then, or None where the design refuses it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

SLA_DAYS = {"critical": 7, "high": 30, "medium": 90, "low": 120}
LAPSE_HOURS = {"critical": 24, "high": 72, "medium": 7 * 24, "low": 14 * 24}
CAP_DAYS = {"critical": 30, "high": 90, "medium": 180, "low": 365}
RANK = ("critical", "high", "medium", "low")
DECIDED = ("risk_accepted", "false_positive")
SUPPRESSED = ("snoozed", *DECIDED)
SILENT, WORK = timedelta(days=14), timedelta(days=21)


@dataclass(frozen=True)
class Word:
    """All that people said of one episode; an undo puts exactly this back.

    `stopped` is when the SLA clock stopped, `stood` how long it has stood still before.
    """

    what: str = "none"
    by: str = ""
    since: datetime | None = None
    until: datetime | None = None
    asker: str = ""
    link: str = ""
    claimed: datetime | None = None
    claimant: str = ""
    request: str = ""
    asked_by: str = ""
    lapses: datetime | None = None
    asked_until: datetime | None = None
    snoozes: int = 0
    nudged: bool = False
    stopped: datetime | None = None
    stood: timedelta = timedelta(0)
    team: str = "payments"
    own_due: datetime | None = None

    def live(self, now: datetime) -> bool:
        """True while the disposition holds."""
        return self.until is not None and now < self.until

    def state(self, now: datetime, episode: int) -> str:
        """What should be shown of a finding that is present."""
        if self.live(now) and self.what in SUPPRESSED:
            return self.what
        if self.claimed is not None:
            return "fix_claimed"
        if self.live(now):
            return self.what
        return "regressed" if episode > 1 else "open"

    def taken(self, what: str, actor: str, now: datetime, length: timedelta, link: str = "") -> "Word":
        """Somebody decided for themselves; a request and a claim stay."""
        snoozes = {"snoozed": self.snoozes + 1, "in_progress": 0}.get(what, self.snoozes)
        return replace(
            self, what=what, by=actor, since=now, until=now + length, asker="", link=link, nudged=False,
            snoozes=snoozes,
        )  # fmt: skip

    def ended(self, at: datetime) -> "Word":
        """The disposition is over; a clock that it had stopped goes on."""
        stood = max(timedelta(0), at - self.stopped) if self.stopped else timedelta(0)
        return replace(
            self, what="none", by="", since=None, until=None, asker="", link="", nudged=False, stopped=None,
            stood=self.stood + stood,
        )  # fmt: skip

    def unasked(self) -> "Word":
        """No request waits."""
        return replace(self, request="", asked_by="", lapses=None, asked_until=None)


@dataclass(frozen=True)
class Facts:
    """What the verbs must know besides: of the finding, and of whoever acts."""

    now: datetime
    actor: str
    severity: str
    episode: int
    present: bool
    exploited: bool

    def state(self, word: Word) -> str:
        """The one state shown."""
        return word.state(self.now, self.episode) if self.present else "fixed"


def acknowledge(word: Word, facts: Facts) -> Word | None:
    """Of what is open and nothing else."""
    if facts.state(word) not in ("open", "regressed"):
        return None
    return word.taken("acknowledged", facts.actor, facts.now, timedelta(hours=LAPSE_HOURS[facts.severity]))


def start(word: Word, facts: Facts, link: str) -> Word | None:
    """Of what lives and nobody approved away."""
    if facts.state(word) in ("fixed", *DECIDED):
        return None
    kept = word.link if word.what == "in_progress" else ""
    return word.taken("in_progress", facts.actor, facts.now, WORK, link or kept)


def snooze(word: Word, facts: Facts, days: int, most: int) -> Word | None:
    """Never what is exploited, two in a row at most, within the cap of the role."""
    refused = facts.state(word) in ("fixed", *DECIDED) or facts.exploited or word.snoozes >= 2
    if refused or not 1 <= days <= most:
        return None
    return word.taken("snoozed", facts.actor, facts.now, timedelta(days=days))


def request(word: Word, facts: Facts, what: str, until: datetime | None) -> Word | None:
    """One at a time; an acceptance within the cap of the severity."""
    if facts.state(word) in ("fixed", *DECIDED) or word.request:
        return None
    if until is not None and not _allowed(facts, until):
        return None
    lapses = facts.now + timedelta(days=7)
    return replace(word, request=what, asked_by=facts.actor, lapses=lapses, asked_until=until)


def approve(word: Word, facts: Facts) -> Word | None:
    """Never by the one who asked; the date asked for must still be allowed."""
    if not facts.present or not word.request or word.asked_by == facts.actor:
        return None
    accepts = word.request == "risk_accepted"
    if accepts and not _allowed(facts, word.asked_until):
        return None
    until = word.asked_until if accepts else facts.now + timedelta(days=CAP_DAYS[facts.severity])
    granted = replace(
        word, what=word.request, by=facts.actor, since=facts.now, until=until, asker=word.asked_by, link="",
        stopped=facts.now if accepts else None,
    )  # fmt: skip
    return granted.unasked()


def reject(word: Word, facts: Facts) -> Word | None:
    """By anybody who may; the one who asked takes it back."""
    return word.unasked() if facts.present and word.request else None


def revoke(word: Word, facts: Facts) -> Word | None:
    """Of what is out of sight."""
    return word.ended(facts.now) if facts.state(word) in SUPPRESSED else None


def note(word: Word, facts: Facts) -> Word | None:
    """On anything; work takes it for a sign of life."""
    if word.what != "in_progress" or not word.live(facts.now):
        return word
    return replace(word, until=facts.now + WORK, nudged=False)


def claim(word: Word, facts: Facts) -> Word | None:
    """Of whatever still fails."""
    return replace(word, claimed=facts.now, claimant=facts.actor) if facts.present else None


def fell_due(word: Word, now: datetime) -> tuple[Word, list[tuple[str, datetime]]]:
    """What stands once the clock was heard, and what it said when."""
    said: list[tuple[str, datetime]] = []
    if word.what == "in_progress" and word.until and not word.nudged and word.until - WORK + SILENT <= now:
        said.append(("nudged", word.until - WORK + SILENT))
        word = replace(word, nudged=True)
    if word.until is not None and word.until <= now:
        said.append(("lapsed", word.until))
        word = word.ended(word.until)
    if word.lapses is not None and word.lapses <= now:
        said.append(("lapsed", word.lapses))
        word = word.unasked()
    return word, said


def _allowed(facts: Facts, until: datetime | None) -> bool:
    most = facts.now + timedelta(days=CAP_DAYS[facts.severity])
    return until is not None and facts.now < until <= most
