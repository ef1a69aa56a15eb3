"""`digest`: what a team's daily digest would say now; the schedule's own form posts it."""

import json
from collections import Counter
from datetime import date, datetime, timedelta
from datetime import time as clock
from zoneinfo import ZoneInfo

from commands import catalogue
from commands.model import Arguments, Command, Context
from commands.parse import one_of
from commands.people import Person, Role, Team
from commands.reply import DigestShown, FindingList, Reply
from scanners.errors import RefusedError, UsageError
from storage import digest_days
from storage.digest import Digest, Part, from_data, read
from storage.noise import is_quiet_at, local_day
from storage.pictures import Connection, views_of

PARTS = ("new", "regressed", "fixed", "lapsing", "due")


def run(context: Context, arguments: Arguments) -> Reply:
    """The digest as it would be now, or with --show the findings of one part (of a past day with --day)."""
    team = _team(context, arguments)
    now = context.now()
    if "post" in arguments.options:
        return post(context, team)
    part = arguments.options.get("show", "")
    if part:
        one_of(part, PARTS, "part of a digest")
    day = _day(arguments) or local_day(now, team.timezone)
    with context.store.read() as connection:
        row = digest_days.frozen(connection, team.name, day) if "day" in arguments.options else None
        if "day" in arguments.options and row is None:
            raise UsageError(f"{team.name} got no digest on {day}.")
        shown = from_data(json.loads(row["data"])) if row else _read(context, connection, team, day, now)
        if part:
            return _list(context, connection, shown, part, now)
    return DigestShown(shown, _titles(shown), now)


def post(context: Context, team: Team) -> Reply:
    """Post today's digest of `team`, or keep why it is skipped; once a local day. For the schedule alone."""
    if context.face != "schedule":
        raise RefusedError(
            "Only the schedule posts a digest. `digest` without --post shows what it would say."
        )
    route = context.organisation.route(team.name)
    now = context.now()
    with context.store.write() as connection:
        shown = _read(context, connection, team, local_day(now, team.timezone), now)
        done = route is not None and digest_days.post(connection, route, shown, now)
    return DigestShown(shown, _titles(shown), now, posted=done)


def post_due(context: Context, since: datetime) -> bool:
    """Post the digest of every team that is due; True where there was one. `since` as in `is_due`."""
    due = [team for team in context.organisation.teams if is_due(context, team, since)]
    for team in due:
        post(context, team)
    return bool(due)


def is_due(context: Context, team: Team, since: datetime) -> bool:
    """True where the team's digest of this local day is to be posted now.

    By the clock on the team's wall, so a day on which the clocks change has one like any other. What came due
    before `since` (when this process began) counts only where earlier digests were posted: a new team waits for
    its first hour. Where the hour was missed it is caught up on the same day, but not in quiet hours.
    """
    if team.digest is None or not team.channel:
        return False
    now = context.now()
    local = now.astimezone(ZoneInfo(team.timezone))
    if local.time() < team.digest:
        return False
    if is_quiet_at(team.quiet, local.time()) and not is_quiet_at(team.quiet, team.digest):
        return False
    with context.store.read() as connection:
        last = digest_days.last_day(connection, team.name)
    if last is None:
        return instant(local.date(), team.digest, team.timezone) > since
    return last.day < local.date().isoformat()


def next_digest(team: Team, last: digest_days.DigestDay | None, now: datetime) -> datetime | None:
    """When the next digest comes, aware UTC; None where the team has none."""
    if team.digest is None or not team.channel:
        return None
    today = now.astimezone(ZoneInfo(team.timezone)).date()
    at = instant(today, team.digest, team.timezone)
    done = last is not None and last.day >= today.isoformat()
    return at if at > now and not done else instant(today + timedelta(days=1), team.digest, team.timezone)


def instant(day: date, at: clock, timezone: str) -> datetime:
    """The moment when the wall clock in `timezone` shows `at` on `day`; where it never does, the moment after the gap."""
    return datetime.combine(day, at, ZoneInfo(timezone)).astimezone(ZoneInfo("UTC"))


def _read(context: Context, connection: Connection, team: Team, day: str, now: datetime) -> Digest:
    organisation = context.organisation
    home = organisation.routing.default == team.name
    return read(
        connection, team.name, day, now,
        targets=[target.name for target in organisation.targets if target.owner == team.name],
        digest=team.digest is not None,
        known=[one.name for one in context.whole.teams] if home else None,
    )  # fmt: skip


def _team(context: Context, arguments: Arguments) -> Team:
    """The team that was named, else the channel's, else the person's own. Private teams are nobody else's business."""
    teams = context.organisation.teams
    if arguments.words:
        named = context.organisation.named(arguments.words[0])
        if named is not None:
            return named
        found = one_of(arguments.words[0], [team.name for team in teams], "team")
        return next(team for team in teams if team.name == found)
    here = [team for team in teams if context.channel and team.channel == context.channel]
    mine = [team for team in teams if _belongs(context, context.actor, team)]
    for choice in (here, mine, teams):
        if len(choice) == 1:
            return choice[0]
    listed = ", ".join(team.name for team in teams) or "none yet: add a [[team]] to patrol.toml"
    raise UsageError(f"Whose digest? Teams: {listed}.")


def _belongs(context: Context, person: Person, team: Team) -> bool:
    return context.organisation.within(person.id, team.members + team.leads)


def _day(arguments: Arguments) -> str:
    given = arguments.options.get("day", "")
    if not given:
        return ""
    try:
        return date.fromisoformat(given).isoformat()
    except ValueError:
        raise UsageError(f"--day takes a date such as 2026-11-24, not {given[:20]!r}.") from None


def _list(context: Context, connection: Connection, digest: Digest, part: str, now: datetime) -> FindingList:
    """The findings of one part, as they stand now; what went to a team that the person may not see is left out."""
    kept: Part = getattr(digest, part)
    views = views_of(connection, [item.id for item in kept.items], now, sees=context.sees)
    found = tuple(views[item.id] for item in kept.items if item.id in views)
    return FindingList(
        findings=found,
        total=len(found),
        offset=0,
        by_severity=Counter(str(view.finding.severity) for view in found),
        filter_text="",
        as_of=now,
        titles=catalogue.titles(found),
    )


def _titles(digest: Digest) -> dict[str, str]:
    controls = {control for control, _target, _findings, _from in digest.staged}
    for part in (digest.new, digest.regressed, digest.fixed, digest.lapsing, digest.due):
        controls |= {item.control for item in part.items}
    return {control: catalogue.title(control) for control in controls}


COMMAND = Command(
    name="digest",
    summary="What your team's daily digest would say now.",
    usage="digest [TEAM] [--show new|regressed|fixed|lapsing|due] [--day DATE]",
    role=Role.ANYONE,
    run=run,
    examples=("digest", "digest payments", "digest payments --show due"),
    options=("show", "day"),
    flags=("post",),
    most_words=1,
    help="It is shown to you alone. With --day it is the one that was posted that day, as it was.",
)
