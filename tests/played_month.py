"""The made-up month, played once for a whole run of the tests: each worker and file takes a copy of the store."""

import fcntl
import os
import pickle
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.sandbox.month import Played, play, small_company
from storage.store import Store

NOW = datetime(2026, 11, 2, 17, 0, tzinfo=UTC)
DAYS, SEED = 30, 7


@dataclass
class Once:
    """What is kept of the playing beside its store: what happened, and how long it took."""

    played: Played
    seconds: float


def take(factory: pytest.TempPathFactory, store: Path) -> Once:
    """Copy the month's store to `store`; whoever comes first plays it, the others wait for that."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # each worker has a folder of its own, all below that of the run
    told = folder / "played-month.pickle"
    with (folder / "played-month.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not told.exists():
            told.write_bytes(pickle.dumps(_play(folder / "played-month.db")))
    shutil.copyfile(folder / "played-month.db", store)
    once = pickle.loads(told.read_bytes())  # noqa: S301  # written by this very run
    assert isinstance(once, Once)
    return once


def _play(path: Path) -> Once:
    store = Store(path)
    began = time.perf_counter()
    played = play(store, small_company(), DAYS, SEED, NOW)
    seconds = time.perf_counter() - began
    store.close()  # which leaves everything in the one file
    return Once(played, seconds)
