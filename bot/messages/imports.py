"""What an import came to: for a terminal, and as `patrol.import/1`."""

from typing import Any

from bot.messages.scanned import changes, held
from bot.messages.terminal_table import clip, safe
from bot.messages.words import count, utc
from commands.reply import ImportDone, ToolDone
from scanners.imports.model import Refused
from storage.clock import iso

MOST_REFUSED = 20
_TOLD_BY = {
    "file": "", "given": " (by --at)",
    "now": ": the file does not say when the tool ran. If that is longer ago, say --at",
}  # fmt: skip


def import_text(done: ImportDone) -> str:
    """The import for a person: each tool, then what could not be read. No final line end."""
    lines = [line for tool in done.tools for line in _tool(tool, done.dry_run)]
    if not done.tools:
        lines.append(f"{safe(done.name)}: nothing in it could be read as a report. Nothing was changed.")
    if done.dry_run:
        lines.append("This was a dry run: nothing was changed.")
    return "\n".join([*lines, *_unread(done)])


def _tool(tool: ToolDone, dry_run: bool) -> list[str]:
    version = f" {safe(tool.version)}" if tool.version else ""
    undecided = f", {tool.undecided:,} undecided" if tool.undecided else ""
    lines = [
        f"{safe(tool.tool)}{version}: {tool.failing:,} failing, {tool.passing:,} passing{undecided},"
        f" as of {utc(tool.at)}{_TOLD_BY[tool.at_from]}.",
        f"  Scope: {safe(', '.join(tool.scopes[:5]))}{f' and {len(tool.scopes) - 5} more' if len(tool.scopes) > 5 else ''}",
    ]
    if tool.note:
        lines.append(f"  Passed over: {safe(tool.note)}.")
    lines += [f"  Nothing counts as no longer reported: {safe(gap)}." for gap in tool.gaps]
    if tool.done is not None:
        if tool.done.duplicate:
            lines.append("  This very file was imported before; nothing changed.")
        else:
            lines.append(f"  {'It would be' if dry_run else 'Recorded'}: {changes(tool.done)}")
        lines += [
            f"  {safe(held(hold).replace('*', '').replace('/patrol', 'patrol'))}" for hold in tool.done.held
        ]
    return lines


def _unread(done: ImportDone) -> list[str]:
    lines = [f"  {_refusal(one)}" for one in done.refused[:MOST_REFUSED]]
    if done.refused_count > MOST_REFUSED:
        lines.append(
            f"  and {done.refused_count - MOST_REFUSED:,} more: --output json lists the first thousand"
        )
    if lines:
        lines.insert(0, f"{count(done.refused_count, 'item')} could not be read:")
    if done.cut:
        lines.append(
            f"Not read to its end. {_refusal(done.cut)}. Nothing behind that was read, and nothing was closed."
        )
    return lines


def _refusal(one: Refused) -> str:
    where = f"line {one.line:,}: " if one.line else ""
    told = clip(safe(f"{where}{one.reason}"), 300)
    return told[:1].upper() + told[1:]


def import_document(done: ImportDone) -> dict[str, Any]:
    """`patrol.import/1`. Times are ISO 8601 in UTC."""
    return {
        "schema": "patrol.import/1",
        "file": done.name,
        "format": done.format,
        "sha256": done.sha256,
        "dry_run": done.dry_run,
        "tools": [_entry(tool) for tool in done.tools],
        "refused": [{"line": one.line, "reason": one.reason} for one in done.refused],
        "refused_count": done.refused_count,
        "cut": {"line": done.cut.line, "reason": done.cut.reason} if done.cut else None,
    }


def _entry(tool: ToolDone) -> dict[str, Any]:
    kept = tool.done
    return {
        "tool": tool.tool,
        "version": tool.version,
        "target": tool.target,
        "scopes": list(tool.scopes),
        "at": iso(tool.at),
        "at_from": tool.at_from,
        "failing": tool.failing,
        "passing": tool.passing,
        "undecided": tool.undecided,
        "gaps": list(tool.gaps),
        "note": tool.note,
        "recorded": kept is not None and not kept.duplicate,
        "opened": kept.opened if kept else 0,
        "regressed": kept.regressed if kept else 0,
        "fixed": kept.fixed if kept else 0,
        "open": kept.still_open if kept else None,
        "held": sum(hold.closings for hold in kept.held) if kept else 0,
    }
