"""`patrol serve` and its worker processes: none outlives it, however it ends."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from bot.sandbox.slack import SandboxSlack
from storage import jobs
from storage.store import Store
from tests.bot.executor.processes import children, there, until

ROOT = Path(__file__).parents[3]
CONFIG = """\
[[team]]
name = "payments"
channel = "C0PAYMENTS"
members = ["U0DEV1"]
[[target]]
name = "prod"
kind = "aws"
owner = "payments"
regions = ["us-east-1"]
"""


@contextmanager
def serving(folder: Path, slack: SandboxSlack, aws: str) -> "Iterator[subprocess.Popen[bytes]]":
    """The real process, with a worker that stands by."""
    (folder / "patrol.toml").write_text(CONFIG)
    environ = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")} | {
        "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.base_url,
        "PYTHONPATH": str(ROOT), "AWS_ENDPOINT_URL": aws, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "bot", "serve"], cwd=folder, env=environ, stderr=subprocess.DEVNULL
    )
    try:
        slack.wait_for(lambda: slack.connections, 20, "the connection")
        until(lambda: children(process.pid), "a worker that stands by")
        yield process
    finally:
        process.kill()
        process.wait()


def test_a_kill_nine_leaves_no_worker_behind(tmp_path: Path) -> None:
    with SandboxSlack() as slack, serving(tmp_path, slack, "http://127.0.0.1:1") as process:
        workers = children(process.pid)
        process.kill()
        process.wait()
        until(lambda: not [pid for pid in workers if there(pid)], "the end of the workers", 5)


def test_a_sigterm_in_a_scan_that_hangs_ends_all_in_time_and_the_scan_is_done_again(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, SandboxSlack() as slack:
        deaf.settimeout(20)
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}"
        with serving(tmp_path, slack, address) as process:
            assert slack.command("U0DEV1", "C0PAYMENTS", "scan prod").acked
            held, _peer = deaf.accept()  # the scan's first call, which is never answered
            workers = children(process.pid)
            assert len(workers) == 2
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            assert process.wait(12) == 0
            assert time.monotonic() - began < 10
            until(lambda: not [pid for pid in workers if there(pid)], "the end of the workers", 2)
            held.close()
    store = Store(tmp_path / "patrol.db")
    with store.write() as connection:
        assert jobs.recover(connection, datetime.now(UTC)) == 1, "the job waits for the next start"
    store.close()
