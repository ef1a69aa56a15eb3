"""What a scan found: the verdict in one sentence, what it could not check before anything else."""

from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.gaps import told_all
from bot.messages.words import count, inline, name, person, slack_date, span
from commands.reply import ScanDone, ScanQueued, ScanStopping
from storage.holds import Hold, limit
from storage.scans import ScanLine


def draw_queued(reply: ScanQueued) -> Message:
    """The answer to `scan`."""
    draft = Draft()
    if reply.joined:
        asked = f" {person(reply.by)} asked for it" if reply.by else ""
        since = f" at {slack_date(reply.since)}" if asked and reply.since else ""
        told = f":{asked}{since}." if asked else "."
        draft.say(f"A scan of {name(reply.target)} is under way already{told} You get the same result.")
    else:
        draft.say(f"The scan of {name(reply.target)} is queued. Its message is edited while it runs.")
    return draft.message()


def draw_stopping(reply: ScanStopping) -> Message:
    """The answer to `scan stop`."""
    draft = Draft()
    if reply.began:
        draft.say(
            f"The scan of {name(reply.target)} stops at its next call. What it has read is kept; its message tells what"
            " it has not."
        )
    else:
        draft.say(f"The scan of {name(reply.target)} had not begun, and will not.")
    return draft.message()


def draw_done(reply: ScanDone) -> Message:
    """The answer when the scan has been recorded."""
    draft = Draft()
    fill_done(draft, reply)
    words = f"findings target:{reply.scan.target}"
    draft.buttons(*buttons.page("Findings", "findings", words), block_id="scan")
    return draft.message("`/patrol status` lists the rest")


def fill_done(draft: Draft, reply: ScanDone, most_gaps: int = 6) -> None:
    """Verdict, gaps, what changed, what waits, what it cost."""
    draft.say(f"*{verdict(reply.scan)}*")
    if reply.duplicate:
        draft.say("This very scan was recorded before; nothing changed.")
    draft.say(*told_all(reply.scan.gaps, most_gaps))
    draft.say(changes(reply))
    draft.say(*(held(hold) for hold in reply.held))
    draft.note(cost(reply.scan))


def verdict(scan: ScanLine) -> str:
    """One escaped sentence: what failed, and whether everything was checked."""
    target = inline(scan.target)
    if scan.cancelled:
        return f"The scan of {target} was stopped early; it closed nothing that it did not see."
    failed = f"{scan.failed:,} failing" if scan.failed else "nothing fails"
    if scan.gaps:
        gaps = f"{len(scan.gaps):,} of {count(scan.checks, 'check')}"
        return f"Scan of {target}: {failed}, but {gaps} could not be done in full."
    return f"Scan of {target}: {failed}, and everything was checked."


def changes(reply: ScanDone) -> str:
    """What is new, what came back, what is fixed, what is still open."""
    parts = [
        f"{reply.opened:,} new",
        f"{reply.regressed:,} back again" if reply.regressed else "",
        f"{reply.fixed:,} fixed",
        f"{reply.still_open:,} open now",
    ]
    return ", ".join(part for part in parts if part) + "."


def held(hold: Hold) -> str:
    """Closings that wait, and what happens next."""
    most = limit(hold.open_count)
    return (
        f"*Held:* {hold.closings:,} of {hold.open_count:,} open findings in {inline(hold.scope)} would close"
        f" at once; one scan may close {most:,}. They stay open until a second complete scan"
        f" agrees, or security says `/patrol release {inline(hold.target)}`."
    )


def cost(scan: ScanLine) -> str:
    """When, how long, how much."""
    seconds = (scan.finished - scan.started).total_seconds()
    took = f"{seconds:.0f} s" if seconds < 60 else span(scan.finished - scan.started)
    return (
        f"{slack_date(scan.started)} · {took} · {count(scan.resources, 'resource')} ·"
        f" {count(scan.checks, 'check')} · {count(scan.api_calls, 'API call')}"
    )
