"""`status`: what runs, what the last scans could not check, what waits, and how much each channel gets."""

from collections.abc import Sequence
from datetime import datetime

from commands.digest import next_digest
from commands.model import Arguments, Command, Context
from commands.people import Role, Team
from commands.reply import ChannelHealth, Reply, StatusReport, TargetHealth
from commands.weekly import next_summary
from scanners.aws.events.options import event_options
from storage import digest_days, jobs, noise, summary_weeks, touched
from storage.digest import unowned
from storage.event_queues import Health, healths
from storage.holds import waiting
from storage.jobs import Job
from storage.pictures import Connection, views_of
from storage.posts import dirty
from storage.queries import Filter, count_by, count_stale
from storage.scans import last_scans
from storage.staged import staged_for


def run(context: Context, _arguments: Arguments) -> Reply:
    """Health first: gaps, holds, failures, then the channels, then counts."""
    now = context.now()
    with context.store.read() as connection:
        scans = {line.target: line for line in last_scans(connection) if context.sees_target(line.target)}
        found = [job for job in jobs.active(connection) if job.kind not in touched.KINDS]
        active = tuple(_seen(connection, context, found))
        events = tuple(one for one in healths(connection) if _listened_to(context, one))
        failures = _seen(connection, context, jobs.last_failures(connection))
        running = {job.subject: job for job in active if job.kind == "scan"}
        owners = {target.name: target.owner for target in context.organisation.targets}
        names = sorted({*owners, *scans})
        return StatusReport(
            targets=tuple(TargetHealth(n, owners.get(n, ""), scans.get(n), running.get(n)) for n in names),
            jobs=active,
            holds=tuple(hold for hold in waiting(connection) if context.sees_target(hold.target)),
            posts_waiting=sum(
                context.sees is None or post.team in context.sees for post in dirty(connection, 1000)
            ),
            by_state=count_by(connection, Filter(sees=context.sees), now, "state"),
            by_severity=count_by(connection, Filter(sees=context.sees), now, "severity"),
            stale=count_stale(connection, now, sees=context.sees),
            problems=(
                *_said(context),
                *(f"events of {one.target}: {one.error}" for one in events if one.error),
                *(f"{job.kind} {job.subject[:40]}: {job.error}" for job in failures),
            ),
            as_of=now,
            channels=_channels(context, connection, now),
            unowned=_unowned(context, connection),
            events=events,
        )


def _listened_to(context: Context, health: Health) -> bool:
    """True of a target that has a queue of events, and that the person may see."""
    target = context.organisation.target(health.target)
    return target is not None and bool(event_options(target).queue)


def _unowned(context: Context, connection: Connection) -> int:
    """What nobody owns, where the person may see that."""
    if context.sees is not None and "" not in context.sees:
        return 0
    return unowned(connection, [team.name for team in context.whole.teams])


def _channels(context: Context, connection: Connection, now: datetime) -> tuple[ChannelHealth, ...]:
    """The channels of the teams that the person may see."""
    return tuple(_channel(connection, team, now) for team in context.organisation.teams if team.channel)


def _channel(connection: Connection, team: Team, now: datetime) -> ChannelHealth:
    last = digest_days.last_day(connection, team.name)
    week = summary_weeks.last_week(connection, team.name)
    hours = team.quiet
    return ChannelHealth(
        team=team.name,
        channel=team.channel,
        timezone=team.timezone,
        day=noise.day_of(connection, team.channel, noise.local_day(now, team.timezone)),
        cap=team.posts_per_day,
        quiet=f"{hours[0]:%H:%M}-{hours[1]:%H:%M}" if hours else "",
        quiet_now=noise.is_quiet(team.route, now),
        next_digest=next_digest(team, last, now),
        digest_day=last.day if last else "",
        skipped=last.skipped if last else "",
        waiting=sum(noise.waiting_counts(connection, team.name).values()),
        staged=tuple(staged_for(connection, team.name, team.digest is not None, now)),
        next_summary=next_summary(team, now),
        summary_day=week.slot[:10] if week else "",
        summary_skipped=week.skipped if week else "",
    )


def _seen(connection: Connection, context: Context, found: Sequence[Job]) -> list[Job]:
    """The jobs whose target or finding the actor may see."""
    if context.sees is None:
        return list(found)
    checked = [job.subject for job in found if job.kind == "check"]
    known = views_of(connection, checked, context.now(), sees=context.sees)
    return [
        job
        for job in found
        if job.subject in known or (job.kind == "scan" and context.sees_target(job.subject))
    ]


def _said(context: Context) -> list[str]:
    """What does not work, less what names a channel or a group of a team that the actor may not know of."""
    seen = _places(context.organisation.teams)
    hidden = _places(context.whole.teams) - seen
    return [problem for problem in context.problems() if not any(place in problem for place in hidden)]


def _places(teams: Sequence[Team]) -> set[str]:
    return {place for team in teams for place in (team.channel, *team.leads, *team.members) if place}


COMMAND = Command(
    name="status",
    summary="What runs, the last scans, what could not be checked, and how much each channel gets.",
    usage="status",
    role=Role.ANYONE,
    run=run,
    examples=("status",),
)
