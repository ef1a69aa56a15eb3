"""What another tool reported, out of a file, becomes findings: same lifecycle, a scanner of its own, its own coverage.

An import closes only what the same tool, with the same declared scope, calls mended or no longer reports (two complete
imports must agree); docs/decisions/0018-imports.md.
"""

import hashlib
from dataclasses import dataclass, replace
from datetime import datetime
from importlib import import_module

from commands.model import Context
from commands.parse import nearest
from commands.people import Role
from commands.reply import ImportDone, ToolDone
from commands.scan import keep, try_out
from scanners.errors import RefusedError, UsageError
from scanners.imports.model import FORMATS, Parsed, Refused, every_control, tool_name
from scanners.imports.report import Declared, Report, narrowed, reports, without_scopes
from scanners.model import Status, Target
from storage import imported, search
from storage.pictures import Connection

LONGEST_SCOPE = 200
# A file that tells of passes tells which checks ran. One or two may have nothing left to look at; more were left out.
MOST_UNMENTIONED = 0.20

NOTHING_DECLARED = Declared()


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be imported, and what the person says of it. `name` is the file's, for words alone.

    `format` is "" where the file should tell. `tool` takes the place of the name in the file; `target` names a
    [[target]]; `dry_run` tells what would happen and changes nothing.
    """

    data: bytes
    name: str
    format: str = ""
    tool: str = ""
    target: str = ""
    declared: Declared = NOTHING_DECLARED
    dry_run: bool = False


def run(context: Context, request: Request) -> ImportDone:
    """Read the file and bring in what it says. Raises UsageError, RefusedError; a bad file raises nothing."""
    home = _home(context, request)
    declared = replace(
        request.declared, scope=scope_word(request.declared.scope) or (home.name if home else "")
    )
    digest = hashlib.sha256(request.data).hexdigest()
    parsed = _parsed(request)
    found = reports(parsed, home.name if home else "", declared, digest, context.now())
    done = tuple(_tool(context, request, home, report) for report in found)
    if any(one.done for one in done) and not request.dry_run:
        search.keep_up(context.store)
    return ImportDone(
        request.name, parsed.format, digest, done, parsed.refused, parsed.refused_count, parsed.cut, context.now(),
        request.dry_run,
    )  # fmt: skip


def scope_word(given: str) -> str:
    """A declared scope as it is kept. Raises UsageError for one that can't be read or told."""
    plain = given.strip().strip("/")
    if not plain.isprintable() or len(plain) > LONGEST_SCOPE:
        raise UsageError(
            f"--scope takes up to {LONGEST_SCOPE} printable letters, such as github.com/acme/shop.", "scope"
        )
    return plain


def _home(context: Context, request: Request) -> Target | None:
    """The target that it belongs to. It may close findings, so a member's word is not enough."""
    organisation, actor = context.organisation, context.actor
    if not request.target:
        organisation.require(actor, Role.SECURITY, "", "import", Role.ADMIN)
        return None
    home = organisation.target(request.target)
    if home is None:
        known = [target.name for target in organisation.targets]
        near = nearest(request.target, known)
        hint = f" Did you mean {near}?" if near else ""
        listed = ", ".join(known) or 'none yet: add a [[target]] with kind = "import" to patrol.toml'
        raise UsageError(f"There is no target {request.target[:60]!r}.{hint} Configured: {listed}.", "target")
    organisation.require(actor, Role.LEAD, home.owner, "import", Role.SECURITY, Role.ADMIN)
    return home


def _parsed(request: Request) -> Parsed:
    tool = tool_name(request.tool)
    if request.tool and not tool:
        raise UsageError(f"--tool takes a name of letters and digits, not {request.tool[:40]!r}.", "tool")
    if not request.data.strip():
        return Parsed(request.format, refused=(Refused(0, "the file is empty"),), refused_count=1)
    form = request.format or guessed(request.data)
    if form not in FORMATS:
        raise UsageError(
            f"{request.name} is no {', '.join(FORMATS[:-1])} or {FORMATS[-1]} as far as its beginning tells. If it is,"
            " say which: --format ocsf.",
            "format",
        )
    parser = import_module(f"scanners.imports.{form}")
    parsed: Parsed = parser.parse(request.data, tool) if form == "sarif" else parser.parse(request.data)
    if not tool:
        return parsed
    return replace(
        parsed, results=tuple(replace(one, tool=tool) for one in parsed.results),
        spoke=tuple(replace(one, tool=tool) for one in parsed.spoke),
    )  # fmt: skip


def guessed(data: bytes) -> str:
    """The format that the beginning of the file shows, "" where it shows none."""
    start = data[:1_000_000].replace(b"\0", b"")
    signs = {"sarif": (b'"runs"',), "ocsf": (b'"class_uid"',), "asff": (b'"SchemaVersion"', b'"ProductArn"')}
    return next((form for form, marks in signs.items() if any(mark in start for mark in marks)), "")


def _tool(context: Context, request: Request, home: Target | None, report: Report) -> ToolDone:
    scan = report.scan
    with context.store.read() as connection:
        _check_homes(connection, report)
        late = _late(connection, report)
        report = without_scopes(report, late)
        report = _of_checks_that_ran(connection, request.declared, report)
    note = ""
    if late:
        note = f"a newer import of {report.tool} was recorded ({max(late.values()):%d %b %Y %H:%M} UTC); this one changes nothing"
        note += "" if not report.scan.coverage else f" in {', '.join(sorted(late))}"
    kept = None
    if report.scan.coverage:
        owner = home.owner if home else ""
        target = Target(scan.target, scan.kind, owner)
        kept = (try_out if request.dry_run else keep)(context, target, report.scan)
    counts = [verdict.status for verdict in scan.verdicts]
    return ToolDone(
        tool=report.tool, version=report.version, target=scan.target, at=scan.started, at_from=report.at_from,
        scopes=tuple(sorted({*report.scopes, *late})), failing=counts.count(Status.FAIL),
        passing=counts.count(Status.PASS), undecided=counts.count(Status.UNKNOWN), done=kept, note=note,
        gaps=tuple(dict.fromkeys(c.reason for c in report.scan.coverage if _of_all(report, c.control) and c.reason)),
    )  # fmt: skip


def _of_all(report: Report, control: str) -> bool:
    return control == every_control(report.tool)


def _check_homes(connection: Connection, report: Report) -> None:
    """A scope belongs to one target: another team's import must not settle what this one's has found."""
    for scope, target in imported.homes(connection, report.scopes).items():
        if target != report.scan.target:
            named = target.removesuffix(f".{report.tool}")
            mend = "Leave --target out" if named == "import" else f"Say --target {named}"
            raise RefusedError(
                f"What {report.tool} found in {scope} was imported into {target}. {mend}, or another --scope.",
                "target",
            )


def _late(connection: Connection, report: Report) -> dict[str, datetime]:
    """The scopes of which a newer import is recorded, and when that was: old evidence settles nothing."""
    found: dict[str, datetime] = {}
    for scope in report.scopes:
        newest = imported.newest(connection, report.scan.target, every_control(report.tool), scope)
        if newest is not None and newest > report.scan.started:
            found[scope] = newest
    return found


def _of_checks_that_ran(connection: Connection, declared: Declared, report: Report) -> Report:
    """Where the file tells which checks ran, the others were not: a run of a few checks closes nothing of the rest."""
    if declared.complete or not report.tells_passes:
        return report
    for scope in report.scopes:
        failing = imported.failing(connection, scope)
        mentioned = {control for control, place in report.mentioned if place == scope}
        missing = failing - mentioned
        if len(missing) > max(1, MOST_UNMENTIONED * len(failing)):
            reason = (
                f"{len(missing)} of the {len(failing)} checks that fail here are not in the file, as if they had not run;"
                " if they did, say --complete"
            )
            report = narrowed(report, scope, reason)
    return report
