"""A program as a process of its own, measured: seconds on the clock, seconds of processor, memory at its most."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.benchmarks.aws.account import ROOT


@dataclass(frozen=True, slots=True)
class Run:
    """`peak_mib` is the most that the process (or one that it waited for) held."""

    wall_s: float
    processor_s: float
    peak_mib: float
    out: str
    errors: str


def run(words: Sequence[str], environ: Mapping[str, str]) -> Run:
    """Run to the end, whatever the exit code says."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        began = time.perf_counter()
        process = subprocess.Popen(list(words), env=dict(environ), stdout=out, stderr=errors, cwd=ROOT)
        _pid, _status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - began
        process.returncode = 0  # it has been waited for
        out.seek(0)
        errors.seek(0)
        used = usage.ru_utime + usage.ru_stime
        return Run(took, used, usage.ru_maxrss / 1024, out.read(), errors.read())


def patrol(regions: Sequence[str], controls: Sequence[str], environ: Mapping[str, str]) -> Run:
    """`patrol scan aws`, as a person runs it."""
    words = [sys.executable, "-m", "bot", "scan", "aws", "--format", "json", "--regions", ",".join(regions)]
    return run([*words, "--controls", ",".join(sorted(controls))], os.environ | dict(environ))
