"""`patrol demo --days`: a month that never was, played into a new store in seconds."""

import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from bot.messages.terminal_month import month_table
from bot.messages.words import count
from bot.sandbox.month import play
from bot.sandbox.month.acme import acme_company, with_teams
from bot.sandbox.slack.companies import acme_workspace
from scanners.errors import UsageError
from storage.figures.lens import WINDOWS
from storage.figures.summary import summary
from storage.figures.values import COMPANY, View
from storage.history import newest_seq
from storage.people import meet
from storage.progress_snapshots import newest
from storage.store import Store

LONGEST_DAYS = 90
LONGEST_SEED = 9
Say = Callable[[str], None]


def whole_days(text: str) -> int:
    """How many days are meant. Raises UsageError for anything but 1 to 90."""
    if not (text.isascii() and text.isdigit() and len(text) <= 2 and 1 <= int(text) <= LONGEST_DAYS):
        raise UsageError(f"--days takes a number from 1 to {LONGEST_DAYS}, not {text[:20]!r}.")
    return int(text)


def whole_seed(text: str) -> int:
    """The seed. Raises UsageError for anything but a whole number of at most nine digits."""
    if not (text.isascii() and text.isdigit() and len(text) <= LONGEST_SEED):
        raise UsageError(f"--seed takes a whole number of at most {LONGEST_SEED} digits, not {text[:20]!r}.")
    return int(text)


def fill(path: Path, days: int, seed: int, now: datetime, say: Say) -> None:
    """Play `days` days that end at `now` into the store at `path`, and say what became of each team.

    Raises UsageError where the store holds anything: a made-up month has no place among what is real.
    """
    store = Store(path)
    try:
        _refuse_a_used_one(store)
        with store.write() as connection:
            for user in with_teams(acme_workspace()).users:
                meet(connection, user.id, user.real_name, user.tz, now)
        organisation = acme_company(seed)
        say(f"Playing {count(days, 'day')} of six teams and forty accounts (seed {seed}) ...")
        began = time.perf_counter()
        played = play(store, organisation, days, seed, now)
        events = played.kinds.total()
        say(
            f"{count(played.scans, 'scan')} and {count(events, 'event')} in {time.perf_counter() - began:.0f} s."
        )
        say("")
        say(told(store, days, [crew.name for crew in organisation.crews]))
    finally:
        store.close()


def told(store: Store, days: int, teams: list[str]) -> str:
    """The figures of each of `teams` and of the company, as a table with what they are of."""
    window = next((window for window in WINDOWS if window >= days), WINDOWS[-1])
    with store.read() as connection:
        found = [newest(connection, view) for view in (*(View("team", team) for team in teams), COMPANY)]
    documents = [summary(one.data, window) for one in found if one and one.data]
    return f"{month_table(documents)}\n\nNEW and CAME BACK are of the last {window} days. FIXED is proven by a scan."


def _refuse_a_used_one(store: Store) -> None:
    with store.read() as connection:
        used = newest_seq(connection)
    if used:
        raise UsageError(
            f"{store.path} holds {count(used, 'event')} already, and a made-up month is played into a new store only."
            " Name a file that is not there yet."
        )
