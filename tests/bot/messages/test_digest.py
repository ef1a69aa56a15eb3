"""The daily digest, drawn from its own frozen data; and how much each channel gets, in status."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path

import pytest

from bot import blockkit
from bot.messages.posts import draw_post
from bot.messages.replies import draw
from bot.messages.terminal import text
from commands.digest import post
from commands.people import Person
from commands.routes import Routing
from scanners.model import Severity, Status
from tests.bot.messages.stage import HOSTILE, Stage, ids, open_stage, refused, rendered, verdict, words

LOW, MEDIUM = Severity.LOW, Severity.MEDIUM
KEYS = refused("kms.rotation", "kms:ListKeys")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Scanned once and clean; the one team has quiet hours."""
    made = open_stage(tmp_path)
    team = replace(made.organisation.teams[0], quiet=(time(20), time(7)), posts_per_day=2)
    made.organisation = replace(made.organisation, teams=(team,), routing=Routing(default="payments"))
    yield made
    made.store.close()


def _post(stage: Stage) -> None:
    """The schedule posts the digest of today."""
    context = replace(stage.context(face="schedule"), actor=Person("schedule"))
    post(context, stage.organisation.teams[0])


def _drawn(stage: Stage) -> str:
    _post(stage)
    message = stage.draw("digest")
    assert blockkit.problems(message) == []
    return str(message["text"])


def test_it_tells_the_gaps_first_and_everything_in_about_fifteen_lines(stage: Stage) -> None:
    stage.see(
        *(verdict(f"b{at}") for at in range(3)),
        verdict("logs", control="s3.versioning", severity=LOW),
        gaps=[KEYS],
    )
    stage.say(f"acknowledge {_id(stage, 'b0')}")
    stage.say(f"accept {_id(stage, 'logs')} --reason 'we replace this bucket in spring' --until 2026-12-20")
    stage.say(f"accept {_id(stage, 'b1')} --reason 'we replace this bucket in spring' --until 2026-12-10")
    stage.later(hours=1)
    stage.see(*(verdict(f"b{at}") for at in range(2)), verdict("b2", Status.PASS), gaps=[KEYS])
    told = _drawn(stage)
    for part in (
        "Digest for payments, Monday 23 November",
        "Not checked: 1 check with gaps.",
        "kms:ListKeys is refused. Add it to Patrol's role.",
        "New: 1 (1 low) (1 below what is posted at once; 3 were posted already).",
        "Fixed: 1.",
        "Running out: 1 acknowledgement.",
        "Due: 2 in the next 7 days.",
        "Decisions: 1 decision waits for a lead, 1 for security.",
    ):
        assert part in told
    assert told.index("Not checked") < told.index("New:") < told.index("Fixed:") < told.index("Due:")
    assert len(told.splitlines()) <= 15
    assert ids(stage.draw("digest")) == [f"run_digest_{part}" for part in ("new", "fixed", "lapsing", "due")]


def _id(stage: Stage, name: str) -> str:
    with stage.store.read() as connection:
        row = connection.execute("select id from findings where resource_id = ?", (name,)).fetchone()
    return str(row[0])


def test_the_thread_names_what_the_message_counts(stage: Stage) -> None:
    stage.see(*(verdict(f"b{at:02}", control="s3.versioning", severity=LOW) for at in range(20)))
    _post(stage)
    (more,) = stage.posts("digest_more")
    assert more.parent == stage.posts("digest")[0].id
    told = stage.draw("digest_more")["text"]
    assert told.count("LOW s3.versioning") == 15
    assert "and 5 more" in told


def test_thanks_name_people_and_ping_nobody(stage: Stage) -> None:
    stage.see(verdict())
    with stage.store.write() as connection:
        connection.execute("insert into people (id, name, seen_at) values ('U0DEV1', 'Dana', '2026')")
    stage.later(minutes=1)
    stage.say(f"fixed {_id(stage, 'acme-invoices')}")
    stage.later(minutes=1)
    stage.see(verdict(status=Status.PASS))
    assert "Fixed: 1. Thanks Dana." in _drawn(stage)
    assert "<@" not in rendered(stage.draw("digest")) + rendered(stage.draw("digest_more"))


def test_a_new_control_is_announced_with_when_it_posts(stage: Stage) -> None:
    stage.see(verdict("a", control="s3.brand_new"), verdict("b", control="s3.brand_new"))
    assert "New control s3.brand_new: 2 findings; it posts from 24 Nov 2026 09:00 UTC on." in _drawn(stage)
    assert stage.posts("control") == []


def test_a_past_digest_never_changes(stage: Stage) -> None:
    stage.see(verdict("a", severity=LOW, control="s3.versioning"))
    before = _drawn(stage)
    stage.later(days=9)
    stage.see(verdict("a", Status.PASS, control="s3.versioning"), verdict("b"))
    assert stage.draw("digest")["text"] == before


def test_one_that_would_be_empty_says_so(stage: Stage) -> None:
    told = draw(stage.say("digest payments"))["text"]
    assert "No digest for payments now: nothing new, nothing due." in told
    _post(stage)
    assert stage.posts("digest") == []
    status = draw(stage.say("status"))["text"]
    assert "No digest for payments on 2026-11-23: nothing new, nothing due." in status
    assert "Next digest 24 Nov 2026 09:00 UTC." in status


def test_hostile_names_are_told_and_ping_nobody(stage: Stage) -> None:
    stage.see(*(verdict(name, severity=LOW, control="s3.versioning") for name in HOSTILE))
    _post(stage)
    for kind in ("digest", "digest_more"):
        message = stage.draw(kind)
        assert blockkit.problems(message) == []
        assert "<!channel>" not in rendered(message) and "<https://evil" not in rendered(message)
    for line in text(stage.say("digest", face="terminal")).split("\n"):
        assert line.isprintable()


# -- status ------------------------------------------------------------------------------------------


def test_status_says_what_the_channel_would_have_got_and_why_it_got_less(stage: Stage) -> None:
    stage.see(
        *(verdict(f"b{at}") for at in range(5)),
        verdict("x", control="ec2.imdsv2"),
        verdict("y", control="rds.public"),
    )
    stage.later(hours=12)
    stage.see(verdict("late", control="s3.tls_only", severity=Severity.HIGH))
    told = draw(stage.say("status"))["text"]
    assert (
        "#payments: you would have got 8 messages today, you got 2 (1 quiet hours, 5 grouped or in the digest)."
        " At most 2 a day. Quiet hours 20:00-07:00 UTC: now." in told
    )
    assert "2 findings wait for it." in told


def test_status_tells_new_controls_and_what_nobody_owns(stage: Stage) -> None:
    stage.see(verdict("a", control="s3.brand_new"))
    with stage.store.write() as connection:
        connection.execute("update findings set team = 'gone'")
    told = draw(stage.say("status"))["text"]
    assert "New control s3.brand_new in prod: 0 findings; it posts from 24 Nov 2026 09:00 UTC on" in told
    assert "1 of nobody's" in told


def test_the_same_is_in_json_for_machines(stage: Stage) -> None:
    from bot.messages.documents_reply import reply_document

    stage.see(verdict("a"))
    document = reply_document(stage.say("status"))
    (channel,) = document["channels"]
    assert (channel["would"], channel["got"], channel["cap"], channel["quiet_hours"]) == (
        1,
        1,
        2,
        "20:00-07:00",
    )
    shown = reply_document(stage.say("digest payments"))
    assert (shown["schema"], shown["empty"], shown["posted"]) == ("patrol.digest/1", False, 1)


# -- old and moved messages --------------------------------------------------------------------------


def test_an_old_message_whose_rest_is_suppressed_is_one_line(stage: Stage) -> None:
    stage.see(verdict("a"), verdict("b"))
    stage.later(minutes=5)
    stage.see(verdict("a", Status.PASS), verdict("b"))
    with stage.store.write() as connection:
        connection.execute(
            "update findings set disposition = 'risk_accepted', disposition_by = 'U0SEC' where resource_id = 'b'"
        )
    assert len(ids(stage.draw())) > 0  # still young: somebody may want to look again
    stage.later(days=30)
    message = stage.draw()
    assert len(message["text"].splitlines()) == 1
    assert "1 risk accepted, 1 fixed" in message["text"]
    assert ids(message) == []


def _two_teams(stage: Stage, *, private: bool) -> None:
    web = replace(
        stage.organisation.teams[0], name="web", channel="C0WEB", private=private, members=("U0WEB",)
    )
    stage.organisation = replace(stage.organisation, teams=(*stage.organisation.teams, web))


def test_what_moved_to_another_team_is_told_as_that(stage: Stage) -> None:
    _two_teams(stage, private=False)
    stage.see(verdict("a"), verdict("b"))
    stage.say(f"reassign {_id(stage, 'a')} --team web")
    message = stage.draw()
    assert "~a~ · moved to web" in message["text"]
    assert "1 open" in message["text"]
    stage.say(f"acknowledge {_id(stage, 'a')}", "U0SEC")
    assert "acknowledged" not in stage.draw()["text"]  # that is the other team's story now
    assert [post.channel for post in stage.posts("control")] == ["C024BE91L", "C0WEB"]


def test_what_moved_to_a_private_team_leaves_no_detail_behind(stage: Stage) -> None:
    _two_teams(stage, private=True)
    stage.see(verdict("secret-plans"), verdict("b"))
    stage.say(f"reassign {_id(stage, 'secret-plans')} --team web", "U0SEC")
    message = stage.draw()
    assert "1 moved away" in message["text"]
    assert "secret-plans" not in words(message) + message["text"]
    assert not any(post.channel == "C024BE91L" for post in stage.posts("history"))


def test_a_message_whose_findings_all_moved_is_one_line(stage: Stage) -> None:
    _two_teams(stage, private=False)
    stage.see(verdict("a"))
    stage.say(f"reassign {_id(stage, 'a')} --team web")
    message = stage.draw()
    assert len(message["text"].splitlines()) == 1
    assert "1 moved to web." in message["text"]
    assert ids(message) == []


def test_what_comes_back_is_shown_as_before(stage: Stage) -> None:
    _two_teams(stage, private=True)
    stage.see(verdict("a"))
    stage.say(f"reassign {_id(stage, 'a')} --team web", "U0SEC")
    stage.later(minutes=1)
    stage.say(f"reassign {_id(stage, 'a')} --team payments", "U0SEC")
    assert "acknowledge" in ids(stage.draw())
    first = stage.posts("control")[0]
    with stage.store.read() as connection:
        assert draw_post(connection, first, stage.now + timedelta(days=1)) is not None
