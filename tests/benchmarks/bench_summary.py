"""The summary over a large store: from snapshots, and worked out anew from the whole ledger.

PATROL_BENCH_FINDINGS sets the size (100,000 findings and five times as many events by default; the goal is stated for
1,000,000, which takes some minutes to fill). Memory is measured in a process of its own.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from scanners.model import Coverage, CoverageStatus, Scan, Target
from storage.clock import iso
from storage.figures.summary import summary
from storage.figures.values import COMPANY
from storage.ledger import append
from storage.model import Event, Kind
from storage.progress_snapshots import Measured, changed_since, measure, newest, take
from storage.reconcile import reconcile
from storage.scans import save_target
from storage.store import Store

FINDINGS = int(os.environ.get("PATROL_BENCH_FINDINGS", "100000"))
GOAL_FINDINGS, GOAL_S, GOAL_MIB, GOAL_SNAPSHOT_S = 1_000_000, 60.0, 300.0, 1.0
START = datetime(2026, 9, 1, 6, tzinfo=UTC)
NOW = START + timedelta(days=60)
TEAMS, TARGETS, CONTROLS = 12, 40, 60
SEVERITIES = ("critical", "high", "high", "medium", "medium", "medium", "low", "low")


def life(number: int, random: Random) -> Iterator[Event]:
    """Five events of one finding: opened, changed, acknowledged, and fixed or accepted in many cases."""
    finding = f"pf1_{number * 2654435761 % 2**32:08x}{number:056x}"
    severity = random.choice(SEVERITIES)
    at = START + timedelta(days=random.choice((0, 0, 0, random.random() * 55)))
    target = f"account-{number % TARGETS}"
    data = {
        "control": f"service.rule_{number % CONTROLS}", "scope": f"aws/{number % TARGETS:012d}/eu-west-1",
        "target": target, "resource": f"arn:aws:s3:::customer-uploads-{number:07d}",
        "resource_id": f"customer-uploads-{number:07d}", "resource_type": "aws.s3.bucket", "region": "eu-west-1",
        "locus": "", "severity": severity, "team": f"team-{number % TEAMS}", "version": "1",
        "tags": {"team": "payments"}, "evidence": {"public": True, "grants": ["AllUsers"]}, "scan": "scan-1",
    }  # fmt: skip
    yield Event(at, Kind.OPENED, finding, "scan", data)
    for _ in range(2):
        at += timedelta(days=random.random() * 2)
        yield Event(
            at, Kind.EVIDENCE_CHANGED, finding, "scan", {"evidence": {"public": True}, "scan": "scan-2"}
        )
    at += timedelta(hours=1)
    yield Event(at, Kind.ACKNOWLEDGED, finding, "U0DEV1", {"until": iso(at + timedelta(days=3))})
    at += timedelta(days=random.expovariate(1 / 20))
    if random.random() < 0.1:
        reason = {
            "what": "risk_accepted",
            "until": iso(at + timedelta(days=60)),
            "requested_by": "U0",
            "reason": "",
        }
        yield Event(at, Kind.APPROVED, finding, "U0LEAD", reason)
    else:
        seen = {"cause": "proven", "evidence": {"public": False}, "scan": "scan-9", "claimed_by": ""}
        yield Event(at, Kind.FIXED, finding, "scan", seen)


def fill(path: Path, findings: int) -> int:
    """A store with that many findings in its ledger; returns the number of events."""
    random = Random(1)  # noqa: S311
    with closing(Store(path)) as store:
        store.connection.execute("pragma synchronous = off")
        with store.write() as connection:
            for number in range(TARGETS):
                save_target(connection, Target(f"account-{number}", "aws", f"team-{number % TEAMS}"))
                for day in (0, 59):
                    reconcile(connection, _scan(number, START + timedelta(days=day)), lambda _v: "", NOW)
        for first in range(0, findings, 20_000):
            lives = [e for n in range(first, min(findings, first + 20_000)) for e in life(n, random)]
            lives.sort(key=lambda event: event.at)
            with store.write() as connection:
                append(connection, lives)
        return int(store.connection.execute("select count(*) from events").fetchone()[0])


def _scan(number: int, at: datetime) -> Scan:
    identity = f"aws/{number:012d}"
    covered = tuple(
        Coverage(f"service.rule_{n}", f"{identity}/eu-west-1", CoverageStatus.COMPLETE)
        for n in range(CONTROLS)
    )
    name = f"scan-{number}-{at.day}"
    return Scan(name, f"account-{number}", "aws", identity, at, at, (), covered, versions={})


def most_mib() -> float:
    """The most memory that this process ever held. Not `getrusage`: what its parent held counts there too."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def anew(path: str) -> None:
    """In a process of its own: work everything out from the ledger, print seconds and the most memory used."""
    with closing(Store(path, read_only=True)) as store, store.read() as connection:
        began, worked = time.perf_counter(), time.process_time()
        found = measure(connection, NOW)
        seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    print(
        json.dumps(
            {"seconds": seconds, "cpu": cpu, "mib": most_mib(), "told": summary(found.views["company"])}
        )
    )


def cost_of(path: Path) -> dict[str, Any]:
    """What `anew` printed."""
    code = f"from tests.benchmarks.bench_summary import anew; anew({str(path)!r})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(run.stdout)
    return found


def test_a_summary_is_quick_from_snapshots_and_in_bounds_from_the_whole_ledger(tmp_path: Path) -> None:
    path = tmp_path / "large.db"
    events = fill(path, FINDINGS)
    fill(tmp_path / "smaller.db", FINDINGS // 2)
    cost, less = cost_of(path), cost_of(tmp_path / "smaller.db")
    with closing(Store(path)) as store:
        with store.write() as connection:
            taken: Measured = measure(connection, NOW)
            views = len(taken.views)
            assert take(connection, NOW.date(), NOW, measured=taken)
        began = time.perf_counter()
        with store.read() as connection:
            snapshot = newest(connection, COMPANY)
            assert snapshot is not None and snapshot.data is not None
            told = summary(snapshot.data)
        quick = time.perf_counter() - began
        with store.read() as connection:
            assert changed_since(connection, date(NOW.year, NOW.month, NOW.day)) == []
    steps = (GOAL_FINDINGS - FINDINGS) / (
        FINDINGS - FINDINGS // 2
    )  # what is needed once (caches) is not needed ten times
    cpu, mib = (cost[name] + steps * (cost[name] - less[name]) for name in ("cpu", "mib"))
    print(
        f"\n{FINDINGS:,} findings, {events:,} events, {views} views: anew {cost['seconds']:.1f} s ({cost['cpu']:.1f} s of"
        f" CPU), {cost['mib']:.0f} MiB; from the snapshot {quick * 1000:.1f} ms."
        f"\nAt {GOAL_FINDINGS:,}, drawn on from there: {cpu:.0f} s of CPU (goal {GOAL_S:.0f}), {mib:.0f} MiB"
        f" (goal {GOAL_MIB:.0f})"
    )
    assert json.loads(json.dumps(told)) == cost["told"]
    assert quick < GOAL_SNAPSHOT_S
    assert cpu < GOAL_S
    assert mib < GOAL_MIB
