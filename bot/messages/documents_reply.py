"""Any reply as a JSON document. Those with a promised shape of their own are in `documents`."""

from collections.abc import Sequence
from typing import Any

from bot.messages.documents import Document, decision_document, finding_entry, findings_document
from commands.reply import (
    BulkDone,
    BulkPreview,
    ChannelHealth,
    Decided,
    DigestShown,
    FindingDetail,
    FindingList,
    FixGuide,
    Help,
    Reply,
    ScanDone,
    ScanQueued,
    ScanStopping,
    StatusReport,
)
from commands.summary_model import Summary
from storage.clock import iso
from storage.digest import to_data
from storage.model import Event, FindingView
from storage.scans import ScanLine


def reply_document(reply: Reply) -> Document:
    """The reply for a machine."""
    match reply:
        case FindingList():
            return findings_document(reply)
        case Decided():
            return decision_document(reply)
        case BulkPreview():
            return _preview(reply)
        case BulkDone():
            return _bulk_done(reply)
        case FindingDetail():
            return _detail(reply)
        case FixGuide():
            return _guide(reply)
        case StatusReport():
            return _status(reply)
        case DigestShown():
            return {
                "schema": "patrol.digest/1",
                "empty": reply.digest.empty,
                "posted": reply.posted,
                **to_data(reply.digest),
            }
        case Summary():
            return dict(reply.document)
        case ScanQueued():
            return {
                "schema": "patrol.job/1",
                "target": reply.target,
                "job": reply.job,
                "joined": reply.joined,
            }
        case ScanStopping():
            return {
                "schema": "patrol.stopping/1",
                "target": reply.target,
                "job": reply.job,
                "began": reply.began,
            }
        case ScanDone():
            return {"schema": "patrol.scan_done/1", **_scan(reply.scan), "opened": reply.opened,
                    "regressed": reply.regressed, "fixed": reply.fixed, "open": reply.still_open}  # fmt: skip
        case Help():
            return _help(reply)


def _preview(reply: BulkPreview) -> Document:
    """Nothing is done yet, so `ok` is false; `words` is what carries it out."""
    return {
        "schema": "patrol.bulk/1", "ok": False, "verb": reply.verb, "selection": reply.selection.id,
        "words": reply.words, "hides": dict(reply.hides),
        "possible": [finding_entry(view, reply.as_of) for view in reply.possible],
        "refused": _refusals(reply.refused),
    }  # fmt: skip


def _bulk_done(reply: BulkDone) -> Document:
    return {
        "schema": "patrol.bulk/1", "ok": True, "verb": reply.verb, "selection": reply.selection.id,
        "done": [finding_entry(view, reply.as_of) for view in reply.done],
        "refused": _refusals(reply.refused),
    }  # fmt: skip


def _refusals(refused: Sequence[tuple[FindingView, str]]) -> list[Document]:
    return [{"id": view.finding.id, "reason": why} for view, why in refused]


def _detail(reply: FindingDetail) -> Document:
    return {
        "schema": "patrol.finding/1",
        "finding": finding_entry(reply.view, reply.as_of),
        "title": reply.title,
        "evidence": dict(reply.view.evidence),
        "unchecked_reason": reply.view.unchecked_reason,
        "references": list(reply.references),
        "history": [_event(event) for event in reply.history],
        "seen": reply.seen,
        "related": [finding_entry(view, reply.as_of) for view in reply.related],
        "alike": reply.alike,
        "link": reply.link,
    }


def _event(event: Event) -> Document:
    return {"at": iso(event.at), "kind": str(event.kind), "actor": event.actor, "data": dict(event.data)}


def _guide(reply: FixGuide) -> Document:
    fix = reply.view.remediation
    parts: Any = None
    if fix is not None:
        parts = {
            "why": fix.why, "cli": fix.cli, "terraform": fix.terraform, "console": fix.console,
            "undo": fix.undo, "effort": fix.effort,
        }  # fmt: skip
    entry = finding_entry(reply.view, reply.as_of)
    return {"schema": "patrol.fix/1", "finding": entry, "title": reply.title, "remediation": parts}


def _status(reply: StatusReport) -> Document:
    return {
        "schema": "patrol.status/1",
        "as_of": iso(reply.as_of),
        "targets": [
            {"name": target.name, "owner": target.owner, "running": target.running is not None,
             "last_scan": _scan(target.scan) if target.scan else None}
            for target in reply.targets
        ],
        "jobs": [
            {"id": job.id, "kind": job.kind, "subject": job.subject, "status": job.status} for job in reply.jobs
        ],
        "holds": [
            {"scope": h.scope, "target": h.target, "closings": h.closings, "open": h.open_count}
            for h in reply.holds
        ],
        "posts_waiting": reply.posts_waiting,
        "by_state": dict(reply.by_state),
        "by_severity": dict(reply.by_severity),
        "stale": reply.stale,
        "problems": list(reply.problems),
        "unowned": reply.unowned,
        "channels": [_channel(channel) for channel in reply.channels],
    }  # fmt: skip


def _channel(health: ChannelHealth) -> Document:
    day = health.day
    return {
        "team": health.team, "channel": health.channel, "cap": health.cap, "would": day.would, "got": day.got,
        "quiet": day.quiet, "over": day.over, "below": day.below, "staged": day.staged,
        "quiet_hours": health.quiet, "quiet_now": health.quiet_now, "waiting": health.waiting,
        "next_digest": iso(health.next_digest) if health.next_digest else None,
        "last_digest": {"day": health.digest_day, "skipped": health.skipped} if health.digest_day else None,
        "next_summary": iso(health.next_summary) if health.next_summary else None,
        "last_summary": {"day": health.summary_day, "skipped": health.summary_skipped} if health.summary_day else None,
        "staged_controls": [
            {"control": one.control, "target": one.target, "findings": one.findings,
             "posts_from": iso(one.posts_from)}
            for one in health.staged
        ],
    }  # fmt: skip


def _scan(line: ScanLine) -> Document:
    return {
        "scan": line.id, "target": line.target, "started": iso(line.started), "finished": iso(line.finished),
        "failed": line.failed, "passed": line.passed, "unknown": line.unknown,
        "gaps": [
            {"control": gap.control, "scope": gap.scope, "status": gap.status, "reason": gap.reason,
             "missing_permission": gap.missing_permission}
            for gap in line.gaps
        ],
    }  # fmt: skip


def _help(reply: Help) -> Document:
    return {
        "schema": "patrol.help/1",
        "commands": [
            {"name": line.name, "usage": line.usage, "summary": line.summary, "examples": list(line.examples)}
            for line in reply.commands
        ],
    }
