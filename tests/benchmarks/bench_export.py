"""Export of a long ledger: what it holds in memory does not grow with the ledger."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.evidence import verify
from storage.identity import finding_id
from storage.ledger import append
from storage.model import Event, Kind
from storage.store import Store

MANY = int(os.environ.get("BENCH_EVENTS", "200000"))
BAR_MIB = 64  # of which 32 are SQLite's cache
START = datetime(2026, 1, 1, tzinfo=UTC)
SCOPE, CONTROL = "aws/123456789012/eu-west-1", "s3.public"
A_FINDING = 4  # events of each


def history(number: int) -> Iterator[Event]:
    """A finding that opens, is acknowledged, claimed and fixed."""
    at, arn = START + timedelta(seconds=number), f"arn:aws:s3:::bucket-{number:07d}"
    made = finding_id(CONTROL, SCOPE, arn, "")
    yield Event(at, Kind.OPENED, made, "scan", {
        "control": CONTROL, "scope": SCOPE, "target": "prod", "resource": arn, "resource_id": arn[13:],
        "resource_type": "aws.s3.bucket", "region": "eu-west-1", "locus": "", "severity": "high", "team": "payments",
        "version": "1", "tags": {"env": "prod"}, "evidence": {"public": True, "grants": ["AllUsers"]}, "scan": "scan-1",
    })  # fmt: skip
    yield Event(at, Kind.ACKNOWLEDGED, made, "U0DEV1", {"until": "2026-03-01T00:00:00.000000Z"})
    yield Event(at, Kind.CLAIMED, made, "U0DEV1", {})
    data = {"cause": "proven", "evidence": {"public": False}, "scan": "scan-2", "claimed_by": "U0DEV1"}
    yield Event(at, Kind.FIXED, made, "scan", data)


# In a process of its own, so that neither the filling of the store nor pytest is in the high-water mark. Not by
# getrusage: its mark is inherited from the process that started this one.
_EXPORT = r"""
import re, sys, time
from datetime import datetime
from pathlib import Path
from bot.cli.audit_export import export_to
from storage.store import Store
store, archive, since, until = sys.argv[1:]
def high(): return int(re.search(r'VmHWM:\s+(\d+)', Path('/proc/self/status').read_text())[1]) // 1024
before, began = high(), time.perf_counter()
part = export_to(Store(store, read_only=True), Path(archive), *map(datetime.fromisoformat, (since, until, since))).part
print(part.count, time.perf_counter() - began, high() - before)
"""


def test_memory_stays_small_however_long_the_ledger(tmp_path: Path) -> None:
    store = Store(tmp_path / "patrol.db")
    for first in range(0, MANY // A_FINDING, 5000):
        numbers = range(first, min(first + 5000, MANY // A_FINDING))
        with store.write() as connection:
            append(connection, [event for number in numbers for event in history(number)])
    store.close()
    archive = tmp_path / "a.zip"
    words = (str(store.path), str(archive), START.isoformat(), (START + timedelta(days=365)).isoformat())
    told = subprocess.run(
        [sys.executable, "-c", _EXPORT, *words], capture_output=True, text=True, check=True
    ).stdout
    count, took, grown = int(told.split()[0]), float(told.split()[1]), int(told.split()[2])
    began = time.perf_counter()
    subprocess.run([sys.executable, "-I", verify.__file__, str(archive)], capture_output=True, check=True)
    verified = time.perf_counter() - began
    print(
        f"\n{count:,} events: exported in {took:.0f} s ({took / count * 1e6:.0f} us each), grown by {grown} MiB,"
        f" {archive.stat().st_size / 1e6:.0f} MB; verified in {verified:.0f} s ({verified / count * 1e6:.0f} us each)"
    )
    assert count == MANY // A_FINDING * A_FINDING
    assert grown < BAR_MIB, grown
