"""`patrol serve`: the process, until SIGTERM or Ctrl-C; then drained, exit code 0."""

import os
import signal
import threading
from types import FrameType

from bot.executor import Executor
from bot.logs import set_up
from bot.process import Http, Process
from bot.settings import Settings, slack_tokens
from bot.times import now_utc
from storage.store import Store

LAST_RESORT_S = 9.0
LISTEN_S = 0.5


def serve(settings: Settings, http: Http | None = None, log_level: str = "info") -> int:
    """Run until a signal ends it. Raises ConfigError, CredentialError or StoreError before it is up."""
    slack_tokens(settings, http=http is not None)
    set_up(log_level)
    ended = threading.Event()

    def end(number: int, _frame: FrameType | None) -> None:
        if ended.is_set():  # the second signal: whoever sends it does not want to wait
            os._exit(128 + number)
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    executor = Executor()
    process = Process(settings, Store(settings.store), executor, now_utc, http)
    failures: list[BaseException] = []
    started = threading.Thread(target=_start, args=(process, executor, ended, failures), daemon=True)
    started.start()
    # Woken now and then: a signal that the system gives to another thread is heard by this one when it runs.
    while not ended.wait(LISTEN_S):
        pass
    last_resort = threading.Timer(LAST_RESORT_S, os._exit, (0,))
    last_resort.daemon = (
        True  # a thread that hangs in a library must not keep the process from ending in time
    )
    last_resort.start()
    process.stop()
    executor.close()
    if failures:
        raise failures[0]
    return 0


def _start(
    process: Process, executor: Executor, ended: threading.Event, failures: list[BaseException]
) -> None:
    try:
        process.start()
        executor.start()
    except BaseException as error:
        failures.append(error)
        ended.set()
