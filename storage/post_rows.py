"""Posts as rows: what is wanted, what was drawn. Whoever may make one is in `storage.posts` and `storage.news`."""

import json
import sqlite3
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from scanners.model import Json
from storage.clock import iso, parse
from storage.model import Post


def want(
    connection: sqlite3.Connection, channel: str, kind: str, subject: str, day: str, team: str, now: datetime,
    data: Json,
) -> int:  # fmt: skip
    """The post of that subject, made or marked dirty; returns its id."""
    row = connection.execute(
        "insert into posts (channel, kind, subject, day, team, wanted, data, created)"
        " values (?, ?, ?, ?, ?, 1, ?, ?)"
        " on conflict (channel, kind, subject, day) do update set wanted = wanted + 1, data = excluded.data"
        " returning id",
        (channel, kind, subject, day, team, json.dumps(data), iso(now)),
    ).fetchone()
    return int(row[0])


def touch(connection: sqlite3.Connection, posts: Iterable[int]) -> None:
    """Mark posts dirty."""
    connection.executemany("update posts set wanted = wanted + 1 where id = ?", [(post,) for post in posts])


def touch_job(connection: sqlite3.Connection, job: int) -> None:
    """Mark the message that follows `job` dirty, where there is one."""
    connection.execute("update posts set wanted = wanted + 1 where kind = 'job' and subject = ?", (str(job),))


def touch_holds(connection: sqlite3.Connection, scopes: Collection[str]) -> None:
    """Mark the messages that tell of held closings in `scopes` dirty: they wait no longer."""
    connection.executemany(
        "update posts set wanted = wanted + 1 where kind = 'hold' and subject = ?",
        [(scope,) for scope in sorted(scopes)],
    )


@dataclass(frozen=True, slots=True)
class Lane:
    """The posts of one of several workspaces: those of its channels, and those that were asked for there."""

    channels: tuple[str, ...]
    workspace: str


def dirty(connection: sqlite3.Connection, limit: int = 100, lane: Lane | None = None) -> list[Post]:
    """Posts whose picture in Slack is behind, oldest first; a history line waits for its parent."""
    own = ""
    parameters: list[object] = [limit]
    if lane is not None:
        own = (
            " and iif(json_extract(p.data, '$.workspace') is null,"
            " p.channel in (select value from json_each(?2)), json_extract(p.data, '$.workspace') = ?3)"
        )
        parameters += [json.dumps(lane.channels), lane.workspace]
    found = connection.execute(
        "select p.* from posts p left join posts a on a.id = p.parent where p.wanted > p.drawn"  # noqa: S608
        f" and (p.parent is null or a.ts <> ''){own} order by p.id limit ?1",
        parameters,
    )
    return [post_of(row) for row in found]


def get(connection: sqlite3.Connection, post: int) -> Post | None:
    """The post of that id."""
    row = connection.execute("select * from posts where id = ?", (post,)).fetchone()
    return post_of(row) if row else None


def mark_sending(connection: sqlite3.Connection, post: int) -> None:
    """Written before a new message leaves, so that a crash between send and save is noticed."""
    connection.execute("update posts set sending = 1 where id = ?", (post,))


def mark_drawn(connection: sqlite3.Connection, post: int, version: int, ts: str) -> None:
    """Slack shows `version` at `ts`."""
    connection.execute(
        "update posts set drawn = max(drawn, ?), ts = ?, sending = 0 where id = ?", (version, ts, post)
    )


def keep_data(connection: sqlite3.Connection, post: int, data: Json) -> None:
    """What the post remembers of itself, anew."""
    connection.execute("update posts set data = ? where id = ?", (json.dumps(data), post))


def forget_message(connection: sqlite3.Connection, post: int) -> None:
    """The message is gone from Slack (a person deleted it): the next drawing posts it anew."""
    connection.execute("update posts set ts = '', sending = 0 where id = ?", (post,))


def post_of(row: sqlite3.Row) -> Post:
    """A post from its row."""
    return Post(
        id=row["id"],
        channel=row["channel"],
        kind=row["kind"],
        subject=row["subject"],
        day=row["day"],
        team=row["team"],
        wanted=row["wanted"],
        drawn=row["drawn"],
        ts=row["ts"],
        parent=row["parent"],
        sending=bool(row["sending"]),
        data=json.loads(row["data"]),
        created=parse(row["created"]),
    )
