"""The chat workspaces that Patrol has introduced itself to: where a link to one of its messages begins."""

import json
import sqlite3
from collections.abc import Mapping
from datetime import datetime

from storage.clock import iso


def keep(connection: sqlite3.Connection, identity: str, name: str, url: str, now: datetime) -> None:
    """Keep the name and address ("https://acme.example.com/") of a workspace."""
    connection.execute(
        "insert into workspaces (id, name, url, seen_at) values (?, ?, ?, ?) on conflict (id) do update"
        " set name = excluded.name, url = excluded.url, seen_at = excluded.seen_at",
        (identity, name, url, iso(now)),
    )


def link_of(
    connection: sqlite3.Connection, finding: str, workspace: str = "",
    channels: Mapping[str, str] | None = None,
) -> str:  # fmt: skip
    """The address of the newest message that shows the finding, "" where there is none.

    Without `workspace` the one that Patrol met last is meant. `channels` are those in which a message counts,
    with the id of the workspace that each is in ("" where there is but one); None: all of them.
    """
    post = connection.execute(
        "select p.channel, p.ts from posts p join post_findings pf on pf.post = p.id where pf.finding = ?1"
        " and p.ts <> '' and (?2 is null or p.channel in (select key from json_each(?2)"
        " where ?3 = '' or value in ('', ?3))) order by p.id desc limit 1",
        (finding, None if channels is None else json.dumps(dict(channels)), workspace),
    ).fetchone()
    if post is None:
        return ""
    place = workspace or (channels or {}).get(post["channel"], "")
    home = connection.execute(
        "select url from workspaces where ?1 in ('', id) order by seen_at desc limit 1", (place,)
    ).fetchone()
    if home is None or not home["url"]:
        return ""
    return f"{home['url'].rstrip('/')}/archives/{post['channel']}/p{post['ts'].replace('.', '')}"
