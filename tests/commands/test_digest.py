"""`digest`, its hour, and what falls due without anybody asking."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial

import pytest

from commands import lapse
from commands.digest import instant, is_due, next_digest, post_due
from commands.people import Person, Team
from commands.reply import DigestShown, FindingList, StatusReport
from scanners.errors import RefusedError, UsageError
from scanners.model import Severity
from storage.model import Kind
from tests.commands.office import ORGANISATION, Office
from tests.storage.world import PASS, identity, verdict

LOW = Severity.LOW
BERLIN = replace(ORGANISATION.teams[0], timezone="Europe/Berlin", digest=time(9))


def _team(office: Office, **changes: object) -> Team:
    """The team payments, changed; the only one with a channel."""
    team = replace(BERLIN, **changes)  # type: ignore[arg-type]
    others = [replace(other, channel="") for other in ORGANISATION.teams[1:]]
    office.organisation = replace(ORGANISATION, teams=(team, *others))
    return team


def _beat(
    office: Office, until: datetime, every: timedelta = timedelta(minutes=10), began: datetime | None = None
) -> None:
    """The process beats until then."""
    began = began or office.now
    while office.now < until:
        office.now = min(office.now + every, until)
        context = office.context(Person("schedule"), face="schedule")
        lapse.tick(context)
        post_due(context, began)


@pytest.fixture
def news(office: Office) -> Office:
    """Scanned, and since then one finding that is not posted."""
    _team(office)
    office.see(verdict("clean", PASS))
    office.see(verdict("a", severity=LOW))
    return office


def _days(office: Office) -> list[tuple[str, str]]:
    found = office.store.connection.execute("select day, skipped from digest_days order by day")
    return [(row["day"], row["skipped"]) for row in found]


def test_it_is_posted_once_a_day_and_skipped_days_say_why(news: Office) -> None:
    _beat(news, datetime(2026, 11, 5, 12, tzinfo=UTC))
    nothing = "nothing new, nothing due"
    assert _days(news) == [("2026-11-03", ""), ("2026-11-04", nothing), ("2026-11-05", nothing)]
    (post,) = news.posts("digest")
    assert (post.channel, post.day) == ("C0PAY", "2026-11-03")
    report = news.say("status")
    assert isinstance(report, StatusReport)
    assert (report.channels[0].digest_day, report.channels[0].skipped) == ("2026-11-05", nothing)


def test_a_restart_posts_no_second_one_and_a_missed_hour_is_caught_up(news: Office) -> None:
    _beat(news, datetime(2026, 11, 3, 12, tzinfo=UTC))
    news.see(verdict("a", severity=LOW), verdict("b", severity=LOW))
    news.now = datetime(2026, 11, 4, 15, tzinfo=UTC)  # no process ran at nine
    for _restart in range(3):
        _beat(news, news.now + timedelta(minutes=20), began=news.now)
    assert [post.day for post in news.posts("digest")] == ["2026-11-03", "2026-11-04"]


def test_a_new_team_waits_for_its_first_hour(news: Office) -> None:
    news.now = datetime(2026, 11, 3, 15, tzinfo=UTC)
    _beat(news, datetime(2026, 11, 3, 20, tzinfo=UTC))
    assert _days(news) == []


def test_what_was_missed_is_not_caught_up_in_quiet_hours(news: Office) -> None:
    _beat(news, datetime(2026, 11, 3, 12, tzinfo=UTC))
    _team(news, quiet=(time(20), time(7)))
    news.now = datetime(2026, 11, 4, 22, tzinfo=UTC)
    _beat(news, datetime(2026, 11, 5, 7, 30, tzinfo=UTC))
    assert [day for day, _skipped in _days(news)] == ["2026-11-03"]
    _beat(news, datetime(2026, 11, 5, 8, 30, tzinfo=UTC))
    assert [day for day, _skipped in _days(news)] == ["2026-11-03", "2026-11-05"]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_day_when_the_clocks_change_has_one_digest(office: Office, day: date) -> None:
    """On the one 02:30 never comes, on the other it comes twice."""
    _team(office, digest=time(2, 30))
    office.now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12)
    _beat(office, office.now + timedelta(hours=48))
    assert [slot for slot, _skipped in _days(office)] == [
        day.isoformat(),
        (day + timedelta(days=1)).isoformat(),
    ]


def test_a_clock_that_is_set_back_posts_nothing_again(news: Office) -> None:
    _beat(news, datetime(2026, 11, 4, 12, tzinfo=UTC))
    before = _days(news)
    news.now = datetime(2026, 11, 3, 7, tzinfo=UTC)
    _beat(news, datetime(2026, 11, 4, 12, tzinfo=UTC))
    assert _days(news) == before


def test_a_digest_that_is_off_never_comes(news: Office) -> None:
    team = _team(news, digest=None)
    _beat(news, datetime(2026, 11, 4, 12, tzinfo=UTC))
    assert _days(news) == []
    assert next_digest(team, None, news.now) is None
    assert not is_due(news.context(), team, news.now)


def test_the_next_one_is_told_in_its_zone(news: Office) -> None:
    assert next_digest(BERLIN, None, news.now) == datetime(2026, 11, 3, 8, tzinfo=UTC)
    assert instant(date(2026, 7, 1), time(9), "Europe/Berlin") == datetime(2026, 7, 1, 7, tzinfo=UTC)


# -- the command -------------------------------------------------------------------------------------


def test_asked_for_it_shows_what_stands_now_and_posts_nothing(news: Office) -> None:
    shown = news.say("digest payments")
    assert isinstance(shown, DigestShown)
    assert (shown.digest.new.total, shown.posted) == (1, False)
    assert news.posts("digest") == []
    assert news.say("digest").digest.team == "payments"  # type: ignore[union-attr]


def test_a_part_is_listed_as_it_was_and_as_it_stands(news: Office) -> None:
    _beat(news, datetime(2026, 11, 3, 12, tzinfo=UTC))
    news.see(verdict("a", PASS), verdict("b", severity=LOW))
    listed = news.say("digest payments --show new --day 2026-11-03")
    assert isinstance(listed, FindingList)
    assert [(view.finding.resource_id, str(view.state)) for view in listed.findings] == [("a", "fixed")]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("digest paymnts", "Did you mean payments"),
        ("digest payments --show nwe", "Did you mean new"),
        ("digest payments --day tomorrow", "takes a date such as"),
        ("digest payments --day 2025-01-01", "got no digest on 2025-01-01"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(news: Office, words: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        news.say(words)


def test_nobody_posts_a_digest_by_hand(news: Office) -> None:
    for face in ("slack", "terminal"):
        with pytest.raises(RefusedError, match="Only the schedule"):
            news.say("digest payments --post", face=face)
    assert _days(news) == []


def test_a_private_teams_digest_is_its_own(news: Office) -> None:
    _team(news, private=True)
    with pytest.raises(UsageError, match="There is no team"):
        news.say("digest payments", "U0WEB")
    report = news.say("status", "U0WEB")
    assert isinstance(report, StatusReport)
    assert report.channels == ()
    assert isinstance(news.say("digest payments", "U0DEV1"), DigestShown)


# -- what falls due ----------------------------------------------------------------------------------


def test_a_lapse_is_written_once_with_the_moment_it_fell_due_though_nothing_else_happens(
    office: Office,
) -> None:
    office.see(verdict("a", severity=Severity.CRITICAL))
    office.say(f"acknowledge {identity('a')}")
    due = office.now + timedelta(hours=24)
    office.later(hours=30)
    for _ in range(3):
        lapse.tick(office.context(Person("schedule"), face="schedule"))
        office.later(seconds=30)
    row = office.store.connection.execute("select at, count(*) from events where kind = 'lapsed'").fetchone()
    assert (datetime.fromisoformat(row[0]), row[1]) == (due, 1)
    assert len(office.posts("ask")) == 1
    assert office.events(Kind.LAPSED) == 1


def test_a_beat_with_nothing_due_writes_nothing(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.see(verdict("a"))

    def no_write() -> None:
        raise AssertionError("nothing is due")

    monkeypatch.setattr(type(office.store), "write", lambda _store: no_write())
    assert not lapse.tick(office.context(Person("schedule"), face="schedule"))


def test_a_beat_with_nothing_to_let_through_writes_nothing(
    news: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At night what waits is left alone: no lock is taken twice a minute for it."""
    _team(news, digest=None, quiet=(time(20), time(7)))
    news.now = datetime(2026, 11, 3, 22, tzinfo=UTC)
    news.see(verdict("a", severity=LOW), verdict("b", severity=Severity.HIGH))
    monkeypatch.setattr(type(news.store), "write", lambda _store: pytest.fail("there is nothing to write"))
    assert not lapse.tick(news.context(Person("schedule"), face="schedule"))


def test_an_old_message_is_looked_at_once(office: Office) -> None:
    office.see(verdict("clean", PASS))
    office.see(verdict("a"), verdict("b"))
    with office.store.write() as connection:
        connection.execute(
            "update findings set disposition = 'risk_accepted', until = '2027-06-01T00:00:00.000000Z'"
        )
    (before,) = office.posts("control")
    office.later(days=31)
    tick = partial(lapse.tick, office.context(Person("schedule"), face="schedule"))
    assert tick()
    (after,) = office.posts("control")
    assert after.wanted == before.wanted + 1
    assert not tick()


def test_an_old_message_with_work_left_stays_as_it_is(office: Office) -> None:
    office.see(verdict("clean", PASS))
    office.see(verdict("a"))
    (before,) = office.posts("control")
    office.later(days=31)
    lapse.tick(office.context(Person("schedule"), face="schedule"))
    assert office.posts("control") == [before]
