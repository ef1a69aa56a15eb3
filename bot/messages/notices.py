"""Posts about Patrol's own work: a scan's summary, its gaps, closings that wait, a job on its way."""

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from bot.blockkit import fence
from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.gaps import permissions, told_all
from bot.messages.scanned import cost, held, verdict
from bot.messages.words import count, inline, name, person, sentence, severities, severity_badge, slack_date
from storage import holds, jobs
from storage.jobs import Job
from storage.model import Post
from storage.pictures import Connection, ControlCount, controls_checked, controls_posted, opened_by
from storage.scans import GapLine, ScanLine, scan_line

MOST_CONTROLS = 8


def draw_summary(connection: Connection, post: Post, title_of: Callable[[str], str]) -> Message | None:
    """A large scan: gaps first, then what it opened for the channel's teams, then where it is told."""
    scan = scan_line(connection, str(post.data.get("scan", "")))
    if scan is None:
        return None
    teams = [str(team) for team in post.data.get("teams", [post.data.get("team", post.team)])]
    found = opened_by(connection, scan.target, scan.started, teams, sees=None)
    posted = controls_posted(connection, post.channel, post.day)
    draft = Draft()
    draft.title(f"Scan of {scan.target[:80]}: {_total(found)}")
    _checked(draft, scan, controls_checked(connection, scan.id))
    _found(draft, found, title_of)
    team = ",".join(teams)
    _where(draft, found, posted, team)
    _next_steps(draft, scan, team, any(line.control in posted for line in found))
    return draft.message(f"`/patrol findings team:{team}` lists them all")


def _total(found: Sequence[ControlCount]) -> str:
    total = sum(line.count for line in found)
    return f"{count(total, 'new finding')}" if total else "nothing new"


def _checked(draft: Draft, scan: ScanLine, controls: int) -> None:
    whole = "Everything was checked." if not scan.gaps else "Not everything could be checked:"
    draft.say(f"Checked {count(controls, 'control')} on {count(scan.resources, 'resource')}. {whole}")
    draft.say(*told_all(scan.gaps))
    draft.note(cost(scan))


def _found(draft: Draft, found: Sequence[ControlCount], title_of: Callable[[str], str]) -> None:
    if not found:
        return
    by_severity: Counter[str] = Counter()
    for line in found:
        by_severity[line.severity] += line.count
    lines = [_line(line, title_of) for line in found[:MOST_CONTROLS]]
    more = len(found) - MOST_CONTROLS
    if more > 0:
        lines.append(f"... and {count(more, 'more control')}")
    draft.say(f"*Found:* {severities(by_severity)}.", *lines)


def _line(line: ControlCount, title_of: Callable[[str], str]) -> str:
    title = inline(title_of(line.control), 100)
    return f"{severity_badge(line.severity)} {title} ({inline(line.control)}): {line.count:,}"


def _where(draft: Draft, found: Sequence[ControlCount], posted: frozenset[str], team: str) -> None:
    below = [line for line in found if line.control in posted]
    quiet: Counter[str] = Counter()
    for line in found:
        if line.control not in posted:
            quiet[line.severity] += line.count
    if below:
        draft.say(f"Posted below: {count(len({line.control for line in below}), 'control')}, worst first.")
    if quiet:
        words = f"/patrol findings team:{team}"
        draft.say(f"The digest tells the rest: {severities(quiet)}. {name(words, 200)} lists them now.")


def _next_steps(draft: Draft, scan: ScanLine, team: str, below: bool) -> None:
    where = "Open the first finding below" if below else "Press *All findings*, open the first one"
    steps = [
        f"{where} and press *How to fix*.",
        "Run the command it shows, then press *I fixed it*: Patrol checks within seconds.",
        "Not today? Press *Acknowledge*, so that others see who looks at it.",
    ]
    if scan.gaps:
        steps[2] = "Let Patrol see the rest: `/patrol status` names each missing permission."
    draft.say("*Next*", *(f"{number}. {step}" for number, step in enumerate(steps, 1)))
    row = buttons.page("All findings", "findings", f"findings team:{team}")
    draft.buttons(*row, buttons.run("Status", "status", "status"), block_id="summary")


def draw_health(connection: Connection, post: Post) -> Message | None:
    """What this target's scans cannot see, each missing permission once, with the statement to add."""
    scan = scan_line(connection, str(post.data.get("scan", "")))
    if scan is None:
        return None
    draft = Draft()
    if not scan.gaps:
        draft.say(
            f":white_check_mark: *Everything in {inline(post.subject)} is checked again*, since the scan of"
            f" {slack_date(scan.started)}."
        )
        return draft.message()
    draft.title(f"What Patrol cannot see in {post.subject[:80]}")
    draft.say(
        f"{len(scan.gaps):,} of {scan.checks:,} checks could not be done in full. Nothing was closed there,"
        " and nothing there counts as passed."
    )
    draft.say(*told_all(scan.gaps))
    _mend(draft, scan.gaps)
    draft.note(f"As of the scan of {slack_date(scan.started)}. This message changes when the gaps do.")
    return draft.message("`/patrol status` lists the rest")


def _mend(draft: Draft, gaps: Sequence[GapLine]) -> None:
    missing = permissions(gaps)
    if not missing:
        return
    statement = {"Effect": "Allow", "Action": missing[:60], "Resource": "*"}
    draft.say("*Add this statement to the policy of Patrol's role* (it only reads):")
    draft.say(fence(json.dumps(statement, indent=2)))


def draw_hold(connection: Connection, post: Post) -> Message | None:
    """Closings that wait in one scope; when they no longer do, says so."""
    found = next((hold for hold in holds.waiting(connection) if hold.scope == post.subject), None)
    draft = Draft()
    if found is None:
        draft.say(f"Settled: no closings wait any more in {inline(post.subject)}.")
        return draft.message()
    draft.title(f"{count(found.closings, 'closing')} on hold in {found.target[:60]}")
    draft.say(held(found))
    draft.say(
        "*Why:* a scanner that broke looks exactly like a great day.",
        "*What happens next:* the next complete scan decides. If it agrees, they close; else they stay open.",
    )
    row = buttons.page("Scan now", "scan", f"scan {found.target}")
    draft.buttons(*row, block_id="hold")
    return draft.message("`/patrol status` shows what waits")


def draw_job(connection: Connection, post: Post) -> Message | None:
    """A scan on its way, then its result."""
    job = jobs.get(connection, int(str(post.data.get("job") or post.subject)))
    if job is None:
        return None
    draft = Draft()
    _JOB[job.status](connection, draft, job)
    return draft.message("`/patrol status` shows the rest")


def _what(job: Job) -> str:
    if job.kind == "scan":
        return f"scan of {name(job.subject)}"
    return f"check of {name(job.subject.removeprefix('pf1_')[:8])}"


def _queued(_connection: Connection, draft: Draft, job: Job) -> None:
    draft.say(f":hourglass_flowing_sand: Queued: {_what(job)}, asked for by {person(job.requested_by)}.")


def _running(_connection: Connection, draft: Draft, job: Job) -> None:
    how_far = f": {inline(job.progress, 200)}" if job.progress else ""
    stopping = (
        f" It is {inline(str(job.data['stop']), 200)}, and ends at its next call."
        if "stop" in job.data
        else ""
    )
    draft.say(f":mag: Running: {_what(job)}{how_far}.{stopping}")
    if job.kind == "scan" and not stopping:
        draft.buttons(*buttons.page("Stop", "stop", f"scan stop {job.subject}"), block_id="job")


def _done(connection: Connection, draft: Draft, job: Job) -> None:
    scan = scan_line(connection, job.scan)
    if scan is None:
        draft.say(f"Done: {_what(job)}.")
        return
    draft.say(f"*{verdict(scan)}*")
    draft.say(*told_all(scan.gaps))
    draft.note(f"{cost(scan)} · asked for by {person(job.requested_by)}")
    draft.buttons(*buttons.page("Findings", "findings", f"findings target:{scan.target}"), block_id="job")


def _failed(_connection: Connection, draft: Draft, job: Job) -> None:
    draft.say(f":warning: *Failed:* {_what(job)}. Nothing was changed.", sentence(job.error, 900))
    if job.kind == "scan":
        draft.buttons(*buttons.page("Try again", "scan", f"scan {job.subject}"), block_id="job")


def _stopped(_connection: Connection, draft: Draft, job: Job) -> None:
    draft.say(f":black_square_for_stop: The {_what(job)} was {inline(job.error, 200)} before it began.")
    draft.buttons(*buttons.page("Scan now", "scan", f"scan {job.subject}"), block_id="job")


_JOB: Mapping[str, Callable[[Connection, Draft, Job], None]] = {
    "queued": _queued,
    "running": _running,
    "done": _done,
    "failed": _failed,
    "stopped": _stopped,
}
