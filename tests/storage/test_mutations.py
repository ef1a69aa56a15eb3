"""Each guard of `storage` and `commands` is taken out once; the suite must notice.

A mutant is a copy of both packages with one fragment changed; the named test must then fail. A fragment that
no longer stands in the source fails here too, so that the table cannot rot in silence.
"""

import compileall
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.storage.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
AT_ONCE = 2
FAILED = 1  # of pytest: a test failed; anything else (no such test, a broken file) proves nothing


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages and their tests as they are, compiled once."""
    folder = tmp_path_factory.mktemp("whole")
    skipped = shutil.ignore_patterns("__pycache__", "test_mutations.py", "test_lifecycle_machine.py")
    (folder / "scanners").symlink_to(ROOT / "scanners")
    for name in ("storage", "commands"):
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
        compileall.compile_dir(folder / name, quiet=1)
        shutil.copytree(ROOT / "tests" / name, folder / "tests" / name, ignore=skipped)
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    return folder


def test_every_guard_stands_where_the_table_says() -> None:
    """Once, and not where it was: bring `mutants.py` up to date when the source moves on."""
    sources = {file: (ROOT / file).read_text(encoding="utf-8") for file, *_rest in MUTANTS}
    assert [
        (file, stands) for file, stands, _instead, _test in MUTANTS if sources[file].count(stands) != 1
    ] == []


def test_every_guard_is_noticed_when_it_is_gone(copied: Path, tmp_path: Path) -> None:
    def noticed(at: int) -> bool:
        return _noticed(copied, tmp_path / str(at), *MUTANTS[at])

    with ThreadPoolExecutor(AT_ONCE) as pool:
        found = list(pool.map(noticed, range(len(MUTANTS))))
    unnoticed = [mutant for mutant, seen in zip(MUTANTS, found, strict=True) if not seen]
    assert unnoticed == []


def test_the_unchanged_copy_passes(copied: Path) -> None:
    """Else a mutant would be "noticed" because the copy itself is broken."""
    tests = sorted({test for *_rest, test in MUTANTS})
    files = sorted({_file(test) for test in tests})
    done = _run(copied, *files, "-k", " or ".join(f"test_{test.split()[1]}" for test in tests))
    assert done.returncode == 0, done.stdout[-2000:]


def _noticed(whole: Path, folder: Path, file: str, stands: str, instead: str, test: str) -> bool:
    shutil.copytree(whole, folder, symlinks=True)
    source = folder / file
    source.write_text(source.read_text(encoding="utf-8").replace(stands, instead), encoding="utf-8")
    for compiled in (source.parent / "__pycache__").glob(f"{source.stem}.*"):
        compiled.unlink()
    done = _run(folder, _file(test), "-x", "-k", f"test_{test.split()[1]}")
    shutil.rmtree(folder)
    return done.returncode == FAILED


def _file(test: str) -> str:
    path = test.split()[0]
    return f"tests/{path}" if "/" in path else f"tests/storage/{path}"


def _run(folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV"))}
    environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", *words],
        cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
