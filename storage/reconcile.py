"""A scan's verdicts and coverage become events. The honesty rules live here and nowhere else.

Each guard carries the number of the rule in design.md, "What a scan must never do". Two decisions that
the design leaves open (docs/decisions/0005-when-evidence-closes.md): a PASS is evidence about its own
resource and closes it even where other resources of the same control could not be read; a resource that
is merely gone needs two complete scans of its control and scope.
"""

import gc
import json
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from scanners.model import Coverage, CoverageStatus, Json, Scan, Severity, Status, Verdict
from storage import holds, owners, promises
from storage.changes import apply
from storage.clock import iso
from storage.evidence import Known, ScopeChecks, load_known, load_scope_checks, same_evidence
from storage.identity import canonical_text, finding_id, storable
from storage.ledger import append
from storage.model import Cause, Disposition, Event, Finding, Kind
from storage.observations import GONE_ONCE, Sighting, Writes, flush
from storage.rows import load_findings, save_findings, tags_text
from storage.scans import (
    Covered,
    already_recorded,
    checks_of,
    conclusive,
    cover_of,
    covered,
    own_account,
    record_scan,
)

OwnerOf = Callable[[Verdict], str]
_WEIGHT: Mapping[Status, int] = {Status.PASS: 0, Status.UNKNOWN: 1, Status.FAIL: 2}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one scan changed. `duplicate` means it had been recorded before and nothing was done.

    `settled` are the scopes in which closings waited and no longer do.
    """

    scan: str
    events: tuple[Event, ...] = ()
    duplicate: bool = False
    first: bool = False
    held: tuple[holds.Hold, ...] = ()
    settled: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Run:
    scan: Scan
    now: datetime
    owner_of: OwnerOf
    known: dict[str, Known]
    newest: ScopeChecks
    started: str
    covers: Covered
    foreign: frozenset[str]
    events: list[Event] = field(default_factory=list)
    closings: list[tuple[Known, Event]] = field(default_factory=list)
    writes: Writes = field(default_factory=Writes)


def reconcile(
    connection: sqlite3.Connection,
    scan: Scan,
    owner_of: OwnerOf,
    now: datetime,
    sla_of: promises.SlaOf = promises.usual,
) -> Outcome:
    """Record `scan` and return the events it caused. Must run inside `Store.write`.

    The same scan again changes nothing; an older scan arriving late changes nothing that newer evidence
    has settled. `sla_of` gives a team's configured SLA, None where the usual days count.
    """
    if already_recorded(connection, scan.id):
        return Outcome(scan.id, duplicate=True)
    with _no_collections():
        return _reconcile(connection, scan, owner_of, now, sla_of)


@contextmanager
def _no_collections() -> Iterator[None]:
    """Nothing here makes cycles, and each full collection would walk every verdict of a large scan."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _reconcile(
    connection: sqlite3.Connection, scan: Scan, owner_of: OwnerOf, now: datetime, sla_of: promises.SlaOf
) -> Outcome:
    run = _Run(
        scan=scan,
        now=now,
        owner_of=owner_of,
        known=load_known(connection, scan),
        newest=load_scope_checks(connection, scan),
        started=iso(scan.started),
        covers=covered(scan),
        foreign=_foreign(scan),
    )
    first = record_scan(connection, scan)
    spoken = _spoken(scan)
    for identity, verdict in spoken.items():
        known = run.known.get(identity)
        if known and (_as_of(run, verdict.as_of) if verdict.as_of else run.started) <= known.checked_at:
            continue  # rules 1 and 6: an older scan arriving late, or an old report, neither closes nor reopens
        _judge(run, identity, known, verdict)
    _look_for_absent(run, spoken)
    held = holds.admit(connection, scan, run.closings, now)
    run.events.extend(event for known, event in run.closings if known.id not in held.kept_open)
    run.events.extend(held.events)
    run.events.append(_recorded(run))
    promises.date(connection, run.events, sla_of)
    written = append(connection, run.events)
    _project(connection, written, {sighting.finding for sighting in run.writes.new})
    # Closed by evidence of `started`: a FAIL must be newer than that to bring it back.
    run.writes.seen.extend(event.finding for event in written if event.kind is Kind.FIXED)
    flush(connection, scan.id, run.started, run.writes, held.kept_open)
    settled = holds.end_settled(connection, scan.id)
    return Outcome(scan.id, tuple(written), first=first, held=held.holds, settled=settled)


def _as_of(run: _Run, moment: datetime | None) -> str:
    """Of when the evidence is: the scan's start, or the earlier moment that the service told of."""
    return min(iso(moment), run.started) if moment else run.started


def _spoken(scan: Scan) -> dict[str, Verdict]:
    """Finding id -> the scan's one word on it.

    A doubled page of a listing must not open a finding twice; where two words differ the worse one counts.
    """
    spoken: dict[str, Verdict] = {}
    for verdict in scan.verdicts:
        identity = finding_id(verdict.control, verdict.scope, verdict.resource.arn, verdict.locus)
        before = spoken.get(identity)
        if before is None or _WEIGHT[verdict.status] > _WEIGHT[before.status]:
            spoken[identity] = verdict
    return spoken


def _foreign(scan: Scan) -> frozenset[str]:
    """Scopes that the scan speaks of although its answers came from another account."""
    if not scan.identity:
        return frozenset()
    return frozenset(s for s in {verdict.scope for verdict in scan.verdicts} if not own_account(scan, s))


def _judge(run: _Run, identity: str, known: Known | None, verdict: Verdict) -> None:
    if verdict.status is Status.FAIL and known and not run.foreign:
        _fails_again(run, known, verdict)  # by far the most common, and nothing about it is in doubt
        return
    doubt = _doubt(run, verdict)
    if doubt:
        if known:
            run.writes.undecided.append((known.id, doubt))
            _tell_claimant(run, known, doubt)
    elif verdict.status is Status.FAIL:
        if known:
            _fails_again(run, known, verdict)
        else:
            _open(run, identity, verdict)
    elif known and known.present:
        _propose_close(run, known, _cause(known, run.scan, Cause.PROVEN), dict(verdict.evidence))


def _doubt(run: _Run, verdict: Verdict) -> str:
    """Why this verdict decides nothing; "" where it does."""
    if verdict.status is Status.UNKNOWN:
        return verdict.reason or "the check could not decide"
    if verdict.scope in run.foreign:
        return f"the answers came from {run.scan.identity}, which is not where this finding is"
    if verdict.status is Status.PASS:
        cover = cover_of(run.covers, verdict.control, verdict.scope)
        if cover is None or cover.status is CoverageStatus.SKIPPED:
            return "the control was not checked there"
    return ""


def _open(run: _Run, identity: str, verdict: Verdict) -> None:
    if run.newest.get((verdict.control, verdict.scope), "") > _as_of(run, verdict.as_of):
        return  # rule 6: a newer complete scan did not see it failing
    thing = verdict.resource
    data: dict[str, Json] = {
        "control": verdict.control,
        "scope": verdict.scope,
        "target": run.scan.target,
        "resource": storable(thing.arn),
        "resource_id": storable(thing.id),
        "resource_type": thing.type,
        "region": thing.region,
        "locus": storable(verdict.locus),
        "severity": str(verdict.severity),
        "team": run.owner_of(verdict),
        "version": run.scan.versions.get(verdict.control, ""),
        "tags": dict(thing.tags),
        "evidence": dict(verdict.evidence),
        "scan": run.scan.id,
    }
    if verdict.exploited:
        data["exploited"] = True
    run.events.append(Event(run.scan.started, Kind.OPENED, identity, "scan", data))
    run.writes.new.append(Sighting(identity, verdict, canonical_text(data["evidence"])))


def _fails_again(run: _Run, known: Known, verdict: Verdict) -> None:
    evidence = canonical_text(dict(verdict.evidence))
    tags = tags_text(verdict.resource.tags)
    version = run.scan.versions.get(verdict.control, "")
    team = run.owner_of(verdict)
    if verdict.resource.tags_unread:  # a refused or throttled call takes it away from nobody
        tags, team = known.tags, known.team
    told = (
        known.present, known.severity, known.version, known.evidence, known.claim_at, known.team, known.tags,
        known.exploited,
    )  # fmt: skip
    if told == (1, verdict.severity, version, evidence, None, team, tags, verdict.exploited):
        run.writes.seen.append(known.id)  # by far the most common, and all that there is to do
        return
    if not known.present:
        flaw = {"exploited": True} if verdict.exploited else {}
        _say(run, known, Kind.REGRESSED, severity=str(verdict.severity), version=version, team=team,
             evidence=dict(verdict.evidence), **flaw)  # fmt: skip
        run.writes.changed.append(Sighting(known.id, verdict, evidence))
        return
    _fails_differently(run, known, verdict, version)
    _belongs(run, known, verdict, team, tags)
    changed = evidence != known.evidence
    news = changed and not same_evidence(known.evidence, verdict.evidence)
    if news:
        _say(run, known, Kind.EVIDENCE_CHANGED, evidence=dict(verdict.evidence))
    _end_decision(run, known, verdict, news)
    if _answers_claim(run, known, verdict.as_of):
        _say(run, known, Kind.REFUTED, evidence=dict(verdict.evidence), by=known.claim_by)
    if changed or version != known.version:
        run.writes.changed.append(Sighting(known.id, verdict, evidence))
    else:
        run.writes.seen.append(known.id)


def _fails_differently(run: _Run, known: Known, verdict: Verdict, version: str) -> None:
    if verdict.severity != known.severity:
        _say(run, known, Kind.SEVERITY_CHANGED, **{"from": known.severity, "to": str(verdict.severity)})
    if version != known.version:
        _say(run, known, Kind.CONTROL_CHANGED, **{"from": known.version, "to": version})
    if verdict.exploited != known.exploited:
        _say(run, known, Kind.EXPLOITED_CHANGED, to=verdict.exploited)


def _belongs(run: _Run, known: Known, verdict: Verdict, team: str, tags: str) -> None:
    if tags != known.tags:
        _say(run, known, Kind.RETAGGED, tags=dict(verdict.resource.tags))
    if team != known.team:
        _say(run, known, Kind.OWNER_CHANGED, **{"from": known.team, "to": team}, why="routing")


def _end_decision(run: _Run, known: Known, verdict: Verdict, new_evidence: bool) -> None:
    """Rule 5: what a person decided is undone by these three kinds of evidence and by nothing else."""
    was = known.disposition
    raised = verdict.severity.rank < Severity(known.severity).rank
    exploited = verdict.exploited and not known.exploited
    why = ""
    if was == Disposition.FALSE_POSITIVE and new_evidence:
        why = "what was seen has changed since it was called a false positive"
    elif was == Disposition.RISK_ACCEPTED and raised:
        why = f"its severity rose from {known.severity} to {verdict.severity}"
    elif was in (Disposition.RISK_ACCEPTED, Disposition.SNOOZED) and exploited:
        why = "attackers are now known to use it"
    if why:
        _say(run, known, Kind.REVOKED, was=was, reason=why)


def _look_for_absent(run: _Run, spoken: Collection[str]) -> None:
    """Findings of a covered control and scope of which the scan said nothing."""
    scan = run.scan  # of a targeted check, `known` holds its own resource alone (evidence.load_known)
    for known in run.known.values():
        if known.id in spoken or not known.present:
            continue
        cover = cover_of(run.covers, known.control, known.scope)
        if cover is None:
            continue  # nobody looked there
        as_of = _as_of(run, cover.as_of)
        if as_of <= known.checked_at:
            continue  # the scan, or the list that it was given, is older than what is known
        if not conclusive(scan, cover):
            reason = _unchecked(scan, cover)
            run.writes.unchecked.append((known.id, reason))
            _tell_claimant(run, known, reason)
        elif known.missed_at is None:
            run.writes.missed.append(known.id)
            _tell_claimant(run, known, GONE_ONCE)
        elif known.missed_at < as_of:
            _propose_close(run, known, _cause(known, scan, Cause.GONE), {"gone": True})


def _unchecked(scan: Scan, cover: Coverage) -> str:
    if cover.status is not CoverageStatus.COMPLETE:
        return cover.reason or f"the check ended {cover.status}"
    if scan.cancelled:
        return "the scan was stopped before it was done"
    return f"the answers came from {scan.identity or 'an unknown account'}, not from {cover.scope}"


def _propose_close(run: _Run, known: Known, cause: Cause, evidence: Mapping[str, Json]) -> None:
    data = {"cause": str(cause), "evidence": evidence, "scan": run.scan.id, "claimed_by": known.claim_by}
    run.closings.append((known, Event(run.scan.started, Kind.FIXED, known.id, "scan", data)))


def _cause(known: Known, scan: Scan, cause: Cause) -> Cause:
    """Rule 4: a finding that no longer fails under a changed control is closed, but it is not a fix."""
    same = scan.versions.get(known.control, "") == known.version
    return cause if same else Cause.CONTROL_CHANGED


def _answers_claim(run: _Run, known: Known, moment: datetime | None = None) -> bool:
    """A scan that was under way when the fix was claimed says nothing of the fix; nor does an older report."""
    return known.claim_at is not None and _as_of(run, moment) >= known.claim_at


def _tell_claimant(run: _Run, known: Known, reason: str) -> None:
    if known.present and _answers_claim(run, known):
        data = {"reason": reason, "scan": run.scan.id}
        run.events.append(Event(run.scan.finished, Kind.INCONCLUSIVE, known.id, "scan", data))


def _say(run: _Run, known: Known, kind: Kind, **data: Json) -> None:
    run.events.append(Event(run.scan.started, kind, known.id, "scan", {**data, "scan": run.scan.id}))


def _recorded(run: _Run) -> Event:
    verdicts = [verdict.status for verdict in run.scan.verdicts]
    coverage = [cover.status for cover in run.covers.values()]
    data: dict[str, Json] = {
        "scan": run.scan.id,
        "target": run.scan.target,
        "verdicts": {str(status): verdicts.count(status) for status in Status},
        "coverage": {str(status): coverage.count(status) for status in CoverageStatus},
        "only_resource": run.scan.only_resource,
        "started": iso(run.scan.started),
    }
    if not run.scan.only_resource:
        if run.scan.chosen:
            data["chosen"] = True
        data["checks"] = checks_of(run.scan)  # so that coverage can be worked out from the ledger alone
    return Event(run.now, Kind.SCAN_RECORDED, "", "scan", data)


def _project(connection: sqlite3.Connection, events: list[Event], fresh: Collection[str] = ()) -> None:
    """Bring `findings` to what the ledger now says. `fresh` are the findings that have no row yet."""
    touched = sorted({event.finding for event in events if event.finding and event.kind is not Kind.OPENED})
    found = load_findings(connection, "f.id in (select value from json_each(?))", json.dumps(touched))
    current = {finding.id: finding for finding in found}
    changed: dict[str, Finding] = {}
    for event in events:
        if event.finding:
            base = changed.get(event.finding) or current.get(event.finding)
            changed[event.finding] = apply(base, event)
    save_findings(connection, list(changed.values()), fresh, current)


def record(connection: sqlite3.Connection, events: list[Event]) -> list[Event]:
    """Append events that people or the clock caused, and bring `findings` and the owners up to date."""
    written = append(connection, events)
    _project(connection, written)
    owners.project(connection, written)
    return written
