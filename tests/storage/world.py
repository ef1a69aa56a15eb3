"""A small world of scans for the store's tests: one account, a few controls, a clock that is moved."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from scanners.model import (
    Coverage,
    CoverageStatus,
    Json,
    Remediation,
    Resource,
    Scan,
    ScanStats,
    Severity,
    Status,
    Verdict,
)
from storage import lifecycle, rules
from storage.decisions import decide, settle
from storage.identity import finding_id
from storage.model import Event, Finding, Kind
from storage.promises import SlaOf, usual
from storage.reconcile import Outcome, reconcile
from storage.rows import load_findings
from storage.store import Store
from tests.fresh import fresh_store

START = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ACCOUNT = "aws/123456789012"
SCOPE = f"{ACCOUNT}/eu-west-1"
OTHER = f"{ACCOUNT}/us-east-1"
CONTROL = "s3.public"
PASS, FAIL, UNKNOWN = Status.PASS, Status.FAIL, Status.UNKNOWN
COMPLETE, PARTIAL, DENIED = CoverageStatus.COMPLETE, CoverageStatus.PARTIAL, CoverageStatus.DENIED
FIX = Remediation(why="w", cli="c", terraform="t", console="co", undo="u", effort="e")


def arn(name: str) -> str:
    """The ARN of a bucket."""
    return f"arn:aws:s3:::{name}"


def identity(name: str, control: str = CONTROL, scope: str = SCOPE) -> str:
    """The id of the finding of that bucket."""
    return finding_id(control, scope, arn(name), "")


def verdict(
    name: str, status: Status = FAIL, *, control: str = CONTROL, scope: str = SCOPE,
    severity: Severity = Severity.HIGH, evidence: Mapping[str, Json] | None = None, exploited: bool = False,
    tags: Mapping[str, str] | None = None,
) -> Verdict:  # fmt: skip
    """One word on one bucket."""
    thing = Resource("aws.s3.bucket", arn(name), name, scope.rsplit("/", 1)[1], tags or {})
    return Verdict(
        control, scope, thing, status, severity, evidence=evidence or {"public": status is FAIL},
        reason="refused" if status is UNKNOWN else "", remediation=FIX if status is FAIL else None,
        exploited=exploited,
    )  # fmt: skip


@dataclass
class World:
    """A store, its clock, and scans that are numbered by themselves."""

    store: Store
    now: datetime = START
    number: int = 0
    scans: list[Scan] = field(default_factory=list)
    owner_of: Callable[[Verdict], str] = lambda _verdict: "payments"
    sla_of: SlaOf = usual

    def later(self, **length: float) -> datetime:
        """Move the clock on."""
        self.now += timedelta(**length)
        return self.now

    def scan(
        self, *verdicts: Verdict, covers: CoverageStatus | Mapping[tuple[str, str], CoverageStatus] = COMPLETE,
        looked: Iterable[tuple[str, str]] = ((CONTROL, SCOPE),), account: str = ACCOUNT, only: str = "",
        cancelled: bool = False, version: str = "1", at: datetime | None = None, name: str = "",
    ) -> Scan:  # fmt: skip
        """A scan that saw `verdicts`, not yet recorded."""
        self.number += 1
        places = sorted({(v.control, v.scope) for v in verdicts} | set(looked))
        stated = covers if isinstance(covers, Mapping) else dict.fromkeys(places, covers)
        coverage = tuple(
            Coverage(c, s, stated.get((c, s), COMPLETE), "" if stated.get((c, s)) is COMPLETE else "gap")
            for c, s in places
        )
        started = at or self.now
        made = Scan(
            name or f"scan-{self.number}", "prod", "aws", account, started, started + timedelta(seconds=20),
            tuple(verdicts), coverage, ScanStats(10, 20.0, len(verdicts)),
            versions=dict.fromkeys({c for c, _s in places}, version), only_resource=only, cancelled=cancelled,
        )  # fmt: skip
        self.scans.append(made)
        return made

    def record(self, scan: Scan) -> Outcome:
        """Reconcile it."""
        with self.store.write() as connection:
            settle(connection, self.now)
            return reconcile(connection, scan, self.owner_of, self.now, self.sla_of)

    def see(self, *verdicts: Verdict, **given: object) -> Outcome:
        """An hour later, a scan sees `verdicts` and is recorded."""
        self.later(hours=1)
        return self.record(self.scan(*verdicts, **given))  # type: ignore[arg-type]

    def acknowledge(self, name: str, actor: str = "U0DEV1") -> None:
        """A person acknowledges."""
        with self.store.write() as connection:
            decide(connection, identity(name), actor, self.now, lifecycle.acknowledge)

    def claim(self, name: str, actor: str = "U0DEV1") -> None:
        """A person says: I fixed it."""
        with self.store.write() as connection:
            decide(connection, identity(name), actor, self.now, lifecycle.claim)

    def finding(self, name: str, control: str = CONTROL, scope: str = SCOPE) -> Finding:
        """The finding of that bucket."""
        with self.store.read() as connection:
            (found,) = load_findings(connection, "f.id = ?", identity(name, control, scope))
        return found

    def state(self, name: str) -> str:
        """What people are shown of it now."""
        return str(rules.shown_state(self.finding(name), self.now))

    def count(self, table: str) -> int:
        """Rows of a table."""
        with self.store.read() as connection:
            return int(connection.execute(f"select count(*) from {table}").fetchone()[0])


def kinds(outcome: Outcome) -> list[Kind]:
    """What happened, less the note that a scan was recorded."""
    return [event.kind for event in outcome.events if event.kind is not Kind.SCAN_RECORDED]


def open_world(folder: Path) -> World:
    """A world on a fresh store."""
    return World(fresh_store(folder / "patrol.db"))


__all__ = ["Event", "Outcome", "World", "identity", "kinds", "open_world", "verdict"]
