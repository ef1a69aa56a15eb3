"""Patrol as one process: store, Slack, worker, sender, scheduler, listeners to events; started together and drained together."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from slack_bolt import App

from bot.app import build_app
from bot.directory import GROUPS_EVERY
from bot.events import Listener
from bot.followups import Followups
from bot.http_mode import HttpMode
from bot.logs import event
from bot.scheduler import Scheduler
from bot.seat import Seat
from bot.settings import Settings
from bot.settings_workspaces import Workspace
from bot.socket_mode import SocketMode
from bot.worker import Worker
from commands import digest, lapse, weekly
from commands.model import Scanner
from commands.people import Person
from commands.registry import run_text
from scanners.aws.events.options import event_options
from storage.store import Store

log = logging.getLogger("patrol.process")
ANSWERS = 4  # more threads would only fight for the interpreter while people wait
DRAIN_S = 8.0


@dataclass(frozen=True, slots=True)
class Http:
    """Where to listen instead of Socket Mode."""

    host: str
    port: int


class Process:
    """Everything that runs in `patrol serve`. `start` returns once Slack knows us; `stop` drains.

    One store, one worker, one scheduler; a seat for each workspace. `desk`, `slack`, `directory`, `features`
    and `sender` are those of the first one.
    """

    def __init__(
        self, settings: Settings, store: Store, scanner: Scanner, now: Callable[[], datetime],
        http: Http | None = None,
    ) -> None:  # fmt: skip
        self.store = store
        self._settings, self._now, self._http = settings, now, http
        self._stop = threading.Event()
        followups = Followups()
        self.seats = [
            Seat(workspace, settings.organisation, store, scanner, now, self.wake, followups)
            for workspace in settings.served
        ]
        first = self.seats[0]
        self.desk, self.slack, self.directory = first.desk, first.slack, first.directory
        self.features, self.sender = first.features, first.sender
        self.worker = Worker(self._job_context, self._wake_senders, self.desk.job_ended)
        self._scheduler = Scheduler(settings.schedules, store, self._scheduled, now, self._beat)
        self._pool = ThreadPoolExecutor(ANSWERS * len(self.seats), thread_name_prefix="patrol-answer")
        self._threads: list[threading.Thread] = []
        self._events = [
            Listener(target, lambda: self._job_context(Person("schedule")), self.worker.wake)
            for target in settings.organisation.targets
            if target.kind == "aws" and event_options(target).queue
        ]
        self.ways_in: list[SocketMode | HttpMode] = []

    @property
    def way_in(self) -> SocketMode | HttpMode | None:
        """Where payloads come in; the first, where each workspace has an app of its own."""
        return self.ways_in[0] if self.ways_in else None

    def wake(self) -> None:
        """Something was written: there may be work, and something to send."""
        self.worker.wake()
        self._wake_senders()

    def _wake_senders(self) -> None:
        for seat in self.seats:
            seat.sender.wake()

    def start(self) -> None:
        """Introduce ourselves to Slack, then start every part.

        Raises CredentialError where Slack refuses a token. Waits while Slack cannot be reached.
        """
        for seat in self.seats:
            seat.introduce(self._stop)
        self.worker.start()
        for seat in self.seats:
            self._thread(
                f"patrol-sender{seat.workspace.id and '-' + seat.workspace.id}", seat.sender.run, self._stop
            )
        self._thread("patrol-groups", self._groups)
        self._scheduler.start()
        for listener in self._events:
            listener.start()
        self.ways_in = self._listen()
        for way in self.ways_in:
            way.start()
        event(log, "process.started", workspaces=",".join(seat.team for seat in self.seats))

    def stop(self) -> None:
        """Take nothing new, finish what is on its way, in at most ten seconds."""
        until = time.monotonic() + DRAIN_S
        self._stop.set()
        self._scheduler.stop()
        for listener in self._events:
            listener.stop()
        for way in self.ways_in:
            way.stop()
        self.worker.stop(max(0.5, until - time.monotonic() - 3.0))
        self._pool.shutdown(wait=False, cancel_futures=False)
        self._wake_senders()
        for thread in [*self._threads, *_listeners(self._pool)]:
            thread.join(max(0.1, until - time.monotonic()))
        self.store.close()
        event(log, "process.stopped")

    def _listen(self) -> list[SocketMode | HttpMode]:
        """One way in for each Slack app: an app that is installed in several workspaces has but one connection."""
        if self._http is not None:
            apps = self._apps(lambda workspace: workspace.signing_secret)
            return [HttpMode([app for app, _seats in apps], self._http.host, self._http.port)]
        # The app-level token belongs to apps.connections.open alone.
        return [
            SocketMode(app, seats[0].workspace.app_token, seats[0].client, seats[0].features)
            for app, seats in self._apps(lambda workspace: workspace.app_token)
        ]

    def _apps(self, secret_of: Callable[[Workspace], str]) -> list[tuple[App, list[Seat]]]:
        by_secret: dict[str, list[Seat]] = {}
        for seat in self.seats:
            by_secret.setdefault(secret_of(seat.workspace), []).append(seat)
        return [
            (build_app(seats, seats[0].workspace.signing_secret, self._pool), seats)
            for seats in by_secret.values()
        ]

    def _job_context(self, person: Person) -> Any:
        return self.desk.context(person, face="schedule")

    def _scheduled(self, words: str) -> None:
        run_text(self.desk.context(Person("schedule"), face="schedule"), words)
        self.wake()

    def _beat(self, began: datetime) -> None:
        context = self.desk.context(Person("schedule"), face="schedule")
        lapsed = lapse.tick(context)  # first, so that a digest tells what has just run out
        told = digest.post_due(context, began)
        if weekly.post_due(context, began) or told or lapsed:
            self.wake()
        weekly.take_due(context)  # last: on a large ledger it takes its time

    def _groups(self) -> None:
        while not self._stop.wait(GROUPS_EVERY.total_seconds()):
            for seat in self.seats:
                seat.directory.refresh_groups()

    def _thread(self, name: str, target: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=target, args=args, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


def _listeners(pool: ThreadPoolExecutor) -> list[threading.Thread]:
    return list(getattr(pool, "_threads", ()))
