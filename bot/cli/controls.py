"""`patrol controls`: what is checked, what answers a framework, whether each control judges its examples rightly."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bot.cli.invocation import Invocation, parse
from scanners.errors import UsageError

if TYPE_CHECKING:
    from scanners.controls import Control

HELP = """
patrol controls list [ID ...]
patrol controls list --framework cis-5.0
patrol controls test [ID ...] [--folder FOLDER]
patrol controls docs [DIR]

list shows every control: severity, id, title; with --framework, each recommendation of the framework and
the controls that answer it, or why none does. test runs the pass and fail examples that each control
carries. docs writes a page per control into DIR (docs/controls). Ids may hold wildcards: 's3.*'.
--folder adds a folder of your own controls.
Exit codes: 0 all examples judged as they say, 1 some not, 64 usage or a broken control
"""
PAGES = "docs/controls"


def run(words: Sequence[str]) -> int:
    """List, test, or write the pages; returns the exit code."""
    invocation = parse(words, own=("folder", "framework"))
    verb, *ids = invocation.words or ("",)
    if verb == "list":
        return _list(invocation, tuple(ids))
    if verb == "test":
        return _test(invocation, tuple(ids))
    if verb == "docs" and len(ids) <= 1:
        return _docs(invocation, Path(ids[0] if ids else PAGES))
    raise UsageError("Usage: patrol controls list|test [ID ...], or patrol controls docs [DIR]")


def _list(invocation: Invocation, ids: tuple[str, ...]) -> int:
    from bot.messages.terminal_table import table

    if "framework" in invocation.options:
        return _framework(invocation, ids)
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


def _framework(invocation: Invocation, ids: tuple[str, ...]) -> int:
    from bot.messages.terminal_framework import framework_table
    from scanners.controls.framework import answers, load_framework

    framework = load_framework(invocation.options["framework"])
    answered = answers(framework, _load(invocation, ids))
    if invocation.format == "json":
        entries = [
            {"number": r.number, "title": r.title, "automated": r.automated,
             "controls": list(answered[r.number]), "reason": r.reason}
            for r in framework.requirements
        ]  # fmt: skip
        told = {"schema": "patrol.framework/1", "framework": framework.id, "requirements": entries}
        print(json.dumps(told, indent=2))
        return 0
    print(framework_table(framework, answered))
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


def _docs(invocation: Invocation, folder: Path) -> int:
    pages = documentation(_load(invocation, ()))
    write_pages(folder, pages)
    print(f"{len(pages)} pages in {folder}.")
    return 0


def write_pages(folder: Path, pages: Mapping[str, str]) -> None:
    """Write file name -> text, and take away pages of controls that are gone; what people wrote is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in sorted(folder.glob("*.md")):
        if old.name not in pages and _is_made(old):
            old.unlink()
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")


def documentation(controls: Sequence["Control"]) -> dict[str, str]:
    """File name -> page, for every control, framework and the index."""
    from scanners.aws.datasets import DATASETS, SCHEMAS
    from scanners.controls.framework import FOLDER, load_framework
    from scanners.controls.pages import make_pages

    frameworks = [load_framework(path.stem) for path in sorted(FOLDER.glob("*.yaml"))]
    permissions = {name: dataset.permissions for name, dataset in DATASETS.items()}
    return make_pages(controls, SCHEMAS, permissions, frameworks)


def _is_made(page: Path) -> bool:
    """True for a page that was made from a control."""
    from scanners.controls.pages import MADE

    return page.read_text(encoding="utf-8").startswith(MADE)


def _load(invocation: Invocation, ids: tuple[str, ...]) -> tuple["Control", ...]:
    from scanners.controls import load_controls

    folder = invocation.options.get("folder")
    return load_controls(ids, [Path(folder)] if folder else [])
