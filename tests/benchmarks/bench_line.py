"""Acknowledgements under load, cold starts, memory, and how quiet a first scan is; printed, beside a yardstick."""

import os
import statistics
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from slack_bolt import App
from slack_bolt.adapter.socket_mode.websocket_client import SocketModeHandler
from slack_sdk import WebClient

from bot.sandbox.aws import SandboxAws, build_company
from bot.sandbox.slack import SandboxSlack
from scanners.model import Status
from tests.bot.line.stage import CHANNEL, DANA, open_line

ROOT = Path(__file__).parents[2]
CONFIG = """\
[[team]]
name = "payments"
channel = "C0PAYMENTS"
members = ["U0DEV1"]
[[target]]
name = "prod"
kind = "aws"
owner = "payments"
regions = ["eu-west-1", "us-east-1"]
"""
USERS, CLICKS, THINK_S = 20, 15, 0.4


def _storm(slack: SandboxSlack) -> list[float]:
    """20 users, each typing 15 commands with half a second of thought; seconds until each was acknowledged."""

    def user(number: int) -> list[float]:
        found = []
        for click in range(CLICKS):
            time.sleep(THINK_S * (1 + (number * 7 + click * 3) % 10 / 10))  # people think, and not in step
            found.append(slack.command(DANA, CHANNEL, "help").seconds)
        return found

    with ThreadPoolExecutor(USERS) as pool:
        return sorted(seconds for found in pool.map(user, range(USERS)) for seconds in found)


def _p99(times: list[float]) -> float:
    return times[int(len(times) * 0.99) - 1]


def test_acknowledgements_while_a_scan_runs(tmp_path: Path) -> None:
    with SandboxSlack() as slack:
        app = App(token=slack.bot_token, client=WebClient(token=slack.bot_token, base_url=slack.base_url))

        @app.command("/patrol")
        def on_command(ack: Any) -> None:
            ack()

        handler = SocketModeHandler(app, slack.app_token)
        handler.connect()
        slack.wait_for(lambda: slack.connections)
        alone = _storm(slack)
        handler.close()
    with SandboxAws() as aws, SandboxSlack() as slack:
        build_company(aws)
        environ = os.environ | aws.environment() | {
            "SLACK_BOT_TOKEN": slack.bot_token, "SLACK_APP_TOKEN": slack.app_token, "SLACK_API_URL": slack.base_url,
        }  # fmt: skip
        (tmp_path / "patrol.toml").write_text(CONFIG)
        process = subprocess.Popen(
            [sys.executable, "-m", "bot", "serve"], cwd=tmp_path, env=environ | {"PYTHONPATH": str(ROOT)},
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        slack.wait_for(lambda: slack.connections, 20)
        stop = threading.Event()

        def scanning() -> None:
            while not stop.wait(0.5):
                slack.command(DANA, "C0PLATFORM", "scan prod")  # joins the one under way, or begins the next

        thread = threading.Thread(target=scanning)
        thread.start()
        time.sleep(1)
        ours = _storm(slack)
        stop.set()
        thread.join()
        process.terminate()
        process.wait(15)
    print(
        f"\nack of a slash command, {USERS} users, a scan running: p50 {statistics.median(ours) * 1000:.0f} ms,"
        f" p99 {_p99(ours) * 1000:.0f} ms (bar 100); Bolt alone, no scan: p50 {statistics.median(alone) * 1000:.0f} ms,"
        f" p99 {_p99(alone) * 1000:.0f} ms; ratio of p99 {_p99(ours) / _p99(alone):.1f}"
    )


def test_cold_starts() -> None:
    def run(*words: str, **environ: str) -> tuple[float, str]:
        began = time.perf_counter()
        done = subprocess.run(
            [sys.executable, "-m", "bot", *words], cwd=ROOT, env=os.environ | environ, capture_output=True,
            text=True, check=False,
        )  # fmt: skip
        return time.perf_counter() - began, done.stdout

    python = min(_timed(["-c", "pass"]) for _ in range(5))
    helped = min(run("--help")[0] for _ in range(5))
    print(f"\npatrol --help: {helped:.2f} s; Python alone: {python:.2f} s")
    with SandboxAws() as aws:
        build_company(aws)
        whole = min(
            run("scan", "aws", "--controls", "s3.public", "--regions", "us-east-1", **aws.environment())[0]
            for _ in range(3)
        )
    print(f"patrol scan aws --controls s3.public, cold, 8 buckets: {whole:.2f} s with the API's own time")


def _timed(words: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *words], check=True)
    return time.perf_counter() - began


def test_memory_of_a_scan_of_two_thousand_resources() -> None:
    with SandboxAws() as aws:
        ec2 = aws.client("ec2", "us-east-1")
        for _ in range(2_000):
            ec2.create_volume(AvailabilityZone="us-east-1a", Size=1)
        code = (
            "from bot.executor import Executor; from scanners.model import Target;"
            "e = Executor(); s = e(Target('prod', 'aws', '', ('us-east-1',)), ());"
            "peak = lambda pid: next(int(l.split()[1]) for l in open(f'/proc/{pid}/status') if l.startswith('VmHWM'));"
            "print(s.stats.resources, s.stats.seconds, max(map(peak, e.pids)) // 1024, peak('self') // 1024)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | aws.environment(),
            capture_output=True,
            text=True,
            check=True,
        )
    resources, seconds, worker, parent = done.stdout.split()
    print(
        f"\nscan of {resources} resources, all controls: {worker} MiB at most in its process (bar 200),"
        f" {parent} MiB in the one that asked, {float(seconds):.1f} s"
    )


def test_a_first_scan_of_ten_thousand_findings_is_quiet(tmp_path: Path) -> None:
    with open_line(tmp_path) as line:
        line.scanner.buckets = {f"bucket-{at:05d}": Status.FAIL for at in range(10_000)}
        line.start()
        began = time.perf_counter()
        line.slack.command(DANA, "C0PLATFORM", "scan prod")
        line.wait(line.post, "the post", 60)
        time.sleep(3)
        first = len(line.slack.messages(CHANNEL))
        took = time.perf_counter() - began
        line.scanner.scans += 1
        line.slack.command(DANA, "C0PLATFORM", "scan prod")
        time.sleep(8)
        again = len(line.slack.messages(CHANNEL)) - first
    print(
        f"\na first scan with 10,000 findings: {first} messages (bar 5) after {took:.1f} s; the same scan again: {again} (bar 0)"
    )
