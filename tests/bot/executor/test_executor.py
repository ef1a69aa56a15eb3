"""Scans in worker processes: real processes, killed, cancelled, refused and replaced."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bot.executor import Executor
from scanners.errors import CollectError, ConfigError, CredentialError, StoreError
from scanners.model import Scan, Target
from scanners.stop import StopSignal
from tests.bot.executor.processes import there, until
from tests.bot.messages import stage as words

SCRIPTED = "tests.bot.executor.scripted:make_scanner"


def target(**settings: Any) -> Target:
    return Target("prod", "scripted", settings=settings)


@pytest.fixture(scope="module")
def executor() -> Iterator[Executor]:
    before = dict(os.environ)
    os.environ["SLACK_BOT_TOKEN"] = "xoxb-1"
    with Executor(SCRIPTED) as made:
        yield made
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture
def background() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def running(started: Path) -> int:
    """The worker that began the scan which was told to make the file."""
    until(lambda: started.exists() and started.read_text(), "the scan has begun")
    return int(started.read_text())


def test_a_scan_crosses_whole_and_in_order(executor: Executor) -> None:
    scan = executor(target(verdicts=257), ("s3.public",), only_resource="arn", trigger="claim")
    assert scan.verdicts == tuple(words.verdict(f"bucket-{at}") for at in range(257))
    assert (scan.only_resource, scan.trigger, scan.cancelled) == ("arn", "claim", False)
    assert scan.versions["s3.public"] == "1"
    assert scan.started.tzinfo is not None


def test_a_scan_runs_in_another_process_that_knows_no_token(executor: Executor) -> None:
    scan = executor(target(), ())
    assert int(scan.versions["pid"]) in executor.pids
    assert int(scan.versions["pid"]) != os.getpid()
    assert scan.versions["token"] == ""
    assert int(scan.versions["nice"]) > os.nice(0), "whoever clicks goes before a scan"


def test_a_worker_is_used_again(executor: Executor) -> None:
    pids = {executor(target(), ()).versions["pid"] for _ in range(3)}
    assert len(pids) == 1


def test_scans_at_once_run_beside_each_other_and_one_stands_by(
    executor: Executor, background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    stop = threading.Event()
    asked = [target(wait=True, started=str(tmp_path / name)) for name in "ab"]
    scans = [background.submit(executor, one, (), cancel=stop) for one in asked]
    pids = {running(tmp_path / name) for name in "ab"}
    assert len(pids) == 2
    assert len(executor.pids) == 3
    assert int(executor(target(), ()).versions["pid"]) not in pids
    stop.set()
    assert [scan.result(10).cancelled for scan in scans] == [True, True]


def test_who_stops_a_scan_is_told_to_its_worker_and_to_whoever_still_waits(
    background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    with Executor(SCRIPTED, most=1) as executor:
        stops = StopSignal(), StopSignal()
        first = background.submit(
            executor, target(wait=True, started=str(tmp_path / "a")), (), cancel=stops[0]
        )
        running(tmp_path / "a")
        second = background.submit(executor, target(), (), cancel=stops[1])
        stops[1].stop("stopped by Bob")
        with pytest.raises(CollectError, match="Nothing was read: stopped by Bob"):
            second.result(10)
        stops[0].stop("stopped by Ada")
        scan = first.result(10)
        assert (scan.cancelled, scan.versions["stopped"]) == (True, "stopped by Ada")


def test_more_scans_than_workers_wait_for_their_turn(background: ThreadPoolExecutor, tmp_path: Path) -> None:
    with Executor(SCRIPTED, most=1) as executor:
        stop = threading.Event()
        first = background.submit(executor, target(wait=True, started=str(tmp_path / "a")), (), cancel=stop)
        running(tmp_path / "a")
        second = background.submit(executor, target(), ())
        assert len(executor.pids) == 1
        stop.set()
        assert first.result(10).versions["pid"] == second.result(10).versions["pid"]


def test_progress_crosses(executor: Executor) -> None:
    told: list[tuple[str, int, int]] = []
    executor(target(steps=3), (), progress=lambda *step: told.append(step))
    assert told == [("list 0", 1, 3), ("list 1", 2, 3), ("list 2", 3, 3)]


def test_a_progress_that_fails_ends_the_scan_with_its_error_and_the_next_is_well(executor: Executor) -> None:
    def fail(*_step: object) -> None:
        raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="the disk is full"):
        executor(target(steps=2), (), progress=fail)
    assert len(executor(target(verdicts=1), ()).verdicts) == 1


def test_a_cancel_crosses_and_what_was_read_is_kept(
    executor: Executor, background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    cancel = threading.Event()
    scan = background.submit(
        executor, target(wait=True, verdicts=2, started=str(tmp_path / "a")), (), cancel=cancel
    )
    running(tmp_path / "a")
    cancel.set()
    assert (scan.result(5).cancelled, len(scan.result().verdicts)) == (True, 2)
    assert not executor(target(), (), cancel=threading.Event()).cancelled


def test_a_worker_that_does_not_stop_when_told_is_killed(
    executor: Executor, background: ThreadPoolExecutor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.executor.child.CANCEL_S", 0.2)
    cancel = threading.Event()
    scan = background.submit(executor, target(hang=True, started=str(tmp_path / "a")), (), cancel=cancel)
    pid = running(tmp_path / "a")
    cancel.set()
    with pytest.raises(CollectError, match="told to stop and did not"):
        scan.result(10)
    assert not there(pid)


def test_a_worker_killed_in_a_scan_is_one_clear_error_and_the_next_scan_runs(
    executor: Executor, background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    stop = threading.Event()
    other = background.submit(executor, target(wait=True, started=str(tmp_path / "b")), (), cancel=stop)
    running(tmp_path / "b")
    scan = background.submit(executor, target(hang=True, started=str(tmp_path / "a")), ())
    pid = running(tmp_path / "a")
    os.kill(pid, signal.SIGKILL)
    with pytest.raises(CollectError) as caught:
        scan.result(10)
    text = str(caught.value)
    assert text.startswith(
        "The scan of prod broke off: its worker process is gone (it was killed by SIGKILL)."
    )
    assert "\n" not in text
    assert not there(pid), "a zombie is left"
    assert executor(target(), ()).versions["pid"] != str(pid)
    stop.set()
    assert other.result(10).cancelled, "the scan beside it was not disturbed"


def test_a_worker_that_died_while_idle_is_replaced_unseen(executor: Executor) -> None:
    pid = int(executor(target(), ()).versions["pid"])
    os.kill(pid, signal.SIGKILL)
    until(lambda: _dead(pid), "its end")
    assert executor(target(), ()).versions["pid"] != str(pid)
    assert not there(pid), "a zombie is left"


def _dead(pid: int) -> bool:
    """With all its threads: the first may be gone while another still holds the connection."""
    alone = len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
    return alone and Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"


def test_a_worker_that_ends_by_itself_says_with_which_code(executor: Executor) -> None:
    with pytest.raises(CollectError, match="ended with code 7"):
        executor(target(fail="exit"), ())


def test_a_worker_that_cannot_begin_is_an_error_and_no_endless_wait() -> None:
    with (
        Executor("tests.bot.executor.nowhere:make") as executor,
        pytest.raises(CollectError, match="ended with code 1"),
    ):
        executor(target(), ())


def test_a_machine_that_has_no_room_for_a_worker_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/nowhere/python")
    with (
        Executor(SCRIPTED) as executor,
        pytest.raises(CollectError, match="No worker process could be started"),
    ):
        executor(target(), ())


def test_an_error_crosses_with_its_text_and_the_worker_lives_on(executor: Executor) -> None:
    before = executor(target(), ()).versions["pid"]
    with pytest.raises(CollectError) as caught:
        executor(target(fail="collect"), ())
    assert str(caught.value) == "AWS can't be reached: no route. Check the network."
    assert executor(target(), ()).versions["pid"] == before


def test_an_error_nobody_foresaw_crosses_and_its_trace_is_logged_in_the_worker(
    executor: Executor, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(KeyError, match="Buckets"):
        executor(target(fail="key"), ())
    with Executor(SCRIPTED) as fresh, pytest.raises(RuntimeError, match="Odd: the moon because it is round"):
        fresh(target(fail="odd"), ())
    assert "Traceback" in capfd.readouterr().err


def test_signals_to_the_whole_group_do_not_end_a_worker(executor: Executor) -> None:
    before = executor(target(), ()).versions["pid"]
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(int(before), number)
    assert executor(target(), ()).versions["pid"] == before


def test_the_end_of_the_executor_ends_every_worker_and_the_scans_they_run(
    background: ThreadPoolExecutor, tmp_path: Path
) -> None:
    executor = Executor(SCRIPTED).start()
    scan: Future[Scan] = background.submit(executor, target(hang=True, started=str(tmp_path / "a")), ())
    running(tmp_path / "a")
    pids = executor.pids
    executor.close()
    with pytest.raises(CollectError):
        scan.result(10)
    assert not [pid for pid in pids if there(pid)]
    with pytest.raises(CollectError, match="stopping"):
        executor(target(), ())
    assert executor.start().pids == ()


def test_the_real_scanner_says_in_a_worker_what_it_says_here(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    (tmp_path / "json.py").write_text("raise ImportError('a file of the folder stands in for a library')")
    monkeypatch.chdir(tmp_path)
    with Executor() as executor:
        with pytest.raises(CredentialError, match=r"^AWS: no credentials were found\. Set AWS_PROFILE"):
            executor(Target("prod", "aws", regions=("us-east-1",)), ())
        with pytest.raises(ConfigError, match="Patrol scans aws"):
            executor(Target("prod", "moon"), ())
