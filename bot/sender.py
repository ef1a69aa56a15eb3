"""Makes Slack show what the store wants: dirty posts out, one at a time, none lost and none doubled.

A new message is marked `sending` before it leaves. Where the answer is lost, or the process dies before it
is saved, the mark is still there: the channel is then searched for a message that carries the post's key in
its metadata, and only where there is none is it sent again. An edit may be repeated without harm.
"""

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime

from bot.blockkit import problems
from bot.features import Features
from bot.logs import event
from bot.messages.draft import Message
from bot.messages.posts import draw_post
from bot.pace import Pace
from bot.retrace import find_sent
from bot.slack import Busy, Refused, Slack, SlackError, Unsure
from bot.uploads import KIND as FILES
from bot.uploads import Uploads
from scanners.errors import StoreError
from storage import posts
from storage.model import Post
from storage.post_rows import Lane
from storage.store import Store

log = logging.getLogger("patrol.sender")
IDLE_S = 1.0
EVENT_TYPE = "patrol_post"
_GONE = frozenset({"message_not_found", "cant_update_message", "edit_window_closed", "thread_not_found"})
_CLOSED = frozenset(
    {"channel_not_found", "not_in_channel", "is_archived", "restricted_action", "no_permission"}
)
_REVOKED = frozenset({"invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired"})
_BAD_PICTURE = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_too_long", "msg_blocks_too_long"})
CLOSED_AGAIN_S = 300.0
REVOKED_AGAIN_S = 60.0


class Sender:
    """The one sender of a store (of a workspace, where several are served). `run` in a thread; `wake` after a commit."""

    def __init__(
        self, store: Store, slack: Slack, features: Features, now: Callable[[], datetime],
        monotonic: Callable[[], float] = time.monotonic, lane: Lane | None = None,
    ) -> None:  # fmt: skip
        """`lane` is the posts of the workspace that `slack` speaks to, where several are served."""
        self._lane = lane
        self._store, self._slack, self._features, self._now = store, slack, features, now
        self._pace = Pace(monotonic)
        self._uploads = Uploads(store, slack, features, now)
        self._woken = threading.Event()

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    def run(self, stop: threading.Event) -> None:
        """Send until `stop` is set; what is on its way is finished first."""
        while not stop.is_set():
            try:
                wait = self.step(stop)
            except StoreError as error:
                event(log, "sender.store", level=logging.ERROR, error=error)
                wait = 5.0
            except Exception:
                # The one sender must not end: everything Patrol has to say goes through it.
                log.exception("sender.failed")
                wait = 5.0
            self._woken.wait(min(wait, IDLE_S))
            self._woken.clear()

    def step(self, stop: threading.Event | None = None) -> float:
        """Send each dirty post that may go now; returns after how many seconds another may."""
        with self._store.read() as connection:
            waiting = posts.dirty(connection, 500, self._lane)
        # Edits first: the person who pressed a button watches that message.
        for post in sorted(waiting, key=lambda post: not post.ts):
            if stop is not None and stop.is_set():
                return 0.0
            if self._pace.wait_for(post) <= 0:
                self._send(post)
        return min((self._pace.wait_for(post) for post in waiting), default=IDLE_S)

    def _send(self, post: Post) -> None:
        drawn = self._draw(post)
        if drawn is None:
            return
        current, message = drawn
        try:
            if current.kind == FILES:
                self._pace.posted(current)
                self._uploads.send(current)
            elif message is None:
                self._save(current, current.ts)
            elif current.ts:
                self._edit(current, message)
            else:
                self._post(current, message)
        except Busy as busy:
            self._pace.hold_method(busy.method, post, busy.retry_after_s)
            event(log, "slack.busy", method=busy.method, channel=post.channel, seconds=busy.retry_after_s)
        except Unsure as unsure:
            wait = self._pace.hold_post(post)
            event(log, "slack.unsure", level=logging.WARNING, post=post.id, seconds=wait, error=unsure)
        except Refused as refused:
            self._refused(current, message, refused)

    def _draw(self, post: Post) -> tuple[Post, Message | None] | None:
        """The post as it is now and its picture, from one and the same state of the store."""
        try:
            with self._store.read() as connection:
                current = posts.get(connection, post.id)
                if current is None or current.wanted <= current.drawn:
                    return None
                return current, draw_post(connection, current, self._now())
        except StoreError:
            raise
        except Exception:
            # One picture that cannot be drawn must not hold up the others.
            self._pace.hold_post(post)
            log.exception("post.not_drawn post=%s kind=%s", post.id, post.kind)
            return None

    def _post(self, post: Post, message: Message) -> None:
        if post.sending:
            found = self._found(post)
            if found is not None:
                ts, version = found
                event(log, "post.found_again", post=post.id, ts=ts)
                with self._store.write() as connection:
                    posts.mark_drawn(connection, post.id, version, ts)
                return
        with self._store.write() as connection:
            posts.mark_sending(connection, post.id)
        self._pace.posted(post)
        try:
            answer = self._slack.call(
                "chat.postMessage", channel=post.channel, thread_ts=self._thread(post) or None,
                metadata={
                    "event_type": EVENT_TYPE,
                    "event_payload": {"post": post_key(post), "version": post.wanted},
                },
                unfurl_links=False, unfurl_media=False, **message,
            )  # fmt: skip
        except (Busy, Refused):
            with self._store.write() as connection:  # an answer, so nothing is under way
                posts.forget_message(connection, post.id)
            raise
        self._save(post, str(answer["ts"]))

    def _edit(self, post: Post, message: Message) -> None:
        self._pace.edited(post)
        self._slack.call("chat.update", channel=post.channel, ts=post.ts, **message)
        self._save(post, post.ts)

    def _save(self, post: Post, ts: str) -> None:
        with self._store.write() as connection:
            posts.mark_drawn(connection, post.id, post.wanted, ts)
        self._pace.went_well(post)
        self._features.restore(f"posts to {post.channel}")
        event(log, "post.drawn", post=post.id, kind=post.kind, channel=post.channel, version=post.wanted)

    def _found(self, post: Post) -> tuple[str, int] | None:
        try:
            return find_sent(self._slack, post, post_key(post), self._thread(post), EVENT_TYPE)
        except Refused as refused:
            # Without the right to read the channel a doubled message is the lesser evil than a lost one.
            self._features.narrow("finding a message whose answer was lost", str(refused))
            return None

    def _thread(self, post: Post) -> str:
        if post.parent is None:
            return ""
        with self._store.read() as connection:
            parent = posts.get(connection, post.parent)
        return parent.ts if parent else ""

    def _refused(self, post: Post, message: Message | None, refused: SlackError) -> None:
        assert isinstance(refused, Refused)
        if refused.code in _GONE:
            # A person deleted it. This change is when it is posted anew.
            with self._store.write() as connection:
                posts.forget_message(connection, post.id)
            event(log, "post.was_deleted", post=post.id, channel=post.channel)
        elif refused.code in _BAD_PICTURE and post.data.get("picture", {}).get("file"):
            if self._uploads.not_shown(post):
                self._pace.hold_post(post)
        elif refused.code in _BAD_PICTURE and message and "blocks" in message:
            faults = "; ".join(problems(message))
            event(log, "post.bad_picture", level=logging.ERROR, post=post.id, error=refused, problems=faults)
            self._plainly(post, message)
        elif refused.code in _REVOKED:
            self._features.narrow("Slack", str(refused))
            self._pace.hold_all(REVOKED_AGAIN_S)
        else:
            self._closed(post, refused)

    def _plainly(self, post: Post, message: Message) -> None:
        """The words alone: Slack did not like the picture, but what it says must arrive."""
        try:
            if post.ts:
                self._edit(post, {"text": message["text"], "blocks": []})
            else:
                self._post(post, {"text": message["text"]})
        except SlackError as error:
            wait = self._pace.hold_post(post)
            event(log, "post.not_sent", level=logging.ERROR, post=post.id, error=error, seconds=wait)

    def _closed(self, post: Post, refused: Refused) -> None:
        if post.kind == "job" and refused.code in _CLOSED:
            # The progress of a scan that was asked for where Patrol may not write; the asker was answered.
            event(log, "post.dropped", post=post.id, channel=post.channel, code=refused.code)
            self._save(post, post.ts)
            return
        self._pace.hold_channel(post.channel, CLOSED_AGAIN_S)
        mend = "Invite Patrol to the channel, or name another in patrol.toml."
        self._features.narrow(f"posts to {post.channel}", f"{refused} {mend}")


def post_key(post: Post) -> str:
    """What the metadata of a message holds of its post: the same after a restart, different in another store."""
    return f"{post.id}/{post.kind}/{post.subject}/{post.day}"[:200]
