"""Runs pytest over and over: a fork of an interpreter that has imported the libraries takes the place of a new one.

A line of standard input is a JSON list, folder first, then pytest's words; the answer is the exit code. Of the
project nothing is imported before the fork but `scanners`, which no mutant changes.
"""

import importlib
import json
import os
import signal
import sys

LIBRARIES = (
    "pytest", "hypothesis", "hypothesis.stateful", "hypothesis.strategies", "sqlite_utils", "sqlite_utils.migrations",
    "jinja2", "yaml", "scanners.model", "scanners.errors",
)  # fmt: skip
LONGEST_S = 120


def main() -> None:
    """Until standard input closes."""
    for name in LIBRARIES:
        importlib.import_module(name)
    assert not {"storage", "commands"} & set(sys.modules)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(_pytest(*json.loads(line)))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _pytest(folder: str, *words: str) -> int:
    import pytest

    signal.alarm(LONGEST_S)  # its signal ends the fork, which proves nothing
    os.chdir(folder)
    with open("said.txt", "w") as said:  # noqa: PTH123  # a descriptor is wanted
        os.dup2(said.fileno(), 1)
        os.dup2(said.fileno(), 2)
    code = int(pytest.main(list(words)))
    sys.stdout.flush()
    return code


if __name__ == "__main__":
    main()
