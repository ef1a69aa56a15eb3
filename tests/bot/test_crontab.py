"""Crontab lines fire when crontab says, on the days that crontab means."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.crontab import WEEKDAYS, parse, translate, triggers
from tests.examples import examples

MONDAY = datetime(2026, 11, 23, tzinfo=UTC)
NAMES = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _next(cron: str, after: datetime, zone: str = "UTC") -> datetime:
    found: list[datetime | None] = [t.get_next_fire_time(None, after) for t in triggers(cron, zone)]
    return min(moment for moment in found if moment is not None)


@pytest.mark.parametrize("day", range(8))
def test_each_weekday_fires_on_its_own_day(day: int) -> None:
    fired = _next(f"0 9 * * {day}", MONDAY)
    assert fired.strftime("%a").lower() == NAMES[day % 7]


@pytest.mark.parametrize("day", NAMES)
def test_each_weekday_fires_by_name(day: str) -> None:
    assert _next(f"0 9 * * {day}", MONDAY).strftime("%a").lower() == day


def test_nine_on_monday_is_monday() -> None:
    assert _next("0 9 * * 1", MONDAY) == MONDAY.replace(hour=9)
    assert WEEKDAYS == NAMES


def test_a_weekday_is_one_of_the_local_calendar() -> None:
    fired = _next("30 0 * * 1", MONDAY, "Asia/Tokyo")  # Monday 00:30 there is Sunday here
    assert fired.astimezone(ZoneInfo("Asia/Tokyo")).strftime("%a %H:%M") == "Mon 00:30"
    assert fired.astimezone(UTC).strftime("%a") == "Sun"


@pytest.mark.parametrize(
    ("field", "days"),
    [("mon-fri", "12345"), ("5-7", "560"), ("*/2", "0246"), ("sat,sun", "60"), ("MON", "1"), ("0-7", "0123456"), ("sat-sun", "60"),
     ("1-5/2", "135"), ("7", "0"), ("3/2", "350"), ("*/7", "0"), ("sun-tue", "012")],
)  # fmt: skip
def test_ranges_lists_steps_and_names_of_weekdays(field: str, days: str) -> None:
    assert parse(f"0 0 * * {field}")[4] == {int(day) for day in days}
    (fields,) = translate(f"0 0 * * {field}")
    assert set(fields["day_of_week"].split(",")) == {NAMES[int(day)] for day in days}


def test_day_and_weekday_together_mean_either() -> None:
    fired = [_next("0 0 1 * 1", MONDAY + timedelta(days=at, minutes=1)) for at in (0, 6, 7)]
    assert [f.strftime("%a %d") for f in fired] == ["Mon 30", "Mon 30", "Tue 01"]
    assert len(translate("0 0 1 * 1")) == 2
    assert len(translate("0 0 */2 * 1")) == 1


@pytest.mark.parametrize(
    ("cron", "told"),
    [("* * * *", "4 fields"), ("@reboot", "1 field;"), ("60 * * * *", "minute"), ("* 24 * * *", "hour"), ("* * 0 * *", "day of month"),
     ("* * * 13 *", "month"), ("* * * * 8", "weekday"), ("*/0 * * * *", "step"), ("5-1 * * * *", "backwards"), ("a b c d e", "minute"),
     ("* * * * monkey", "nor one of sun"), ("* * * marvellous *", "month"), ("² * * * *", "minute"), ("٣ * * * *", "minute"),
     ("1,,2 * * * *", "minute"), ("-1 * * * *", "minute"), ("*-5 * * * *", "no end"), ("*/" + "9" * 5000 + " * * * *", "minute"),
     ("* * * * 5L", "weekday"), ("* * ? * *", "day of month"), ("0 0 30 2 *", "never comes"), ("0 0 31 4,6 *", "never comes")],
)  # fmt: skip
def test_a_mistake_names_its_field(cron: str, told: str) -> None:
    with pytest.raises(ValueError, match=told) as caught:
        parse(cron)
    assert len(str(caught.value)) < 150


def test_a_leap_day_comes() -> None:
    assert _next("0 0 29 2 *", MONDAY) == datetime(2028, 2, 29, tzinfo=UTC)


def test_a_weekday_comes_even_where_the_day_of_month_never_does() -> None:
    assert _next("0 0 30 2 1", MONDAY) == datetime(2027, 2, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("nickname", "written"),
    [("@daily", "0 0 * * *"), ("@weekly", "0 0 * * 0"), ("@monthly", "0 0 1 * *"), ("@hourly", "0 * * * *")],
)
def test_nicknames_are_what_crontab_says(nickname: str, written: str) -> None:
    assert translate(nickname) == translate(written)


def _numbers(low: int, high: int, names: tuple[str, ...] = (), first: int = 0) -> st.SearchStrategy[str]:
    """Fields as people write them: `*`, numbers, names, ranges, steps and lists of those."""
    number = st.integers(low, high)
    spans = st.tuples(number, number).map(lambda pair: f"{min(pair)}-{max(pair)}")
    step = st.integers(1, max(1, high // 2))
    stepped = st.tuples(st.one_of(st.just("*"), spans), step).map(lambda pair: f"{pair[0]}/{pair[1]}")
    single = number.map(str)
    if names:
        single |= st.integers(first, first + len(names) - 1).map(lambda at: names[at - first])
    part = st.one_of(single, spans, stepped)
    return st.one_of(st.just("*"), part, st.lists(part, min_size=2, max_size=3).map(",".join))


LINES = st.tuples(
    _numbers(0, 59), _numbers(0, 23), _numbers(1, 31), _numbers(1, 12, MONTHS, 1), _numbers(0, 7, NAMES)
)


def _matches(field: str, value: int, low: int, names: tuple[str, ...] = ()) -> bool:
    """Whether crontab(5) counts `value` in `field`, asked part by part; nothing is shared with the parser."""
    for part in field.split(","):
        span, _, step = part.partition("/")
        start, _, end = span.partition("-")
        if start == "*":
            first, last = low, 99
        else:
            first = names.index(start) + low if start in names else int(start)
            last = int(end) if end else (99 if step else first)
        if first <= value <= last and (value - first) % int(step or 1) == 0:
            return True
    return False


def _on(day: date, fields: tuple[str, ...]) -> bool:
    if not _matches(fields[3], day.month, 1, MONTHS):
        return False
    weekday = day.isoweekday() % 7
    by_day = _matches(fields[2], day.day, 1)
    by_weekday = _matches(fields[4], weekday, 0, NAMES)
    if weekday == 0:  # Sunday is 7 too
        by_weekday = by_weekday or _matches(fields[4], 7, 0, NAMES)
    free = fields[2].startswith("*") or fields[4].startswith("*")
    return (by_day and by_weekday) if free else (by_day or by_weekday)


def _brute(fields: tuple[str, ...], after: datetime) -> datetime | None:
    """The next minute that matches, found by looking at one after the other; None where none comes in 9 years."""
    for days in range(29 * 366):  # 29 February falls on a given weekday every 28 years
        day = after.date() + timedelta(days=days)
        if not _on(day, fields):
            continue
        for minute in range(24 * 60):
            moment = datetime.combine(day, time(minute // 60, minute % 60), UTC)
            fits = _matches(fields[1], moment.hour, 0) and _matches(fields[0], moment.minute, 0)
            if fits and moment >= after:
                return moment
    return None


@given(LINES, st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)))
@settings(max_examples=examples(200), deadline=None)
def test_it_agrees_with_a_plain_matcher(fields: tuple[str, ...], start: datetime) -> None:
    cron = " ".join(fields)
    after = start.replace(second=0, microsecond=0, tzinfo=UTC)
    expected = _brute(fields, after)
    if expected is None:
        with pytest.raises(ValueError, match="never comes"):
            parse(cron)
    else:
        assert _next(cron, after) == expected


@given(st.text(max_size=30))
def test_any_text_is_read_or_refused_with_a_reason(text: str) -> None:
    try:
        assert all(parse(text))
    except ValueError as error:
        assert "invalid literal" not in str(error)
