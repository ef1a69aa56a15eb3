"""When what may be sent: Slack's limits by channel and method, and patience after failures."""

from collections.abc import Callable

from storage.model import Post

POST_GAP_S = 1.05  # Slack allows one message a second in a channel
EDIT_GAP_S = 1.2  # chat.update is tier 3, about 50 a minute
FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 60.0
POST, EDIT = "chat.postMessage", "chat.update"


class Pace:
    """Instants of the monotonic clock before which something may not be done."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._now = monotonic
        self._methods: dict[tuple[str, str], float] = {}
        self._posts: dict[int, tuple[float, float]] = {}
        self._channels: dict[str, float] = {}
        self._all = 0.0

    def wait_for(self, post: Post) -> float:
        """Seconds until `post` may go; nought or less means now."""
        method = EDIT if post.ts else POST
        allowed = max(
            self._all,
            self._channels.get(post.channel, 0.0),
            self._methods.get((method, post.channel), 0.0),
            self._posts.get(post.id, (0.0, 0.0))[0],
        )
        return allowed - self._now()

    def posted(self, post: Post) -> None:
        """A new message left."""
        self._methods[POST, post.channel] = self._now() + POST_GAP_S

    def edited(self, post: Post) -> None:
        """An edit of `post` left: the same message is not edited again at once."""
        self._posts[post.id] = (self._now() + EDIT_GAP_S, 0.0)

    def went_well(self, post: Post) -> None:
        """Forget the failures of `post`."""
        until, wait = self._posts.get(post.id, (0.0, 0.0))
        if wait:
            self._posts.pop(post.id)
        elif until <= self._now():
            self._posts.pop(post.id, None)

    def hold_post(self, post: Post) -> float:
        """It failed: wait, twice as long each time. Returns the seconds."""
        wait = min(LONGEST_WAIT_S, max(FIRST_WAIT_S, 2 * self._posts.get(post.id, (0.0, 0.0))[1]))
        self._posts[post.id] = (self._now() + wait, wait)
        return wait

    def hold_method(self, method: str, post: Post, seconds: float) -> None:
        """Slack said when to come back with this method; the limit of posts is a channel's own."""
        until = self._now() + seconds
        if method in (POST, EDIT):
            self._methods[method, post.channel] = max(self._methods.get((method, post.channel), 0.0), until)
        else:  # the search for a lost answer: only this post waits for it
            self._posts[post.id] = (until, self._posts.get(post.id, (0.0, 0.0))[1])

    def hold_channel(self, channel: str, seconds: float) -> None:
        """The channel takes nothing now."""
        self._channels[channel] = self._now() + seconds

    def hold_all(self, seconds: float) -> None:
        """Nothing works now."""
        self._all = self._now() + seconds
