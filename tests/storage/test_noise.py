"""Quiet hours, the day's cap, staged controls: what is posted, what waits, and how it is counted."""

from dataclasses import replace
from datetime import UTC, datetime, time
from pathlib import Path

import pytest

from scanners.model import Severity, Verdict
from storage import digest_days, lifecycle, news, noise, owners, staged
from storage.decisions import decide
from storage.digest import read
from storage.ledger import events
from storage.model import Kind
from storage.noise import ChannelDay
from tests.storage.channel import CRITICAL, HIGH, LOW, MEDIUM, PAYMENTS, Channel, open_channel, what
from tests.storage.world import FAIL, PASS, arn, identity, verdict

NIGHT = (time(20), time(7))
CONTROL_NAMES = [f"s3.control_{at:02d}" for at in range(12)]


@pytest.fixture
def channel(tmp_path: Path) -> Channel:
    """Scanned once and clean; quiet at night, three messages a day."""
    made = open_channel(tmp_path, scanned=True)
    made.routes["payments"] = replace(PAYMENTS, quiet=NIGHT, cap=3)
    return made


def _at(channel: Channel, hour: int, day: int = 3) -> None:
    """The clock of the wall in Berlin shows that hour; `see` moves it on by one."""
    channel.now = datetime(2026, 11, day, hour - 1, tzinfo=UTC)  # Berlin is an hour ahead in November


def _day(channel: Channel, day: str = "2026-11-03") -> ChannelDay:
    with channel.store.read() as connection:
        return noise.day_of(connection, "C0PAY", day)


def _waiting(channel: Channel) -> list[tuple[str, str, str]]:
    with channel.store.read() as connection:
        found = connection.execute("select finding, what, why from unposted where told is null order by id")
        return [(row["finding"], row["what"], row["why"]) for row in found]


def _digest(channel: Channel, day: str) -> bool:
    """The digest of payments is posted, as the schedule does it."""
    with channel.store.write() as connection:
        said = read(connection, "payments", day, channel.now)
        return digest_days.post(connection, channel.routes["payments"], said, channel.now)


def test_in_quiet_hours_only_the_grave_is_posted(channel: Channel) -> None:
    _at(channel, 21)
    exploited = replace(verdict("kev", severity=LOW, control="s3.versioning"), exploited=True)
    channel.see(verdict("a", severity=CRITICAL), verdict("b", control="iam.root_mfa"), exploited)
    assert sorted(what(channel.draw())) == [("control", "s3.public"), ("control", "s3.versioning")]
    assert _waiting(channel) == [(identity("b", "iam.root_mfa"), "new", "quiet")]
    assert _day(channel) == ChannelDay(would=3, got=2, quiet=1)


def test_a_regression_waits_for_the_morning_too(channel: Channel) -> None:
    _at(channel, 21, day=2)
    channel.see(verdict("a"))
    channel.see(verdict("a", PASS))
    channel.see(verdict("a"))
    assert [what for _finding, what, _why in _waiting(channel)] == ["new", "regressed"]
    assert channel.all("control") == []


@pytest.mark.parametrize(
    ("hour", "quiet"), [(19, False), (20, True), (23, True), (0, True), (6, True), (7, False), (12, False)]
)
def test_quiet_hours_pass_midnight_by_the_clock_on_the_wall(hour: int, quiet: bool) -> None:
    route = replace(PAYMENTS, quiet=NIGHT)
    assert noise.is_quiet(route, datetime(2026, 11, 3, (hour - 1) % 24, 30, tzinfo=UTC)) is quiet
    assert (
        noise.is_quiet(route, datetime(2026, 7, 3, (hour - 2) % 24, 30, tzinfo=UTC)) is quiet
    )  # summer time


def test_known_exploited_is_posted_whatever_its_severity(channel: Channel) -> None:
    channel.see(replace(verdict("a", severity=LOW), exploited=True))
    assert what(channel.draw()) == [("control", "s3.public")]


def test_what_becomes_known_exploited_later_is_posted_then(channel: Channel) -> None:
    channel.see(verdict("a", severity=LOW))
    assert channel.draw() == []
    channel.see(replace(verdict("a", severity=LOW), exploited=True))
    assert what(channel.draw()) == [("control", "s3.public")]
    assert _waiting(channel) == []  # told once, not in the digest again


def test_what_is_raised_above_the_floor_is_posted_then_and_only_then(channel: Channel) -> None:
    channel.see(verdict("a", severity=LOW))
    channel.see(verdict("a", severity=CRITICAL))
    assert what(channel.draw()) == [("control", "s3.public")]
    channel.see(verdict("a", severity=HIGH))
    channel.draw()
    channel.later(days=1)  # the message of the day before shows it, and is drawn again
    channel.see(verdict("a", severity=CRITICAL))
    assert len(channel.all("control")) == 1


def test_what_is_over_the_cap_waits_and_the_worst_come_first(channel: Channel) -> None:
    said = [verdict("a", control=control) for control in CONTROL_NAMES[:3]]
    channel.see(*said, verdict("b", control=CONTROL_NAMES[3], severity=CRITICAL))
    sent = [subject for _kind, subject in what(channel.draw())]
    assert sent == [CONTROL_NAMES[3], *CONTROL_NAMES[:2]]
    assert [why for *_rest, why in _waiting(channel)] == ["over"]
    assert _day(channel, "2026-11-02") == ChannelDay(would=4, got=3, over=1)


def test_an_edit_needs_no_room(channel: Channel) -> None:
    channel.see(*(verdict("a", control=control) for control in CONTROL_NAMES[:3]))
    channel.draw()
    channel.see(*(verdict(name, control=control) for control in CONTROL_NAMES[:3] for name in ("a", "b")))
    assert [post.kind for post in channel.draw()] == ["control"] * 3
    assert _waiting(channel) == []


def test_the_next_day_has_room_again(channel: Channel) -> None:
    _at(channel, 9, day=3)
    channel.see(*(verdict("a", control=control) for control in CONTROL_NAMES[:4]))
    _at(channel, 9, day=4)
    channel.see(*(verdict("b", control=control) for control in CONTROL_NAMES[4:6]))
    assert _day(channel, "2026-11-04") == ChannelDay(would=2, got=2)


def test_a_large_scan_counts_what_its_summary_stands_for(channel: Channel) -> None:
    channel.routes["payments"] = replace(PAYMENTS, cap=20)
    channel.see(*(verdict(name, control=control) for control in CONTROL_NAMES for name in ("a", "b")))
    day = _day(channel, "2026-11-02")
    assert (day.would, day.got, day.rest) == (24, 5, 19)
    assert len(_waiting(channel)) == 16  # eight controls without a message of their own


def test_a_first_scan_is_outside_the_cap(tmp_path: Path) -> None:
    fresh = open_channel(tmp_path, scanned=False)
    fresh.routes["payments"] = replace(PAYMENTS, cap=1)
    fresh.see(verdict("a"))
    fresh.see(verdict("a"), verdict("b"))
    assert [post.kind for post in fresh.draw()] == ["scan", "control"]
    assert _day(fresh, "2026-11-02") == ChannelDay(would=2, got=2, free=1)


def test_gaps_at_night_wait_for_a_scan_by_day(channel: Channel) -> None:
    from tests.storage.world import DENIED

    _at(channel, 22)
    channel.see(covers=DENIED)
    assert channel.all("health") == []
    _at(channel, 9, day=4)
    channel.see(covers=DENIED)
    assert len(channel.all("health")) == 1


# -- a team without a digest -------------------------------------------------------------------------


def _release(channel: Channel) -> None:
    with channel.store.write() as connection:
        news.release(connection, channel.routes.values(), channel.now)


def test_without_a_digest_what_came_at_night_is_posted_in_the_morning(channel: Channel) -> None:
    channel.routes["payments"] = replace(PAYMENTS, quiet=NIGHT, cap=3, digest=False)
    _at(channel, 22)
    channel.see(verdict("a"), verdict("low", severity=LOW))
    assert [why for *_rest, why in _waiting(channel)] == ["quiet"]
    _release(channel)
    assert channel.draw() == []
    _at(channel, 7, day=4)
    _release(channel)
    assert what(channel.draw()) == [("control", "s3.public")]
    assert _waiting(channel) == []
    assert channel.count("post_findings") == 1  # what is below the floor is in lists alone


def test_without_a_digest_what_settled_itself_at_night_is_not_told(channel: Channel) -> None:
    channel.routes["payments"] = replace(PAYMENTS, quiet=NIGHT, digest=False)
    _at(channel, 22)
    channel.see(verdict("a"))
    channel.see(verdict("a", PASS))
    _at(channel, 9, day=4)
    _release(channel)
    assert channel.draw() == []
    assert _waiting(channel) == []


def test_without_a_digest_the_cap_lets_the_rest_come_day_by_day(channel: Channel) -> None:
    channel.routes["payments"] = replace(PAYMENTS, cap=3, digest=False)
    _at(channel, 9, day=3)
    channel.see(*(verdict("a", control=control) for control in CONTROL_NAMES[:4]))
    _at(channel, 9, day=4)
    _release(channel)
    assert len(channel.all("control")) == 4
    assert _day(channel, "2026-11-04").got == 1


# -- new controls ------------------------------------------------------------------------------------

NEW = "s3.brand_new"


def _new(name: str = "a", severity: Severity = CRITICAL) -> Verdict:
    return verdict(name, control=NEW, severity=severity)


def test_a_new_control_is_counted_for_a_day_before_it_posts(channel: Channel) -> None:
    channel.see(_new())
    assert channel.draw() == []
    assert [why for *_rest, why in _waiting(channel)] == ["staged"]
    assert _digest(channel, "2026-11-02")
    channel.later(hours=20)
    channel.see(_new(), _new("b"))
    assert channel.all("control") == []
    channel.later(hours=5)
    channel.see(_new(), _new("b"), _new("c"))
    assert ("control", NEW) in what(channel.draw())
    assert channel.count("post_findings") == 1


def test_a_day_alone_is_not_enough_where_no_digest_announced_it(channel: Channel) -> None:
    channel.see(_new())
    channel.later(hours=30)
    channel.see(_new(), _new("b"))
    assert channel.all("control") == []
    assert _digest(channel, "2026-11-03")
    channel.see(_new(), _new("b"), _new("c"))
    assert [post.subject for post in channel.all("control")] == [NEW]


def test_where_there_is_no_digest_a_day_is_enough(channel: Channel) -> None:
    channel.routes["payments"] = replace(PAYMENTS, digest=False)
    channel.see(_new())
    channel.later(hours=30)
    _release(channel)
    assert what(channel.draw()) == [("control", NEW)]


def test_what_a_new_control_finds_after_its_announcement_is_in_the_next_digest(channel: Channel) -> None:
    channel.see(_new())
    _digest(channel, "2026-11-02")
    channel.see(_new(), _new("b"))
    with channel.store.read() as connection:
        said = read(connection, "payments", "2026-11-03", channel.now)
    assert [item.id for item in said.new.items] == [identity("b", NEW)]
    assert said.staged == ()


def test_the_controls_of_a_first_scan_are_not_staged(tmp_path: Path) -> None:
    fresh = open_channel(tmp_path, scanned=False)
    fresh.see(_new())
    fresh.see(_new(), _new("b"))
    assert [post.kind for post in fresh.draw()] == ["scan", "control"]


def test_a_choice_of_controls_is_no_first_sight(channel: Channel) -> None:
    channel.later(hours=1)
    channel.record(replace(channel.scan(verdict("x", PASS, control=NEW)), chosen=True))
    channel.see(verdict("x", PASS, control=NEW), only=arn("x"))
    with channel.store.read() as connection:
        assert [one.control for one in staged.staged_for(connection, "payments", True, channel.now)] == []
    channel.later(hours=30)
    channel.see(_new())
    assert channel.all("control") == []


def test_a_first_scan_of_a_few_controls_leaves_the_first_scan_to_come(tmp_path: Path) -> None:
    fresh = open_channel(tmp_path, scanned=False)
    outcome = fresh.record(replace(fresh.scan(verdict("a", PASS)), chosen=True))
    assert not outcome.first
    assert fresh.see(verdict("a")).first


def test_a_regression_under_a_new_control_is_posted(channel: Channel) -> None:
    channel.see(_new())
    channel.see(verdict("a", PASS, control=NEW))
    channel.see(_new())
    assert what(channel.draw()) == [("control", NEW)]


def test_what_was_known_before_this_version_is_not_new(channel: Channel) -> None:
    """As the migration finds it: scans and their coverage, and no memory of days."""
    from storage.migrations import _NOISE

    (seed,) = [line for line in _NOISE if line.startswith("insert into control_days")]
    with channel.store.write() as connection:
        connection.execute("delete from control_days")
        connection.execute(seed)
    channel.see(verdict("a"))
    assert what(channel.draw()) == [("control", "s3.public")]


# -- moves -------------------------------------------------------------------------------------------


def _reassign(channel: Channel, name: str, team: str) -> None:
    """A person gives the finding to another team, and the posts follow."""
    before = channel.count("events")
    with channel.store.write() as connection:
        decide(
            connection, identity(name), "U0DEV1", channel.now,
            lambda finding, actor, now: owners.changed(finding, actor, now, owners.Owner(team), None, "reassigned"),
        )  # fmt: skip
    with channel.store.read() as connection:
        fresh = list(events(connection, after=before))
    assert [event.kind for event in fresh] == [Kind.OWNER_CHANGED]
    channel.plan(fresh)


def test_what_waited_for_the_old_teams_digest_goes_with_the_finding(channel: Channel) -> None:
    channel.routes["web"] = replace(PAYMENTS, team="web", channel="C0WEB")
    channel.see(verdict("a", severity=MEDIUM))
    _reassign(channel, "a", "web")
    with channel.store.read() as connection:
        waits = connection.execute("select team, what from unposted where told is null").fetchall()
    assert [tuple(row) for row in waits] == [("web", "moved")]


def test_the_old_channel_hears_no_more_than_that_it_moved(channel: Channel) -> None:
    channel.routes["web"] = replace(PAYMENTS, team="web", channel="C0WEB")
    channel.see(verdict("a"))
    _reassign(channel, "a", "web")
    channel.draw()
    channel.act("a", "acknowledge")
    assert {post.channel for post in channel.draw()} == {"C0WEB"}


def test_a_question_without_room_hangs_in_a_thread(channel: Channel) -> None:
    """Its finding has no message, and the day's are used up: it must not get lost."""
    channel.routes["payments"] = replace(PAYMENTS, cap=1)
    channel.see(verdict("a", severity=LOW), verdict("b", control=CONTROL_NAMES[0]))
    for _ in range(3):
        channel.act("a", "claim")
        channel.see(verdict("a", FAIL, severity=LOW), only=arn("a"))
    (asked,) = channel.all("ask")
    assert asked.parent == channel.all("control")[0].id


def test_a_targeted_check_of_a_claim_still_answers_under_a_new_control(channel: Channel) -> None:
    channel.see(_new())
    with channel.store.write() as connection:
        decide(connection, identity("a", NEW), "U0DEV1", channel.now, lifecycle.claim)
    outcome = channel.see(verdict("a", FAIL, control=NEW, severity=CRITICAL), only=arn("a"))
    assert Kind.REFUTED in [event.kind for event in outcome.events]
