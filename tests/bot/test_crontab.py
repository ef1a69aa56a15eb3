"""Crontab lines fire when crontab says, on the days that crontab means."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.crontab import WEEKDAYS, parse, triggers

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def _next(cron: str, after: datetime, zone: str = "UTC") -> datetime:
    found = [t.get_next_fire_time(None, after) for t in triggers(cron, zone)]
    return min(moment for moment in found if moment is not None)


@pytest.mark.parametrize("day", range(8))
def test_each_weekday_fires_on_its_own_day(day: int) -> None:
    fired = _next(f"0 9 * * {day}", MONDAY)
    assert fired.strftime("%a").lower() == WEEKDAYS[day % 7]


@pytest.mark.parametrize(
    ("field", "days"),
    [("mon-fri", "12345"), ("5-7", "560"), ("*/2", "0246"), ("sat,sun", "60"), ("MON", "1")],
)
def test_ranges_lists_steps_and_names_of_weekdays(field: str, days: str) -> None:
    assert parse(f"0 0 * * {field}")[4] == {int(day) for day in days}


def test_day_and_weekday_together_mean_either() -> None:
    fired = [_next("0 0 1 * 1", MONDAY + timedelta(days=at, minutes=1)) for at in (0, 6, 7)]
    assert [f.strftime("%a %d") for f in fired] == ["Mon 30", "Mon 30", "Tue 01"]


@pytest.mark.parametrize(
    ("cron", "told"),
    [("* * * *", "4 fields"), ("60 * * * *", "minute"), ("* 24 * * *", "hour"), ("* * 0 * *", "day of month"),
     ("* * * 13 *", "month"), ("* * * * 8", "weekday"), ("*/0 * * * *", "step"), ("5-1 * * * *", "backwards"), ("a b c d e", "minute")],
)  # fmt: skip
def test_a_mistake_names_its_field(cron: str, told: str) -> None:
    with pytest.raises(ValueError, match=told):
        parse(cron)


_FIELD = [st.sampled_from(["*", "0", "15", "*/20", "10-40/7"]), st.sampled_from(["*", "3", "1-5", "*/6"]),
          st.sampled_from(["*", "1", "28-31", "15"]), st.sampled_from(["*", "2", "6-8", "*/5"]),
          st.sampled_from(["*", "0", "7", "1-5", "sun", "*/3"])]  # fmt: skip


@given(st.tuples(*_FIELD), st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
@settings(max_examples=60, deadline=None)
def test_it_agrees_with_a_plain_matcher(fields: tuple[str, ...], start: datetime) -> None:
    cron = " ".join(fields)
    after = start.replace(second=0, microsecond=0, tzinfo=UTC)
    minutes, hours, days, months, weekdays = parse(cron)
    moment, limit = after, after + timedelta(days=40)
    while moment < limit:
        by_day, by_weekday = moment.day in days, (moment.isoweekday() % 7) in weekdays
        free = fields[2].startswith("*") or fields[4].startswith("*")
        if moment.month in months and ((by_day and by_weekday) if free else (by_day or by_weekday)):
            if moment.hour in hours and moment.minute in minutes:
                assert _next(cron, after) == moment
                return
            moment += timedelta(minutes=1)
        else:
            moment = (moment + timedelta(days=1)).replace(hour=0, minute=0)
