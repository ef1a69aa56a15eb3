"""The events of one finding become its episodes: the ledger read for figures, without building findings.

`storage.changes.apply` is what an event does to a finding. Here only what figures need is followed, because five
million `apply` calls take minutes; a test holds the two together over random months.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from scanners.model import Severity
from storage.clock import parse_or_none
from storage.figures.values import OUT_OF_SCOPE, PROVEN, Episode, Span
from storage.lapses import REQUEST
from storage.model import Disposition, Kind

# at (ISO 8601), kind, actor, data (its JSON text or its value)
Told = tuple[str, str, str, Any]
parse = (
    datetime.fromisoformat
)  # of `storage.clock.iso` text; a call of `storage.clock.parse` takes half as long again
_OPENED = str(Kind.OPENED)
_NOTHING: Mapping[str, Any] = {}
_MACHINES = frozenset({"scan", "clock"})
_SEVERITY = {str(word): word for word in Severity}
_DISPOSITION = {str(word): word for word in Disposition}
Data = Mapping[str, Any]
# What `json.loads` ends in; the ledger's text is canonical, so there is nothing to skip before or check behind it.
_decode = json.JSONDecoder().scan_once  # type: ignore[attr-defined]


class _Draft:
    """An episode while its events are read."""

    __slots__ = (
        "acted_at", "cause", "closed_at", "exploited", "holds", "number", "opened_at", "own_due", "pending",
        "pending_until", "refuted", "severity", "since", "sla_due", "spans", "team", "until",
    )  # fmt: skip

    def __init__(self, number: int, at: datetime, severity: Severity, team: str, exploited: bool) -> None:
        self.number, self.opened_at, self.severity, self.team = number, at, severity, team
        self.exploited = exploited
        self.closed_at: datetime | None = None
        self.own_due: datetime | None = None
        self.sla_due: datetime | None = None
        self.acted_at: datetime | None = None
        self.pending_until: datetime | None = None
        self.cause = self.pending = ""
        self.refuted: list[datetime] = []
        self.spans: list[Span] = []
        # The disposition that holds, since when and until when.
        self.holds: Disposition | None = None
        self.since = self.until = at

    def end(self, at: datetime) -> None:
        """What holds is over at `at`, or was when it ran out."""
        if self.holds is not None:
            ran_out = self.until <= at
            # A scan that began before the decision may end it.
            end = max(self.since, self.until if ran_out else at)
            self.spans.append(Span(self.holds, self.since, end, ran_out))
            self.holds = None

    def take(self, what: Disposition, at: datetime, until: datetime) -> None:
        self.end(at)
        self.holds, self.since, self.until = what, at, until


class _Track:
    """A finding while its events are read: its drafts, the newest last."""

    __slots__ = ("control", "drafts", "now", "scope", "target")

    def __init__(self) -> None:
        self.drafts: list[_Draft] = []
        self.control = self.scope = self.target = ""

    def opened(self, at: datetime, data: Data) -> None:
        self.control, self.scope, self.target = data["control"], data["scope"], data["target"]
        self.begin(at, data, data["team"])
        self.now.own_due = parse_or_none(data.get("due"))

    def begin(self, at: datetime, data: Data, team: str) -> None:
        number = len(self.drafts) + 1
        self.now = _Draft(number, at, _SEVERITY[data["severity"]], team, "exploited" in data)
        self.drafts.append(self.now)
        if "sla_due" in data:
            self.now.sla_due = parse(data["sla_due"])

    def close(self, at: datetime, cause: str) -> None:
        now = self.now
        now.end(at)
        now.closed_at, now.cause, now.pending = at, cause, ""


def _closed(track: _Track, at: datetime, data: Data) -> None:
    track.close(at, data["cause"])


def _regressed(track: _Track, at: datetime, data: Data) -> None:
    track.begin(at, data, data.get("team", track.now.team))


def _severity(track: _Track, _at: datetime, data: Data) -> None:
    track.now.severity = _SEVERITY[data["to"]]
    track.now.sla_due = parse_or_none(data.get("sla_due"))


def _set(name: str, value: Callable[[Data], Any]) -> Callable[[_Track, datetime, Data], None]:
    def change(track: _Track, _at: datetime, data: Data) -> None:
        setattr(track.now, name, value(data))

    return change


def _decided(what: Disposition | None) -> Callable[[_Track, datetime, Data], None]:
    def change(track: _Track, at: datetime, data: Data) -> None:
        track.now.take(what or _DISPOSITION[data["what"]], at, parse(data["until"]))
        if what is None:
            track.now.pending = ""

    return change


def _requested(track: _Track, _at: datetime, data: Data) -> None:
    track.now.pending, track.now.pending_until = data["what"], parse(data["lapses"])


def _lapsed(track: _Track, at: datetime, data: Data) -> None:
    if data["was"] == REQUEST:
        track.now.pending = ""
    else:
        track.now.end(at)


def _noted(track: _Track, _at: datetime, data: Data) -> None:
    if "until" in data:
        track.now.until = parse(data["until"])


def _refuted(track: _Track, at: datetime, _data: Data) -> None:
    track.now.refuted.append(at)


def _undone(track: _Track, at: datetime, data: Data) -> None:
    """What was taken back within five minutes never was: its span goes, the one before goes on."""
    now, before = track.now, data["before"]
    now.team, now.pending = before["team"], before["request"]
    now.pending_until = parse_or_none(before["request_until"])
    what, since = _DISPOSITION[before["disposition"]], parse_or_none(before["disposition_at"])
    if since is None:
        now.holds = None  # nothing held before: what holds now is what was undone
        return
    if now.holds is not what or now.since != since:
        now.holds = None
        while now.spans and now.spans[-1].start >= since:
            now.spans.pop()
    now.holds, now.since, now.until = what, since, parse(before["until"])


_CHANGES: Mapping[str, Callable[[_Track, datetime, Data], None]] = {
    Kind.OPENED: _Track.opened,
    Kind.REGRESSED: _regressed,
    Kind.FIXED: _closed,
    Kind.OUT_OF_SCOPE: lambda t, at, _d: t.close(at, OUT_OF_SCOPE),
    Kind.SEVERITY_CHANGED: _severity,
    Kind.OWNER_CHANGED: _set("team", lambda d: d["to"]),
    Kind.EXPLOITED_CHANGED: _set("exploited", lambda d: bool(d["to"])),
    Kind.ACKNOWLEDGED: _decided(Disposition.ACKNOWLEDGED),
    Kind.STARTED: _decided(Disposition.IN_PROGRESS),
    Kind.SNOOZED: _decided(Disposition.SNOOZED),
    Kind.APPROVED: _decided(None),
    Kind.REQUESTED: _requested,
    Kind.REJECTED: _set("pending", lambda _d: ""),
    Kind.REVOKED: lambda t, at, _d: t.now.end(at),
    Kind.LAPSED: _lapsed,
    Kind.NOTED: _noted,
    Kind.REFUTED: _refuted,
    Kind.UNDONE: _undone,
}
_BY_KIND = {str(kind): change for kind, change in _CHANGES.items()}
# Read for their instant alone: their data is not parsed.
_BARE = frozenset(map(str, (Kind.REFUTED, Kind.REVOKED, Kind.OUT_OF_SCOPE, Kind.REJECTED)))

# What scans and the clock write often and figures never need: not worth the reading.
SILENT = tuple(str(kind) for kind in Kind if str(kind) not in _BY_KIND)


def fold(finding: str, told: Iterable[Told], as_of: datetime) -> list[Episode]:
    """The episodes of one finding from its events in the ledger's order, as they stood at `as_of`.

    Events dated after `as_of` must be left out by the caller. Empty where `told` is.
    """
    track, changes = _Track(), _BY_KIND.get
    for at_text, kind, actor, data in told:
        change = changes(kind)
        person = actor not in _MACHINES
        if change is None and not person:
            continue
        at = parse(at_text)
        if change is not None:
            change(
                track,
                at,
                _NOTHING if kind in _BARE else _decode(data, 0)[0] if isinstance(data, str) else data,
            )
        if person and kind != _OPENED and track.now.acted_at is None:
            track.now.acted_at = at
    return _finish(finding, track, as_of)


def _finish(finding: str, track: _Track, as_of: datetime) -> list[Episode]:
    drafts = track.drafts
    made: list[Episode] = []
    fixed_before: datetime | None = None
    for index, draft in enumerate(drafts):
        if draft.holds is not None:
            draft.spans.append(Span(draft.holds, draft.since, draft.until, draft.until <= as_of))
        came_back = drafts[index + 1].opened_at if index + 1 < len(drafts) else None
        waits = draft.pending and draft.pending_until is not None and as_of < draft.pending_until
        made.append(
            Episode(
                finding, draft.number, track.control, track.scope, track.target, draft.team, draft.severity,
                draft.exploited, drafts[0].opened_at, draft.opened_at, draft.closed_at, draft.cause,
                draft.own_due, tuple(draft.spans), draft.acted_at, tuple(draft.refuted),
                draft.pending if waits else "", draft.pending_until if waits else None, fixed_before,
                came_back, draft.sla_due,
            )
        )  # fmt: skip
        fixed_before = draft.closed_at if draft.cause in PROVEN else None
    return made
