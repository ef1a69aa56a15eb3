"""Crontab lines as APScheduler triggers. Why they are translated: docs/decisions/0004-schedules.md.

APScheduler counts weekdays from Monday = 0, crontab from Sunday = 0, so `0 9 * * 1` would fire on Tuesday:
weekdays are therefore written as names. Where both day of month and weekday are restricted, crontab means
either (POSIX crontab, "EXTENDED DESCRIPTION"), APScheduler means both: that becomes two triggers. A field that
begins with `*` restricts nothing in this sense, `*/2` neither (crontab(5) of Vixie's cron).
"""

import re
from collections.abc import Mapping
from typing import Any

WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIELDS = ("minute", "hour", "day of month", "month", "weekday")
_RANGES: Mapping[str, tuple[int, int]] = {
    "minute": (0, 59),
    "hour": (0, 23),
    "day of month": (1, 31),
    "month": (1, 12),
    "weekday": (0, 7),
}
_NAMES: Mapping[str, Mapping[str, int]] = {
    "weekday": {name: at for at, name in enumerate(WEEKDAYS)},
    "month": {name: at for at, name in enumerate(MONTHS, 1)},
}
_LONGEST_MONTH = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}  # 31 in the others
_PART = re.compile(r"(\*|\w{1,9})(?:-(\w{1,9}))?(?:/(\d{1,4}))?", re.ASCII)
_NICKNAMES = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}


def parse(cron: str) -> tuple[frozenset[int], ...]:
    """The values of each of the five fields; weekdays with Sunday = 0.

    Raises ValueError that names the field and the mend, also for a day that never comes (30 February).
    """
    given = _fields(cron)
    found = tuple(_field(text, name) for text, name in zip(given, FIELDS, strict=True))
    _minutes, _hours, days, months, weekdays = found
    never = all(min(days) > _LONGEST_MONTH.get(month, 31) for month in months)
    if never and not _either(given):
        raise ValueError(f"day of month: {given[2][:20]} never comes in month {given[3][:20]}; change one")
    return (*found[:4], frozenset(day % 7 for day in weekdays))


def translate(cron: str) -> list[dict[str, str]]:
    """What to hand to CronTrigger, once, or twice where either fires. Raises ValueError as `parse` does."""
    minutes, hours, days, months, weekdays = parse(cron)
    base = {"minute": _listed(minutes), "hour": _listed(hours), "month": _listed(months)}
    by_day = {"day": _listed(days)}
    by_weekday = {"day_of_week": ",".join(WEEKDAYS[day] for day in sorted(weekdays))}
    if _either(_fields(cron)):
        return [base | by_day, base | by_weekday]
    return [base | by_day | by_weekday]


def triggers(cron: str, timezone: str) -> list[Any]:
    """One CronTrigger, or two of which either fires. Raises ValueError as `parse` does."""
    from apscheduler.triggers.cron import CronTrigger

    return [CronTrigger(**fields, timezone=timezone) for fields in translate(cron)]


def _fields(cron: str) -> list[str]:
    given = _NICKNAMES.get(cron.strip().lower(), cron).split()
    if len(given) != len(FIELDS):
        found = "1 field" if len(given) == 1 else f"{len(given)} fields"
        raise ValueError(f"{found}; a crontab line has five: {', '.join(FIELDS)}")
    return given


def _either(given: list[str]) -> bool:
    return not given[2].startswith("*") and not given[4].startswith("*")


def _listed(values: frozenset[int]) -> str:
    return ",".join(map(str, sorted(values)))


def _field(text: str, name: str) -> frozenset[int]:
    found: set[int] = set()
    for part in text.lower().split(","):
        found |= _values(part, name)
    return frozenset(found)


def _values(part: str, name: str) -> set[int]:
    match = _PART.fullmatch(part)
    if match is None:
        raise ValueError(f"{name}: {part[:20]!r} can't be read; write it like 5, 1-5, */15 or 1,3")
    first, last, step = match.groups()
    low, high = _RANGES[name]
    if first == "*":
        if last:
            raise ValueError(f"{name}: {part!r} can't be read; `*` has no end")
        start, end = low, high
    else:
        start = _number(first, name)
        # `5/10` means from 5 on, every 10.
        end = _number(last, name) if last else (high if step else start)
    if name == "weekday" and last and end < start and end == 0:
        end = 7
    if start > end:
        raise ValueError(f"{name}: {part!r} runs backwards; write the smaller one first, or a list")
    every = int(step) if step else 1
    if every < 1 or every > high:
        raise ValueError(f"{name}: a step of {step} is not possible; 1 to {high} are")
    return set(range(start, end + 1, every))


def _number(word: str, name: str) -> int:
    low, high = _RANGES[name]
    names = _NAMES.get(name, {})
    if word in names:
        return names[word]
    if not word.isdigit() or not low <= int(word) <= high:
        also = f", nor one of {', '.join(names)}" if names else ""
        raise ValueError(f"{name}: {word!r} is not in {low} to {high}{also}")
    return int(word)
