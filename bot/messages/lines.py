"""One finding as one line, and what it is waiting for."""

from collections.abc import Mapping
from datetime import datetime

from bot.messages.standings import WHAT
from bot.messages.words import (
    due,
    inline,
    inside,
    name,
    person,
    place,
    slack_date,
    slack_day,
    slack_due,
    state_label,
)
from storage.imported import is_imported, tool_of
from storage.manual import is_manual
from storage.model import FIXES, Cause, FindingView, State, short
from storage.rules import is_requested


def line(view: FindingView, now: datetime) -> str:
    """For an answer read at once: id, resource, region, due, state and by whom."""
    parts = [f"`{short(view.finding.id)}` {name(view.finding.resource_id)}"]
    if not is_manual(view.finding):
        parts.append(place(view))
    if view.state not in (State.FIXED, State.OUT_OF_SCOPE):
        parts.append(due(view.finding.due, now))
    parts.append(standing(view))
    if is_requested(view.finding, now):
        parts.append(f"{WHAT.get(view.finding.request, 'a decision')} waits for an answer")
    if view.stale and not is_manual(view.finding):
        parts.append(f"stale: last checked {slack_day(view.last_checked)}")
    return " · ".join(parts)


def kin_line(view: FindingView, title: str, now: datetime) -> str:
    """Among findings of one resource: what is wrong, not where."""
    label = str(view.finding.severity).upper()
    parts = [
        f"`{short(view.finding.id)}` {label} {inline(title, 100)}",
        due(view.finding.due, now),
        standing(view),
    ]
    return " · ".join(parts)


def post_line(view: FindingView, now: datetime) -> str:
    """For a message that stays in a channel: dates instead of ages; settled findings struck through."""
    finding = view.finding
    if view.state is State.FIXED:
        return f"~{name(finding.resource_id)}~ · {place(view)} · {outcome(view)}"
    if view.state is State.OUT_OF_SCOPE:
        return f"~{name(finding.resource_id)}~ · {place(view)} · out of scope"
    where = [] if is_manual(finding) else [place(view)]
    asks = [f"{WHAT.get(finding.request, 'a decision')} waits"] if is_requested(finding, now) else []
    parts = [name(finding.resource_id), *where, slack_due(finding.due, now), standing(view), *asks]
    return " · ".join([*parts, f"`{short(finding.id)}`"])


def standing(view: FindingView) -> str:
    """The shown state with who and until when: "acknowledged by @dana until 26 Nov"."""
    finding = view.finding
    if view.state is State.FIX_CLAIMED:
        after = "; a second person must confirm" if is_manual(finding) else ""
        return f"fix claimed by {person(finding.claim_by)}{after}"
    if view.state is State.FIXED:
        return outcome(view)
    if view.state is State.REGRESSED:
        return f"regressed (episode {finding.episode})"
    if view.state in (State.OPEN, State.OUT_OF_SCOPE):
        return state_label(view.state)
    until = f" until {slack_day(finding.until)}" if finding.until else ""
    return f"{state_label(view.state)} by {person(finding.disposition_by)}{until}"


def outcome(view: FindingView, names: Mapping[str, str] | None = None) -> str:
    """How it ended, and thanks to whom."""
    finding = view.finding
    when = f" at {slack_date(finding.fixed_at)}" if finding.fixed_at else ""
    thanks = f", thanks {person(finding.fixed_by, names)}" if finding.fixed_by else ""
    if is_imported(finding) and finding.cause in FIXES:
        return f"{gone_or_mended(finding.cause, tool_of(finding))}{when}{thanks}"
    if finding.cause == Cause.GONE:
        return f"gone: two complete scans no longer found it, the last one{when}{thanks}"
    if finding.cause == Cause.CONFIRMED:
        return f"closed on a second person's word{when}{thanks}; no scan can see it"
    if finding.cause == Cause.CONTROL_CHANGED:
        return f"no longer failing since the rule changed{when}; not counted as a fix"
    return f"fixed, proven by a scan{when}{thanks}"


def gone_or_mended(cause: str, tool: str) -> str:
    """How what another tool reported came to its end."""
    if cause == Cause.GONE:
        return f"gone: two complete imports of {inline(tool)} no longer report it"
    return f"fixed: {inline(tool)} reports it as mended"


def told(view: FindingView, title: str) -> str:
    """One plain sentence that stands alone: severity, control, resource, region, state."""
    finding = view.finding
    label = str(finding.severity).upper()
    where = name(finding.resource_id) + ("" if is_manual(finding) else inside(view))
    return f"{label}: {inline(title, 150)} ({inline(finding.control)}), {where}: {standing(view)}"
