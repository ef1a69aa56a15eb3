"""From a command to a proven fix, through real sockets; and what happens when Slack has a bad day."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.settings import Schedule
from scanners.errors import CollectError
from scanners.model import Status
from tests.bot.line.stage import CHANNEL, DANA, GUEST, PLATFORM, Line, open_line


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    with open_line(tmp_path) as made:
        made.start()
        yield made


def test_a_claim_is_refuted_then_proven_in_the_message_and_to_the_claimant(line: Line) -> None:
    line.scan()
    line.press("fixed")
    line.wait(lambda: line.heard("Not yet"), "the refutation")
    line.wait(lambda: "Not yet" in line.told(), "the refutation in the message")
    line.scanner.buckets["acme-invoices"] = Status.PASS
    line.press("fixed")
    line.wait(lambda: line.heard("Proven"), "the proof")
    line.wait(lambda: "fixed, proven by a scan" in line.told(), "the proof in the message")
    assert "thanks <@U0DEV1>" in line.told()
    assert len(line.posts()) == 1


def test_a_check_that_cannot_decide_says_so_and_closes_nothing(line: Line) -> None:
    line.scan()
    line.scanner.error = CollectError("AWS can't be reached")
    line.press("fixed")
    line.wait(lambda: line.heard("Could not check"), "the answer")
    line.wait(lambda: "Could not check" in line.told(), "the message")
    assert "Trying again" in line.told()


def test_an_acknowledgement_shows_in_the_message_and_its_thread(line: Line) -> None:
    line.scan()
    line.press("acknowledge")
    line.wait(lambda: "acknowledged by <@U0DEV1>" in line.told(), "the message")
    post = line.post()
    assert post is not None
    line.wait(lambda: line.slack.thread(CHANNEL, str(post["ts"])), "the thread")


def test_a_second_person_who_was_too_late_is_told(line: Line) -> None:
    line.scan()
    line.press("acknowledge")
    line.wait(lambda: "acknowledged by" in line.told(), "the message")
    # U0DEV2's window still shows the button: the value is what counts.
    line.slack.command("U0DEV2", CHANNEL, f"acknowledge {_id(line)}")
    line.wait(lambda: line.heard("acknowledged already", "U0DEV2"), "the refusal")


def _id(line: Line) -> str:
    assert line.process is not None
    with line.process.store.read() as connection:
        return str(connection.execute("select id from findings").fetchone()["id"])


def test_whoever_has_no_role_is_refused_and_told_who_can(line: Line) -> None:
    line.scan()
    line.press("acknowledge", GUEST)
    line.wait(lambda: line.heard("You can't acknowledge findings of payments", GUEST), "the refusal")
    assert line.heard("U0DEV1", GUEST)
    assert "acknowledged" not in line.told()


def test_a_security_person_has_the_role_by_user_group(line: Line) -> None:
    line.scan()
    line.press("acknowledge", "U0SEC")
    line.wait(lambda: "acknowledged by <@U0SEC>" in line.told(), "the message")


def test_a_redelivered_payload_does_nothing_twice(line: Line) -> None:
    line.scan()
    line.slack.faults.add("duplicate", "interactive")
    line.press("acknowledge")
    line.wait(lambda: line.heard("Acknowledged"), "the answer")
    time.sleep(0.5)  # the second delivery has had its time
    assert not line.heard("already")
    assert line.process is not None
    with line.process.store.read() as connection:
        assert (
            connection.execute("select count(*) from events where kind = 'acknowledged'").fetchone()[0] == 1
        )


def test_how_to_fix_opens_a_dialog_and_its_button_checks(line: Line) -> None:
    line.scan()
    line.press("fix")
    line.wait(lambda: line.slack.views(DANA), "the dialog")
    view = line.slack.views(DANA)[-1]
    assert "aws s3api put-public-access-block --bucket acme-invoices" in str(view["blocks"])
    line.scanner.buckets["acme-invoices"] = Status.PASS
    assert line.slack.click_view(DANA, view["id"], "fixed").acked
    line.wait(lambda: "Proven" in str(line.slack.views(DANA)), "the proof in the dialog")


def test_the_home_shows_what_is_due(line: Line) -> None:
    line.scan()
    line.slack.open_home(DANA)
    line.wait(lambda: "acme-invoices" in str(line.slack.home(DANA)), "the home")


def test_an_unknown_command_gets_the_nearest(line: Line) -> None:
    line.slack.command(DANA, CHANNEL, "findigs")
    line.wait(lambda: line.heard("Did you mean findings?"), "the hint")


def test_ten_thousand_letters_are_answered(line: Line) -> None:
    assert line.slack.command(DANA, CHANNEL, "x" * 10_000).acked
    line.wait(lambda: line.heard("10,000 characters"), "the answer")


def test_a_scan_again_posts_nothing_new(line: Line) -> None:
    line.scan()
    before = len(line.slack.messages(CHANNEL))
    line.slack.command(DANA, PLATFORM, "scan prod")
    line.wait(lambda: any("1 failing" in m["text"] for m in line.slack.messages(PLATFORM)), "the outcome")
    assert len(line.slack.messages(CHANNEL)) == before


@pytest.mark.parametrize("fault", ["429", "500", "drop_after_accept", "drop_before", "slow"])
def test_no_post_is_lost_or_doubled_by_a_fault(line: Line, fault: str) -> None:
    for _ in range(2):
        line.slack.faults.add(fault, "chat.postMessage", CHANNEL)
    line.scanner.controls = ("s3.public", "s3.versioning")
    line.scan()
    line.wait(lambda: _settled(line), "all posts drawn", 20)
    texts = [m["text"].split("\n")[0] for m in line.slack.messages(CHANNEL)]
    assert len(texts) == len(set(texts)) == 3  # the scan's progress, a message for each control
    line.press("acknowledge")
    line.wait(lambda: "acknowledged by" in line.told(), "the edit")


def _settled(line: Line) -> bool:
    assert line.process is not None
    with line.process.store.read() as connection:
        row = connection.execute("select count(*) from posts where wanted > drawn").fetchone()
    return bool(row[0] == 0)


def test_a_crash_between_send_and_save_doubles_nothing(line: Line) -> None:
    """As kill -9 would leave it: Slack has the message, the store knows only that it was being sent."""
    line.scan()
    line.wait(lambda: _settled(line), "all posts drawn")
    before = len(line.slack.messages(CHANNEL))
    line.stop()
    from storage.store import Store

    store = Store(line.path)
    with store.write() as connection:
        connection.execute(
            "update posts set ts = '', drawn = 0, sending = 1 where kind in ('control', 'scan')"
        )
    store.close()
    line.start()
    line.wait(lambda: _settled(line), "all posts found again")
    assert len(line.slack.messages(CHANNEL)) == before


def test_a_message_that_was_deleted_is_posted_anew_when_it_changes(line: Line) -> None:
    line.scan()
    post = line.post()
    assert post is not None
    line.slack.delete_message(CHANNEL, str(post["ts"]))
    line.slack.command(DANA, CHANNEL, f"acknowledge {_id(line)}")
    line.wait(lambda: "acknowledged by" in line.told(), "the new message")
    assert len(line.posts()) == 1


def test_a_refused_method_narrows_one_feature_and_stops_nothing(line: Line) -> None:
    line.slack.faults.add("error:missing_scope", "views.publish", times=99)
    line.scan()
    line.slack.open_home(DANA)
    line.wait(line.problems, "a narrowed feature")
    line.slack.command(DANA, CHANNEL, "status")
    line.wait(lambda: line.heard("App Home"), "the problem in status")
    line.press("acknowledge")
    line.wait(lambda: "acknowledged by" in line.told(), "everything else")


def test_an_archived_channel_keeps_its_posts_for_later(line: Line) -> None:
    line.slack.archive(CHANNEL)
    assert line.slack.command(DANA, PLATFORM, "scan prod").acked
    line.wait(
        lambda: any("1 failing" in m["text"] for m in line.slack.messages(PLATFORM)), "the outcome elsewhere"
    )
    line.wait(line.problems, "a channel that takes nothing")
    line.slack.command(DANA, PLATFORM, "status")
    line.wait(lambda: line.heard("is_archived"), "the problem in status")


@pytest.mark.parametrize("fault", ["socket_drop", "socket_disconnect", "black_hole"])
def test_the_socket_is_back_within_ten_seconds(line: Line, fault: str) -> None:
    began = time.monotonic()
    line.slack.disturb(fault, 60)
    time.sleep(0.05)
    line.wait(lambda: line.slack.command("U0DEV2", CHANNEL, "help").acked, "an acknowledged command", 15)
    assert time.monotonic() - began < 10 + 3


def test_a_stop_drains_and_a_start_goes_on(line: Line) -> None:
    line.scanner.gate.clear()
    line.slack.command(DANA, CHANNEL, "scan prod")
    line.wait(lambda: line.scanner.scans, "a running scan")
    began = time.monotonic()
    line.stop()
    assert time.monotonic() - began < 10
    line.scanner.gate.set()
    line.start()
    line.wait(line.post, "the scan that was interrupted, done by the next process", 20)


def test_http_mode_takes_what_is_signed_and_refuses_what_is_not(tmp_path: Path) -> None:
    import urllib.error
    import urllib.request

    with open_line(tmp_path, http=True) as line:
        process = line.start()
        line.scan()
        line.press("acknowledge")
        line.wait(lambda: "acknowledged by" in line.told(), "the message")
        port = getattr(process.way_in, "port")  # noqa: B009
        forged = urllib.request.Request(
            f"http://127.0.0.1:{port}/slack/events", b"command=%2Fpatrol&text=scan",
            {"X-Slack-Signature": "v0=00", "X-Slack-Request-Timestamp": str(int(time.time()))},
        )  # fmt: skip
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(forged)
        assert caught.value.code == 401


def test_a_missed_schedule_is_caught_up_once(tmp_path: Path) -> None:
    schedule = Schedule("scan prod", "0 3 * * *", "Europe/Berlin")
    with open_line(tmp_path, schedules=(schedule,)) as line:
        monday = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
        line.start(lambda: monday)
        line.stop()
        later = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
        from storage.once import first_run
        from storage.store import Store

        store = Store(line.path)
        with store.write() as connection:
            first_run(connection, schedule.name, "2026-11-23T03:00", monday)
        store.close()
        line.start(lambda: later)
        line.wait(lambda: line.scanner.scans, "the scan that was missed")
        line.stop()
        line.start(lambda: later)
        time.sleep(0.7)
        assert line.scanner.scans == 1
