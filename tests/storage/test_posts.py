"""What each channel should show: few messages, edited in place, told once."""

from dataclasses import replace
from pathlib import Path

import pytest

from scanners.model import Severity, Verdict
from storage import posts
from storage.reconcile import reconcile
from storage.release import release
from tests.storage.channel import CRITICAL, HIGH, LOW, MEDIUM, PAYMENTS, Channel, open_channel, team_of, what
from tests.storage.world import (
    DENIED,
    FAIL,
    PARTIAL,
    PASS,
    SCOPE,
    UNKNOWN,
    arn,
    identity,
    verdict,
)

NAMES = [f"b{at}" for at in range(40)]


@pytest.fixture
def fresh(tmp_path: Path) -> Channel:
    """Nothing scanned yet."""
    return open_channel(tmp_path, scanned=False)


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    """Scanned once and clean: what comes now has messages of its own."""
    return open_channel(tmp_path, scanned=True)


def many(controls: int, each: int, severity: Severity = HIGH) -> list[Verdict]:
    return [
        verdict(f"b{at}", control=f"s3.control_{number:02d}", severity=severity)
        for number in range(controls)
        for at in range(each)
    ]


def test_a_first_scan_of_many_findings_makes_one_message(fresh: Channel) -> None:
    fresh.see(*many(12, 100))
    assert what(fresh.draw()) == [("scan", "scan-1")]


def test_a_later_scan_with_much_news_makes_five_messages(channel: Channel) -> None:
    channel.see(*many(12, 100))
    sent = channel.draw()
    assert len(sent) == 5
    assert sent[0].kind == "scan"
    assert [post.kind for post in sent[1:]] == ["control"] * 4


def test_the_worst_and_the_most_get_a_message_of_their_own(channel: Channel) -> None:
    one = verdict("z", control="iam.root_mfa", severity=CRITICAL)
    channel.see(*many(6, 3), *many(1, 9), one)
    assert channel.draw()[1].subject == "iam.root_mfa"


def test_a_critical_finding_after_the_first_scan_is_posted_on_the_same_day(fresh: Channel) -> None:
    fresh.see(verdict("a"))
    fresh.draw()
    fresh.see(verdict("a"), verdict("b", severity=CRITICAL))
    assert what(fresh.draw()) == [("control", "s3.public")]


def test_the_same_scan_again_makes_no_message(channel: Channel) -> None:
    channel.see(*many(3, 5))
    channel.draw()
    channel.see(*many(3, 5))
    assert channel.draw() == []


def test_several_teams_in_one_channel_share_its_five_messages(channel: Channel) -> None:
    for team in ("web", "data", "ops"):
        channel.routes[team] = replace(PAYMENTS, team=team)
    channel.see(
        *(
            verdict(f"{team}-{at}", control=f"s3.control_0{at}")
            for team in ("web", "data", "ops")
            for at in range(6)
        )
    )
    assert len(channel.draw()) == 5


def test_quiet_findings_wait_for_the_digest(channel: Channel) -> None:
    channel.see(verdict("a", severity=HIGH))
    channel.draw()
    channel.see(verdict("a"), verdict("b", control="s3.versioning", severity=MEDIUM))
    assert channel.draw() == []


def test_a_first_scan_with_quiet_findings_alone_is_summarised(fresh: Channel) -> None:
    fresh.see(verdict("a", severity=LOW))
    assert what(fresh.draw()) == [("scan", "scan-1")]


def test_a_regression_is_posted_though_it_is_quiet(channel: Channel) -> None:
    channel.see(verdict("a", severity=LOW))
    channel.see(verdict("a", PASS))
    channel.draw()
    channel.see(verdict("a", severity=LOW))
    assert what(channel.draw()) == [("control", "s3.public")]


def test_a_team_without_a_channel_is_told_nothing(channel: Channel) -> None:
    channel.routes.clear()
    channel.see(verdict("a"))
    assert channel.draw() == []


def test_a_later_finding_of_the_day_joins_the_message_of_its_control(channel: Channel) -> None:
    channel.see(verdict("a"))
    (posted,) = channel.draw()
    channel.see(verdict("a"), verdict("b"))
    (edited,) = channel.draw()
    assert (edited.id, edited.ts, edited.kind) == (posted.id, f"ts{posted.id}", "control")
    assert channel.count("post_findings") == 2


def test_the_next_day_has_a_message_of_its_own_by_the_teams_clock(channel: Channel) -> None:
    channel.see(verdict("a"))
    channel.draw()
    channel.later(hours=12)  # 22:00 in London, 23:00 in Berlin
    channel.see(verdict("a"), verdict("b"))
    channel.draw()
    assert [post.day for post in channel.all("control")] == ["2026-11-02", "2026-11-03"]


def test_a_change_edits_the_message_and_tells_it_in_the_thread(channel: Channel) -> None:
    channel.see(verdict("a"), verdict("b"))
    posted = channel.draw()[0]
    channel.see(verdict("a", PASS), verdict("b"))
    edited, line = channel.draw()
    assert (edited.id, edited.ts) == (posted.id, f"ts{posted.id}")
    assert (line.kind, line.parent, len(line.data["events"])) == ("history", posted.id, 1)


def test_changes_that_wait_share_one_line(channel: Channel) -> None:
    channel.see(verdict("a"), verdict("b"))
    channel.draw()
    channel.act("a", "acknowledge")
    channel.act("b", "claim")
    (line,) = channel.all("history")
    assert len(line.data["events"]) == 2
    channel.draw()
    channel.act("a", "claim")
    assert len(channel.all("history")) == 2


def test_a_line_on_its_way_is_not_changed_any_more(channel: Channel) -> None:
    channel.see(verdict("a"), verdict("b"))
    channel.draw()
    channel.act("a", "acknowledge")
    (line,) = channel.all("history")
    with channel.store.write() as connection:
        posts.mark_sending(connection, line.id)
    channel.act("b", "acknowledge")
    assert [len(post.data["events"]) for post in channel.all("history")] == [1, 1]


def test_a_line_waits_until_its_message_is_there(channel: Channel) -> None:
    channel.see(verdict("a"))
    channel.act("a", "acknowledge")
    with channel.store.read() as connection:
        assert [post.kind for post in posts.dirty(connection)] == ["control"]
    assert [post.kind for post in channel.draw()] == ["control", "history"]


def test_an_opening_and_an_age_are_no_lines(channel: Channel) -> None:
    channel.see(verdict("a", evidence={"age_days": 1}))
    channel.see(verdict("a", evidence={"age_days": 2}))
    assert channel.all("history") == []


def test_a_change_while_a_drawing_is_on_its_way_is_drawn_again(channel: Channel) -> None:
    channel.see(verdict("a"))
    (drawing,) = channel.all("control")
    channel.act("a", "acknowledge")
    with channel.store.write() as connection:
        posts.mark_drawn(connection, drawing.id, drawing.wanted, "ts1")
        assert drawing.id in {post.id for post in posts.dirty(connection)}


def test_a_deleted_message_is_posted_anew_by_its_next_change(channel: Channel) -> None:
    channel.see(verdict("a"))
    posted = channel.draw()[0]
    with channel.store.write() as connection:
        posts.forget_message(connection, posted.id)
    assert channel.draw() == []
    channel.see(verdict("a"), verdict("b"))
    assert [(post.id, post.ts) for post in channel.draw()] == [(posted.id, "")]


def test_a_rolled_back_transaction_wants_no_post(channel: Channel) -> None:
    channel.see(verdict("a"))
    channel.draw()
    scan = channel.scan(verdict("a"), verdict("b"), at=channel.later(hours=1))

    def fail() -> None:
        with channel.store.write() as connection:
            outcome = reconcile(connection, scan, team_of, channel.now)
            posts.plan(connection, outcome.events, channel.routes.get, channel.now, scan=scan.id)
            raise RuntimeError("the process died before the commit")

    with pytest.raises(RuntimeError):
        fail()
    assert channel.draw() == []
    assert channel.count("findings") == 1


# -- what scans cannot see ---------------------------------------------------------------------------


def test_gaps_are_told_once_and_again_when_they_change(channel: Channel) -> None:
    channel.see(verdict("a"))
    channel.draw()
    channel.see(covers=DENIED)
    assert what(channel.draw()) == [("health", "prod")]
    channel.see(covers=DENIED)
    assert channel.draw() == []
    channel.see(covers=PARTIAL)
    assert what(channel.draw()) == [("health", "prod")]
    channel.see(verdict("a"))
    assert what(channel.draw()) == [("health", "prod")]
    assert len(channel.all("health")) == 1


def test_the_gaps_of_a_first_scan_stand_in_its_summary(fresh: Channel) -> None:
    fresh.see(verdict("a"), covers=PARTIAL)
    assert [post.kind for post in fresh.draw()] == ["scan"]
    fresh.see(verdict("a"), covers=DENIED)
    assert what(fresh.draw()) == [("health", "prod")]


def test_the_gaps_of_a_first_scan_that_found_nothing_are_told(fresh: Channel) -> None:
    """Everything was refused: a silent channel would look like a clean account."""
    fresh.see(covers=DENIED)
    assert what(fresh.draw()) == [("health", "prod")]


def test_a_targeted_check_tells_nothing_of_the_targets_health(channel: Channel) -> None:
    channel.see(verdict("a"))
    channel.draw()
    channel.see(verdict("a", UNKNOWN), covers=PARTIAL, only=arn("a"))
    assert channel.all("health") == []


def test_a_clean_first_scan_is_no_message(fresh: Channel) -> None:
    fresh.see(verdict("a", PASS))
    assert fresh.draw() == []


# -- closings that wait ------------------------------------------------------------------------------


@pytest.fixture
def held(channel: Channel) -> Channel:
    channel.see(*map(verdict, NAMES))
    channel.draw()
    channel.see(*(verdict(name, PASS) for name in NAMES))
    return channel


def test_held_closings_are_told_once(held: Channel) -> None:
    assert what(held.draw()) == [("hold", SCOPE)]
    held.see(covers=DENIED)
    assert "hold" not in dict(what(held.draw()))


def test_the_message_of_a_hold_is_drawn_again_when_it_is_settled(held: Channel) -> None:
    (told,) = held.draw()
    held.see(*(verdict(name, PASS) for name in NAMES))
    sent = held.draw()
    assert [post.id for post in sent if post.kind == "hold"] == [told.id]


def test_the_message_of_a_hold_is_drawn_again_when_it_was_wrong(held: Channel) -> None:
    held.draw()
    held.see(*map(verdict, NAMES))
    assert what(held.draw()) == [("hold", SCOPE)]


def test_the_message_of_a_hold_is_drawn_again_when_it_is_released(held: Channel) -> None:
    held.draw()
    with held.store.write() as connection:
        done = release(connection, "prod", "U0SEC", held.now)
        posts.plan(connection, done.events, held.routes.get, held.now)
        posts.touch_holds(connection, done.scopes)
    assert [post.kind for post in held.draw()] == ["control", "hold", "history"]


# -- the leads are asked -----------------------------------------------------------------------------


def refute(channel: Channel, times: int) -> None:
    for _ in range(times):
        channel.act("a", "claim")
        channel.see(verdict("a", FAIL), only=arn("a"))


def test_three_refutations_ask_the_lead_in_the_findings_thread(channel: Channel) -> None:
    channel.see(verdict("a"))
    posted = channel.draw()[0]
    refute(channel, 2)
    assert channel.all("ask") == []
    refute(channel, 1)
    (asked,) = channel.all("ask")
    assert (asked.parent, asked.channel) == (posted.id, "C0PAY")
    assert asked.data == {"finding": identity("a"), "refutations": 3, "leads": ["U0LEAD"]}


def test_the_lead_is_asked_once_an_episode(channel: Channel) -> None:
    channel.see(verdict("a"))
    refute(channel, 5)
    assert len(channel.all("ask")) == 1
    channel.see(verdict("a", PASS))
    channel.see(verdict("a"))
    refute(channel, 3)
    assert [post.subject for post in channel.all("ask")] == [f"{identity('a')}:{at}" for at in (1, 2)]


def test_the_question_to_the_leads_is_drawn_again_once_it_is_fixed(channel: Channel) -> None:
    channel.see(verdict("a"))
    refute(channel, 3)
    channel.draw()
    channel.see(verdict("a", PASS))
    assert [post.kind for post in channel.draw()] == ["control", "ask", "history"]


def test_where_no_lead_is_known_nobody_is_asked(channel: Channel) -> None:
    channel.see(verdict("a"))
    refute(channel, 2)
    channel.routes.clear()
    refute(channel, 1)
    assert channel.all("ask") == []
    assert channel.finding("a").refutations == 3
