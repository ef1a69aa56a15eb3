"""`scan stop`: whoever may start a scan may stop one; what never began ends at once, what runs is marked."""

import pytest

from bot.messages.notices import draw_job
from bot.messages.replies import draw
from commands.people import Person
from commands.reply import ScanQueued, ScanStopping
from commands.scan import begin
from scanners.errors import RefusedError, UsageError
from scanners.model import Target
from storage import jobs, running
from storage.pictures import Connection
from storage.posts import post_of
from tests.commands.office import PROD, Office


def _take(office: Office) -> jobs.Job:
    with office.store.write() as connection:
        taken = jobs.take(connection, office.now)
    assert taken is not None
    return taken


def _message(office: Office) -> str:
    with office.store.read() as connection:
        row = connection.execute("select * from posts where kind = 'job'").fetchone()
        drawn = draw_job(connection, post_of(row))
    assert drawn is not None
    return str(drawn)


def _stop(office: Office, actor: str | Person = "U0DEV1", name: str = "prod") -> ScanStopping:
    reply = office.say(f"scan stop {name}", actor)
    assert isinstance(reply, ScanStopping)
    return reply


def test_a_scan_that_waits_ends_without_having_begun(office: Office) -> None:
    office.say("scan prod")
    assert not _stop(office).began
    assert office.work() is None
    assert office.waiting() == []
    assert "stopped by U0DEV1 before it began" in _message(office)


def test_a_scan_that_runs_is_marked_once_and_its_message_says_so(office: Office) -> None:
    office.say("scan prod")
    job = _take(office)
    assert "scan stop prod" in _message(office), "the message has a button"
    assert _stop(office).began
    _stop(office, "U0LEAD")
    with office.store.read() as connection:
        assert running.asked_to_stop(connection, [job.id, job.id + 1]) == {job.id: "stopped by U0DEV1"}
    said = _message(office)
    assert "It is stopped by U0DEV1, and ends at its next call." in said
    assert "scan stop prod" not in said
    assert "stops at its next call" in str(draw(_stop(office)))


def test_where_nothing_runs_there_is_nothing_to_stop(office: Office) -> None:
    with pytest.raises(RefusedError, match="No scan of prod is under way"):
        _stop(office)
    with pytest.raises(UsageError, match="no target 'prdo'"):
        _stop(office, name="prdo")
    with pytest.raises(UsageError, match="one word too many"):
        office.say("scan prod now")


def test_who_may_not_start_a_scan_may_not_stop_one(office: Office) -> None:
    office.say("scan prod")
    with pytest.raises(RefusedError, match="stop a scan"):
        _stop(office, "U0STRANGER")
    assert len(office.waiting()) == 1


def test_a_second_request_hears_who_asked_for_the_first_and_when(office: Office) -> None:
    office.say("scan prod")
    job = _take(office)
    office.later(minutes=5)
    reply = office.say("scan prod", "U0DEV2")
    assert isinstance(reply, ScanQueued)
    assert (reply.joined, reply.by, reply.since) == (True, "U0DEV1", job.started)
    assert "<@U0DEV1> asked for it at" in draw(reply)["text"]


def test_a_terminal_does_not_scan_beside_the_bot(office: Office) -> None:
    office.say("scan prod")
    with pytest.raises(
        RefusedError, match=r"waits to begin already: U0DEV1 asked for it .* `patrol scan stop prod`"
    ):
        begin(office.context("U0DEV2", "terminal"), PROD)
    _take(office)
    with pytest.raises(RefusedError, match="is under way already"):
        begin(office.context("U0DEV2", "terminal"), PROD)
    assert begin(office.context("U0DEV2", "terminal"), Target("staging", "aws")).status == "running"


def _recover(connection: Connection, office: Office) -> int:
    return jobs.recover(connection, office.now)


def test_a_terminals_scan_is_not_begun_again_by_the_bot_and_a_dead_terminals_stands_in_nobodys_way(
    office: Office,
) -> None:
    job = begin(office.context("U0DEV2", "terminal"), PROD)
    with office.store.write() as connection:
        assert _recover(connection, office) == 0
    office.later(seconds=25)
    with office.store.write() as connection:
        running.hold_on(connection, job.id, office.now, "3 of 40 lists read")
    office.later(seconds=25)
    with pytest.raises(RefusedError):
        begin(office.context("U0DEV1", "terminal"), PROD)
    office.later(seconds=10)
    again = begin(office.context("U0DEV1", "terminal"), PROD)
    assert again.id != job.id
    with office.store.read() as connection:
        ended = jobs.get(connection, job.id)
    assert ended is not None
    assert (ended.status, ended.error, ended.progress) == (
        "failed", "The terminal that ran it is gone.", "3 of 40 lists read",
    )  # fmt: skip
