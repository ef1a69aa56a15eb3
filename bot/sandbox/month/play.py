"""Plays a month into a store: every scan is reconciled, every word of a person decided, each under a clock of its own."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Any

from bot.sandbox.month.estate import Estate
from bot.sandbox.month.organisation import Account, Organisation
from bot.sandbox.month.people import Act, working_day
from bot.sandbox.month.sight import LATE, SILENT, full_scan, targeted_check, weather
from scanners.errors import RefusedError
from scanners.model import Scan, Verdict
from storage.decisions import decide, settle
from storage.model import Event, Kind
from storage.progress_snapshots import Settings, take
from storage.queries import Filter, list_findings
from storage.reconcile import reconcile
from storage.scans import save_target
from storage.store import Store

SCANS_FROM, SNAPSHOT_AT = time(6), time(23, 30)
BETWEEN_SCANS = timedelta(seconds=45)
CHECK_AFTER = timedelta(seconds=20)


Connection = Any  # what `Store.write` gives; SQL has no place on this floor


@dataclass
class Played:
    """What happened: events by kind, scans, words that a rule refused, snapshots, and what is truly wrong at the end."""

    estate: Estate
    kinds: Counter[Kind] = field(default_factory=Counter)
    scans: int = 0
    refused: int = 0
    snapshots: int = 0


@dataclass
class _Month:
    store: Store
    organisation: Organisation
    seed: int
    until: datetime
    estate: Estate
    played: Played
    settings: Settings
    on_day: Callable[[datetime], None]
    late: list[Scan] = field(default_factory=list)
    checks: int = 0

    def random(self, *words: object) -> Random:
        return Random(" ".join(map(str, (self.seed, *words))))  # noqa: S311  # a made-up month, no secret


def play(
    store: Store, organisation: Organisation, days: int, seed: int, now: datetime, *,
    settings: Settings | None = None, on_day: Callable[[datetime], None] = lambda _at: None,
) -> Played:  # fmt: skip
    """Fill `store` with the `days` days that end at `now`; day 0 is the day `days` days before it.

    Every day a snapshot is taken at 23:30 UTC, and one at `now`. `on_day` is called after each with its instant. The
    same organisation, days, seed and now give the same ledger. The store should be new.
    """
    estate = Estate(organisation)
    month = _Month(store, organisation, seed, now, estate, Played(estate), settings or Settings(), on_day)
    estate.begin(month.random("begin"))
    with store.write() as connection:
        for account in organisation.accounts:
            save_target(connection, account.target)
    first = datetime.combine(now.astimezone(UTC).date() - timedelta(days=days), time(), UTC)
    for day in range(days + 1):
        _day(month, day, first + timedelta(days=day))
    return month.played


def _day(month: _Month, day: int, midnight: datetime) -> None:
    if day:
        month.estate.dawn(day, month.random("dawn", day))
    _scans(month, day, datetime.combine(midnight, SCANS_FROM, UTC))
    _people(month, day, midnight)
    _snapshot(month, min(datetime.combine(midnight, SNAPSHOT_AT, UTC), month.until))


def _scans(month: _Month, day: int, start: datetime) -> None:
    """The morning's scans, in one transaction: a commit waits for the disk."""
    waiting, month.late = month.late, []
    with month.store.write() as connection:
        for number, account in enumerate(month.organisation.accounts):
            at = start + number * BETWEEN_SCANS
            fault = weather(account, day, month.seed)
            if fault == SILENT:
                continue
            scan = full_scan(month.estate, account, day, at, fault, month.seed)
            if fault == LATE:
                month.late.append(scan)
            else:
                _record(month, connection, scan, scan.finished)
        for scan in waiting:
            _record(month, connection, scan, start + timedelta(hours=1))


def _record(month: _Month, connection: Connection, scan: Scan, now: datetime) -> None:
    if now > month.until:
        return
    _count(month, settle(connection, now))
    _count(month, reconcile(connection, scan, _owner, now).events)
    month.played.scans += 1


def _owner(verdict: Verdict) -> str:
    return verdict.resource.tags["team"]


def _people(month: _Month, day: int, midnight: datetime) -> None:
    acts: list[Act] = []
    with month.store.read() as connection:
        for crew in month.organisation.crews:
            views = list_findings(connection, Filter(teams=(crew.name,)), midnight + timedelta(hours=8))
            acts += working_day(
                month.organisation, crew, views, midnight, month.random("day", day, crew.name)
            )
    accounts = {account.target.name: account for account in month.organisation.accounts}
    with month.store.write() as connection:
        for act in sorted(acts, key=lambda act: (act.at, act.finding.id)):
            if act.at <= month.until:
                _act(month, connection, act, day, accounts[act.finding.target])


def _act(month: _Month, connection: Connection, act: Act, day: int, account: Account) -> None:
    finding = act.finding
    if act.fixed:
        month.estate.fix((finding.control, finding.resource), day)
    if act.rule is None:
        return
    try:
        _count(month, decide(connection, finding.id, act.actor, act.at, act.rule))
    except RefusedError:  # a rule's word; nothing but what fell due was written before it
        month.played.refused += 1
        return
    if act.claim:
        month.checks += 1
        at = act.at + CHECK_AFTER
        check = targeted_check(month.estate, account, finding.control, finding.resource, at, month.checks)
        _record(month, connection, check, at + CHECK_AFTER)


def _snapshot(month: _Month, at: datetime) -> None:
    with month.store.write() as connection:
        _count(month, settle(connection, at))
        month.played.snapshots += take(connection, at.date(), at, month.settings)
    month.on_day(at)


def _count(month: _Month, events: "tuple[Event, ...] | list[Event]") -> None:
    month.played.kinds.update(event.kind for event in events)
