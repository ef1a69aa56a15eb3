"""The week's summary through the whole process: in the channel once, its lists behind its buttons, asked for by anyone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from commands.model import Context
from commands.people import Person
from commands.scan import keep
from storage.store import Store
from tests.bot.line.stage import CHANNEL, DANA, Line, open_line
from tests.bot.messages.stage import PROD, scan, verdict


@pytest.fixture
def line(tmp_path: Path) -> Iterator[Line]:
    """One critical finding, and a summary that was posted long ago: the next one is due whatever the day is."""
    with open_line(tmp_path) as made:
        store = Store(made.path)
        now = datetime.now(UTC)
        context = Context(
            store, made.settings.organisation, Person("schedule"), lambda: now, made.scanner, "schedule"
        )
        keep(context, PROD, scan(1, now - timedelta(minutes=30), [verdict()]))
        with store.write() as connection:
            connection.execute(
                "insert into summary_weeks values ('payments', '2020-01-06T09:00', '2020-01-06T09:00:00.000000Z', '', null, '')"
            )
        store.close()
        made.start()
        yield made


def _weekly(line: Line) -> list[dict[str, object]]:
    return [m for m in line.slack.messages(CHANNEL) if m["text"].startswith("Weekly summary for payments")]


def test_it_is_in_the_channel_once_and_its_button_lists_what_it_counts(line: Line) -> None:
    line.wait(lambda: _weekly(line), "the summary")
    (post,) = _weekly(line)
    assert "Due in 7 days: 1 critical." in str(post["text"])
    line.wait(lambda: line.slack.thread(CHANNEL, str(post["ts"])), "the table in the thread")
    assert line.slack.click(DANA, CHANNEL, str(post["ts"]), "run_summary_due").acked
    line.wait(lambda: line.heard("1 finding: 1 critical."), "the list")
    assert line.slack.command(DANA, CHANNEL, "summary payments --days 7").acked
    line.wait(lambda: line.heard("Summary for payments,"), "the answer")
    line.wait(lambda: line.heard("payments: 1 of 1 open."), "the picture, in words")
    (*_words, drawn) = line.slack.ephemerals(DANA)
    assert [block["type"] for block in drawn["blocks"]] == ["image"]
    assert len(_weekly(line)) == 1
