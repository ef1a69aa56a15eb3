"""Questions about findings: filters, order, one by the start of its id, what is stale."""

from datetime import timedelta

import pytest

from scanners.errors import UsageError
from scanners.model import Severity
from storage.model import short
from storage.people import last_met, meet
from storage.pictures import people
from storage.queries import Filter, count_by, count_stale, find_one, list_findings
from tests.storage.world import OTHER, PASS, World, identity, verdict


@pytest.fixture
def three(world: World) -> World:
    """A low one, a critical one elsewhere, and a high one that is fixed."""
    world.see(
        verdict("low", severity=Severity.LOW),
        verdict("crit", severity=Severity.CRITICAL, scope=OTHER, control="s3.versioning"),
        verdict("done"),
    )
    world.see(verdict("low", severity=Severity.LOW), verdict("done", PASS))
    return world


def listed(world: World, wanted: Filter) -> list[str]:
    with world.store.read() as connection:
        return [view.finding.resource_id for view in list_findings(connection, wanted, world.now)]


FILTERS: tuple[tuple[Filter, list[str]], ...] = (
    (Filter(), ["crit", "low"]),
    (Filter(all_states=True), ["crit", "done", "low"]),
    (Filter(states=("fixed",)), ["done"]),
    (Filter(states=("fixed", "open")), ["crit", "done", "low"]),
    (Filter(severities=("low", "high")), ["low"]),
    (Filter(controls=("s3.versioning",)), ["crit"]),
    (Filter(resource="CRI"), ["crit"]),
    (Filter(resource="arn:aws:s3:::lo"), ["low"]),
    (Filter(resource="%"), []),
    (Filter(resource="' or 1=1 --"), []),
    (Filter(target="prod"), ["crit", "low"]),
    (Filter(target="staging"), []),
    (Filter(teams=("payments",)), ["crit", "low"]),
    (Filter(sees=frozenset()), []),
    (Filter(sees=frozenset({"payments", "web"}), all_states=True), ["crit", "done", "low"]),
)  # fmt: skip


@pytest.mark.parametrize(("wanted", "found"), FILTERS)
def test_a_filter_lists_what_fits_worst_first(three: World, wanted: Filter, found: list[str]) -> None:
    assert listed(three, wanted) == found


@pytest.mark.parametrize(("wanted", "found"), FILTERS)
def test_what_is_counted_is_what_is_listed(three: World, wanted: Filter, found: list[str]) -> None:
    with three.store.read() as connection:
        for column in ("severity", "state", "control", "team"):
            assert count_by(connection, wanted, three.now, column).total() == len(found)


def test_pages_part_the_list_without_a_gap(world: World) -> None:
    world.see(*(verdict(f"b{at}") for at in range(25)))
    with world.store.read() as connection:
        whole = list_findings(connection, Filter(), world.now)
        pages = [
            view
            for at in range(0, 30, 10)
            for view in list_findings(connection, Filter(), world.now, limit=10, offset=at)
        ]
    assert pages == whole


@pytest.mark.parametrize("cut", [4, 8, 20, 64])
def test_a_finding_is_found_by_the_start_of_its_id(world: World, cut: int) -> None:
    world.see(verdict("a"))
    plain = identity("a").removeprefix("pf1_")
    with world.store.read() as connection:
        for word in (plain[:cut], "pf1_" + plain[:cut], f" {plain[:cut].upper()} "):
            assert find_one(connection, word, world.now, sees=None).finding.id == identity("a")


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("", "is no finding id"),
        ("abc", "at least 4"),
        ("zzzz", "is no finding id"),
        ("0000'--", "is no finding id"),
        ("a" * 10_000, "No finding starts with aaaaaaaaaaaaaaaa."),
        ("0000", "No finding starts with 0000. `patrol findings state:all` lists every one."),
    ],
)
def test_a_wrong_id_is_told_with_the_mend(world: World, word: str, told: str) -> None:
    world.see(verdict("a"))
    with world.store.read() as connection, pytest.raises(UsageError, match=told) as caught:
        find_one(connection, word, world.now, sees=None)
    assert len(str(caught.value)) < 300


def test_an_id_that_fits_several_is_told_with_them(world: World) -> None:
    world.see(verdict("a"), verdict("b"))
    connection = world.store.connection
    connection.execute("pragma foreign_keys = off")
    for table, column in (("findings", "id"), ("observations", "finding")):
        for at, name in enumerate("ab"):
            connection.execute(
                f"update {table} set {column} = ? where {column} = ?",
                (f"pf1_abcd{at}" + "0" * 59, identity(name)),
            )
    with pytest.raises(UsageError, match=r"abcd fits 2 findings or more \(abcd00000000, abcd10000000\)"):
        find_one(connection, "abcd", world.now, sees=None)


def test_stale_is_counted_as_it_is_shown(world: World) -> None:
    world.see(verdict("a"), verdict("b"))
    world.see(verdict("a", PASS), verdict("b"))
    for days, stale in ((7, 0), (1, 1)):
        world.later(days=days)
        with world.store.read() as connection:
            assert count_stale(connection, world.now, sees=None) == stale
            views = list_findings(connection, Filter(all_states=True), world.now)
            assert sum(view.stale for view in views) == stale
            assert count_stale(connection, world.now, timedelta(days=7), sees=None) == 0


def test_the_short_id_is_eight_letters() -> None:
    assert short("pf1_3fa1c09bffff") == "3fa1c09b"


def test_people_are_kept_by_their_newest_name(world: World) -> None:
    with world.store.write() as connection:
        assert last_met(connection, "U0DEV1") == ""
        meet(connection, "U0DEV1", "Dana", "Europe/Berlin", world.now)
        meet(connection, "U0DEV1", "Dana K.", "UTC", world.later(hours=1))
        assert people(connection) == {"U0DEV1": "Dana K."}
        assert last_met(connection, "U0DEV1") == "2026-11-02T10:00:00.000000Z"
