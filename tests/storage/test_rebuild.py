"""`findings` is what the ledger says: whatever is missing, foreign or changed is found and put right."""

import threading
from pathlib import Path

import pytest

from scanners.errors import StoreError
from storage.ledger import verify
from storage.queries import Filter, list_findings
from storage.rebuild import compare, rebuild
from storage.store import Store
from tests.storage.world import PARTIAL, PASS, World, arn, identity, verdict

BY_FINDING = ("post_findings", "observations", "episodes", "findings")


@pytest.fixture
def busy(world: World) -> World:
    """Two episodes of a, an acknowledged b."""
    for status in ("FAIL", "PASS", "FAIL"):
        world.see(verdict("a") if status == "FAIL" else verdict("a", PASS), verdict("b"))
    world.acknowledge("b")
    return world


def lose(world: World, name: str) -> None:
    """The rows of one finding are gone."""
    for table in BY_FINDING:
        column = "id" if table == "findings" else "finding"
        world.store.connection.execute(f"delete from {table} where {column} = ?", (identity(name),))


def again(world: World) -> None:
    with world.store.write() as connection:
        rebuild(connection)
    assert compare(world.store.connection).equal


def test_a_lost_finding_is_found_and_shown_again(busy: World) -> None:
    before = busy.finding("a")
    lose(busy, "a")
    assert compare(busy.store.connection).missing == (identity("a"),)
    again(busy)
    assert busy.finding("a") == before
    with busy.store.read() as connection:
        (first, _second) = list_findings(connection, Filter(resource="arn"), busy.now)
    assert first.evidence == {"public": True}


def test_every_row_can_be_lost(busy: World) -> None:
    before = [busy.finding(name) for name in "ab"]
    for name in "ab":
        lose(busy, name)
    again(busy)
    assert [busy.finding(name) for name in "ab"] == before
    assert busy.count("episodes") == 3


def test_a_finding_that_the_ledger_does_not_know_is_removed(busy: World) -> None:
    connection = busy.store.connection
    connection.execute("create temp table copy as select * from findings where id = ?", (identity("a"),))
    connection.execute("update copy set id = 'pf1_forged'")
    connection.execute("insert into findings select * from copy")
    assert compare(connection).unknown == ("pf1_forged",)
    again(busy)
    assert busy.count("findings") == 2


@pytest.mark.parametrize(
    "sql",
    [
        "update findings set detection = 'absent' where resource_id = 'a'",
        "update findings set due = '2030-01-01T00:00:00.000000Z' where resource_id = 'a'",
        "update findings set disposition_by = 'U0EVIL' where resource_id = 'a'",
        "update episodes set closed_at = null where episode = 1 and closed_at is not null",
        "delete from episodes where episode = 2",
    ],
)
def test_any_change_of_a_row_is_noticed_and_mended(busy: World, sql: str) -> None:
    before = busy.finding("a")
    busy.store.connection.execute(sql)
    assert compare(busy.store.connection).differing == (identity("a"),)
    again(busy)
    assert busy.finding("a") == before


def test_a_rebuild_of_what_is_right_changes_nothing(busy: World) -> None:
    before = busy.store.connection.execute("pragma data_version").fetchone()[0], busy.finding("a")
    again(busy)
    assert before == (
        busy.store.connection.execute("pragma data_version").fetchone()[0],
        busy.finding("a"),
    )


def test_an_event_that_cannot_be_read_is_named(busy: World) -> None:
    connection = busy.store.connection
    connection.execute("drop trigger events_no_update")
    connection.execute("update events set kind = 'opend' where seq = 3")
    with pytest.raises(StoreError, match="cannot be replayed past event 2 .* `patrol audit verify`"):
        compare(connection)


def test_eight_writers_leave_one_whole_chain(tmp_path: Path) -> None:
    """Scans and clicks at once: one tail, no gap, and the rows are what the events say."""
    World(Store(tmp_path / "patrol.db")).see(*(verdict(f"t{at}") for at in range(8)))
    store = Store(tmp_path / "patrol.db")
    errors: list[BaseException] = []

    def work(at: int) -> None:
        mine = World(store, number=at * 100 + 1)
        mine.later(hours=2, seconds=at)
        try:
            mine.see(*(verdict(f"w{at}-{row}") for row in range(5)), covers=PARTIAL)
            mine.acknowledge(f"t{at}")
            mine.claim(f"t{at}")
            mine.see(verdict(f"t{at}", PASS), only=arn(f"t{at}"))
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(at,)) for at in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    with store.read() as connection:
        assert verify(connection).broken_at is None
        assert compare(connection).equal
        kinds = dict(connection.execute("select kind, count(*) from events group by kind").fetchall())
    assert kinds["acknowledged"] == kinds["claimed"] == kinds["fixed"] == 8
    assert kinds["opened"] == 48
    store.close()
