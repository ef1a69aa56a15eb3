"""A parsed file becomes one `Scan` a tool: which scope each result is in, when it was seen, and what that may close.

Pure. What the store knows (older imports, claims, checks that the file does not mention) is brought in by `commands.imports`.
The rules and their reasons: docs/decisions/0018-imports.md.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from scanners.imports.model import Parsed, Result, Spoke, control_id, every_control
from scanners.imports.sarif_where import FILE
from scanners.model import (
    Coverage,
    CoverageStatus,
    Json,
    Remediation,
    Resource,
    Scan,
    ScanStats,
    Status,
    Verdict,
)

KIND = "import:"
UNDECLARED = "undeclared"
NO_SCOPE = "neither the file nor --scope says what was scanned"
NOTHING = "the report holds no result at all"
_LONGEST_SAID = 1_000
_CLOUDS = ("aws/", "gcp/", "azure/")


@dataclass(frozen=True, slots=True)
class Declared:
    """What the person says of the file: its scope, when the tool ran where the file does not tell, that all checks ran."""

    scope: str = ""
    at: datetime | None = None
    complete: bool = False


@dataclass(frozen=True, slots=True)
class Report:
    """What one tool says in one file.

    Each verdict of `scan` carries when the tool saw it (`as_of`). `mentioned` are the (control, scope) that the file speaks
    of in any way; `tells_passes` is true where it tells of checks that found nothing wrong as well, so that a
    check it does not mention was hardly run. `at_from` is "file", "given" or "now".
    """

    tool: str
    version: str
    scan: Scan
    mentioned: frozenset[tuple[str, str]]
    tells_passes: bool
    at_from: str

    @property
    def scopes(self) -> tuple[str, ...]:
        """Every scope that it speaks of."""
        return tuple(sorted({cover.scope for cover in self.scan.coverage}))


def reports(
    parsed: Parsed, target: str, declared: Declared, digest: str, now: datetime
) -> tuple[Report, ...]:
    """One report a tool, in the order of their names. `target` is where it all belongs, `digest` the file's SHA-256."""
    tools = sorted({one.tool for one in parsed.spoke} | {one.tool for one in parsed.results})
    return tuple(
        _report(
            tool, [one for one in parsed.results if one.tool == tool],
            [one for one in parsed.spoke if one.tool == tool], parsed, target, declared, digest, now,
        )
        for tool in tools
    )  # fmt: skip


def target_of(home: str, tool: str) -> str:
    """The name under which a tool's imports are kept: each has its own first scan and its own newest one."""
    return f"{home or 'import'}.{tool}"


def scope_of(tool: str, place: str, declared: str) -> str:
    """ "import/<tool>/<what was scanned>".

    A declared scope stands in front, and the account or repository of the file behind it: the same words for another
    account are another scope. The region is left to the file only where nobody declared anything.
    """
    if declared and place.startswith(_CLOUDS):
        place = place.rpartition("/")[0]
    parts = [place] if place == declared or place.startswith(declared + "/") else [declared, place]
    return "/".join(["import", tool, *filter(None, parts)]) if any(parts) else f"import/{tool}/{UNDECLARED}"


def narrowed(report: Report, scope: str, reason: str) -> Report:
    """The report, where it covers in `scope` only the checks that it mentions."""
    every = every_control(report.tool)
    kept = [c for c in report.scan.coverage if (c.control, c.scope) != (every, scope)]
    told = {(c.control, c.scope) for c in kept}
    own = [
        Coverage(control, scope, CoverageStatus.COMPLETE)
        for control, place in sorted(report.mentioned)
        if place == scope and (control, place) not in told
    ]
    rest = Coverage(every, scope, CoverageStatus.PARTIAL, reason)
    return replace(report, scan=replace(report.scan, coverage=(*kept, *own, rest)))


def without_scopes(report: Report, left_out: Iterable[str]) -> Report:
    """The report without what it says of these scopes."""
    out = frozenset(left_out)
    if not out:
        return report
    scan = replace(
        report.scan, verdicts=tuple(verdict for verdict in report.scan.verdicts if verdict.scope not in out),
        coverage=tuple(cover for cover in report.scan.coverage if cover.scope not in out),
    )  # fmt: skip
    return replace(
        report, scan=scan, mentioned=frozenset(pair for pair in report.mentioned if pair[1] not in out),
    )  # fmt: skip


def _report(
    tool: str, results: list[Result], spoke: list[Spoke], parsed: Parsed, target: str, declared: Declared,
    digest: str, now: datetime,
) -> Report:  # fmt: skip
    at, at_from = _when(results, spoke, declared, now)
    verdicts = tuple(_verdict(one, declared.scope, cut=parsed.cut is not None) for one in results)
    mentioned = frozenset((v.control, v.scope) for v in verdicts)
    listed = {(control_id(tool, r), scope_of(tool, s.place, declared.scope)) for s in spoke for r in s.rules}
    version = next((one.version for one in spoke if one.version), "")
    name = target_of(target, tool)
    scan = Scan(
        id=_identity(tool, name, declared, digest), target=name, kind=KIND + tool, identity=f"import/{tool}",
        started=at, finished=at, verdicts=verdicts, coverage=_coverage(tool, verdicts, spoke, parsed, declared),
        stats=ScanStats(resources=len({v.resource.arn for v in verdicts})), versions={tool: version} if version else {},
        trigger="import",
    )  # fmt: skip
    return Report(
        tool, version, scan, mentioned | listed,
        tells_passes=bool(listed) or any(v.status is Status.PASS for v in verdicts), at_from=at_from,
    )  # fmt: skip


def _identity(tool: str, target: str, declared: Declared, digest: str) -> str:
    """The same file said again in the same way is the same scan."""
    at = declared.at.astimezone(UTC).isoformat() if declared.at else ""
    said = json.dumps([tool, target, declared.scope, at, declared.complete, digest])
    return "import-" + hashlib.sha256(said.encode("utf-8", "backslashreplace")).hexdigest()[:32]


def _when(
    results: list[Result], spoke: list[Spoke], declared: Declared, now: datetime
) -> tuple[datetime, str]:
    """The newest instant in the file, else the one that was given; nothing is seen in the future.

    When the file was written to disk says nothing: a copy of an old report is new on every disk.
    """
    told = [one.at for one in results if one.at] + [one.at for one in spoke if one.at]
    if told:
        return min(max(told), now), "file"
    return (min(declared.at, now), "given") if declared.at else (now, "now")


def _coverage(
    tool: str, verdicts: tuple[Verdict, ...], spoke: list[Spoke], parsed: Parsed, declared: Declared
) -> tuple[Coverage, ...]:
    """One line a scope, for all checks of the tool. What it left undecided speaks of its own resource alone."""
    every, found = every_control(tool), []
    reported = {verdict.scope for verdict in verdicts}
    trouble: dict[str, str] = {}
    for one in spoke:
        scope = scope_of(tool, one.place, declared.scope)
        trouble[scope] = trouble.get(scope, "") or one.trouble
    for scope in sorted(reported | trouble.keys()):
        reason = _unread(parsed) or trouble.get(scope, "")
        if not reason and scope.endswith("/" + UNDECLARED):
            reason = NO_SCOPE
        if not reason and scope not in reported and not declared.complete:
            reason = NOTHING
        found.append(_cover(every, scope, reason))
    return tuple(found)


def _cover(control: str, scope: str, reason: str) -> Coverage:
    return Coverage(control, scope, CoverageStatus.PARTIAL if reason else CoverageStatus.COMPLETE, reason)


def _unread(parsed: Parsed) -> str:
    if parsed.cut:
        return f"the file could not be read beyond line {parsed.cut.line:,}: {parsed.cut.reason}"
    if parsed.refused_count:
        first = parsed.refused[0]
        return f"{parsed.refused_count:,} of its items could not be read, the first in line {first.line:,}: {first.reason}"
    return ""


def _verdict(result: Result, declared: str, *, cut: bool) -> Verdict:
    scope = scope_of(result.tool, result.place, declared)
    status, reason = result.status, result.reason
    if cut and status is Status.PASS:  # what stands behind the break may say the opposite
        status, reason = Status.UNKNOWN, "the file breaks off, so what it calls mended does not count"
    failing = status is Status.FAIL
    return Verdict(
        control=control_id(result.tool, result.rule), scope=scope, resource=_resource(result, scope), status=status,
        severity=result.severity, locus=result.locus, evidence=_evidence(result),
        reason=result.said[:_LONGEST_SAID] if failing else reason, remediation=_remediation(result) if failing else None,
        exploited=result.exploited, as_of=result.at,
    )  # fmt: skip


def _resource(result: Result, scope: str) -> Resource:
    """A path is that of its repository: `main.tf` of two repositories is two files."""
    thing = result.resource
    return replace(thing, arn=f"{scope.split('/', 2)[2]}:{thing.arn}") if thing.type == FILE else thing


def _evidence(result: Result) -> Mapping[str, Json]:
    told: dict[str, Json] = {"title": result.title, "said": result.said[:_LONGEST_SAID]}
    if result.line:
        told["line"] = result.line
    return told


def _remediation(result: Result) -> Remediation:
    """The tool's own words: no command of ours, and none that was tried."""
    words = "\n".join(filter(None, (result.fix, *result.links)))
    return Remediation(why=result.why, cli="", terraform="", console=words, undo="", effort="")
