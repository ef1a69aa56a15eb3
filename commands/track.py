"""`track`: something that no scan can see becomes a finding, with an owner and a date."""

import hashlib
from dataclasses import replace
from datetime import datetime, timedelta

from commands import catalogue
from commands.accept import until_of
from commands.decide import publish
from commands.model import Arguments, Command, Context
from commands.parse import one_of
from commands.people import Role
from commands.reply import Decided, Reply
from commands.start import link_of
from scanners.errors import UsageError
from scanners.model import Severity
from storage.manual import Tracked, identity, track
from storage.pictures import views_of
from storage.queries import find_one
from storage.rows import load_findings
from storage.rules import due_date

LONGEST = 200
FARTHEST = timedelta(days=365)


def run(context: Context, arguments: Arguments) -> Reply:
    """Open it for the team. The link, where there is one, is its identity: one message is one finding."""
    now = context.now()
    words = " ".join(arguments.words[0].split()) if arguments.words else ""
    if not words:
        raise UsageError(f"What should be tracked? Usage: {COMMAND.usage}", "words")
    team = _team(context, arguments)
    context.organisation.require(context.actor, Role.MEMBER, team, "track")
    severity = Severity(
        one_of(arguments.options.get("severity", "medium"), [str(s) for s in Severity], "severity")
    )
    link = link_of(arguments)
    subject = link or "track:" + hashlib.sha256(words.encode("utf-8", "backslashreplace")).hexdigest()[:16]
    said = {"said": words} | ({"link": link} if link else {}) | {"tracked_by": context.actor.id}
    tracked = Tracked(
        subject, words[:LONGEST], team, severity, _due(context, arguments, team, severity, now),
        f"manual/{context.workspace or 'local'}", said,
    )  # fmt: skip
    with context.store.write() as connection:
        if load_findings(connection, "f.id = ?", identity(tracked)) and not views_of(
            connection, [identity(tracked)], now, sees=context.sees
        ):
            # Others track the same, and the actor may not know it: it is no reason to refuse.
            tracked = replace(tracked, locus=team)
        events = track(connection, tracked, context.actor.id, now, context.actor.behind)
        publish(connection, context, events, now)
        view = find_one(connection, identity(tracked), now, sees=None)
    message = f"Tracked for {team}, due on {view.finding.due:%a %d %b %Y}."
    return Decided(message, view, catalogue.title(view.finding.control), now, undoable=False)


def _team(context: Context, arguments: Arguments) -> str:
    known = [team.name for team in context.organisation.teams]
    given = arguments.options.get("team", "").strip()
    if given:
        named = context.organisation.named(given)
        return named.name if named else one_of(given, known, "team")
    mine = [n for n in known if Role.MEMBER in context.organisation.roles(context.actor, n)]
    if len(mine) == 1:
        return mine[0]
    raise UsageError(f"For which team? Add --team NAME. Known: {', '.join(known) or 'none is configured'}.")


def _due(context: Context, arguments: Arguments, team: str, severity: Severity, now: datetime) -> datetime:
    given = arguments.options.get("due", "")
    if not given:
        return due_date(now, severity)
    found = context.organisation.team(team)
    due = until_of(given, now, found.timezone if found else "UTC", now + FARTHEST)
    if not now < due <= now + FARTHEST:
        raise UsageError("--due takes a date to come, within a year.", "due")
    return due


COMMAND = Command(
    name="track",
    summary="Track something that no scan sees: it gets an owner and a date.",
    usage='track "TEXT" [--team NAME] [--severity medium] [--due DATE] [--link URL]',
    role=Role.MEMBER,
    run=run,
    examples=('track "Rotate the key that was pasted here" --severity high --due 7d',),
    options=("team", "severity", "due", "link"),
    most_words=1,
    decides=True,
    help="It closes when somebody says `fixed` and a lead or security confirms with `approve`. In Slack: Track in Patrol.",
)
