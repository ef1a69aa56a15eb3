"""The week's summary for each team's leads, and the day's snapshot: what the beat sees to by itself."""

import hashlib
import json
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from commands.model import Context
from commands.people import Team
from commands.summary import taken
from commands.summary_build import figures_settings, summed_up
from commands.summary_model import Summary, to_data
from scanners.errors import UsageError
from storage import progress_snapshots as snapshots
from storage import summary_weeks
from storage.figures.values import View
from storage.noise import Route, is_quiet_at
from storage.scans import last_scans

DAYS = 7
# The day's snapshot is taken from this hour of the company's zone on: after the night's scans, before people ask.
SNAPSHOT_FROM = time(8)
_WEEK = timedelta(days=7)


def post_due(context: Context, since: datetime) -> bool:
    """Post the summary of every team that is due; True where there was one. `since` as in `due_slot`."""
    found = [(team, due_slot(context, team, since)) for team in context.whole.teams]
    due = [(team, slot) for team, slot in found if slot]
    for team, slot in due:
        _post(context, team, slot)
    return bool(due)


def take_due(context: Context) -> bool:
    """Take the day's snapshot where it is time and there is none; True where one was taken."""
    zone = ZoneInfo(figures_settings(context).zone)
    return context.now().astimezone(zone).time() >= SNAPSHOT_FROM and take(context)


def take(context: Context) -> bool:
    """Take today's snapshot, once; nothing before the first scan. The ledger is read while others may write."""
    now, settings = context.now(), figures_settings(context)
    day = now.astimezone(ZoneInfo(settings.zone)).date()
    with context.store.read() as connection:
        if snapshots.is_known(connection, day) or not last_scans(connection):
            return False
        measured = snapshots.measure(connection, now, settings)
    with context.store.write() as connection:
        return snapshots.take(connection, day, now, settings, measured)


def due_slot(context: Context, team: Team, since: datetime) -> str:
    """The newest slot of the team's summary that is due and was not used, "" where none.

    By the clock on the team's wall, so a week in which the clocks change has one like any other. A slot that came
    before `since` (when this process began) counts only where earlier summaries were posted: a new team waits for
    its first. What was missed is caught up later in the week, but not in quiet hours.
    """
    if team.summary is None or not team.channel or not team.leads:
        return ""
    local = context.now().astimezone(ZoneInfo(team.timezone)).replace(tzinfo=None)
    slot = _newest(local, team.summary)
    if is_quiet_at(team.quiet, local.time()) and not is_quiet_at(team.quiet, team.summary[1]):
        return ""
    with context.store.read() as connection:
        last = summary_weeks.last_week(connection, team.name)
    if last is None:
        return _text(slot) if _instant(slot, team.timezone) > since else ""
    # By the week and not by the slot itself: who moves it from Monday to Friday gets no second one.
    return _text(slot) if _week(date.fromisoformat(last.slot[:10])) < _week(slot.date()) else ""


def next_summary(team: Team, now: datetime) -> datetime | None:
    """When the next summary comes, aware UTC; None where the team has none."""
    if team.summary is None or not team.channel or not team.leads:
        return None
    local = now.astimezone(ZoneInfo(team.timezone)).replace(tzinfo=None)
    return _instant(_newest(local, team.summary) + _WEEK, team.timezone)


def _newest(local: datetime, when: tuple[int, time]) -> datetime:
    """The newest wall time on that weekday at that hour, not after `local`."""
    weekday, at = when
    day = local.date() - timedelta(days=(local.weekday() - weekday) % 7)
    slot = datetime.combine(day, at)
    return slot if slot <= local else slot - _WEEK


def _week(day: date) -> tuple[int, int]:
    year, week, _weekday = day.isocalendar()
    return year, week


def _text(slot: datetime) -> str:
    return slot.isoformat(timespec="minutes")


def _instant(slot: datetime, timezone: str) -> datetime:
    return slot.replace(tzinfo=ZoneInfo(timezone)).astimezone(UTC)


def _post(context: Context, team: Team, slot: str) -> None:
    """From the day's snapshot, so that its numbers and the lists behind them stay as they were told."""
    route = context.whole.route(team.name)
    if route is None:
        return
    take(context)
    now = context.now()
    day = now.astimezone(ZoneInfo(figures_settings(context).zone)).date()
    with context.store.write() as connection:
        last = summary_weeks.last_week(connection, team.name)
        try:
            reading = taken(connection, View("team", team.name), day)
        except UsageError:
            summary_weeks.keep(
                connection, route, slot, now, data={}, mark="", skipped="there is nothing to sum up yet"
            )
            return
        made = summed_up(
            context, connection, reading, DAYS, sees=frozenset({team.name}),
            sees_target=lambda name: _channel_sees(context, route, name, reading.basis.owners.get(name, "")),
            teams=(team.name,), compared=_beside(context, team),
        )  # fmt: skip
        mark = _mark(made)
        same = last is not None and last.mark == mark and _quiet_week(made)
        skipped = "nothing changed since the week before" if same else ""
        summary_weeks.keep(connection, route, slot, now, data=to_data(made), mark=mark, skipped=skipped)


def _beside(context: Context, team: Team) -> list[str]:
    """The teams that this one is compared with, and itself, where it takes part: those that its channel may know of."""
    if not team.compare:
        return []
    seen = [
        one for one in context.whole.teams
        if one.compare and (one is team or not one.private) and one.workspace == team.workspace
    ]  # fmt: skip
    return [one.name for one in seen]


def _channel_sees(context: Context, route: Route, target: str, owner: str) -> bool:
    """True where the team's channel may name the target: its own, or that of a team which it may know of.

    `owner` owned it when the figures were taken; of a team that is no longer configured nobody can tell.
    """
    found = context.whole.home(target)
    owner = found.owner if found else owner
    if not owner:
        return not context.whole.workspaces
    team = context.whole.team(owner)
    if team is None:
        return False
    return team.name == route.team or (not team.private and team.workspace == route.workspace)


def _quiet_week(made: Summary) -> bool:
    return not any(made.document[name] for name in ("new", "fixed", "regressed"))


def _mark(made: Summary) -> str:
    """What must differ for a summary to be news: not the time, and not that things are a week older."""
    document = made.document
    gaps = sorted((gap["target"], gap["control"], gap["scope"]) for gap in document["coverage"]["gaps"])
    told = [
        document["cohort"], made.verdict, made.late_count, made.due_count, made.waiting, made.expiring,
        sum(document["ages"].values()), gaps,
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:16]
