"""`patrol demo --days`: a month that never was, played into a new store in seconds."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from time import perf_counter

from bot.messages.terminal import text
from bot.messages.terminal_month import month_table
from bot.messages.words import count
from bot.sandbox.month import play
from bot.sandbox.month.acme import acme_company, team_tables, with_teams
from bot.sandbox.slack.companies import acme_workspace
from bot.sandbox.stage import CONFIG
from bot.settings_toml import read_toml
from commands.model import Context
from commands.people import Person
from commands.registry import run_text
from commands.summary_model import Summary
from commands.weekly import post_due
from scanners.errors import UsageError
from scanners.model import Scan
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
        began = perf_counter()
        office = _office(store, now)
        played = play(
            store, organisation, days, seed, now, on_day=lambda at: _week(office, at, now - timedelta(days))
        )
        events = played.kinds.total()
        say(f"{count(played.scans, 'scan')} and {count(events, 'event')} in {perf_counter() - began:.0f} s.")
        say("")
        say(told(office, days, [crew.name for crew in organisation.crews]))
    finally:
        store.close()


def told(office: Context, days: int, teams: list[str]) -> str:
    """The company's summary as `patrol summary all` tells it, and the figures of each of `teams` as a table."""
    window = next((window for window in WINDOWS if window >= days), WINDOWS[-1])
    whole = run_text(office, f"summary all --days {window}")
    assert isinstance(whole, Summary)
    with office.store.read() as connection:
        found = [newest(connection, view) for view in (*(View("team", team) for team in teams), COMPANY)]
    documents = [summary(one.data, window) for one in found if one and one.data]
    table = f"{month_table(documents)}\n\nNEW and CAME BACK are of the last {window} days. FIXED is proven by a scan."
    return f"{text(whole)}\n\n{table}"


def _office(store: Store, now: datetime) -> Context:
    """Who speaks for the company that was played: it knows the teams, their leads and what they wish."""
    organisation = read_toml(CONFIG + team_tables(), "the demo").organisation
    return Context(store, organisation, Person("os:demo", operator=True), lambda: now, _no_scan, "terminal")


def _no_scan(*_words: object, **_more: object) -> Scan:
    raise UsageError("A made-up month has no account that could be scanned.")


def _week(office: Context, at: datetime, began: datetime) -> None:
    """The weekly message of each team whose day it is: from the snapshot that was just taken."""
    noon = datetime.combine(at.date(), time(12), UTC)
    post_due(replace(office, now=lambda: noon, actor=Person("schedule"), face="schedule"), began)


def _refuse_a_used_one(store: Store) -> None:
    with store.read() as connection:
        used = newest_seq(connection)
    if used:
        raise UsageError(
            f"{store.path} holds {count(used, 'event')} already, and a made-up month is played into a new store only."
            " Name a file that is not there yet."
        )
