"""`status`: what runs, what could not be checked, what waits, then the counts."""

from datetime import datetime

from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.gaps import told_all
from bot.messages.scanned import held
from bot.messages.words import age, count, inline, name, sentence, severities, state_label
from commands.reply import StatusReport, TargetHealth
from storage.jobs import Job
from storage.model import State

MOST_TARGETS = 15


def draw_status(reply: StatusReport) -> Message:
    """Problems and gaps first; "all is well" only where all was checked."""
    draft = Draft()
    fill_status(draft, reply)
    draft.buttons(buttons.run("Open findings", "findings", "findings"), block_id="status")
    return draft.message("`patrol status` on a terminal shows everything")


def fill_status(draft: Draft, reply: StatusReport, *, whole: bool = False) -> None:
    """The report; with `whole`, nothing is left out however long it gets."""
    few, many = (None, None) if whole else (5, MOST_TARGETS)
    draft.say(f"*{health(reply)}*")
    draft.say(*(f"Problem: {sentence(problem)}" for problem in reply.problems[:few]))
    for target in reply.targets[:many]:
        draft.say(*target_lines(target, reply.as_of, 1_000 if whole else 3))
    if many and len(reply.targets) > many:
        draft.say(f"... and {count(len(reply.targets) - many, 'more target')}")
    draft.say(*(held(hold) for hold in reply.holds[:few]))
    draft.say(*(_job(job) for job in reply.jobs[:few]))
    draft.say(counts(reply))


def health(reply: StatusReport) -> str:
    """One sentence: how far what is shown can be trusted."""
    never = [target for target in reply.targets if target.scan is None]
    blind = [target for target in reply.targets if target.scan and target.scan.gaps]
    if not reply.targets:
        return "No target is configured yet. Add a [[target]] to patrol.toml, then `/patrol scan`."
    said = [
        f"{count(len(reply.problems), 'problem')}" if reply.problems else "",
        f"{count(len(never), 'target')} never scanned" if never else "",
        f"{count(len(blind), 'target')} not checked in full" if blind else "",
        f"{count(len(reply.holds), 'hold')}" if reply.holds else "",
        f"{count(reply.stale, 'finding')} not checked for more than a week" if reply.stale else "",
    ]
    wrong = [part for part in said if part]
    if wrong:
        return f"Look here first: {', '.join(wrong)}."
    return f"All is well: {count(len(reply.targets), 'target')}, each checked in full by its last scan."


def target_lines(target: TargetHealth, now: datetime, most_gaps: int) -> list[str]:
    """The target, its owner and newest scan, then each thing that scan could not check."""
    owner = f" (team {inline(target.owner)})" if target.owner else " (no team owns it)"
    lines = [f"{name(target.name)}{owner}: {_last(target, now)}"]
    if target.running:
        lines[0] += f" A scan is {target.running.status}{_progress(target.running)}."
    if target.scan:
        lines += told_all(target.scan.gaps, most=most_gaps)
    return lines


def counts(reply: StatusReport) -> str:
    """Findings by severity and by state, and messages on their way."""
    states = [f"{number:,} {state_label(State(state))}" for state, number in sorted(reply.by_state.items())]
    waiting = f" {count(reply.posts_waiting, 'message')} on the way to Slack." if reply.posts_waiting else ""
    listed = f" ({', '.join(states)})" if states else ""
    return f"Findings: {severities(reply.by_severity)}{listed}.{waiting}"


def _last(target: TargetHealth, now: datetime) -> str:
    if target.scan is None:
        return "never scanned."
    scan = target.scan
    whole = "checked in full" if not scan.gaps else f"{len(scan.gaps):,} of {scan.checks:,} checks have gaps"
    return f"scanned {age(scan.started, now)}, {whole}, {scan.failed:,} failing."


def _job(job: Job) -> str:
    what = "scan of" if job.kind == "scan" else "check of"
    subject = job.subject if job.kind == "scan" else job.subject.removeprefix("pf1_")[:8]
    return f"{job.status.capitalize()}: {what} {name(subject)}{_progress(job)}"


def _progress(job: Job) -> str:
    return f" ({inline(job.progress, 120)})" if job.progress else ""
