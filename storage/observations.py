"""What scans last saw of each finding, written in bulk.

Not in the ledger: seeing the same again is no event. `missed_at` remembers the first complete scan in
which a resource was merely gone; seeing it again forgets that.
"""

import sqlite3
from dataclasses import dataclass, field

from scanners.model import Verdict
from storage.identity import storable
from storage.rows import remediation_text

GONE_ONCE = "gone in one complete scan; a second one must agree"
# A late scan that saw the resource takes back only a miss that is older than itself.
_MISS = (
    "missed_scan = case when missed_at > ?1 then missed_scan else '' end,"
    " missed_at = case when missed_at > ?1 then missed_at end"
)
_SEEN = f"update observations set checked_at = ?1, scan = ?2, reason = '', {_MISS}"  # noqa: S608


def say_unchecked(connection: sqlite3.Connection, finding: str, reason: str) -> None:
    """Keep why the newest check of `finding` could not decide."""
    connection.execute("update observations set reason = ? where finding = ?", (storable(reason), finding))


@dataclass(frozen=True, slots=True)
class Sighting:
    """A FAIL whose evidence (canonical JSON) or remediation is to be kept."""

    finding: str
    verdict: Verdict
    evidence: str


@dataclass(slots=True)
class Writes:
    """What one scan changes in `observations`.

    `seen`: judged with nothing else new, or closed. `missed`: merely gone, for the first time.
    `undecided`: the resource is there and could not be judged. `unchecked`: nobody could look. Both of
    these carry the reason.
    """

    new: list[Sighting] = field(default_factory=list)
    changed: list[Sighting] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    undecided: list[tuple[str, str]] = field(default_factory=list)
    unchecked: list[tuple[str, str]] = field(default_factory=list)


def flush(
    connection: sqlite3.Connection, scan: str, started: str, writes: Writes, kept_open: frozenset[str]
) -> None:
    """Write everything of one scan; `kept_open` are closings that were held back.

    In the order of the key: at 100,000 rows random order would read and spill each page many times.
    """
    connection.executemany(
        "insert into observations (finding, checked_at, scan, evidence, remediation) values (?, ?, ?, ?, ?)",
        sorted(
            (s.finding, started, scan, s.evidence, remediation_text(s.verdict.remediation))
            for s in writes.new
        ),
    )
    connection.executemany(
        f"{_SEEN}, evidence = ?4, remediation = ?5 where finding = ?3",
        sorted(
            (started, scan, s.finding, s.evidence, remediation_text(s.verdict.remediation))
            for s in writes.changed
        ),
    )
    connection.executemany(
        f"{_SEEN} where finding = ?3", [(started, scan, finding) for finding in sorted(writes.seen)]
    )
    connection.executemany(
        "update observations set missed_scan = ?, missed_at = ?, reason = ? where finding = ?",
        [(scan, started, GONE_ONCE, finding) for finding in sorted(writes.missed)],
    )
    connection.executemany(
        f"update observations set reason = ?2, {_MISS} where finding = ?3",  # noqa: S608
        [(started, storable(reason), finding) for finding, reason in writes.undecided],
    )
    connection.executemany(
        "update observations set reason = ? where finding = ?",
        [(storable(reason), finding) for finding, reason in writes.unchecked],
    )
    connection.executemany(
        "update observations set reason = 'held: too many would close at once; see `patrol status`'"
        " where finding = ?",
        [(finding,) for finding in kept_open],
    )
