"""Which team's digest was posted or skipped on which local day; once a day, whatever the clock does."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from storage.clock import iso, parse
from storage.digest import Digest, to_data
from storage.noise import Route
from storage.post_rows import want
from storage.staged import announce, staged_for


@dataclass(frozen=True, slots=True)
class DigestDay:
    """One day's digest: `post` is the message, None where it was skipped, and then `skipped` says why."""

    team: str
    day: str
    at: datetime
    post: int | None
    skipped: str


def last_day(connection: sqlite3.Connection, team: str) -> DigestDay | None:
    """The newest digest of the team, posted or skipped."""
    row = connection.execute(
        "select * from digest_days where team = ? order by day desc limit 1", (team,)
    ).fetchone()
    return DigestDay(row["team"], row["day"], parse(row["at"]), row["post"], row["skipped"]) if row else None


def post(connection: sqlite3.Connection, route: Route, digest: Digest, now: datetime) -> bool:
    """Post the digest, or note why it is skipped; False where that day's was done before.

    Everything it tells is marked as told. Must run inside `Store.write`.
    """
    last = last_day(connection, digest.team)
    if last is not None and last.day >= digest.day:
        return False
    made, skipped = None, digest.why_skipped if digest.empty else ""
    if not digest.empty:
        made = want(
            connection, route.channel, "digest", digest.team, digest.day, digest.team, now, to_data(digest)
        )
        more = want(
            connection, route.channel, "digest_more", str(made), digest.day, digest.team, now, {"of": made}
        )
        connection.execute("update posts set parent = ? where id = ?", (made, more))
        connection.execute(
            "update unposted set told = ? where told is null and team = ?", (made, digest.team)
        )
    else:
        # What waited has settled itself meanwhile.
        connection.execute("delete from unposted where told is null and team = ?", (digest.team,))
    announce(connection, digest.team, staged_for(connection, digest.team, True, now), now)
    connection.execute(
        "insert into digest_days (team, day, at, seq, gaps, post, skipped) values (?, ?, ?, ?, ?, ?, ?)",
        (digest.team, digest.day, iso(now), digest.upto, digest.gaps_mark, made, skipped),
    )
    return True


def frozen(connection: sqlite3.Connection, team: str, day: str) -> sqlite3.Row | None:
    """The data of the digest that was posted that day."""
    row: sqlite3.Row | None = connection.execute(
        "select p.data from digest_days d join posts p on p.id = d.post where d.team = ? and d.day = ?",
        (team, day),
    ).fetchone()
    return row
