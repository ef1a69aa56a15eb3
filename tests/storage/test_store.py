"""The file: writers side by side, all or nothing, and every fault told with its mend."""

import multiprocessing
import shutil
import sqlite3
import threading
from pathlib import Path

import pytest

from scanners.errors import StoreError
from storage.once import first_delivery
from storage.store import Store
from tests.storage.world import START, World, verdict

WRITERS, ROWS = 8, 40


def _write(path: str, writer: int) -> None:
    store = Store(path)
    for row in range(ROWS):
        with store.write() as connection:
            connection.execute(
                "select count(*) from deliveries"
            ).fetchone()  # as a rule does: read, then write
            first_delivery(connection, f"{writer}/{row}", START)
    store.close()


def _kept(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute("select count(*) from deliveries").fetchone()[0])


def test_eight_writers_keep_every_row(tmp_path: Path) -> None:
    path = tmp_path / "patrol.db"
    Store(path).close()
    context = multiprocessing.get_context("fork")
    processes = [context.Process(target=_write, args=(str(path), at)) for at in range(WRITERS)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
    assert _kept(path) == WRITERS * ROWS


def test_a_writer_holds_the_lock_before_its_first_statement(tmp_path: Path) -> None:
    store = Store(tmp_path / "patrol.db")
    other = sqlite3.connect(tmp_path / "patrol.db", timeout=0, isolation_level=None)
    with store.write(), pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("begin immediate")
    other.execute("begin immediate")
    other.close()
    store.close()


def test_eight_threads_on_one_store_keep_every_row(tmp_path: Path) -> None:
    store = Store(tmp_path / "patrol.db")

    def write(writer: int) -> None:
        for row in range(ROWS):
            with store.write() as connection:
                first_delivery(connection, f"{writer}/{row}", START)

    threads = [threading.Thread(target=write, args=(at,)) for at in range(WRITERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    store.close()
    assert _kept(tmp_path / "patrol.db") == WRITERS * ROWS


def test_an_exception_leaves_nothing_behind(tmp_path: Path) -> None:
    store = Store(tmp_path / "patrol.db")

    def fail() -> None:
        with store.write() as connection:
            first_delivery(connection, "half", START)
            raise RuntimeError("in the middle")

    with pytest.raises(RuntimeError):
        fail()
    store.close()
    assert _kept(tmp_path / "patrol.db") == 0


def test_a_reader_sees_one_consistent_picture_while_another_writes(tmp_path: Path) -> None:
    store = Store(tmp_path / "patrol.db")
    other = Store(tmp_path / "patrol.db")
    with store.read() as picture:
        before = picture.execute("select count(*) from deliveries").fetchone()[0]
        with other.write() as connection:
            first_delivery(connection, "new", START)
        assert picture.execute("select count(*) from deliveries").fetchone()[0] == before
    store.close()
    other.close()


def test_tables_are_strict(tmp_path: Path) -> None:
    store = Store(tmp_path / "patrol.db")
    loose = store.connection.execute(
        "select name from pragma_table_list where schema = 'main' and type = 'table' and strict = 0"
        " and name not like 'sqlite_%' and name not like '_sqlite%'"
    ).fetchall()
    store.close()
    assert [row["name"] for row in loose] == []


def test_a_locked_store_is_told_with_its_mend(tmp_path: Path) -> None:
    path = tmp_path / "patrol.db"
    Store(path).close()
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("begin immediate")
    store = Store(path, busy_timeout_s=0.05)

    def write() -> None:
        with store.write():
            pass

    with pytest.raises(StoreError, match="another process holds it"):
        write()
    holder.execute("rollback")
    holder.close()
    store.close()


def test_a_damaged_store_is_told_with_its_mend(tmp_path: Path, world: World) -> None:
    world.see(*(verdict(f"b{at}") for at in range(50)))
    world.store.close()
    path = tmp_path / "patrol.db"
    content = bytearray(path.read_bytes())
    content[100:8192] = b"\x55" * (8192 - 100)
    path.write_bytes(content)
    with pytest.raises(StoreError, match="damaged|not a Patrol store"):
        Store(path).connection.execute("select * from findings").fetchall()


def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database " * 100)
    with pytest.raises(StoreError, match="not a Patrol store"):
        Store(path)
    assert path.read_text() == "not a database " * 100


def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as other:
        other.execute("create table songs (name text)")
    with pytest.raises(StoreError, match="not a Patrol store"):
        Store(path)
    with sqlite3.connect(path) as other:
        assert [row[0] for row in other.execute("select name from sqlite_master where type = 'table'")] == [
            "songs"
        ]


def test_a_store_of_a_newer_patrol_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "patrol.db"
    store = Store(path)
    table = store.connection.execute(
        "select name from sqlite_master where name like '%migrations%'"
    ).fetchone()[0]
    store.connection.execute(
        f"insert into {table} (migration_set, name, applied_at) values ('patrol', 'm999_future', 'now')"
    )
    store.close()
    with pytest.raises(StoreError, match="newer Patrol"):
        Store(path)


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist"):
        Store(tmp_path / "nowhere" / "patrol.db")


def test_a_full_disk_loses_nothing_that_was_written(world: World) -> None:
    world.see(verdict("a"))
    before = world.count("events")
    pages = world.store.connection.execute("pragma page_count").fetchone()[0]
    world.store.connection.execute(f"pragma max_page_count = {pages}")
    with pytest.raises(StoreError, match="disk is full"):
        world.see(*(verdict(f"b{at}") for at in range(500)))
    world.store.connection.execute("pragma max_page_count = 1000000")
    assert world.count("events") == before
    assert world.count("findings") == 1


def test_a_backup_is_whole_while_others_write(tmp_path: Path, world: World) -> None:
    world.see(verdict("a"))
    stop = threading.Event()

    def write() -> None:
        at = 0
        while not stop.is_set():
            with world.store.write() as connection:
                first_delivery(connection, f"during {at}", START)
            at += 1

    thread = threading.Thread(target=write)
    thread.start()
    world.store.backup(tmp_path / "copy.db")
    stop.set()
    thread.join()
    copy = Store(tmp_path / "copy.db")
    assert copy.connection.execute("pragma integrity_check").fetchone()[0] == "ok"
    assert copy.connection.execute("select count(*) from findings").fetchone()[0] == 1
    copy.close()


def test_a_backup_replaces_nothing(tmp_path: Path, world: World) -> None:
    (tmp_path / "copy.db").write_text("precious")
    with pytest.raises(StoreError, match="exists already"):
        world.store.backup(tmp_path / "copy.db")
    assert (tmp_path / "copy.db").read_text() == "precious"


def test_a_copied_store_opens_elsewhere(tmp_path: Path, world: World) -> None:
    world.see(verdict("a"))
    world.store.close()
    (tmp_path / "moved").mkdir()
    shutil.copy(tmp_path / "patrol.db", tmp_path / "moved" / "patrol.db")
    moved = Store(tmp_path / "moved" / "patrol.db", read_only=True)
    assert moved.connection.execute("select count(*) from findings").fetchone()[0] == 1
    moved.close()
