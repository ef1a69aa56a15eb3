"""The scanner of these tests' workers: does what the target's settings say. Imported in the worker process."""

import os
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event as StopSignal

from commands.model import Progress, Scanner
from scanners.errors import CollectError
from scanners.model import Scan, Status, Target
from scanners.stop import reason_of
from tests.bot.messages import stage as words


class Odd(Exception):
    """Cannot be pickled: it is made of two things and keeps a lock."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what} because {why}")
        self.lock = threading.Lock()


def make_scanner(now: Callable[[], datetime]) -> Scanner:
    """`settings` may hold: started (a file that is made), verdicts (how many), steps, wait, hang, fail."""

    def scanner(
        target: Target, controls: tuple[str, ...], *, only_resource: str = "", trigger: str = "command",
        progress: Progress | None = None, cancel: StopSignal | None = None,
    ) -> Scan:  # fmt: skip
        asked, cancel = target.settings, cancel or threading.Event()
        if "started" in asked:
            Path(asked["started"]).write_text(str(os.getpid()))
        for step in range(asked.get("steps", 0)):
            assert progress is not None
            progress(f"list {step}", step + 1, asked["steps"])
        if asked.get("hang"):
            threading.Event().wait()
        if asked.get("wait"):
            cancel.wait()
        match asked.get("fail"):
            case "collect":
                raise CollectError("AWS can't be reached: no route. Check the network.")
            case "key":
                raise KeyError("Buckets")
            case "odd":
                raise Odd("the moon", "it is round")
            case "exit":
                os._exit(7)
        said = [words.verdict(f"bucket-{at}", Status.FAIL) for at in range(asked.get("verdicts", 0))]
        scan = words.scan(1, now(), said, only=only_resource)
        told = {
            "pid": str(os.getpid()),
            "nice": str(os.nice(0)),
            "token": os.environ.get("SLACK_BOT_TOKEN", ""),
            "stopped": reason_of(cancel),
        }
        return replace(
            scan, trigger=trigger, cancelled=cancel.is_set(), versions=dict.fromkeys(controls, "1") | told
        )

    return scanner
