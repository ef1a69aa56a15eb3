"""For every test: temporary files in memory where the machine has room for them there; the longest files first; one
warm moto and one warm AWS CLI for all workers.

Patrol's store waits for the disk on each commit, which is its promise and not what most tests are about. Whoever
sets TMPDIR decides otherwise.
"""

import atexit
import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from bot.garbage import collect_in_portions
from tests.examples import examples
from tests.warm import SHARED, Warm, stand_in

MEMORY = Path("/dev/shm")
ENOUGH = 1 << 30

settings.register_profile("patrol", max_examples=examples(100))
settings.load_profile("patrol")

if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
    os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)

# Files that take twenty seconds and more. Begun last, one of them would keep one worker busy while the others idle.
LONGEST = (
    "test_line.py", "test_faults.py", "test_mutations.py", "test_terminal.py", "test_data_services.py", "test_month.py",
    "test_fixes.py", "test_fixes_net.py", "test_fixes_machines.py", "test_fixes_watch.py", "test_fixes_iam.py",
    "test_lifecycle_machine.py", "test_fixes_data.py", "test_workspaces.py", "test_page_dialogs.py",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sorted, and otherwise in the order in which they were found."""
    places = {name: at for at, name in enumerate(LONGEST)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONGEST)))


def pytest_collection_finish() -> None:
    """Thousands of tests stay for the whole run: the collector of garbage need not walk them each time."""
    gc.collect()
    gc.freeze()


def pytest_configure(config: pytest.Config) -> None:
    """Who hands out the tests to workers starts what they share; it warms up while they collect."""
    collect_in_portions()
    if hasattr(config, "workerinput"):
        _use_the_shared_moto()
    elif getattr(config.option, "tx", None) and not config.option.collectonly:
        for program, variable in SHARED.items():
            made = Warm(Path(tempfile.gettempdir()), program)
            os.environ[variable] = made.address
            config.add_cleanup(made.close)


def _use_the_shared_moto() -> None:
    from bot.sandbox.aws import SandboxAws

    folder = Path(tempfile.mkdtemp(prefix="moto-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    SandboxAws.command = (str(stand_in(folder / "moto", os.environ[SHARED["moto"]])),)
