"""Patrol as one process: store, Slack, worker, sender, scheduler; started together and drained together."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.app import build_app
from bot.desk import Desk
from bot.directory import GROUPS_EVERY, Directory
from bot.features import Features
from bot.followups import Followups
from bot.http_mode import HttpMode
from bot.logs import event
from bot.scheduler import Scheduler
from bot.sender import Sender
from bot.settings import Settings
from bot.slack import Refused, Slack, SlackError, web_client
from bot.socket_mode import SocketMode
from bot.worker import Worker
from commands import digest, lapse
from commands.model import Scanner
from commands.people import Person
from commands.registry import run_text
from scanners.errors import CredentialError
from storage import workspaces
from storage.store import Store

log = logging.getLogger("patrol.process")
ANSWERS = 4  # more threads would only fight for the interpreter while people wait
DRAIN_S = 8.0
REVOKED = ("invalid_auth", "not_authed", "account_inactive", "token_revoked", "not_allowed_token_type")


@dataclass(frozen=True, slots=True)
class Http:
    """Where to listen instead of Socket Mode."""

    host: str
    port: int


class Process:
    """Everything that runs in `patrol serve`. `start` returns once Slack knows us; `stop` drains."""

    def __init__(
        self, settings: Settings, store: Store, scanner: Scanner, now: Callable[[], datetime],
        http: Http | None = None,
    ) -> None:  # fmt: skip
        self.features = Features()
        self.store = store
        self._settings, self._now, self._http = settings, now, http
        self._stop = threading.Event()
        self._client = web_client(settings.bot_token, settings.slack_api_url)
        self.slack = Slack(self._client)
        self.directory = Directory(settings.organisation, store, self.slack, self.features, now)
        self._followups = Followups()
        self.sender = Sender(store, self.slack, self.features, now)
        self.desk = Desk(
            store, self.slack, self.directory, self.features, self._followups, scanner, now, self.wake
        )
        self.worker = Worker(self._job_context, self.sender.wake, self.desk.job_ended)
        self._scheduler = Scheduler(settings.schedules, store, self._scheduled, now, self._beat)
        self._pool = ThreadPoolExecutor(ANSWERS, thread_name_prefix="patrol-answer")
        self._threads: list[threading.Thread] = []
        self.way_in: SocketMode | HttpMode | None = None

    def wake(self) -> None:
        """Something was written: there may be work, and something to send."""
        self.worker.wake()
        self.sender.wake()

    def start(self) -> None:
        """Introduce ourselves to Slack, then start every part.

        Raises CredentialError where Slack refuses the token. Waits while Slack cannot be reached.
        """
        who = self._who_am_i()
        with self.store.write() as connection:
            workspaces.keep(
                connection, str(who.get("team_id") or ""), str(who.get("team") or ""),
                str(who.get("url") or ""), self._now(),
            )  # fmt: skip
        self.directory.refresh_groups()
        self.worker.start()
        self._thread("patrol-sender", self.sender.run, self._stop)
        self._thread("patrol-groups", self._groups)
        self._scheduler.start()
        self.way_in = self._listen(who)
        self.way_in.start()
        event(log, "process.started", team=who.get("team"), bot=who.get("user_id"))

    def stop(self) -> None:
        """Take nothing new, finish what is on its way, in at most ten seconds."""
        until = time.monotonic() + DRAIN_S
        self._stop.set()
        self._scheduler.stop()
        if self.way_in is not None:
            self.way_in.stop()
        self.worker.stop(max(0.5, until - time.monotonic() - 3.0))
        self._pool.shutdown(wait=False, cancel_futures=False)
        self.sender.wake()
        for thread in [*self._threads, *_listeners(self._pool)]:
            thread.join(max(0.1, until - time.monotonic()))
        self.store.close()
        event(log, "process.stopped")

    def _listen(self, who: dict[str, Any]) -> SocketMode | HttpMode:
        app = build_app(self.desk, self._client, who, self._settings.signing_secret, self._pool)
        if self._http is not None:
            return HttpMode(app, self._http.host, self._http.port)
        # The app-level token belongs to apps.connections.open alone.
        return SocketMode(app, self._settings.app_token, self._client, self.features)

    def _who_am_i(self) -> dict[str, Any]:
        wait = 0.5
        while True:
            try:
                return self.slack.call("auth.test")
            except Refused as refused:
                if refused.code in REVOKED:
                    raise CredentialError(
                        f"Slack refuses SLACK_BOT_TOKEN ({refused.code}). Copy the Bot User OAuth Token"
                        " (xoxb-...) from OAuth & Permissions in the app's settings."
                    ) from refused
                raise
            except SlackError as error:
                event(log, "slack.unreachable", level=logging.WARNING, error=error, seconds=wait)
            if self._stop.wait(wait):
                raise CredentialError("Patrol was stopped before Slack could be reached.")
            wait = min(30.0, wait * 2)

    def _job_context(self, person: Person) -> Any:
        return self.desk.context(person, face="schedule")

    def _scheduled(self, words: str) -> None:
        run_text(self.desk.context(Person("schedule"), face="schedule"), words)
        self.wake()

    def _beat(self, began: datetime) -> None:
        context = self.desk.context(Person("schedule"), face="schedule")
        lapsed = lapse.tick(context)  # first, so that a digest tells what has just run out
        if digest.post_due(context, began) or lapsed:
            self.wake()

    def _groups(self) -> None:
        while not self._stop.wait(GROUPS_EVERY.total_seconds()):
            self.directory.refresh_groups()

    def _thread(self, name: str, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


def _listeners(pool: ThreadPoolExecutor) -> list[threading.Thread]:
    return list(getattr(pool, "_threads", ()))
