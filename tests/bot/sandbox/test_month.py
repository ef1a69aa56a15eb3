"""A made-up month, played once into a real store: it must be a fair month, and every figure must stand up to it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.sandbox.month import Organisation, Played, play, small_company
from storage import history
from storage import progress_snapshots as snapshots
from storage.figures import cohort, dates, flow
from storage.figures.summary import summary
from storage.figures.tally import behind
from storage.figures.values import COMPANY, Standing, View, standing
from storage.ledger import events, verify
from storage.model import Detection, Disposition, Finding, Kind
from storage.rebuild import compare
from storage.rows import load_findings
from storage.rules import due_of, is_live
from storage.store import Store
from tests.played_month import DAYS, NOW, take
from tests.storage.figures.agree import kept, told
from tests.storage.figures.recount import recount

DAY0 = date(2026, 10, 3)


@dataclass
class Month:
    """The month and its store."""

    store: Store
    organisation: Organisation
    played: Played
    seconds: float


@pytest.fixture(scope="module")
def month(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Month]:
    """Thirty days of six teams and forty accounts."""
    path = tmp_path_factory.mktemp("month") / "patrol.db"
    once = take(tmp_path_factory, path)
    store = Store(path)
    yield Month(store, small_company(), once.played, once.seconds)
    store.close()


def exported(store: Store) -> list[dict[str, Any]]:
    """The ledger as the export writes it."""
    with store.read() as connection:
        lines = [
            json.dumps({"seq": e.seq, "at": e.at.isoformat(), "kind": e.kind, "finding": e.finding, "actor": e.actor,
                        "data": e.data, "prev": e.prev, "hash": e.hash})
            for e in events(connection)
        ]  # fmt: skip
    return [json.loads(line) for line in lines]


def test_thirty_days_of_forty_accounts_play_in_under_a_minute(month: Month) -> None:
    print(f"\nthe month: {month.seconds:.1f} s, {month.played.scans} scans, {dict(month.played.kinds)}")
    assert month.seconds < 60
    assert (len(month.organisation.crews), len(month.organisation.accounts)) == (6, 40)


def test_the_month_has_everything_that_a_month_has(month: Month) -> None:
    wanted = {
        Kind.OPENED, Kind.REGRESSED, Kind.FIXED, Kind.REFUTED, Kind.ACKNOWLEDGED, Kind.STARTED, Kind.SNOOZED,
        Kind.REQUESTED, Kind.APPROVED, Kind.REJECTED, Kind.NOTED, Kind.CLAIMED, Kind.LAPSED, Kind.EXPLOITED_CHANGED,
    }  # fmt: skip
    assert wanted <= set(month.played.kinds)
    with month.store.read() as connection:
        days = [one for one in snapshots.series(connection, COMPANY, DAY0) if one.data]
    marks = {mark["what"] for one in days if one.data for mark in one.data["marks"]}
    assert {"new control", "outage"} <= marks
    assert any(one.data["coverage"]["gaps"] for one in days if one.data)


def test_the_ledger_of_the_month_is_whole_and_replays_to_its_findings(month: Month) -> None:
    with month.store.read() as connection:
        assert verify(connection).broken_at is None
        assert compare(connection).equal


def test_what_the_scans_could_see_is_what_is_truly_wrong(month: Month) -> None:
    with month.store.read() as connection:
        present = {(f.control, f.resource) for f in load_findings(connection, "f.detection = 'present'")}
    agree = len(present & month.played.estate.flaws)
    assert agree > 0.85 * len(month.played.estate.flaws)
    assert agree > 0.85 * len(present)


def test_the_same_seed_plays_the_same_month_and_another_seed_another(tmp_path: Path) -> None:
    ledgers = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        store = Store(tmp_path / f"{name}.db")
        play(store, small_company(), 3, seed, NOW)
        ledgers.append([event["hash"] for event in exported(store)])
        store.close()
    assert ledgers[0] == ledgers[1] != ledgers[2]


def test_episodes_read_from_the_ledger_are_what_the_findings_say(month: Month) -> None:
    with month.store.read() as connection:
        findings = {finding.id: finding for finding in load_findings(connection, "1")}
        newest = {one.finding: one for one in history.episodes(connection, NOW)}
    assert newest.keys() == findings.keys()
    for identity, finding in findings.items():
        assert told(newest[identity], NOW) == kept(finding, NOW), identity


def test_a_date_that_is_to_come_is_the_one_that_the_finding_shows(month: Month) -> None:
    with month.store.read() as connection:
        basis = snapshots.basis_of(connection, NOW.date())
        assert basis is not None
        lens, _estate = snapshots.look(connection, basis)
        findings = load_findings(connection, "f.detection = 'present'")
        shown = {f.id for f in findings if due_of(f) <= NOW and not _suppressed(f)}
        names = [f"breached.{severity}" for severity in dates.SEVERITIES]
        listed = {one.finding for one in behind(history.episodes(connection, NOW), lens, names, COMPANY)}
    assert listed == shown


def _suppressed(finding: Finding) -> bool:
    decided = finding.disposition in (Disposition.RISK_ACCEPTED, Disposition.FALSE_POSITIVE)
    return finding.detection is Detection.ABSENT or (decided and is_live(finding, NOW))


@pytest.mark.parametrize("days", [7, 30, 90])
@pytest.mark.parametrize("view", ["all", "payments", "data", "web", "target:web-1", "target:data-3"])
def test_anybody_can_work_the_summary_out_again_from_the_exported_events(
    month: Month, view: str, days: int
) -> None:
    with month.store.read() as connection:
        wanted = COMPANY if view == "all" else View(*view.split(":")) if ":" in view else View("team", view)
        snapshot = snapshots.newest(connection, wanted)
        owners = history.owners(connection)
    assert snapshot is not None and snapshot.data is not None
    assert recount(exported(month.store), owners, view, days, NOW) == json.loads(
        json.dumps(summary(snapshot.data, days))
    )


def test_the_summary_has_exactly_the_promised_shape(month: Month) -> None:
    with month.store.read() as connection:
        snapshot = snapshots.newest(connection, COMPANY)
    assert snapshot is not None and snapshot.data is not None
    told = summary(snapshot.data)
    assert list(told) == [
        "as_of", "team", "days", "cohort", "new", "fixed", "regressed", "time_to_fix", "sla", "ages", "coverage", "score",
    ]  # fmt: skip
    assert list(told["cohort"]) == ["day0", "total", "fixed", "accepted", "false_positive", "open"]
    assert list(told["time_to_fix"]["high"]) == ["median_days", "ci95", "n", "open"]
    assert list(told["sla"]["critical"]) == ["due_met", "breached", "due_7d"]
    assert list(told["ages"]) == ["0-7", "8-30", "31-90", "90+"]
    assert list(told["coverage"]) == ["checked", "of", "gaps"]
    with pytest.raises(ValueError, match="7, 30, 90"):
        summary(snapshot.data, 14)


def test_the_list_behind_each_number_of_the_summary_is_as_long_as_the_number(month: Month) -> None:
    with month.store.read() as connection:
        basis = snapshots.basis_of(connection, NOW.date())
        assert basis is not None
        lens, estate = snapshots.look(connection, basis)
        made = list(history.episodes(connection, basis.as_of, basis.seq))
        for view in (COMPANY, View("team", "web"), View("target", "data-1")):
            snapshot = snapshots.newest(connection, view)
            assert snapshot is not None and snapshot.data is not None
            told = summary(snapshot.data)
            day0 = estate.day0_of(view)
            numbers = {
                "open": (cohort.names(lens.buckets_by(day0), Standing.OPEN), told["cohort"]["open"]),
                "fixed of the cohort": (
                    cohort.names(lens.buckets_by(day0), Standing.FIXED),
                    told["cohort"]["fixed"],
                ),
                "new": (flow.new(lens.buckets_after(day0), 30), told["new"]),
                "regressed": (flow.regressed(30), told["regressed"]),
                "breached": (["breached.high"], told["sla"]["high"]["breached"]),
                "old": (["age.8-30"], told["ages"]["8-30"]),
            }
            for name, (names, number) in numbers.items():
                assert len(list(behind(made, lens, names, view))) == number, (str(view), name)
            assert len(told["coverage"]["gaps"]) == told["coverage"]["of"] - told["coverage"]["checked"]


def test_a_snapshot_was_taken_each_day_and_comes_out_the_same_from_the_ledger(month: Month) -> None:
    with month.store.read() as connection:
        told = snapshots.series(connection, COMPANY, DAY0)
        assert [one.day for one in told] == [DAY0 + timedelta(days=n) for n in range(DAYS + 1)]
        for day in told[::6]:
            assert snapshots.changed_since(connection, day.day, late=False) == []


def test_only_days_that_a_late_scan_speaks_of_are_told_otherwise_by_the_ledger_now(month: Month) -> None:
    late = _late_days(exported(month.store))
    assert late, "the month has scans that arrive a day late"
    with month.store.read() as connection:
        quiet = [DAY0 + timedelta(days=n) for n in range(0, DAYS + 1, 5)]
        for day in quiet:
            if day not in late:
                assert snapshots.changed_since(connection, day) == []


def _late_days(told: list[dict[str, Any]]) -> set[date]:
    """Days at whose end an event was still unknown that is dated before it."""
    found = set()
    for event in told:
        if event["kind"] == "scan_recorded":
            started = datetime.fromisoformat(event["data"]["started"])
            if datetime.fromisoformat(event["at"]) - started > timedelta(hours=2):
                found.add(started.date())
    return found


def test_the_burn_down_of_the_snapshots_is_the_one_of_the_episodes(month: Month) -> None:
    with month.store.read() as connection:
        made = list(history.episodes(connection, NOW))
        told = snapshots.series(connection, COMPANY, DAY0)
    late = _late_days(exported(month.store))
    for one in told[:-1]:
        assert one.data is not None
        at = datetime.fromisoformat(one.data["as_of"])
        if one.day in late:
            continue
        there = [e for e in made if e.opened_at <= at and (e.came_back is None or e.came_back > at)]
        then = [standing(e, at) for e in there if e.first_seen.date() <= DAY0]
        assert (one.data["cohort"]["open"], one.data["cohort"]["fixed"]) == (
            then.count(Standing.OPEN), then.count(Standing.FIXED),
        )  # fmt: skip
