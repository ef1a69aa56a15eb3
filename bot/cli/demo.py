"""`patrol demo`."""

import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from bot.cli.invocation import Invocation, parse
from scanners.errors import PatrolError, UsageError

HELP = """
patrol demo [--once] [--port N] [--store FILE] [--days N [--seed N]]

A Slack workspace and an AWS account on this machine, with Patrol between them: nothing leaves it, and no
token is needed. It prints the address of a page on which you use it, and runs until you stop it.
--once  plays the whole story without a person and prints each step with its time;
        exit code 0 only where every step was seen to work
--port  the page's port; one that is free where you name none
--days  first plays a month (or 1 to 90 days up to now) of six teams into the store, which must be new, and
        prints what became of each team; then the page shows that history. With --once it ends there.
--seed  another month; the same number gives the same one (7 where you name none)
"""


def run(words: Sequence[str]) -> int:
    """Run the demo; returns 0, or 2 where a step was not seen to work."""
    invocation = parse(words, own=("port", "days", "seed"), flags=("once",))
    port = invocation.options.get("port", "0")
    if not port.isdigit() or int(port) > 65_535:
        raise UsageError(f"--port takes a number up to 65535, not {port[:20]!r}.")
    if "days" in invocation.options:
        return _month(invocation, int(port))
    if "seed" in invocation.options:
        raise UsageError("--seed says which month is played: name --days as well.")
    return _demo(int(port), invocation.store, once="once" in invocation.options)


def _month(invocation: Invocation, port: int) -> int:
    """Play the days, then end or go on to the page."""
    import tempfile

    try:
        from bot.cli.demo_month import fill, whole_days, whole_seed
    except ImportError as error:
        raise _without_sandbox(error) from error
    from bot.times import now_utc

    days = whole_days(invocation.options["days"])
    seed = whole_seed(invocation.options.get("seed", "7"))
    with tempfile.TemporaryDirectory(prefix="patrol-month-") as folder:
        store = invocation.store or Path(folder) / "patrol.db"
        fill(store, days, seed, now_utc(), _say)
        return 0 if "once" in invocation.options else _demo(port, store, month=True)


def _demo(port: int, store: Path | None, *, once: bool = False, month: bool = False) -> int:
    try:
        from bot.sandbox.stage import Stage
        from bot.sandbox.story import Story
    except ImportError as error:
        raise _without_sandbox(error) from error
    from bot.logs import set_up

    set_up("warning")
    with Stage(store=store, port=port, month=month) as stage:
        if once:
            Story(stage, _say).play()
            return 0
        return _until_stopped(stage)


def _without_sandbox(error: ImportError) -> PatrolError:
    return PatrolError(
        f"The demo needs more than Patrol itself ({error.name}). Install patrol-bot[sandbox], or use `make demo`."
    )


def _until_stopped(stage: "Stage") -> int:  # type: ignore[name-defined]  # noqa: F821  # imported late
    from bot.sandbox.stage import TARGET
    from commands.people import Person
    from commands.registry import run_text

    ended = threading.Event()

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, end)
    _say("Starting an AWS account with a small company in it ...")
    stage.open_aws()
    try:
        stage.open_slack()
    except OSError as error:
        raise PatrolError(
            f"The page's port is taken ({error.strerror}). Name another with --port."
        ) from error
    _say("Starting Patrol ...")
    stage.open_patrol()
    assert stage.process is not None
    run_text(stage.process.desk.context(Person("schedule"), face="schedule"), f"scan {TARGET}")
    stage.process.wake()
    _say(
        f"""
Open {stage.slack.page_url} in a browser. The first scan is being posted in #team-payments.

Three things to try there, as Dana:
  1. Open a finding and press How to fix, then I fixed it: Patrol checks, and says "not yet".
  2. Fix it for real. In another terminal, paste these three lines and then the command of the dialog:
       export AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x AWS_DEFAULT_REGION=us-east-1
       export HTTP_PROXY={stage.aws.endpoint} HTTPS_PROXY={stage.aws.endpoint}
       aws() {{ "{_bin()}/aws" --endpoint-url {stage.aws.endpoint} "$@"; }}
     Press I fixed it again, and see it proven.
  3. Type /patrol findings severity:critical, or /patrol help.

Ctrl-C ends it."""
    )
    ended.wait()
    _say("Stopping ...")
    return 0


def _bin() -> str:
    return str(Path(sys.executable).parent)


def _say(text: str) -> None:
    print(text, flush=True)
