"""The answers of commands and clicks, drawn for Slack. Each is seen only by the person who asked."""

import re
from collections.abc import Mapping

from bot.blockkit import escape
from bot.messages import buttons
from bot.messages.bulk import draw_bulk_done, draw_preview
from bot.messages.detail import draw_detail
from bot.messages.digest import draw_shown
from bot.messages.draft import Draft, Message
from bot.messages.fix import draw_fix
from bot.messages.lines import line
from bot.messages.listing import draw_list
from bot.messages.scanned import draw_done, draw_queued, draw_stopping
from bot.messages.status import draw_status
from bot.messages.summary import draw_answer
from bot.messages.words import cut, inline, severity_badge, shown
from commands.reply import (
    BulkDone,
    BulkPreview,
    Decided,
    DigestShown,
    FindingDetail,
    FindingList,
    FixGuide,
    Help,
    HelpLine,
    Reply,
    ScanDone,
    ScanQueued,
    ScanStopping,
    StatusReport,
)
from commands.summary_model import Summary
from scanners.errors import PatrolError, RefusedError, UsageError
from storage.model import short

# Errors name people by id ("These can: @U0LEAD"). Only the one who asked sees it, so no one is pinged.
_PERSON = re.compile(r"(?:(?<=by )|@)([UW](?=[A-Z]*\d)[A-Z0-9]{3,20})\b")
_CHANNEL = re.compile(r"(?<=everyone in )#([CG](?=[A-Z]*\d)[A-Z0-9]{2,20})\b")
GROUPS: Mapping[str, tuple[str, ...]] = {
    "Look": ("findings", "show", "fix", "status", "digest", "summary"),
    "Do": (
        "acknowledge",
        "start",
        "fixed",
        "snooze",
        "not-mine",
        "reassign",
        "note",
        "undo",
        "track",
        "scan",
    ),
    "Decide": ("accept", "false-positive", "approve", "reject", "revoke", "release"),
}


def draw(reply: Reply, *, act: bool = False) -> Message:
    """The answer as a Block Kit message. `act` puts buttons beside each finding of a list."""
    match reply:
        case FindingList():
            return draw_list(reply, act=act)
        case FindingDetail():
            return draw_detail(reply)
        case FixGuide():
            return draw_fix(reply)
        case Decided():
            return _decided(reply)
        case BulkPreview():
            return draw_preview(reply)
        case BulkDone():
            return draw_bulk_done(reply)
        case ScanQueued():
            return draw_queued(reply)
        case ScanStopping():
            return draw_stopping(reply)
        case ScanDone():
            return draw_done(reply)
        case StatusReport():
            return draw_status(reply)
        case DigestShown():
            return draw_shown(reply)
        case Summary():
            return draw_answer(reply)
        case Help():
            return _help(reply)


def draw_error(error: PatrolError, before: str = "") -> Message:
    """What went wrong in the error's own words, which hold the mend; `before` (mrkdwn) stands in front of them."""
    draft = Draft()
    draft.say(error_words(error, before))
    return draft.message()


def error_words(error: PatrolError, before: str = "") -> str:
    """The error as one line of mrkdwn."""
    # Commands write `words` in backticks for the eye; everything else in an error is foreign.
    words = shown(str(error)) or "Something went wrong, and Patrol has no words for it."
    front = f"{before} " if before else ""
    told = front + _CHANNEL.sub(r"<#\1>", _PERSON.sub(r"<@\1>", escape(cut(words, 1_500))))
    if isinstance(error, RefusedError):
        return f":no_entry: {told}"
    return told if isinstance(error, UsageError) else f":warning: {told}"


def _decided(reply: Decided) -> Message:
    draft = Draft()
    fill_decided(draft, reply)
    if not reply.job:
        finding = reply.view.finding
        back = [buttons.undo(finding.id)] if reply.undoable else []
        row = [*back, *buttons.for_finding(reply.view, reply.as_of, asks=False)]
        draft.buttons(*row, block_id=f"finding-{short(finding.id)}")
    return draft.message()


def fill_decided(draft: Draft, reply: Decided) -> None:
    """What took effect, and on which finding."""
    finding = reply.view.finding
    draft.say(escape(cut(shown(reply.message), 500)))
    draft.say(
        f"{severity_badge(finding.severity)} {inline(reply.title, 150)} ({inline(finding.control)})",
        line(reply.view, reply.as_of),
    )


def _help(reply: Help) -> Message:
    draft = Draft()
    if reply.topic and reply.commands:
        _topic(draft, reply.commands[0])
    else:
        _groups(draft, reply)
    return draft.message()


def _groups(draft: Draft, reply: Help) -> None:
    draft.say("*Patrol* tells you what is wrong, how to fix it, and proves the fix.")
    known = {command.name: command for command in reply.commands}
    for title, names in GROUPS.items():
        listed = [_short(known.pop(name)) for name in names if name in known]
        if listed:
            draft.say(f"*{title}*", *listed)
    if known:
        draft.say("*More*", *(_short(command) for command in known.values()))
    draft.note("The same words work on a terminal: `patrol findings severity:high`")


def _short(command: HelpLine) -> str:
    return f"`/patrol {escape(command.usage)}` {escape(command.summary)}"


def _topic(draft: Draft, command: HelpLine) -> None:
    draft.say(f"`/patrol {escape(command.usage)}`", escape(command.summary), escape(command.help))
    if command.examples:
        draft.say("For example:", *(f"`/patrol {escape(example)}`" for example in command.examples))
