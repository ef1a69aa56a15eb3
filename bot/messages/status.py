"""`status`: what runs, what could not be checked, what waits, then the counts."""

from datetime import datetime

from bot.messages import buttons
from bot.messages.draft import Draft, Message
from bot.messages.gaps import told_all
from bot.messages.scanned import held
from bot.messages.words import age, count, inline, name, sentence, severities, slack_date, state_label
from commands.reply import ChannelHealth, StatusReport, TargetHealth
from storage.event_queues import Health as EventsHealth
from storage.jobs import Job
from storage.model import State

MOST_TARGETS = 15
MOST_STAGED = 3


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
    draft.say(*(events_line(health, reply.as_of) for health in reply.events[:many]))
    for channel in reply.channels[:many]:
        draft.say(*channel_lines(channel))
    if many and len(reply.channels) > many:
        draft.say(f"... and {count(len(reply.channels) - many, 'more channel')}")
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


_LEFT_ALONE = {
    "malformed": "that no one could read", "other_account": "of other accounts", "other_region": "of other regions",
    "unmapped": "that change nothing we check",
}  # fmt: skip


def events_line(health: EventsHealth, now: datetime) -> str:
    """How many messages came in, what of them was left alone, what waits."""
    last = f", the last {age(health.last, now)}" if health.last else ""
    left = [f"{health.counts[key]:,} {what}" for key, what in _LEFT_ALONE.items() if health.counts.get(key)]
    alone = f" Left alone: {', '.join(left)}." if left else ""
    waits = (
        f" {count(health.waiting, 'check')} {'waits' if health.waiting == 1 else 'wait'}."
        if health.waiting
        else ""
    )
    storm = " Too much changed at once: a full scan will look at all of it." if health.storm else ""
    came = count(health.messages, "message") if health.messages else "none yet"
    return f"Events of {name(health.target)}: {came}{last}.{waits}{alone}{storm}"


def channel_lines(health: ChannelHealth) -> list[str]:
    """What the channel would have got today and what it got, when its next digest comes, why there was none."""
    day = health.day
    parts = [f"{day.quiet:,} quiet hours" if day.quiet else ""]
    parts.append(f"{day.rest:,} grouped or in the digest" if day.rest else "")
    split = ", ".join(part for part in parts if part)
    lines = [
        f"#{inline(health.team)}: you would have got {count(day.would, 'message')} today, you got {day.got:,}"
        f"{f' ({split})' if split else ''}. At most {health.cap:,} a day. {_hours(health)}"
    ]
    lines += [_digest(health), _weekly(health)]
    for one in health.staged[:MOST_STAGED]:
        lines.append(
            f"New control {inline(one.control)} in {name(one.target)}: {count(one.findings, 'finding')}; it posts"
            f" from {slack_date(one.posts_from)} on{'' if one.told or not health.next_digest else ', once a digest told of it'}."
        )
    more = len(health.staged) - MOST_STAGED
    return [*lines, f"... and {count(more, 'more new control')}"] if more > 0 else lines


def _hours(health: ChannelHealth) -> str:
    if not health.quiet:
        return "No quiet hours."
    now = ": now" if health.quiet_now else ""
    return f"Quiet hours {inline(health.quiet)} {inline(health.timezone)}{now}."


def _digest(health: ChannelHealth) -> str:
    waits = (
        f" {count(health.waiting, 'finding')} {'waits' if health.waiting == 1 else 'wait'} for it."
        if health.waiting
        else ""
    )
    if health.next_digest is None:
        return "No digest: it is off for this team."
    skipped = (
        f" No digest for {inline(health.team)} on {inline(health.digest_day)}: {inline(health.skipped, 200)}."
    )
    return f"Next digest {slack_date(health.next_digest)}.{waits}{skipped if health.skipped else ''}"


def _weekly(health: ChannelHealth) -> str:
    """One line only where the last summary was skipped: people then ask where it is."""
    if not health.summary_skipped:
        return ""
    said = f"No weekly summary for {inline(health.team)} on {inline(health.summary_day)}: {inline(health.summary_skipped, 200)}."
    return f"{said} Next {slack_date(health.next_summary)}." if health.next_summary else said


def counts(reply: StatusReport) -> str:
    """Findings by severity and by state, and messages on their way."""
    states = [f"{number:,} {state_label(State(state))}" for state, number in sorted(reply.by_state.items())]
    waiting = f" {count(reply.posts_waiting, 'message')} on the way to Slack." if reply.posts_waiting else ""
    listed = f" ({', '.join(states)})" if states else ""
    unowned = f" {reply.unowned:,} of nobody's: `/patrol reassign`." if reply.unowned else ""
    return f"Findings: {severities(reply.by_severity)}{listed}.{unowned}{waiting}"


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
