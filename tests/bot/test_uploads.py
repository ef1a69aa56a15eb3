"""The files of the weekly summary: in the thread once, whatever the wire does; the message shows the picture."""

import builtins
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.features import Features
from bot.messages.posts import draw_post
from bot.sandbox.slack import SandboxSlack, acme_workspace
from bot.sandbox.slack.workspace import from_manifest
from bot.sender import Sender
from bot.slack import Slack, web_client
from commands.summary_model import to_data
from scanners.model import Severity
from storage import summary_weeks
from storage.noise import Route
from storage.post_rows import dirty, get
from storage.store import Store
from tests.bot.messages.test_summary import made

CHANNEL = "C0PAYMENTS"
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
JUMP = timedelta(seconds=70)
ROOT = Path(__file__).parents[2]


class Clock:
    """Moved on by hand: a message a second would make the tests sit and wait."""

    now = NOW


CLOCK = Clock()


class Week:
    """A store with one weekly summary, and the sender that brings it to the workspace; its clock jumps on."""

    def __init__(self, folder: Path, slack: SandboxSlack) -> None:
        self.slack, self.store = slack, Store(folder / "patrol.db")
        self.features, self.clock = Features(), CLOCK
        self.before = len(slack.messages(CHANNEL))
        with self.store.write() as connection:
            route = Route("payments", CHANNEL, Severity.HIGH)
            summary_weeks.keep(
                connection, route, "2026-11-23T09:00", NOW, data=to_data(made()), mark="", skipped=""
            )
        self.reborn()

    def reborn(self) -> None:
        """A new process: what was not written is forgotten."""
        slack = Slack(web_client(self.slack.bot_token, self.slack.base_url))
        self.sender = Sender(
            self.store, slack, self.features, lambda: NOW, lambda: self.clock.now.timestamp()
        )

    def settle(self, steps: int = 30) -> None:
        """Send until nothing is left."""
        for _ in range(steps):
            self.clock.now += JUMP
            self.sender.step()
            with self.store.read() as connection:
                if not dirty(connection):
                    return
        raise AssertionError("something was never sent")

    @property
    def message(self) -> dict[str, Any]:
        """The weekly message; there is but one."""
        (found,) = [
            m for m in self.slack.messages(CHANNEL)[self.before :] if m.get("thread_ts", m["ts"]) == m["ts"]
        ]
        return found

    @property
    def files(self) -> list[dict[str, Any]]:
        """Every file in its thread."""
        thread = self.slack.thread(CHANNEL, str(self.message["ts"]))
        return [file for message in thread for file in message.get("files", ())]

    @property
    def pictures(self) -> list[dict[str, Any]]:
        """What the message itself shows."""
        return [block for block in self.message["blocks"] if block["type"] == "image"]

    def whole(self) -> None:
        """One picture, one table, and the picture in the message."""
        assert [file["name"] for file in self.files] == ["payments-2026-11-23.png", "payments-2026-11-23.csv"]
        (picture,) = self.pictures
        assert picture["slack_file"] == {"id": self.files[0]["id"]}
        assert picture["alt_text"] == self.files[0]["alt_txt"]
        assert self.features.problems() == ()


@pytest.fixture(scope="module")
def workspace() -> Iterator[SandboxSlack]:
    app = from_manifest(acme_workspace(), ROOT / "manifest.yml")
    with SandboxSlack(app, clock=lambda: CLOCK.now) as slack:
        yield slack


@pytest.fixture
def week(tmp_path: Path, workspace: SandboxSlack) -> Iterator[Week]:
    found = Week(tmp_path, workspace)
    yield found
    found.store.close()
    workspace.faults.clear()
    for message in workspace.messages(CHANNEL):
        workspace.delete_message(CHANNEL, str(message["ts"]))


def test_the_picture_is_in_the_message_and_both_files_in_its_thread(week: Week) -> None:
    week.settle()
    week.whole()
    assert "12 of 47 open" in week.pictures[0]["alt_text"]
    assert "table per control" in str(week.slack.thread(CHANNEL, str(week.message["ts"]))[-1]["text"])


UP, SHARE = "files.getUploadURLExternal", "files.completeUploadExternal"


@pytest.mark.parametrize(
    "faults",
    [
        [("429", UP), ("429", SHARE), ("drop_before", SHARE), ("error:invalid_blocks", "chat.update")],
        [("500", UP), ("drop_after_accept", SHARE)],
        [("error:file_not_found", SHARE)],
    ],
    ids=["busy", "lost", "stale"],
)
def test_no_file_is_lost_or_doubled_by_a_fault(week: Week, faults: list[tuple[str, str]]) -> None:
    for fault, method in faults:
        week.slack.faults.add(fault, method)
    week.settle()
    week.whole()


@pytest.mark.parametrize("step", ["uploaded", "shared"])
def test_a_kill_between_the_steps_doubles_nothing(week: Week, step: str) -> None:
    """The process ends where it stands: after the upload, or after the sharing, of which nothing is written."""

    def die(*_args: Any, **_more: Any) -> None:
        raise KeyboardInterrupt

    uploads = week.sender._uploads
    setattr(uploads, {"uploaded": "_share", "shared": "_end"}[step], die)
    with pytest.raises(KeyboardInterrupt):
        week.settle()
    week.reborn()
    week.settle()
    week.whole()


def test_a_workspace_that_refuses_files_has_the_message_all_the_same(week: Week) -> None:
    week.slack.faults.add("error:missing_scope", "files.getUploadURLExternal", times=99)
    week.settle()
    assert (week.files, week.pictures) == ([], [])
    (problem,) = week.features.problems()
    assert problem.startswith("the picture and the table of the weekly summary: Slack refused")
    told = str(week.message["text"])
    assert "No picture here: patrol summary payments --days 7 --day 2026-11-23 --format html" in told
    assert len(told.splitlines()) <= 12


def test_a_picture_that_slack_never_takes_is_in_the_thread_only(week: Week) -> None:
    week.slack.faults.add("error:invalid_blocks", "chat.update", times=2)
    uploads = week.sender._uploads
    times = iter([NOW, NOW, NOW.replace(hour=10)])
    uploads._now = lambda: next(times)
    week.settle()
    assert (len(week.files), week.pictures) == (2, [])
    assert week.message["text"].startswith("Weekly summary for payments")


def test_without_matplotlib_the_table_comes_alone(week: Week, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **more: Any) -> Any:
        if name.startswith("matplotlib"):
            raise ImportError(name=name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    week.settle()
    assert ([file["filetype"] for file in week.files], week.pictures) == (["csv"], [])
    assert "No picture here" in str(week.message["text"])
    assert week.features.problems()[0].endswith("Install patrol-bot[charts].")


def test_the_message_below_which_they_would_stand_is_gone(week: Week) -> None:
    week.slack.faults.add("error:thread_not_found", "files.completeUploadExternal")
    week.settle()
    assert week.files == []


def test_a_message_whose_files_are_on_their_way_draws_as_before(week: Week) -> None:
    with week.store.read() as connection:
        (weekly, *_more) = dirty(connection)
        kept = get(connection, weekly.id)
        assert kept is not None
        shown = replace(kept, data={**kept.data, "picture": {"file": "F1", "alt": "x", "at": ""}})
        plain, drawn = draw_post(connection, kept, NOW), draw_post(connection, shown, NOW)
    assert plain is not None and drawn is not None and plain["text"] == drawn["text"]
