"""The chat workspaces that Patrol has introduced itself to: where a link to one of its messages begins."""

import sqlite3
from datetime import datetime

from storage.clock import iso


def keep(connection: sqlite3.Connection, identity: str, name: str, url: str, now: datetime) -> None:
    """Keep the name and address ("https://acme.example.com/") of a workspace."""
    connection.execute(
        "insert into workspaces (id, name, url, seen_at) values (?, ?, ?, ?) on conflict (id) do update"
        " set name = excluded.name, url = excluded.url, seen_at = excluded.seen_at",
        (identity, name, url, iso(now)),
    )


def link_of(connection: sqlite3.Connection, finding: str, workspace: str = "") -> str:
    """The address of the newest message that shows the finding, "" where there is none.

    Without `workspace` the one that Patrol met last is meant.
    """
    home = connection.execute(
        "select url from workspaces where ?1 in ('', id) order by seen_at desc limit 1", (workspace,)
    ).fetchone()
    post = connection.execute(
        "select p.channel, p.ts from posts p join post_findings pf on pf.post = p.id"
        " where pf.finding = ? and p.ts <> '' order by p.id desc limit 1",
        (finding,),
    ).fetchone()
    if home is None or post is None or not home["url"]:
        return ""
    return f"{home['url'].rstrip('/')}/archives/{post['channel']}/p{post['ts'].replace('.', '')}"
