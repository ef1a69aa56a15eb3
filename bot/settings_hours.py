"""Times of day in patrol.toml: "09:00", "off", "20:00-07:00", and "mon 09:00"."""

import re
from datetime import time

from bot.settings_values import shown

OFF = "off"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_CLOCK = re.compile(r"([01]\d|2[0-3]):([0-5]\d)\Z", re.ASCII)
_NEARLY = re.compile(r"(\d)[:.h](\d\d)\Z|(\d\d)[.h](\d\d)\Z", re.ASCII)


def digest(value: str) -> str:
    """When the digest comes, or that it does not."""
    if value == OFF or _CLOCK.match(value):
        return ""
    if value.casefold() == OFF:
        return f"{shown(value)} is no time of day. Did you mean {OFF}?"
    return _no_clock(value) + f' Write it like 09:00, or "{OFF}".'


def weekly(value: str) -> str:
    """On which weekday and when the weekly summary comes, or that it does not."""
    if value == OFF:
        return ""
    day, _blank, at = value.partition(" ")
    wanted = f'Write it like "mon 09:00", or "{OFF}".'
    if value.casefold() == OFF:
        return f"{shown(value)} is no day and time. Did you mean {OFF}?"
    if day not in WEEKDAYS:
        near = day.casefold()[:3]
        meant = f" Did you mean {near}?" if near in WEEKDAYS else ""
        return f"{shown(day)} is no day of the week.{meant} {wanted}"
    if not _CLOCK.match(at):
        return f"{_no_clock(at)} {wanted}"
    return ""


def week_time(value: str) -> tuple[int, time]:
    """The weekday (Monday is 0) and time of a text that passed."""
    day, _blank, at = value.partition(" ")
    return WEEKDAYS.index(day), clock(at)


def quiet(value: str) -> str:
    """From when to when; the end may be on the next day."""
    first, dash, last = value.partition("-")
    if not dash:
        return f"{shown(value)} has no beginning and end. Write it like 20:00-07:00."
    for part in (first, last):
        if not _CLOCK.match(part):
            return _no_clock(part) + " Write it like 20:00-07:00."
    if first == last:
        return f"{shown(value)} begins and ends at the same time. Leave the key out where no hours are quiet."
    return ""


def clock(value: str) -> time:
    """The time of day of a text that passed."""
    return time.fromisoformat(value)


def hours(value: str) -> tuple[time, time]:
    """Beginning and end of a text that passed."""
    first, _dash, last = value.partition("-")
    return clock(first), clock(last)


def _no_clock(value: str) -> str:
    told = f"{shown(value)} is no time of day."
    near = _NEARLY.match(value)
    if near:
        hour, minute = near[1] or near[3], near[2] or near[4]
        meant = f"{hour:0>2}:{minute}"
        if _CLOCK.match(meant):
            return f"{told} Did you mean {meant}?"
    return told
