"""Judges mutants in forks of one pytest that has collected every test: only the named test itself is run.

A line of the second file answers each job of the first: its number, and pytest's exit code (1: the test failed),
or -1 where the fragment is part of neither a function's body nor a constant, so that it can't be changed in a running
interpreter. A change that goes unnoticed here may be noticed where it is made in the source.
Number -1 is every test with nothing changed.

    python -P tests/storage/patched.py JOBS.json SAID    # [[file, stands, instead, test file, test name], ...]
"""

import ast
import contextlib
import gc
import importlib
import inspect
import json
import os
import signal
import sys
from collections.abc import Iterator, Mapping, Set
from datetime import timedelta
from functools import cache
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any, TextIO

import pytest
from _pytest.runner import runtestprotocol

sys.path.insert(0, str(Path(__file__).parents[2]))
from tests.fresh import migrated

AT_ONCE = 2
LONGEST_S = 90
PASSED, FAILED, NO_TEST, ELSEWHERE, UNCHANGED = 0, 1, 5, -1, 99
Job = list[str]


def module_of(file: str) -> ModuleType:
    """The module of a file of the project."""
    return importlib.import_module(file.removesuffix(".py").replace("/", "."))


@cache
def parsed(file: str) -> tuple[str, ast.Module]:
    """The text of a file of the project and its tree."""
    source = Path(file).read_text(encoding="utf-8")
    return source, ast.parse(source)


@cache
def compiled(file: str, source: str) -> CodeType:
    """The code of a file that reads so. Unchanged it is asked for by every job of the file."""
    code: CodeType = compile(source, file, "exec")
    return code


def change(file: str, stands: str, instead: str) -> bool:
    """Give the function that holds the fragment its changed body, or the constants of the module their changed values.

    The function stays the same object, so whoever has imported it runs the change. False where it can't be changed so.
    """
    source, tree = parsed(file)
    at = source.index(stands)
    lines = source.count("\n", 0, at) + 1, source.count("\n", 0, at + len(stands)) + 1
    names = _holder(tree, *lines)
    try:
        code: CodeType | None = compiled(file, source.replace(stands, instead))
    except SyntaxError:
        return False
    if file == "storage/migrations.py":
        migrated.cache_clear()
    if not names and code is not None:
        return _set_constants(module_of(file), code)
    for name in names:
        code = next(
            (one for one in code.co_consts if isinstance(one, CodeType) and one.co_name == name), None
        )
        if code is None:
            return False
    function = _function(module_of(file), names)
    if function is None or len(function.__code__.co_freevars) != len(code.co_freevars):
        return False
    _change_those_it_made(function.__code__, code)
    function.__code__ = code
    return True


def _change_those_it_made(before: CodeType, after: CodeType) -> None:
    """A function that makes functions may have been called when its module was imported."""
    inner = {
        id(old): new
        for old in before.co_consts
        for new in after.co_consts
        if isinstance(old, CodeType) and isinstance(new, CodeType) and old.co_name == new.co_name
        and old.co_freevars == new.co_freevars and not old.co_name.startswith("<")
    }  # fmt: skip
    if not inner:
        return
    gc.unfreeze()  # what is frozen is not listed
    for held in gc.get_objects():
        if isinstance(held, FunctionType) and id(held.__code__) in inner:
            held.__code__ = inner[id(held.__code__)]


def _set_constants(module: ModuleType, code: CodeType) -> bool:
    """Whoever has imported a value by its name gets the new one; what another module made of it stays, and so does a class."""
    made = ModuleType(module.__name__)
    made.__dict__.update(__file__=module.__file__, __package__=module.__package__)
    exec(code, made.__dict__)  # noqa: S102  # the project's own source, in a fork
    changed = {
        name: (value, new)
        for name, value in vars(module).items()
        if isinstance(value, str | int | timedelta | Mapping | Set | tuple)
        and (new := getattr(made, name, value)) != value
    }
    for name, (value, new) in changed.items():
        for one in list(sys.modules.values()):
            if getattr(one, "__dict__", {}).get(name) is value:
                setattr(one, name, new)
    return bool(changed)


def _holder(tree: ast.Module, first: int, last: int) -> list[str]:
    """The names of the outermost function around those lines, of its class first; [] where there is none."""
    for node in tree.body:
        inside = [(node, [])] if not isinstance(node, ast.ClassDef) else [(n, [node.name]) for n in node.body]
        for one, names in inside:
            is_function = isinstance(one, ast.FunctionDef)
            if is_function and one.body[0].lineno <= first and last <= (one.end_lineno or 0):
                return [*names, one.name]
    return []


def _function(module: ModuleType, names: list[str]) -> FunctionType | None:
    found: Any = module
    for name in names:
        found = inspect.getattr_static(found, name, None)
    found = getattr(found, "fget", None) or getattr(found, "__func__", None) or found
    found = inspect.unwrap(found) if callable(found) else None
    return found if isinstance(found, FunctionType) else None


class Judge:
    """Takes the place of pytest's loop over the tests."""

    def __init__(self, jobs: list[Job], said: TextIO, needed: Path) -> None:
        self._jobs, self._said, self._needed = jobs, said, needed
        self._failed = False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a failure; in the fork alone."""
        self._failed = self._failed or report.failed

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Each job in a fork of its own, two at a time."""
        running: dict[int, int] = {}
        session.config._tmp_path_factory.getbasetemp()  # type: ignore[attr-defined]  # once, and not in every fork
        gc.freeze()  # a fork that collects would copy every page it looks at
        # First every function gets the body that it has: the tests must pass, or a failure would prove nothing.
        same = [[file, stands, stands, *test] for file, stands, _instead, *test in self._jobs]
        for at, jobs in enumerate([same, *([job] for job in self._jobs)], -1):
            if at == 0:
                self._ended(running)
                _import(self._needed)
                gc.freeze()
            if len(running) >= AT_ONCE:
                self._ended(running)
            sys.stdout.flush()
            child = os.fork()
            if child == 0:
                os._exit(self._judge(session, jobs))
            running[child] = at
        while running:
            self._ended(running)
        return True

    def _ended(self, running: dict[int, int]) -> None:
        child, status = os.wait()
        code = os.waitstatus_to_exitcode(status)
        print(running.pop(child), ELSEWHERE if code == UNCHANGED else code, file=self._said, flush=True)

    def _judge(self, session: pytest.Session, jobs: list[Job]) -> int:
        if len(jobs) == 1:
            signal.alarm(LONGEST_S)  # its signal ends the fork, which proves nothing
        changed = [change(file, stands, instead) for file, stands, instead, *_test in jobs]
        if not any(changed):
            return UNCHANGED
        chosen = dict.fromkeys(item for *_change, file, name in jobs for item in _named(session, file, name))
        for item in chosen:
            runtestprotocol(item, nextitem=None, log=True)
            if self._failed:
                return FAILED
        if len(jobs) > 1:
            self._needed.write_text("\n".join(sys.modules), encoding="utf-8")
        return PASSED if chosen else NO_TEST


def _import(needed: Path) -> None:
    """What the tests imported while they ran: each fork would do so anew, which was most of what it cost."""
    for name in needed.read_text(encoding="utf-8").split() if needed.exists() else ():
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def _named(session: pytest.Session, file: str, name: str) -> Iterator[pytest.Item]:
    for item in session.items:
        if item.nodeid.startswith(f"{file}::") and name in item.name:
            yield item


def main(path: str, answers: str) -> int:
    """Judge every job of the file `path`."""
    jobs: list[Job] = json.loads(Path(path).read_text(encoding="utf-8"))
    for file in {job[0] for job in jobs}:
        module_of(file)
        parsed(file)
    # Once, for every fork: an empty store, and the controls.
    migrated()
    importlib.import_module("commands.catalogue").controls()
    words = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", "--tb=no"]
    with Path(answers).open("w", encoding="utf-8") as said:
        return int(
            pytest.main(
                [*words, *sorted({job[3] for job in jobs})],
                plugins=[Judge(jobs, said, Path(f"{answers}.modules"))],
            )
        )


if __name__ == "__main__":
    os.chdir(Path(__file__).parents[2])
    sys.exit(main(*sys.argv[1:]))
