"""A scan's outcome on a terminal: what fails first, then what could not be checked, then one line in sum."""

from collections import Counter
from datetime import UTC, datetime

from bot.messages.evidence import brief_plain
from bot.messages.terminal_table import clip, safe, table
from bot.messages.words import count, severities, severity_label
from scanners.model import CoverageStatus, Scan, ScanStats, Status, Verdict

_FAILED = ("SEVERITY", "CONTROL", "RESOURCE", "REGION", "SEEN")
MOST_UNKNOWN = 40


def scan_text(scan: Scan, *, colour: bool = False) -> str:
    """Failing checks worst first, unchecked ones with their reasons, a summary. No final line end."""
    parts = [_failing(scan, colour), _unknown(scan), _earlier(scan), summary(scan)]
    return "\n\n".join(part for part in parts if part)


def _earlier(scan: Scan) -> str:
    """Which controls were judged by what a service had written down before the scan, and when that was."""
    told: dict[tuple[str, datetime], list[str]] = {}
    for cover in scan.coverage:
        if cover.as_of:
            told.setdefault((cover.scope, cover.as_of), []).append(cover.control)
    return "\n".join(
        f"AS OF    {as_of.astimezone(UTC):%Y-%m-%d %H:%M} UTC in {safe(scope)}, by AWS's own report:"
        f" {safe(', '.join(sorted(controls)))}."
        for (scope, as_of), controls in sorted(told.items())
    )


def summary(scan: Scan) -> str:
    """One or two sentences: what failed, what was not checked, what it cost."""
    failed = [verdict for verdict in scan.verdicts if verdict.status is Status.FAIL]
    by_severity = Counter(str(verdict.severity) for verdict in failed)
    passed = sum(verdict.status is Status.PASS for verdict in scan.verdicts)
    gaps = sum(cover.status is not CoverageStatus.COMPLETE for cover in scan.coverage)
    said = f"{len(failed):,} failing ({severities(by_severity)})" if failed else "Nothing fails"
    unchecked = f"{count(gaps, 'check')} could not be done in full" if gaps else "everything was checked"
    early = " The scan was stopped early." if scan.cancelled else ""
    return f"{said}, {passed:,} passing, {unchecked}.{early} {_cost(scan.stats)}."


def _cost(stats: ScanStats) -> str:
    resources = count(stats.resources, "resource")
    where = f" in {count(stats.accounts, 'account')}" if stats.accounts > 1 else ""
    most = f" of {stats.most_calls:,} at most" if stats.most_calls else ""
    slowed = f" ({stats.throttled:,} throttled and tried again)" if stats.throttled else ""
    return f"{resources}{where}, {count(stats.api_calls, 'API call')}{most}{slowed}, {stats.seconds:.1f} s"


def _failing(scan: Scan, colour: bool) -> str:
    failed = [verdict for verdict in scan.verdicts if verdict.status is Status.FAIL]
    failed.sort(key=lambda v: (v.severity.rank, v.control, v.resource.region, v.resource.id))
    if not failed:
        return ""
    rows = [
        (severity_label(v.severity), v.control, v.resource.id, v.resource.region or "global", _seen(v))
        for v in failed
    ]
    return table(_FAILED, rows, elastic=4, colour=colour)


def _seen(verdict: Verdict) -> str:
    return verdict.reason or brief_plain(verdict.evidence)


def _unknown(scan: Scan) -> str:
    gaps = [cover for cover in scan.coverage if cover.status is not CoverageStatus.COMPLETE]
    lines = []
    for cover in sorted(gaps, key=lambda c: (c.control, c.scope))[:MOST_UNKNOWN]:
        why = (clip(safe(cover.reason), 200) or str(cover.status)).rstrip(".")
        mend = f" Add {cover.missing_permission} to the role." if cover.missing_permission else ""
        lines.append(f"UNKNOWN  {safe(cover.control)} in {safe(cover.scope)}: {why}.{safe(mend)}")
    if len(gaps) > MOST_UNKNOWN:
        lines.append(f"UNKNOWN  and {len(gaps) - MOST_UNKNOWN:,} more: --format json lists every one")
    return "\n".join(lines)
