"""Security Hub as a scanner: what it and the products that report to it say, read region by region.

A list that was read whole says what is no longer reported; one that was refused, cut or throttled says nothing of what it
does not hold, and a region without a single finding closes nothing. docs/decisions/0018-imports.md.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from scanners.aws.api import CallFailed
from scanners.aws.clients import make_session
from scanners.aws.collector import Collector
from scanners.aws.failures import Stopped
from scanners.aws.limiter import Limiter
from scanners.aws.meter import Meter, Progress
from scanners.aws.options import options_of
from scanners.aws.pool import Pool
from scanners.aws.scan import identity_of
from scanners.aws.securityhub_filters import asked
from scanners.dataset import Gap
from scanners.errors import CollectError
from scanners.imports.asff import HUB, parse_items
from scanners.imports.model import Gathering, Parsed, every_control
from scanners.imports.reading import Item
from scanners.imports.report import Declared, Report, reports
from scanners.model import Coverage, CoverageStatus, Json, Scan, ScanStats, Target

KIND = "securityhub"
PERMISSIONS = ("securityhub:GetFindings",)
PAGE = 100
WORKERS = 8


@dataclass(frozen=True, slots=True)
class _Region:
    name: str
    findings: tuple[Json, ...]
    gap: Gap | None


def scan_security_hub(
    target: Target, *, clock: Callable[[], datetime], new_id: Callable[[], str], trigger: str = "command",
    progress: Progress | None = None, cancel: threading.Event | None = None, session: Any = None,
) -> Scan:  # fmt: skip
    """Every finding of the target's regions (all enabled ones where it names none), as `target.settings["filters"]` asks.

    Raises CredentialError or CollectError where nothing can be learnt at all.
    """
    started = clock()
    options = options_of(target)
    cancel = cancel or threading.Event()
    meter = Meter(cancel, progress, options.max_calls)
    limiter = Limiter(wait=cancel.wait, most=options.calls_per_second)
    filters = tuple(sorted(target.settings.get("filters") or ()))
    with Pool(WORKERS) as pool:
        collector = Collector(
            session or make_session(), target.regions, pool=pool, limiter=limiter, meter=meter
        )
        try:
            account, _partition = identity_of(collector)
            regions = collector.regions
        except (CallFailed, Stopped) as failure:
            raise CollectError(
                f"Security Hub: {failure}. Name the target's regions in patrol.toml."
            ) from failure
        else:
            read = pool.map(lambda region: _region(collector, region, filters), regions)
        finally:
            collector.close()
    found = _report(read, "+".join(filters), clock())
    coverage = _coverage(found, read, account, "+".join(filters))
    verdicts = found.scan.verdicts if found else ()
    finished = clock()
    return Scan(
        id=new_id(), target=target.name, kind=KIND, identity=f"import/{HUB}", started=started, finished=finished,
        verdicts=verdicts, coverage=coverage, trigger=trigger, cancelled=meter.stopped,
        stats=ScanStats(
            meter.calls, round((finished - started).total_seconds(), 3), len({v.resource.arn for v in verdicts}),
            most_calls=options.max_calls, throttled=limiter.refused,
        ),
    )  # fmt: skip


def _region(collector: Collector, region: str, filters: tuple[str, ...]) -> _Region:
    found: list[Json] = []
    gap: Gap | None = None
    asks: dict[str, Json] = {"MaxResults": PAGE} | ({"Filters": asked(filters)} if filters else {})
    try:
        for page in collector.pages("securityhub", "get_findings", region, asks):
            if "Findings" not in page:
                raise CallFailed(
                    Gap(CoverageStatus.ERROR, "securityhub get_findings: the answer has no Findings"), ""
                )
            found += page["Findings"] or []
    except (CallFailed, Stopped) as failure:
        gap = failure.gap
        if found and gap.status is CoverageStatus.ERROR:
            gap = Gap(CoverageStatus.PARTIAL, f"the list ended early: {gap.reason}")
    return _Region(region, tuple(found), gap)


def _report(read: list[_Region], suffix: str, now: datetime) -> Report | None:
    """What all regions say, in the words of this house; None where they say nothing."""
    gathering = Gathering()
    # There are no lines in an answer: the number of the finding stands in.
    items = [Item(at, one) for at, one in enumerate((f for region in read for f in region.findings), 1)]
    parsed = parse_items(items, gathering, HUB)
    if suffix:
        parsed = _filtered(parsed, suffix)
    return next(iter(reports(parsed, "", Declared(), "", now)), None)


def _filtered(parsed: Parsed, suffix: str) -> Parsed:
    """Under other filters it is another scope: what a new filter hides is not mended."""
    return replace(
        parsed, results=tuple(replace(one, place=f"{one.place}/{suffix}") for one in parsed.results),
        spoke=tuple(replace(one, place=f"{one.place}/{suffix}") for one in parsed.spoke),
    )  # fmt: skip


def _coverage(found: Report | None, read: list[_Region], account: str, suffix: str) -> tuple[Coverage, ...]:
    """Each scope as the list of its region was read; a region that could not be read is told of even if it is empty."""
    every = every_control(HUB)
    gaps = {region.name: region.gap for region in read if region.gap}
    covers = {cover.scope: cover for cover in (found.scan.coverage if found else ())}
    for region, gap in gaps.items():
        own = "/".join(filter(None, ("import", HUB, "aws", account, region, suffix)))
        for scope in {own, *(s for s in covers if f"/{region}/" in f"{s}/")}:
            covers[scope] = Coverage(every, scope, gap.status, gap.reason, gap.missing_permission)
    asked_for = {region.name for region in read}
    for scope, cover in covers.items():
        # Of a region that nobody asked (a hub may gather others), or of what has none, only a part may be seen.
        if (
            cover.status is CoverageStatus.COMPLETE
            and gaps
            and not any(f"/{r}/" in f"{scope}/" for r in asked_for)
        ):
            covers[scope] = Coverage(every, scope, CoverageStatus.PARTIAL, "not every region could be read")
    return tuple(covers[scope] for scope in sorted(covers))
