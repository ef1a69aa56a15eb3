"""`patrol controls`: what is checked, and whether each control judges its own examples rightly."""

import json
from collections.abc import Sequence

from bot.cli.invocation import Invocation, parse
from scanners.errors import UsageError

HELP = """
patrol controls list [ID ...]
patrol controls test [ID ...] [--folder FOLDER]

list shows every control: severity, id, title. test runs the pass and fail examples that each control
carries. Ids may hold wildcards: 's3.*'. --folder adds a folder of your own controls.
Exit codes: 0 all examples judged as they say, 1 some not, 64 usage or a broken control
"""


def run(words: Sequence[str]) -> int:
    """List or test; returns the exit code."""
    invocation = parse(words, own=("folder",))
    verb, *ids = invocation.words or ("",)
    if verb == "list":
        return _list(invocation, tuple(ids))
    if verb == "test":
        return _test(invocation, tuple(ids))
    raise UsageError("Usage: patrol controls list|test [ID ...]")


def _list(invocation: Invocation, ids: tuple[str, ...]) -> int:
    from bot.messages.terminal_table import table

    controls = _load(invocation, ids)
    if invocation.format == "json":
        entries = [
            {"id": c.id, "severity": str(c.severity), "title": c.title, "resource_type": c.resource_type,
             "mappings": {key: list(value) for key, value in c.mappings.items()}}
            for c in controls
        ]  # fmt: skip
        print(json.dumps({"schema": "patrol.controls/1", "controls": entries}, indent=2))
        return 0
    rows = [(str(c.severity).upper(), c.id, c.title) for c in controls]
    print(table(("SEVERITY", "CONTROL", "TITLE"), rows, elastic=2, colour=invocation.colour))
    return 0


def _test(invocation: Invocation, ids: tuple[str, ...]) -> int:
    from scanners.controls.examples import run_examples

    controls = _load(invocation, ids)
    results = list(run_examples(controls))
    wrong = [result for result in results if not result.ok]
    for result in wrong:
        what = result.error or f"said {result.said}, should say {result.expected}"
        print(f"{result.control}, example {result.example!r}: {what}")
    print(f"{len(controls)} controls, {len(results)} examples, {len(wrong)} judged wrongly.")
    return 1 if wrong else 0


def _load(invocation: Invocation, ids: tuple[str, ...]):  # type: ignore[no-untyped-def]
    from pathlib import Path

    from scanners.controls import load_controls

    folder = invocation.options.get("folder")
    return load_controls(ids, [Path(folder)] if folder else [])
