"""The ledger: append-only, chained, and the truth that findings are rebuilt from."""

import json
import sqlite3
from pathlib import Path

import pytest

from scanners.errors import StoreError
from storage.identity import canonical
from storage.ledger import event_hash, verify
from storage.rebuild import compare, rebuild
from tests.storage.world import PASS, World, verdict


def _edit(world: World, sql: str) -> None:
    """What somebody with a SQLite shell can do: take the triggers away and write."""
    connection = world.store.connection
    for trigger in ("events_no_update", "events_no_delete"):
        connection.execute(f"drop trigger if exists {trigger}")
    connection.execute(sql)


@pytest.fixture
def busy(world: World) -> World:
    """A few events of each kind."""
    world.see(verdict("a"), verdict("b"))
    world.acknowledge("a")
    world.see(verdict("a"), verdict("b", PASS))
    world.see(verdict("a"), verdict("b"))
    return world


@pytest.mark.parametrize(
    "sql", ["update events set actor = 'x'", "delete from events", "update events set seq = 99"]
)
def test_an_event_can_be_neither_changed_nor_removed(busy: World, sql: str) -> None:
    with pytest.raises(sqlite3.IntegrityError, match="append-only"):
        busy.store.connection.execute(sql)


def test_a_whole_chain_verifies(busy: World) -> None:
    audit = verify(busy.store.connection)
    assert (audit.broken_at, audit.events) == (None, busy.count("events"))


@pytest.mark.parametrize("column", ["at", "kind", "finding", "actor", "data"])
def test_an_edited_event_is_named(busy: World, column: str) -> None:
    _edit(busy, f"update events set {column} = {column} || ' ' where seq = 3")
    assert verify(busy.store.connection).broken_at == 3


def test_a_removed_event_is_named(busy: World) -> None:
    _edit(busy, "delete from events where seq = 2")
    audit = verify(busy.store.connection)
    assert (audit.broken_at, audit.reason) == (2, "event 2 is missing: the next one that is there is 3")


def test_a_removed_tail_is_noticed(busy: World) -> None:
    last = busy.count("events")
    _edit(busy, f"delete from events where seq >= {last - 1}")
    assert verify(busy.store.connection).broken_at is not None


def test_a_link_that_was_cut_is_named(busy: World) -> None:
    """An edit whose own hash was worked out anew still does not fit the next event."""
    row = busy.store.connection.execute("select * from events where seq = 3").fetchone()
    forged = event_hash(3, row["at"], row["kind"], row["finding"], "U0EVIL", row["data"], row["prev"])
    _edit(busy, f"update events set actor = 'U0EVIL', hash = '{forged}' where seq = 3")
    audit = verify(busy.store.connection)
    assert audit.broken_at == 4
    assert "does not follow" in audit.reason


def test_the_hash_is_that_of_the_canonical_list(busy: World) -> None:
    import hashlib

    for row in busy.store.connection.execute("select * from events"):
        whole = [
            row["seq"],
            row["at"],
            row["kind"],
            row["finding"],
            row["actor"],
            json.loads(row["data"]),
            row["prev"],
        ]
        assert hashlib.sha256(canonical(whole)).hexdigest() == row["hash"]


def test_an_edited_finding_differs_from_the_replay(busy: World) -> None:
    busy.store.connection.execute("update findings set severity = 'low' where resource_id = 'a'")
    assert len(compare(busy.store.connection).differing) == 1


def test_a_rebuild_restores_what_the_ledger_says(busy: World) -> None:
    busy.store.connection.execute("update findings set severity = 'low', team = 'nobody'")
    with busy.store.write() as connection:
        rebuild(connection)
    assert compare(busy.store.connection).equal
    assert busy.finding("a").severity == "high"


def test_a_changed_ledger_does_not_become_the_truth(busy: World) -> None:
    _edit(busy, "update events set data = replace(data, 'high', 'low') where seq = 1")

    def again() -> None:
        with busy.store.write() as connection:
            rebuild(connection)

    with pytest.raises(StoreError):
        again()
    assert busy.finding("a").severity == "high"


def test_a_lapsed_acknowledgement_can_be_given_again(busy: World) -> None:
    busy.later(days=4)
    busy.acknowledge("a", "U0DEV2")
    told = busy.store.connection.execute(
        "select kind, actor from events order by seq desc limit 2"
    ).fetchall()
    assert [tuple(row) for row in told] == [("acknowledged", "U0DEV2"), ("lapsed", "clock")]


def test_a_lapse_is_written_once_with_the_time_it_fell_due(busy: World) -> None:
    due = busy.finding("a").until
    busy.later(days=9)
    busy.see(verdict("a"), verdict("b"))
    busy.see(verdict("a"), verdict("b"))
    told = busy.store.connection.execute("select at from events where kind = 'lapsed'").fetchall()
    assert due is not None
    assert [row["at"] for row in told] == [due.isoformat(timespec="microseconds").replace("+00:00", "Z")]


def test_a_store_without_events_is_whole_and_equal(tmp_path: Path, world: World) -> None:
    assert verify(world.store.connection).broken_at is None
    assert compare(world.store.connection).equal
