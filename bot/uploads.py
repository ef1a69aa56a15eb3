"""The files of the weekly summary: its burn-down and its table, uploaded once into its thread.

A file is brought to Slack first, where nobody sees it; its id is kept before it is shared. Where the answer is lost, or the
process dies, the thread is searched for that id, and only where it is not there is it shared again. Then the message
itself shows the picture. What Slack refuses costs the files and nothing else: the message went out before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.features import Features
from bot.messages.summary_files import called, days_of, table_csv
from bot.retrace import thread_with_file
from bot.slack import Refused, Slack, Unsure
from commands.summary_model import Summary, from_data
from scanners.errors import PatrolError
from storage import post_rows as rows
from storage.clock import iso, parse
from storage.model import Post
from storage.progress_snapshots import Snapshot
from storage.store import Store

KIND = "weekly_files"
FEATURE = "the picture and the table of the weekly summary"
CHARTS = "the picture of the weekly summary"
# Slack looks through a file before a message may show it.
SETTLES = timedelta(minutes=5)
_OURS = frozenset(
    {"missing_scope", "not_allowed_token_type", "file_uploads_disabled", "storage_limit_reached"}
)


@dataclass(frozen=True, slots=True)
class File:
    """One file. `alt` is what a picture shows, in words."""

    name: str
    title: str
    content: bytes
    alt: str = ""


class Uploads:
    """Sends posts of kind `weekly_files`. For the one sender of a workspace."""

    def __init__(self, store: Store, slack: Slack, features: Features, now: Callable[[], datetime]) -> None:
        self._store, self._slack, self._features, self._now = store, slack, features, now

    def send(self, post: Post) -> None:
        """Upload and share, or go on where it was left. Raises Refused, Busy or Unsure where that is no end of it."""
        with self._store.read() as connection:
            parent = rows.get(connection, post.parent) if post.parent is not None else None
        if parent is None or "document" not in parent.data:
            self._end(post, parent, {})
            return
        try:
            given = dict(post.data) if post.data.get("files") else self._bring(post, parent)
            shown = self._share(post, parent, given) if given.get("files") else {}
        except Refused as refused:
            if not _final(refused):
                raise
            self._features.narrow(FEATURE, str(refused))
            self._end(post, parent, {"why": refused.code})
            return
        self._features.restore(FEATURE)
        self._end(post, parent, shown)

    def not_shown(self, post: Post) -> bool:
        """Slack refused the message `post` with its picture: True where it may take it in a moment.

        Where it had its time, the message goes without; the picture is in the thread all the same.
        """
        picture = post.data["picture"]
        if self._now() - parse(picture["at"]) < SETTLES:
            return True
        self._features.narrow(CHARTS, "Slack takes it in the thread, not in the message.")
        with self._store.write() as connection:
            rows.keep_data(connection, post.id, {**post.data, "picture": {}})
        return False

    def _bring(self, post: Post, parent: Post) -> dict[str, Any]:
        """Draw and upload, and keep the ids: what is shared is known before it is."""
        files, why = self._files(parent)
        brought = [
            {"id": self._slack.upload(one.name, one.content, one.alt), "title": one.title} for one in files
        ]
        pictures = [
            {"file": kept["id"], "alt": one.alt} for kept, one in zip(brought, files, strict=True) if one.alt
        ]
        given = {
            **post.data, "files": brought, "why": why, "picture": pictures[0] if pictures else {},
        }  # fmt: skip
        with self._store.write() as connection:
            rows.keep_data(connection, post.id, given)
        return given

    def _files(self, parent: Post) -> tuple[list[File], str]:
        """The files, and why there is no picture ("" where there is one, or nothing to draw)."""
        summary = _summary(parent)
        with self._store.read() as connection:
            days = days_of(connection, summary, "UTC")
        name = f"{summary.team}-{summary.day}"
        found: list[File] = []
        why = ""
        try:
            found = picture_of(name, summary, days)
            self._features.restore(CHARTS)
        except PatrolError as error:  # matplotlib is an extra
            why = "charts"
            self._features.narrow(CHARTS, str(error))
        if summary.controls:
            table = table_csv(summary).encode()
            found.append(
                File(f"{name}.csv", f"Open and fixed per control, {summary.team}, {summary.day}", table)
            )
        return found, why

    def _share(self, post: Post, parent: Post, given: dict[str, Any]) -> dict[str, Any]:
        ids = [one["id"] for one in given["files"]]
        if not (post.sending and self._there(parent, ids)):
            with self._store.write() as connection:
                rows.mark_sending(connection, post.id)
            try:
                self._slack.call(
                    "files.completeUploadExternal", files=given["files"], channel_id=post.channel, thread_ts=parent.ts,
                    initial_comment="The burn-down, and the table per control for a spreadsheet."
                    if given["picture"] else "The table per control for a spreadsheet.",
                )  # fmt: skip
            except Refused as refused:
                if refused.code != "file_not_found":
                    raise
                self._forget(post)  # it waited too long, and Slack threw it away
                raise Unsure("files.completeUploadExternal", "what was uploaded is gone") from refused
        if given["picture"]:
            return {**given["picture"], "at": iso(self._now())}
        return {"why": given["why"]} if given["why"] else {}

    def _there(self, parent: Post, ids: list[str]) -> bool:
        try:
            return thread_with_file(self._slack, parent, ids)
        except Refused as refused:
            # Without the right to read the channel doubled files are the lesser evil than lost ones.
            self._features.narrow("finding a message whose answer was lost", str(refused))
            return False

    def _forget(self, post: Post) -> None:
        with self._store.write() as connection:
            rows.keep_data(connection, post.id, {"of": post.data["of"]})
            rows.forget_message(connection, post.id)

    def _end(self, post: Post, parent: Post | None, picture: dict[str, Any]) -> None:
        """All that will be done for these files is done; where the message shows it, it is drawn again."""
        with self._store.write() as connection:
            rows.mark_drawn(connection, post.id, post.wanted, "")
            if parent is not None and picture:
                rows.keep_data(connection, parent.id, {**parent.data, "picture": picture})
                rows.touch(connection, [parent.id])


def _summary(parent: Post) -> Summary:
    return from_data({name: part for name, part in parent.data.items() if name != "picture"})


def picture_of(name: str, summary: Summary, days: list[Snapshot]) -> list[File]:
    """The burn-down; nothing where there is nothing to draw."""
    from bot.charts import burn_down, burn_down_alt, burn_down_png  # late: most never draw

    drawn = burn_down(days, called(summary))
    if drawn.is_bare:
        return []
    return [File(f"{name}.png", drawn.title, burn_down_png(drawn), burn_down_alt(drawn))]


def _final(refused: Refused) -> bool:
    """True where it is no use to try again: the files are not for this workspace, or the message is gone."""
    return refused.code in _OURS or refused.code == "thread_not_found"
