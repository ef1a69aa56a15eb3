"""Replies as plain text for a terminal: aligned, at most 100 columns, no colour unless asked."""

import re
from collections.abc import Sequence

from bot.messages.bulk import fill_bulk_done, fill_preview
from bot.messages.detail import kin
from bot.messages.digest import fill_shown
from bot.messages.draft import Draft, plain
from bot.messages.evidence import seen_plain
from bot.messages.fix import own_words
from bot.messages.listing import selected
from bot.messages.replies import fill_decided
from bot.messages.scanned import draw_queued, draw_stopping, fill_done
from bot.messages.standings import held, waits
from bot.messages.status import fill_status
from bot.messages.story import told_event
from bot.messages.summary import fill_summary
from bot.messages.terminal_table import clip, safe, table
from bot.messages.words import count, due, severities, severity_label, state_label, utc
from commands.reply import (
    BulkDone,
    BulkPreview,
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
from storage.imported import is_imported, tool_of
from storage.manual import is_manual
from storage.model import FindingView, State, short

_HEAD = ("SEVERITY", "STATE", "ID", "CONTROL", "RESOURCE", "REGION", "DUE")
_RESOURCE = 4
_EVERY = 1_000
_LINK = re.compile(r"<([^<>]*)>")


def text(reply: Reply, *, colour: bool = False) -> str:
    """The reply for a person at a terminal, without a final line end."""
    match reply:
        case FindingList():
            return _findings(reply, colour)
        case FindingDetail():
            return _detail(reply)
        case FixGuide():
            return _guide(reply)
        case ScanQueued():
            return heard(str(draw_queued(reply)["text"]))
        case ScanStopping():
            return heard(str(draw_stopping(reply)["text"]))
        case Summary():
            return _summary(reply)
        case Help():
            return _help(reply)
        case Decided() | ScanDone() | StatusReport() | DigestShown() | BulkPreview() | BulkDone():
            return _spoken(reply)


def heard(spoken: str) -> str:
    """A message's plain text for a terminal: no mentions, links or escapes."""
    # A link or mention is ours: whatever was scanned had its `<` escaped before it came here.
    lines = _LINK.sub(r"\1", spoken).replace("/patrol", "patrol").split("\n")
    return "\n".join(safe(_unescaped(line)) for line in lines)


def _unescaped(line: str) -> str:
    return line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _spoken(reply: Decided | ScanDone | StatusReport | DigestShown | BulkPreview | BulkDone) -> str:
    draft = Draft()
    match reply:
        case Decided():
            fill_decided(draft, reply)
        case BulkPreview():
            fill_preview(draft, reply)
        case BulkDone():
            fill_bulk_done(draft, reply)
        case ScanDone():
            fill_done(draft, reply, _EVERY)
        case StatusReport():
            fill_status(draft, reply, whole=True)
        case DigestShown():
            fill_shown(draft, reply)
    return heard("\n".join(draft.lines))


def _summary(reply: Summary) -> str:
    draft = Draft()
    fill_summary(draft, reply, weekly=False)
    rows = [(row.control, row.title, f"{row.open:,}", f"{row.fixed:,}") for row in reply.controls]
    listed = table(("CONTROL", "TITLE", "OPEN", "FIXED IN 30 D"), rows, elastic=1) if rows else ""
    told = heard("\n".join(draft.lines))
    return f"{told}\n\n{listed}".rstrip()


def _help(reply: Help) -> str:
    if not reply.topic:
        lines = [f"  {command.name:<15}{command.summary}" for command in reply.commands]
        return "\n".join(["Commands", *lines, "", "`patrol help COMMAND` tells more of one."])
    command = reply.commands[0]
    examples = [f"  patrol {example}" for example in command.examples]
    told = [f"patrol {command.usage}", command.summary, command.help, "", "For example:", *examples]
    return "\n".join(told if examples else told[:3]).strip()


def _findings(reply: FindingList, colour: bool) -> str:
    if not reply.findings:
        return _nothing(reply)
    rows = [_row(view, reply) for view in reply.findings]
    listed = table(_HEAD, rows, elastic=_RESOURCE, colour=colour)
    last = reply.offset + len(reply.findings)
    more = f" More: --offset {last}" if last < reply.total else ""
    kept = f"\n{heard(plain(selected(reply)))}" if reply.selection else ""
    return f"{listed}\n\n{count(reply.total, 'finding')}: {severities(reply.by_severity)}.{more}{kept}"


def _row(view: FindingView, reply: FindingList) -> tuple[str, ...]:
    finding = view.finding
    settled = view.state in (State.FIXED, State.OUT_OF_SCOPE)
    return (
        severity_label(finding.severity),
        state_label(view.state) + (" (stale)" if view.stale else ""),
        short(finding.id),
        finding.control,
        finding.resource_id,
        finding.region or ("-" if is_manual(finding) or is_imported(finding) else "global"),
        "-" if settled else due(finding.due, reply.as_of).removeprefix("due "),
    )


def _nothing(reply: FindingList) -> str:
    if reply.never_scanned:
        return "Nothing has been scanned yet. Start with `patrol scan NAME`."
    if reply.total:
        return f"That is past the end: there are {count(reply.total, 'finding')}."
    if reply.filter_text:
        asked = clip(safe(reply.filter_text), 60)
        return f"No finding fits {asked}. `patrol findings state:all` lists every one."
    if reply.words:
        return "Nothing is on that list."
    return "Nothing is open. `patrol status` says what the last scans could not check."


def _detail(reply: FindingDetail) -> str:
    finding, view = reply.view.finding, reply.view
    checked = utc(view.last_checked) + (" (stale)" if view.stale else "")
    settled = view.state in (State.FIXED, State.OUT_OF_SCOPE)
    pairs = [
        ("Finding", finding.id),
        ("State", state_label(view.state)),
        ("Resource", finding.resource_id if is_manual(finding) else finding.resource),
        ("Region", finding.region or ("" if is_manual(finding) or is_imported(finding) else "global")),
        ("Reported by", tool_of(finding) if is_imported(finding) else ""),
        ("Scope", finding.scope),
        ("Team", finding.team or "nobody yet"),
        ("Since", utc(finding.opened_at)),
        ("Due", "no longer" if settled else f"{utc(finding.due)} ({due(finding.due, reply.as_of)})"),
        ("Last checked", "" if is_manual(finding) else checked),
        ("Not checked", view.unchecked_reason),
        ("Said" if is_manual(finding) else "Seen", seen_plain(view)),
        ("Message", reply.link),
    ]
    history = [f"  {heard(plain(told_event(event, view, named=False)))}" for event in reply.history]
    lines = [
        safe(f"{severity_label(finding.severity)}: {reply.title} ({finding.control})"),
        *(f"  {label + ':':<14}{safe(value)}" for label, value in pairs if value),
        *_decisions(reply),
        *(["", "History"] if history else []),
        *history,
        *_related(reply),
        *(["", "Read more"] if reply.references else []),
        *(f"  {safe(link)}" for link in reply.references),
    ]
    return "\n".join(lines)


def _decisions(reply: FindingDetail) -> list[str]:
    told = [*waits(reply.view, reply.as_of), *held(reply.view, reply.as_of)]
    lines = [f"  {heard(plain(one))}" for one in told if one]
    return ["", "Decisions", *lines] if lines else []


def _related(reply: FindingDetail) -> list[str]:
    lines = [f"  {heard(plain(line))}" for line in kin(reply)]
    if reply.alike:
        finding = reply.view.finding
        many = count(reply.alike, "more finding")
        command = safe(f"patrol findings control:{finding.control} target:{finding.target}")
        lines.append(f"  {many} of this control: {command}")
    return ["", "Related", *lines] if lines else []


def _guide(guide: FixGuide) -> str:
    finding, fix = guide.view.finding, guide.view.remediation
    head = safe(f"{severity_label(finding.severity)}: {guide.title}: {finding.resource_id}")
    if fix is None:
        return f"{head}\nNo fix is kept for this finding. The next scan brings one."
    if is_imported(finding):
        tool = tool_of(finding)
        said = [_part("Why", fix.why), _part(f"What {tool} says", fix.console), ["", safe(own_words(tool))]]
        return "\n".join([head, *(line for part in said for line in part)])
    parts = [
        _part("Why", fix.why),
        _part("Effort", fix.effort),
        _part("Command line", fix.cli),
        _part("Terraform", fix.terraform),
        _part("Console", fix.console),
        _part("Undo", fix.undo),
        ["", f"Then: patrol fixed {short(finding.id)}"],
    ]
    return "\n".join([head, *(line for part in parts for line in part)])


def _part(label: str, words: str) -> Sequence[str]:
    """A part under its label; lines are kept whole, so that a command can be copied as it stands."""
    if not words.strip():
        return []
    return ["", label, *(f"  {safe(line)}" for line in words.strip("\n").split("\n"))]
