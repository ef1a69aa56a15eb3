"""SARIF 2.1.0 (OASIS): semgrep, checkov, trivy, CodeQL and whatever else writes it.

A result's identity is its rule, its file and its fingerprint; lines move with every edit and are none. Where a tool gives
no fingerprint, the code that it quotes stands in, and else its message less its numbers.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from scanners.imports.fields import LONGEST_TITLE, first, items, links, moment, name, table, text
from scanners.imports.model import Gathering, Parsed, Result, Spoke, Table, Unreadable, tool_name
from scanners.imports.reading import Item, Reader, text_of
from scanners.imports.sarif_rules import Rules, exploited, is_suppressed, severity
from scanners.imports.sarif_where import Seen, line_of, place_of, where
from scanners.model import Json, Status

_UNDECIDED = {
    "open": "the tool itself did not decide", "review": "the tool asks a person to look",
    "notapplicable": "the rule does not apply there", "informational": "it is only information",
}  # fmt: skip


def parse(data: bytes, tool: str = "") -> Parsed:
    """Every result that can be read. `tool` names the scanner where the file should not. Never raises."""
    gathering = Gathering()
    reader = Reader(text_of(data, gathering), (("runs",), ("runs", "*", "results")), gathering)
    results: list[Result] = []
    spoke: list[Spoke] = []
    for document in reader.values():
        runs = table(document).get("runs")
        if not isinstance(runs, list):
            gathering.refuse(1, 'it is no SARIF: "runs" is missing')
            continue
        for item in runs:
            if isinstance(item, Item):
                _run(item, tool, gathering, results, spoke)
    return gathering.parsed("sarif", results, spoke)


def _run(item: Item, wanted: str, gathering: Gathering, results: list[Result], spoke: list[Spoke]) -> None:
    run = table(item.value)
    driver = table(table(run.get("tool")).get("driver"))
    tool = wanted or tool_name(text(driver.get("name"), 200))
    listed = run.get("results")
    if not tool:
        many = len(listed) if isinstance(listed, list) else 0
        gathering.refuse(
            item.line, f"the run names no tool, so its {many:,} results can't be told apart: use --tool"
        )
        return
    if not isinstance(listed, list):
        # By the standard a run without results did not look; [] would say that it found nothing.
        gathering.refuse(item.line, f"the run of {tool} has no results: it did not get that far")
        return
    rules, place, seen = Rules.of(run), place_of(run), Seen()
    at = _at(run)
    with_results: set[str] = set()
    for one in listed:
        line, value = (one.line, one.value) if isinstance(one, Item) else (item.line, one)
        try:
            found = _result(table(value), run, rules, seen)
        except Unreadable as why:
            gathering.refuse(line, str(why))
            continue
        if found is not None:
            with_results.add(found.rule)
            results.append(replace(found, tool=tool, place=place, at=at))
    version = first(driver.get("semanticVersion"), driver.get("version"), most=60)
    spoke.append(Spoke(tool, version, place, rules.ids - with_results, at, _trouble(run)))


def _result(result: Table, run: Table, rules: Rules, seen: Seen) -> Result | None:
    """One result; None where it is the same as one before."""
    if not result:
        raise Unreadable("it is no object")
    rule_id, rule = rules.named(result)
    rule_id = name(rule_id, "rule")
    said = rules.message(result, rule)
    thing = where(result, run)
    locus = seen.locus(rule_id, thing.arn, result, said)
    if locus is None:
        return None
    status, reason, muted = _status(result)
    help_words = first(table(rule.get("help")).get("text"), table(rule.get("help")).get("markdown"))
    fixes = [text(table(table(one).get("description")).get("text")) for one in items(result.get("fixes"))]
    short = table(rule.get("shortDescription")).get("text")
    return Result(
        tool="", rule=rule_id, title=first(short, rule.get("name"), rule_id, most=LONGEST_TITLE), status=status,
        severity=severity(result, rule), resource=thing, locus=locus, said=said,
        why=first(table(rule.get("fullDescription")).get("text"), short),
        fix="\n".join(filter(None, (*fixes, help_words)))[:4_000],
        links=links(rule.get("helpUri"), result.get("hostedViewerUri")), line=line_of(result), reason=reason,
        muted=muted, exploited=exploited(result, rule),
    )  # fmt: skip


def _status(result: Table) -> tuple[Status, str, bool]:
    """The verdict, why there is none, and whether it was suppressed."""
    kind = text(result.get("kind"), 40).lower()
    if kind == "pass" or text(result.get("baselineState"), 40).lower() == "absent":
        return Status.PASS, "", False
    if is_suppressed(result):
        return Status.UNKNOWN, "it is suppressed in the tool, which is no fix", True
    if kind in _UNDECIDED:
        return Status.UNKNOWN, _UNDECIDED[kind], False
    return Status.FAIL, "", False


def _invocations(run: Table) -> Iterator[Table]:
    yield from map(table, items(run.get("invocations")))


def _at(run: Table) -> datetime | None:
    """When the run began: what was mended while it ran may not have been seen."""
    found = [
        told
        for one in _invocations(run)
        if (told := moment(one.get("startTimeUtc")) or moment(one.get("endTimeUtc")))
    ]
    return min(found, default=None)


def _trouble(run: Table) -> str:
    """Why the run is not whole, by the tool's own word."""
    for one in _invocations(run):
        if one.get("executionSuccessful") is False:
            return "the tool itself says that it did not end well"
        told: list[Json] = [
            *items(one.get("toolExecutionNotifications")),
            *items(one.get("toolConfigurationNotifications")),
        ]
        errors = [table(note) for note in told if text(table(note).get("level"), 20).lower() == "error"]
        if errors:
            words = text(table(errors[0].get("message")).get("text"), 200)
            return (
                f"the tool told of {len(errors):,} errors of its own, the first: {words or 'without words'}"
            )
    return ""
