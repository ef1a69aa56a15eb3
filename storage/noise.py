"""How much a channel gets: its day's messages, its quiet hours, and the news that was not posted.

`channel_days` counts per channel and local day. `would` is what a bot without these rules would have sent: one
message per piece of news (a finding that is new, regressed, newly this team's, newly exploited or of a raised
severity) and one per notice (gaps, a hold, a question without a thread); a message that was put off counts once more
on the day when it comes. `got` is what was sent for them, `free` the part of it outside the cap (the summary of a
first scan). `quiet`, `over`, `below` and `staged` say how many pieces of news were kept back, and why. Digests,
answers to commands, edits and thread lines are in none of them.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from scanners.model import Severity
from storage.clock import iso
from storage.model import Finding

# Why a piece of news was not posted.
QUIET = "quiet"  # it came in quiet hours
OVER = "over"  # the day's messages were used up
BELOW = "below"  # under the team's floor for real time
STAGED = "staged"  # its control is new
GROUPED = "grouped"  # a large scan: it is in the summary alone
REASONS = (QUIET, OVER, BELOW, STAGED, GROUPED)
_COUNTED = (QUIET, OVER, BELOW, STAGED)


@dataclass(frozen=True, slots=True)
class Route:
    """Where one team's findings go and how loudly.

    `realtime` is the lowest severity posted at once, `quiet` from when to when (in `timezone`, may pass midnight) only
    critical and known-exploited findings are, `cap` how many new messages a local day may have, `digest` whether a daily
    digest takes what is not posted. `private` keeps the team's findings from everybody else.
    """

    team: str
    channel: str
    realtime: Severity
    timezone: str = "UTC"
    quiet: tuple[time, time] | None = None
    cap: int = 20
    digest: bool = True
    private: bool = False
    workspace: str = ""


Routing = Callable[[str], Route | None]


@dataclass(frozen=True, slots=True)
class ChannelDay:
    """The counters of one channel and local day; see above."""

    would: int = 0
    got: int = 0
    free: int = 0
    quiet: int = 0
    over: int = 0
    below: int = 0
    staged: int = 0

    @property
    def rest(self) -> int:
        """What neither came nor waited for the end of quiet hours: it shares a message or is in the digest."""
        return max(0, self.would - self.got - self.quiet)


_COLUMNS = ("would", "got", "free", *_COUNTED)


def local_day(now: datetime, timezone: str) -> str:
    """The date in the team's own time zone, ISO 8601."""
    return now.astimezone(ZoneInfo(timezone)).date().isoformat()


def is_quiet(route: Route, now: datetime) -> bool:
    """True in the team's quiet hours, by the clock on its wall."""
    return is_quiet_at(route.quiet, now.astimezone(ZoneInfo(route.timezone)).time())


def is_quiet_at(hours: tuple[time, time] | None, wall: time) -> bool:
    """True where the wall clock stands in `hours`, which may pass midnight; their end is not part of them."""
    if hours is None:
        return False
    first, last = hours
    return first <= wall < last if first < last else wall >= first or wall < last


def urgent(finding: Finding) -> bool:
    """What comes through at any hour."""
    return finding.severity is Severity.CRITICAL or finding.exploited


def kept_back(route: Route, finding: Finding, what: str, quiet: bool, staged: bool) -> str:
    """Why this news is not posted now; "" where it is."""
    regressed = what == "regressed"
    if staged and not regressed:  # whoever had it fixed hears of it, however new the control
        return STAGED
    if not (finding.exploited or regressed or finding.severity.at_least(route.realtime)):
        return BELOW
    return QUIET if quiet and not urgent(finding) else ""


def note(connection: sqlite3.Connection, route: Route, now: datetime, **counts: int) -> None:
    """Add to the counters of the channel's day."""
    given = {name: counts.get(name, 0) for name in _COLUMNS}
    if not any(given.values()):
        return
    columns = ", ".join(given)
    added = ", ".join(f"{name} = {name} + excluded.{name}" for name in given)
    connection.execute(
        f"insert into channel_days (channel, day, {columns}) values (?, ?, {', '.join('?' * len(given))})"  # noqa: S608
        f" on conflict (channel, day) do update set {added}",
        (route.channel, local_day(now, route.timezone), *given.values()),
    )


def day_of(connection: sqlite3.Connection, channel: str, day: str) -> ChannelDay:
    """The counters of that channel and local day."""
    row = connection.execute(
        f"select {', '.join(_COLUMNS)} from channel_days where channel = ? and day = ?",  # noqa: S608
        (channel, day),
    ).fetchone()
    return ChannelDay(*row) if row else ChannelDay()


def room(connection: sqlite3.Connection, route: Route, now: datetime) -> int:
    """How many new messages the channel may still get today."""
    day = day_of(connection, route.channel, local_day(now, route.timezone))
    return max(0, route.cap - (day.got - day.free))


@dataclass(frozen=True, slots=True)
class News:
    """A finding that is news to its team. `what`: "new", "regressed", "moved", "exploited" or "raised"."""

    finding: Finding
    what: str


def keep_back(
    connection: sqlite3.Connection, route: Route, news: Iterable[tuple[News, str]], now: datetime,
    *, count: bool = True,
) -> None:  # fmt: skip
    """Put aside what is not posted now, each with its reason; the digest tells it (or `news.release`)."""
    kept = list(news)
    if count:
        whys = Counter(why for _one, why in kept)
        note(connection, route, now, **{why: whys[why] for why in _COUNTED})
    connection.executemany(
        "insert into unposted (finding, episode, severity, team, channel, at, what, why)"
        " values (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                one.finding.id, one.finding.episode, str(one.finding.severity), route.team, route.channel,
                iso(now), one.what, why,
            )
            for one, why in kept
            if route.digest or _must_come(one, why)
        ],
    )  # fmt: skip


def _must_come(one: News, why: str) -> bool:
    """Where no digest takes it: what was only to wait, and whatever is urgent, is posted later after all."""
    return why not in (BELOW, GROUPED) or urgent(one.finding)


def take_back(connection: sqlite3.Connection, findings: Iterable[str]) -> None:
    """These wait for no digest any more: they were posted, or moved to another team."""
    connection.execute(
        "delete from unposted where told is null and finding in (select value from json_each(?))",
        (json.dumps(list(findings)),),
    )


def waiting_findings(connection: sqlite3.Connection, findings: Iterable[str]) -> frozenset[str]:
    """Those of `findings` that wait for a digest."""
    found = connection.execute(
        "select finding from unposted where told is null and finding in (select value from json_each(?))",
        (json.dumps(list(findings)),),
    )
    return frozenset(row[0] for row in found)


def waiting_counts(connection: sqlite3.Connection, team: str) -> Mapping[str, int]:
    """How many of the team's news wait for its digest, by reason."""
    found = connection.execute(
        "select why, count(*) from unposted where told is null and team = ? group by why", (team,)
    )
    return {row[0]: row[1] for row in found}
