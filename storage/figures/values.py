"""What the figures are worked out from: episodes with their dispositions over time, and what scans covered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from scanners.model import Severity
from storage.model import Cause, Disposition

SEVERITIES = tuple(Severity)
OUT_OF_SCOPE = "out_of_scope"
PROVEN = frozenset({str(Cause.PROVEN), str(Cause.GONE)})


class Standing(StrEnum):
    """How an episode stands for the figures, coarser than the state that is shown.

    `OPEN`: the flaw is there and nobody with the right to has decided that it may stay (so a snooze, a claim
    and work in progress are open). `ENDED`: it went without proof: a changed control, a removed scope, a
    second person's word. It is never counted as a fix.
    """

    OPEN = "open"
    ACCEPTED = "accepted"
    FALSE_POSITIVE = "false_positive"
    FIXED = "fixed"
    ENDED = "ended"


# Names for what is asked a million times: a member looked up on its class costs five times as much.
OPEN, ACCEPTED, FALSE_POSITIVE, FIXED, ENDED = Standing


# Not frozen, though nothing changes them: a million of each are made, and a frozen one takes several times as long.
@dataclass(slots=True)
class Span:
    """A disposition from `start` to `end`; `end` is its expiry where nothing ended it earlier.

    `ran_out` is true where its expiry was reached.
    """

    what: Disposition
    start: datetime
    end: datetime
    ran_out: bool = False


@dataclass(slots=True)
class Episode:
    """One time that a finding was there, as the ledger tells it up to an instant.

    `first_seen` is when the finding's first episode opened. `closed_at` is None while it is there; `cause` is
    a `Cause` or "out_of_scope". `own_due` is a date that a person set in place of the SLA, `sla_due` the date that a
    configured SLA gave by the severity (None: the usual days). `acted_at` is the first event by a person. `refuted` are
    the instants at which a scan disproved a claim. `pending` is the decision
    that was asked for, waiting until `pending_until`. `fixed_before` is when the episode before was proven
    fixed, `came_back` when the next one opened, both None where there is none.
    """

    finding: str
    number: int
    control: str
    scope: str
    target: str
    team: str
    severity: Severity
    exploited: bool
    first_seen: datetime
    opened_at: datetime
    closed_at: datetime | None = None
    cause: str = ""
    own_due: datetime | None = None
    spans: tuple[Span, ...] = ()
    acted_at: datetime | None = None
    refuted: tuple[datetime, ...] = ()
    pending: str = ""
    pending_until: datetime | None = None
    fixed_before: datetime | None = None
    came_back: datetime | None = None
    sla_due: datetime | None = None

    @property
    def newest(self) -> bool:
        """True of the last episode of its finding."""
        return self.came_back is None


_DECIDED: Mapping[Disposition, Standing] = {
    Disposition.RISK_ACCEPTED: Standing.ACCEPTED,
    Disposition.FALSE_POSITIVE: Standing.FALSE_POSITIVE,
}


def standing(episode: Episode, at: datetime) -> Standing:
    """How the episode stood at an instant on or after its opening, by what was known when it was read."""
    if episode.closed_at is not None and episode.closed_at <= at:
        return FIXED if episode.cause in PROVEN else ENDED
    for span in reversed(episode.spans):
        if span.what in _DECIDED and span.start <= at < span.end:
            return _DECIDED[span.what]
    return OPEN


def decided_at(episode: Episode) -> datetime | None:
    """When it was first accepted or called a false positive; None where it never was."""
    for span in episode.spans:
        if span.what in _DECIDED:
            return span.start
    return None


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the list behind a number. A finding that was fixed twice is two lines."""

    finding: str
    episode: int
    team: str


@dataclass(frozen=True, slots=True)
class View:
    """Whose figures: all (`company`), a `team`'s or a `target`'s. `name` is "" for the company."""

    kind: str
    name: str = ""

    def __str__(self) -> str:
        """The key of its snapshots: "company", "team:payments", "target:prod"."""
        return self.kind if self.kind == "company" else f"{self.kind}:{self.name}"

    def holds(self, team: str, target: str) -> bool:
        """True where an episode of that team and target belongs to it."""
        return self.kind == "company" or self.name == (team if self.kind == "team" else target)


COMPANY = View("company")
