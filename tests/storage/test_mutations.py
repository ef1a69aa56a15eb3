"""Each guard of `storage` and `commands` is taken out once; the suite must notice.

A mutant is a copy of both packages with one fragment changed; the named test must then fail. A fragment that
no longer stands in the source fails here too, so that the table cannot rot in silence.
"""

import compileall
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.storage.mutants import MUTANTS

ROOT = Path(__file__).parents[2]
Mutant = tuple[str, str, str, str]  # file, what stands there, what takes its place, test
FAILED = 1  # of pytest: a test failed; anything else (no such test, a broken file) proves nothing


def copied(folder: Path) -> Path:
    """The packages and their tests as they are, compiled once."""
    folder.mkdir()
    skipped = shutil.ignore_patterns("__pycache__", "test_mutations.py", "test_lifecycle_machine.py")
    (folder / "scanners").symlink_to(ROOT / "scanners")
    for name in ("storage", "commands"):
        shutil.copytree(ROOT / name, folder / name, ignore=skipped)
        compileall.compile_dir(folder / name, quiet=1)
        shutil.copytree(ROOT / "tests" / name, folder / "tests" / name, ignore=skipped)
    for shared in ("fresh.py", "scanners"):  # what those tests lean on, and no mutant changes
        (folder / "tests" / shared).symlink_to(ROOT / "tests" / shared)
    (folder / "pytest.ini").write_text("[pytest]\npythonpath = .\n", encoding="utf-8")
    return folder


class Runner:
    """Runs pytest in a folder, in a fork of a warm interpreter: starting one for each mutant took two minutes."""

    def __init__(self) -> None:
        environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV"))}
        environ |= {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": str(ROOT),
        }
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(ROOT / "tests/storage/forked.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ,
        )  # fmt: skip

    def run(self, folder: Path, *words: str) -> int:
        """pytest's exit code; what it said is in `said.txt` of the folder."""
        assert self._process.stdin is not None and self._process.stdout is not None
        plain = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib"]
        self._process.stdin.write(json.dumps([str(folder), *plain, *words]) + "\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End the interpreter."""
        self._process.communicate()


def test_every_guard_stands_where_the_table_says() -> None:
    """Once, and not where it was: bring `mutants.py` up to date when the source moves on."""
    sources = {file: (ROOT / file).read_text(encoding="utf-8") for file, *_rest in MUTANTS}
    assert [
        (file, stands) for file, stands, _instead, _test in MUTANTS if sources[file].count(stands) != 1
    ] == []


def test_every_guard_is_noticed_when_it_is_gone(tmp_path: Path) -> None:
    """In a running interpreter where it can be changed there; else in a copy of its own."""
    said = _judged(tmp_path)
    assert said.pop(-1) == 0, "the tests must pass where nothing is changed"
    assert set(said) == set(range(len(MUTANTS)))
    left = [MUTANTS[at] for at, code in said.items() if code != FAILED]
    assert _unnoticed(tmp_path, left) == []


def test_a_copy_notices_a_guard_that_is_gone_and_nothing_else(tmp_path: Path) -> None:
    """What judges where a running interpreter can't be changed."""
    gone = next(one for one in MUTANTS if one[0] == "storage/migrations.py")
    same = (gone[0], gone[1], gone[1], gone[3])
    assert _unnoticed(tmp_path, [gone, same]) == [same]


def _unnoticed(folder: Path, mutants: Sequence[Mutant]) -> list[Mutant]:
    """Those whose test passes in a copy of the packages. None may fail there unchanged, or it would prove nothing."""
    if not mutants:
        return []
    whole = copied(folder / "whole")
    runner = Runner()
    try:
        left = [one for at, one in enumerate(mutants) if not _noticed(runner, whole, folder / str(at), *one)]
        tests = [test for *_change, test in mutants]
        names = " or ".join(f"test_{test.split()[1]}" for test in tests)
        code = runner.run(whole, *sorted(set(map(_file, tests))), "-k", names)
        assert code == 0, (whole / "said.txt").read_text(encoding="utf-8")[-2000:]
    finally:
        runner.close()
    return left


def _judged(folder: Path) -> dict[int, int]:
    """pytest's exit code for each mutant, by its place in the table; -1 is all of them unchanged."""
    jobs = [
        [file, stands, instead, _file(test), f"test_{test.split()[1]}"]
        for file, stands, instead, test in MUTANTS
    ]
    (folder / "jobs.json").write_text(json.dumps(jobs), encoding="utf-8")
    environ = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "COV"))}
    subprocess.run(
        [sys.executable, "-P", str(ROOT / "tests/storage/patched.py"), folder / "jobs.json", folder / "said"],
        check=True, capture_output=True, env=environ, timeout=900,
    )  # fmt: skip
    lines = (folder / "said").read_text(encoding="utf-8").splitlines()
    return {int(at): int(code) for at, code in map(str.split, lines)}


def _noticed(
    runner: Runner, whole: Path, folder: Path, file: str, stands: str, instead: str, test: str
) -> bool:
    shutil.copytree(whole, folder, symlinks=True)
    source = folder / file
    source.write_text(source.read_text(encoding="utf-8").replace(stands, instead), encoding="utf-8")
    for compiled in (source.parent / "__pycache__").glob(f"{source.stem}.*"):
        compiled.unlink()
    code = runner.run(folder, _file(test), "-x", "-k", f"test_{test.split()[1]}")
    shutil.rmtree(folder)
    return code == FAILED


def _file(test: str) -> str:
    path = test.split()[0]
    return f"tests/{path}" if "/" in path else f"tests/storage/{path}"
