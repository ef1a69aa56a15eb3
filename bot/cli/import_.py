"""`patrol import FILE`: findings of other tools enter the same lifecycle. Named with a stroke: `import` is Python's."""

import json
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from bot.cli.invocation import Invocation, parse
from bot.cli.person import acting_person
from bot.scanning import make_scanner
from bot.times import now_utc
from commands.imports import Request
from commands.imports import run as import_file
from commands.model import Context
from commands.reply import ImportDone
from scanners.errors import UsageError
from scanners.imports.model import FORMATS, MOST_BYTES
from scanners.imports.report import Declared
from storage.store import Store

HELP = """
patrol import FILE [--format ocsf|asff|sarif] [--scope TEXT] [--target NAME] [--tool NAME] [--at TIME]
              [--complete] [--dry-run] [--output table|json]

Brings in what another tool reported: Prowler (OCSF, ASFF), Security Hub (ASFF), semgrep, checkov, trivy, CodeQL
(SARIF) and whatever else writes one of the three. FILE may be - for standard input. Without --format the file's
beginning decides.

--scope TEXT    what the tool was run on, such as github.com/acme/shop. An import closes only what the same tool with
                the same scope calls mended, or what two whole imports in a row no longer report. Left out, it is what
                the file says (account and region, repository, category), or the target.
--target NAME   a [[target]] of patrol.toml, for its owner and CODEOWNERS. Leads of its owner may import then; without it
                security and admins may.
--tool NAME     in place of the name that the file gives.
--at TIME       when the tool ran (2026-11-24T10:00Z, or now), where the file does not say. Else it counts as of now.
--complete      the tool ran all its checks: what the file does not mention is no longer reported, even all of it.
--dry-run       tell what would happen, and change nothing.
--output json   one document, patrol.import/1.

Exit codes: 0 read whole and nothing fails, 1 findings, 2 something could not be read, 3 refused, 64 usage
"""
OWN = ("scope", "target", "tool", "at", "output")
FLAGS = ("complete", "dry-run")
AUTO = "auto"


def run(words: Sequence[str]) -> int:
    """Import the file; returns the exit code."""
    invocation = parse(words, own=OWN, flags=FLAGS, formats=(AUTO, *FORMATS))
    if len(invocation.words) != 1:
        raise UsageError(
            "Which file? Usage: patrol import FILE [--format ocsf|asff|sarif]. `patrol import --help` tells all."
        )
    output = invocation.options.get("output", "table")
    if output not in ("table", "json"):
        raise UsageError(f"--output takes table or json, not {output[:40]!r}.", "output")
    given = _request(invocation)
    settings = invocation.settings()
    person = acting_person(settings, invocation.environ, invocation.acting_as)
    store = Store(settings.store)
    try:
        context = Context(store, settings.organisation, person, now_utc, make_scanner(now_utc), "terminal")
        done = import_file(context, given)
    finally:
        store.close()
    _print(done, output)
    return exit_code(done)


def _request(invocation: Invocation) -> Request:
    name, options = invocation.words[0], invocation.options
    declared = Declared(options.get("scope", ""), _moment(options.get("at", "")), "complete" in options)
    return Request(
        _read(name), "standard input" if name == "-" else name, "" if invocation.format == AUTO else invocation.format,
        options.get("tool", ""), options.get("target", ""), declared, "dry-run" in options,
    )  # fmt: skip


def _read(name: str) -> bytes:
    """The file, and one byte more than it may have, so that too much of it is seen without reading it all."""
    try:
        if name == "-":
            return sys.stdin.buffer.read(MOST_BYTES + 1)
        with Path(name).open("rb") as opened:
            return opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{name} can't be read: {error.strerror or error}.") from error


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    if text == "now":
        return now_utc()
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise UsageError(
            f"--at takes an instant with its zone (2026-11-24T10:00Z), or now; not {text[:40]!r}.", "at"
        )
    return moment


def _print(done: ImportDone, output: str) -> None:
    if output == "json":
        from bot.messages.imports import import_document

        print(json.dumps(import_document(done), indent=2))
        return
    from bot.messages.imports import import_text

    print(import_text(done))


def exit_code(done: ImportDone) -> int:
    """2 where anything could not be read, else 1 where anything fails."""
    if not done.whole or not done.tools:
        return 2
    return int(any(tool.failing for tool in done.tools))
