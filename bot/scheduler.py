"""Schedules to commands, by APScheduler: once per slot, missed ones caught up once. Jobs only enqueue.

Beside them beats a heart: twice a minute it is seen to what falls due by itself, lapses and each team's digest.
"""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from threading import Lock
from zoneinfo import ZoneInfo

from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.base import BaseTrigger
from apscheduler.triggers.interval import IntervalTrigger

from bot.crontab import triggers
from bot.logs import event
from bot.settings import Schedule
from scanners.errors import PatrolError
from storage.once import first_run, last_slot
from storage.store import Store

log = logging.getLogger("patrol.scheduler")
BEAT_S = 30
LOOK_BACK = timedelta(days=32)  # a monthly schedule that was missed is still found


class Scheduler:
    """Runs the words of each schedule. `run` enqueues; it raises PatrolError where the words are off.

    `beat` is called every 30 s with the moment when this process began.
    """

    def __init__(
        self, schedules: tuple[Schedule, ...], store: Store, run: Callable[[str], object],
        now: Callable[[], datetime], beat: Callable[[datetime], object] = lambda _began: None,
    ) -> None:  # fmt: skip
        self._schedules, self._store, self._run, self._now = schedules, store, run, now
        self._heart = beat
        self._began = now()
        self._lock = Lock()
        self._background = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Catch up what was missed while no process ran, once each, then wait for the next."""
        for schedule in self._schedules:
            self.tick(schedule)
            for trigger in triggers(schedule.cron, schedule.timezone):
                self._background.add_job(self.tick, trigger, args=(schedule,))
        self.beat()
        self._background.add_job(self.beat, IntervalTrigger(seconds=BEAT_S, timezone=UTC))
        self._background.start()

    def beat(self) -> None:
        """See to what falls due by itself. A fault is told and tried again at the next beat."""
        try:
            self._heart(self._began)
        except PatrolError as error:
            event(log, "beat.failed", level=logging.ERROR, error=error)
        except Exception:
            # The scheduler must not lose its heart to one finding that cannot be settled.
            log.exception("beat.broke")

    def stop(self) -> None:
        """Start no more."""
        if self._background.running:
            self._background.shutdown(wait=False)

    def tick(self, schedule: Schedule) -> bool:
        """Run the newest slot that is due and was not run; True where there was one."""
        with self._lock:
            slot = self.due_slot(schedule)
            if not slot:
                return False
            try:
                self._run(schedule.run)
                event(log, "schedule.ran", schedule=schedule.name, slot=slot)
            except PatrolError as error:
                event(log, "schedule.failed", level=logging.ERROR, schedule=schedule.name, error=error)
            # Written after the run: dying in between runs it again, which joins the job under way.
            with self._store.write() as connection:
                first_run(connection, schedule.name, slot, self._now())
            return True

    def due_slot(self, schedule: Schedule) -> str:
        """The newest local date and time due by now that this schedule has not taken, "" where none."""
        now = self._now()
        with self._store.read() as connection:
            taken = last_slot(connection, schedule.name)
        zone = ZoneInfo(schedule.timezone)
        since = datetime.fromisoformat(taken).replace(tzinfo=zone) if taken else self._began
        newest = _newest(triggers(schedule.cron, schedule.timezone), max(since, now - LOOK_BACK), now)
        if newest is None:
            return ""
        # Wall time without its offset: when the clocks go back, 02:30 comes twice and is one slot.
        slot = newest.astimezone(zone).replace(tzinfo=None).isoformat(timespec="minutes")
        return slot if slot > taken else ""


def _newest(found: list[BaseTrigger], since: datetime, now: datetime) -> datetime | None:
    newest = None
    for trigger in found:
        moment = since.astimezone(UTC)
        while (due := trigger.get_next_fire_time(None, moment)) is not None and due <= now:
            due = due.astimezone(UTC)
            newest = due if newest is None else max(newest, due)
            # In the hour that comes twice a trigger may name a moment that has passed: go on regardless.
            moment = max(due, moment) + timedelta(minutes=1)
    return newest
