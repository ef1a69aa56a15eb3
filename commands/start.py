"""`start`: work on it has begun, with a ticket or pull request where there is one."""

import re
from datetime import datetime

from commands.decide import Deed, verb
from commands.model import Arguments, Context
from scanners.errors import UsageError
from storage import lifecycle
from storage.decisions import Rule
from storage.model import Event, Finding, FindingView

LONGEST_LINK = 500
# Slack hands over a pasted address as <https://...> or <https://...|label>.
_SLACK_LINK = re.compile(r"<(https?://[^|>\s]+)(?:\|[^>]*)?>\Z")
_LINK = re.compile(r"https?://[^\s<>\"'|]+\Z")
_TICKET = re.compile(r"[A-Z][A-Z0-9]{1,19}-\d{1,9}\Z|#\d{1,9}\Z")


def link_of(arguments: Arguments) -> str:
    """The ticket or address behind --link, "" where none was given. Raises UsageError."""
    given = arguments.options.get("link", "").strip()
    if not given:
        return ""
    wrapped = _SLACK_LINK.match(given)
    link = wrapped.group(1) if wrapped else given
    if len(link) <= LONGEST_LINK and (_LINK.match(link) or _TICKET.match(link)):
        return link
    raise UsageError(
        f"--link takes an address (https://...) or a ticket (PAY-123), not {link[:60]!r}.", "link"
    )


def _rule(_context: Context, arguments: Arguments, _finding: Finding) -> Rule:
    link = link_of(arguments)

    def rule(finding: Finding, actor: str, now: datetime) -> Event:
        return lifecycle.start(finding, actor, now, link)

    return rule


def _said(view: FindingView) -> str:
    link = f" ({view.finding.decision.link})" if view.finding.decision.link else ""
    return f"Work has started{link}. Silent for 14 days, Patrol asks; for 21 days, it is open again."


COMMAND = verb(
    Deed("start", "start work on", _rule, _said),
    summary="Say that work on a finding has begun, with its ticket or pull request.",
    usage="start ID [--link URL]",
    examples=("start 3fa1c09b --link https://git.example.com/pull/7",),
    options=("link",),
    help="Say it again, or add a note, to show that the work goes on.",
)
