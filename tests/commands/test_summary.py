"""`summary`: its words, its walls, the list behind each number, its week, and the day's snapshot."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.messages.summary import numbers
from bot.sandbox.month import small_company
from commands import weekly
from commands.people import Organisation, Person, Team
from commands.reply import FindingList, Reply, StatusReport
from commands.summary_model import BEHIND, ON_TRACK, UNKNOWN, Summary, from_data, to_data
from commands.weekly import next_summary, post_due, take_due
from scanners.errors import RefusedError, UsageError
from scanners.model import Severity
from storage import history
from storage import progress_snapshots as snapshots
from storage.pictures import Connection
from storage.store import Store
from tests.bot.sandbox.test_month import exported
from tests.commands.office import ORGANISATION, PROD, Office, open_office
from tests.played_month import NOW, take
from tests.storage.figures.recount import recount
from tests.storage.world import DENIED, PASS, identity, verdict


@dataclass
class Month:
    """A made-up month, asked by commands."""

    office: Office
    teams: list[str]

    def ask(self, words: str, face: str = "terminal") -> Reply:
        return self.office.say(words, Person("os:dana", operator=True), face)


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    folder = Path(tmp_path_factory.mktemp("month"))
    take(tmp_path_factory, folder / "patrol.db")
    office = open_office(folder)
    company = small_company()
    teams = tuple(
        Team(c.name, f"C0{c.name.upper()}", leads=(c.lead,), members=c.members) for c in company.crews
    )
    office.organisation = Organisation(teams, tuple(account.target for account in company.accounts))
    office.now = NOW
    yield Month(office, [crew.name for crew in company.crews])
    office.store.close()


def summed(reply: Reply) -> Summary:
    assert isinstance(reply, Summary)
    return reply


# -- its numbers -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("view", "days"), [("all", 30), ("data", 7)])
def test_anybody_can_work_it_out_again_from_the_exported_events(month: Month, view: str, days: int) -> None:
    told = summed(month.ask(f"summary {view} --days {days}"))
    with month.office.store.read() as connection:
        owners = history.owners(connection)
    assert dict(told.document) == recount(exported(month.office.store), owners, view, days, NOW)


@pytest.mark.parametrize("words", ["data --days 7", "all --day 2026-10-20"])
def test_the_list_behind_each_number_is_as_long_as_the_number(month: Month, words: str) -> None:
    told = summed(month.ask(f"summary {words}"))
    for part, number in numbers(told).items():
        listed = month.ask(f"summary {words} --show {part}")
        assert isinstance(listed, FindingList)
        assert (len(listed.findings), listed.total) == (number, number), part
        assert sum(listed.by_severity.values()) == number


def test_a_list_has_pages_whose_words_go_on_with_it(month: Month) -> None:
    first = month.ask("summary all --show fixed", face="slack")
    assert isinstance(first, FindingList)
    assert (len(first.findings), first.words) == (10, "summary all --days 30 --show fixed")
    second = month.ask(f"{first.words} --offset 10", face="slack")
    assert isinstance(second, FindingList)
    assert (second.offset, second.total) == (10, first.total)
    assert second.findings != first.findings


def test_a_large_ledger_is_told_from_the_newest_snapshot(
    month: Month, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = summed(month.ask("summary data"))
    monkeypatch.setattr("commands.summary.LIVE_EVENTS", 0)
    told = summed(month.ask("summary data"))
    assert (told.day, told.document) == ("2026-11-02", live.document)


def test_every_verdict_of_the_month_has_a_reason_and_late_means_behind(month: Month) -> None:
    found = {team: summed(month.ask(f"summary {team}")) for team in month.teams}
    assert all(told.reason.endswith(".") for told in found.values())
    assert all(told.verdict == BEHIND for told in found.values() if told.late_count)
    assert {ON_TRACK, BEHIND} <= {told.verdict for told in found.values()}
    assert found["data"].reason.startswith("1 critical and 10 high are past")


def test_what_a_message_keeps_comes_back_as_it_was(month: Month) -> None:
    told = summed(month.ask("summary data"))
    assert from_data(to_data(told)) == told


# -- its words ---------------------------------------------------------------------------------------


@pytest.fixture
def seen(office: Office) -> Office:
    """Two findings of payments on the first day, one of them fixed on the next."""
    office.see(verdict("a"), verdict("b", severity=Severity.CRITICAL))
    office.later(days=1)
    office.see(verdict("a", PASS), verdict("b", severity=Severity.CRITICAL))
    return office


def test_without_a_name_it_is_the_channels_team(seen: Office) -> None:
    told = summed(seen.say("summary"))
    cohort = told.document["cohort"]
    assert (told.team, cohort["fixed"], cohort["open"], told.thanks) == ("payments", 1, 1, {"payments": 1})
    assert summed(seen.say("summary team:payments --days 7d")).document["days"] == 7


def test_nothing_checked_is_never_on_track(office: Office) -> None:
    assert summed(office.say("summary all")).verdict == UNKNOWN
    office.see(verdict("a"))
    office.later(days=2)
    told = summed(office.say("summary payments"))
    assert (told.verdict, told.reason) == (UNKNOWN, "nothing could be checked in the last 24 hours.")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("summary paymnts", "Did you mean payments"),
        ("summary payments --days 31", "--days takes 7, 30, 90"),
        ("summary payments --show lat", "Did you mean late"),
        ("summary payments --day tomorrow", "takes a date such as"),
        ("summary payments --day 2025-01-01", "No figures were taken on 2025-01-01"),
        ("summary payments team:web", "One team at a time"),
        ("summary web", "nothing to sum up for web yet"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(seen: Office, words: str, told: str) -> None:
    seen.organisation = replace(ORGANISATION, targets=ORGANISATION.targets[:1])
    with seen.store.write() as connection:
        connection.execute("delete from targets where name = 'staging'")
    with pytest.raises(UsageError, match=told):
        seen.say(words)


def test_a_private_teams_summary_is_its_own_and_all_is_for_those_who_see_all(seen: Office) -> None:
    private = replace(ORGANISATION.teams[0], private=True)
    seen.organisation = replace(ORGANISATION, teams=(private, *ORGANISATION.teams[1:]))
    for words in ("summary payments", "summary payments --show late"):
        with pytest.raises(UsageError, match="There is no team"):
            seen.say(words, "U0WEB")
    with pytest.raises(RefusedError, match="may see every team"):
        seen.say("summary all", "U0WEB")
    assert summed(seen.say("summary all", "U0SEC")).team == "all"
    assert summed(seen.say("summary", "U0DEV1")).team == "payments"


def test_gaps_of_a_target_behind_a_wall_are_not_named(office: Office) -> None:
    """A team without a target of its own lives in those of others, which it may not know of."""
    private = replace(ORGANISATION.teams[0], private=True)
    office.organisation = replace(ORGANISATION, teams=(private, *ORGANISATION.teams[1:]), targets=(PROD,))
    office.see(verdict("a"))
    office.see(verdict("a"), covers=DENIED)
    office.later(hours=24)
    office.see(verdict("a"), covers=DENIED)
    office.say(f"reassign {identity('a')} --team web", "U0SEC")
    whole = summed(office.say("summary web", "U0SEC"))
    assert [gap["target"] for gap in whole.document["coverage"]["gaps"]] == ["prod"]
    walled = summed(office.say("summary web", "U0WEB"))
    assert "prod" not in str(walled.document)
    assert walled.document["coverage"] == {"checked": 0, "of": 0, "gaps": []}
    began, office.now = office.now, datetime(2026, 11, 9, 10, tzinfo=UTC)
    post_due(office.context(Person("schedule"), face="schedule"), began)
    (post,) = [post for post in office.posts("weekly") if post.team == "web"]
    assert "prod" not in str(post.data)


# -- its week ----------------------------------------------------------------------------------------


def test_teams_are_compared_only_where_they_wish(month: Month) -> None:
    before = month.office.organisation
    assert summed(month.ask("summary all")).compared == ()
    wishing = replace(
        before, teams=tuple(replace(team, compare=team.name != "data") for team in before.teams)
    )
    month.office.organisation = wishing
    try:
        told = summed(month.ask("summary all"))
        assert summed(month.ask(f"summary {month.teams[0]}")).compared == ()
    finally:
        month.office.organisation = before
    assert {one.team for one in told.compared} == set(month.teams) - {"data"}
    assert from_data(to_data(told)) == told
    for one in told.compared:
        assert one.of >= 5 and one.percent is not None


def _team(office: Office, **changes: object) -> Team:
    """The team payments, changed; the only one with a channel."""
    berlin = replace(ORGANISATION.teams[0], timezone="Europe/Berlin", digest=None)
    team = replace(berlin, **changes)  # type: ignore[arg-type]
    office.organisation = replace(
        ORGANISATION, teams=(team, *(replace(other, channel="") for other in ORGANISATION.teams[1:]))
    )
    return team


def _beat(
    office: Office, until: datetime, every: timedelta = timedelta(hours=1), began: datetime | None = None
) -> None:
    """The process beats until then."""
    began = began or office.now
    while office.now < until:
        office.now = min(office.now + every, until)
        context = office.context(Person("schedule"), face="schedule")
        post_due(context, began)
        take_due(context)


def _weeks(office: Office) -> list[tuple[str, str]]:
    found = office.store.connection.execute("select slot, skipped from summary_weeks order by slot")
    return [(row["slot"], row["skipped"]) for row in found]


def test_it_comes_once_a_week_and_a_week_without_change_says_so(seen: Office) -> None:
    _team(seen)
    _beat(seen, datetime(2026, 11, 24, 12, tzinfo=UTC))
    nothing = "nothing changed since the week before"
    assert [slot for slot, _skipped in _weeks(seen)] == [
        "2026-11-09T09:00",
        "2026-11-16T09:00",
        "2026-11-23T09:00",
    ]
    assert _weeks(seen)[-1][1] == nothing
    post = seen.posts("weekly")[0]
    assert (post.channel, post.day, len(seen.posts("weekly_more"))) == (
        "C0PAY",
        "2026-11-09",
        len(seen.posts("weekly")),
    )
    report = seen.say("status")
    assert isinstance(report, StatusReport)
    assert (report.channels[0].summary_day, report.channels[0].summary_skipped) == ("2026-11-23", nothing)
    assert report.channels[0].next_summary == datetime(2026, 11, 30, 8, tzinfo=UTC)


def test_a_restart_posts_no_second_one_and_a_missed_week_is_caught_up(seen: Office) -> None:
    _team(seen)
    _beat(seen, datetime(2026, 11, 9, 12, tzinfo=UTC))
    seen.now = datetime(2026, 11, 18, 15, tzinfo=UTC)  # no process ran on Monday
    for _restart in range(3):
        _beat(seen, seen.now + timedelta(hours=2), began=seen.now)
    assert [slot for slot, _skipped in _weeks(seen)] == ["2026-11-09T09:00", "2026-11-16T09:00"]


def test_a_clock_that_is_set_back_and_a_day_that_is_moved_post_nothing_again(seen: Office) -> None:
    _team(seen)
    _beat(seen, datetime(2026, 11, 10, 12, tzinfo=UTC))
    before = _weeks(seen)
    seen.now = datetime(2026, 11, 8, 7, tzinfo=UTC)
    _beat(seen, datetime(2026, 11, 10, 12, tzinfo=UTC))
    _team(seen, summary=(4, time(9)))
    _beat(seen, datetime(2026, 11, 14, 12, tzinfo=UTC))
    assert _weeks(seen) == before
    _beat(seen, datetime(2026, 11, 21, 12, tzinfo=UTC))
    assert [slot for slot, _skipped in _weeks(seen)] == [before[0][0], "2026-11-20T09:00"]


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)])
def test_the_week_in_which_the_clocks_change_has_one(office: Office, day: date) -> None:
    """On the one Sunday 02:30 never comes, on the other it comes twice."""
    _team(office, summary=(6, time(2, 30)))
    office.now = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=12)
    office.see(verdict("a"))
    _beat(office, office.now + timedelta(hours=36), timedelta(minutes=10))
    assert [slot for slot, _skipped in _weeks(office)] == [f"{day}T02:30"]


@pytest.mark.parametrize("change", [{"summary": None}, {"leads": ()}, {"channel": ""}])
def test_a_team_without_leads_a_channel_or_the_wish_gets_none(
    seen: Office, change: dict[str, object]
) -> None:
    team = _team(seen, **change)
    _beat(seen, datetime(2026, 11, 10, 12, tzinfo=UTC))
    assert (_weeks(seen), next_summary(team, seen.now)) == ([], None)


def test_before_the_first_scan_there_is_nothing_to_say(office: Office) -> None:
    _team(office)
    _beat(office, datetime(2026, 11, 9, 12, tzinfo=UTC))
    assert [skipped for _slot, skipped in _weeks(office)] == ["there is nothing to sum up yet"]
    assert office.posts("weekly") == []


def test_the_lists_behind_a_weekly_message_stay_as_long_as_it_said(seen: Office) -> None:
    _team(seen)
    _beat(seen, datetime(2026, 11, 9, 12, tzinfo=UTC))
    told = from_data(seen.posts("weekly")[0].data)
    seen.see(verdict("a"), verdict("b", PASS), verdict("c"))
    for part, number in numbers(told).items():
        listed = seen.say(f"summary payments --days 7 --day {told.day} --show {part}")
        assert isinstance(listed, FindingList)
        assert listed.total == number, part


# -- the day's snapshot ------------------------------------------------------------------------------


def test_a_snapshot_is_taken_once_a_day_and_a_missed_day_is_marked(seen: Office) -> None:
    _team(seen)
    _beat(seen, datetime(2026, 11, 4, 20, tzinfo=UTC))
    seen.now = datetime(2026, 11, 6, 12, tzinfo=UTC)  # no process ran on the fifth
    _beat(seen, datetime(2026, 11, 6, 20, tzinfo=UTC))
    with seen.store.read() as connection:
        days = snapshots.series(connection, snapshots.COMPANY, date(2026, 11, 1))
    assert [(one.day.day, one.data is not None) for one in days] == [
        (3, True),
        (4, True),
        (5, False),
        (6, True),
    ]


def test_the_ledger_is_read_while_others_may_write(seen: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    real = snapshots.measure

    def measured(connection: Connection, *given: Any) -> Any:
        other = Store(seen.store.path)
        with other.write() as writing:
            writing.execute("update people set name = name")
        other.close()
        return real(connection, *given)

    monkeypatch.setattr(snapshots, "measure", measured)
    assert weekly.take(seen.context(Person("schedule"), face="schedule"))


def test_a_beat_with_nothing_due_writes_nothing(seen: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    context = seen.context(Person("schedule"), face="schedule")
    assert weekly.take(context)
    monkeypatch.setattr(type(seen.store), "write", lambda _store: pytest.fail("there is nothing to write"))
    assert not take_due(context)
    assert not post_due(context, seen.now)
