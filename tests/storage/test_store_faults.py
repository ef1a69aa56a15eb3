"""A file that cannot be used is told with its mend, and loses nothing."""

import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from scanners.errors import StoreError
from storage.migrations import migrations
from storage.once import first_delivery
from storage.rebuild import compare
from storage.store import Store
from tests.storage.world import START, World, open_world, verdict

ROOT = Path(__file__).parents[2]
NOBODY = 65534
# Opens the store given and writes one row; prints the error a person would read.
WRITER = f"""
import datetime, os, sys, tempfile
from pathlib import Path
from scanners.errors import StoreError
from storage.once import first_delivery
from storage.store import Store
with tempfile.TemporaryDirectory() as name:  # whatever is imported late is imported while it may be read
    Store(Path(name) / "warm.db").close()
if os.getuid() == 0:
    os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY})
try:
    store = Store(Path(sys.argv[1]), read_only=sys.argv[2] == "ro")
    if sys.argv[2] == "backup":
        store.backup(Path(sys.argv[3]))
    elif sys.argv[2] == "ro":
        print(store.connection.execute("select count(*) from findings").fetchone()[0])
    else:
        with store.write() as connection:
            first_delivery(connection, "x", datetime.datetime.now(datetime.UTC))
except StoreError as error:
    print(error)
"""


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that another user may look into (pytest's own is private)."""
    with tempfile.TemporaryDirectory(prefix="patrol-test-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def as_nobody(*words: str) -> str:
    """What the writer says when it has no more rights than any user."""
    done = subprocess.run(
        [sys.executable, "-c", WRITER, *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def seen(folder: Path) -> Path:
    """A store with one finding, owned by the test's user."""
    world = open_world(folder)
    world.see(verdict("a"))
    world.store.close()
    return folder / "patrol.db"


def locked_down(folder: Path) -> None:
    for path in folder.iterdir():
        path.chmod(0o444)
    folder.chmod(0o555)


def test_a_folder_that_may_not_be_written_is_told(public: Path) -> None:
    public.chmod(0o555)
    told = as_nobody(str(public / "patrol.db"), "rw")
    assert "it cannot be opened. Check that the folder exists and may be written." in told
    assert list(public.iterdir()) == []


def test_a_store_that_may_not_be_written_is_told_and_kept(public: Path) -> None:
    path = seen(public)
    before = path.read_bytes()
    locked_down(public)
    told = as_nobody(str(path), "rw")
    assert "cannot be" in told
    assert "may be written" in told or "permissions" in told
    assert path.read_bytes() == before


def test_reading_where_nothing_may_be_written_is_told(public: Path) -> None:
    """SQLite keeps a file beside a WAL store while it is read, so the folder must be writable for that too."""
    path = seen(public)
    locked_down(public)
    assert "Check the file's and its folder's permissions." in as_nobody(str(path), "ro")


def test_a_store_may_be_read_by_who_may_write_beside_it(public: Path) -> None:
    path = seen(public)
    path.chmod(0o444)
    public.chmod(0o777)
    assert as_nobody(str(path), "ro") == "1"


def test_a_backup_into_a_folder_that_may_not_be_written_is_told(public: Path) -> None:
    path = seen(public)
    path.chmod(0o666)
    public.chmod(0o777)
    (public / "backups").mkdir(mode=0o555)
    told = as_nobody(str(path), "backup", str(public / "backups" / "copy.db"))
    assert "may be written" in told or "permissions" in told
    assert list((public / "backups").iterdir()) == []


def _open(path: Path, **given: bool) -> Callable[[], Store]:
    return lambda: Store(path, **given)


def test_a_store_that_is_not_there_is_told_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no store here yet. `patrol scan NAME` makes one"):
        _open(tmp_path / "patrol.db", read_only=True)()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_stores_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        _open(tmp_path)()


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    (tmp_path / "patrol.db").touch()
    Store(tmp_path / "patrol.db").close()


def test_a_read_only_store_is_not_written(tmp_path: Path) -> None:
    store = Store(seen(tmp_path), read_only=True)

    def write() -> None:
        with store.write() as connection:
            first_delivery(connection, "x", START)

    with pytest.raises(StoreError, match="cannot be written"):
        write()
    store.close()


def test_a_page_damaged_in_the_middle_is_told_with_its_mend(tmp_path: Path) -> None:
    world = open_world(tmp_path)
    world.see(*(verdict(f"b{at}") for at in range(300)))
    world.store.close()
    path = tmp_path / "patrol.db"
    content = bytearray(path.read_bytes())
    for at in range(20, len(content) // 4096):
        content[at * 4096 : at * 4096 + 100] = b"\x55" * 100
    path.write_bytes(content)

    def use() -> None:
        damaged = World(Store(path))
        damaged.see(*(verdict(f"b{at}") for at in range(300)))

    with pytest.raises(StoreError, match="damaged. Restore a backup made by `patrol store backup`"):
        use()


def test_a_disk_that_fills_in_the_middle_of_a_decision_keeps_the_last_one(world: World) -> None:
    world.see(verdict("a"), verdict("b"))
    world.acknowledge("a")
    connection = world.store.connection
    connection.execute("vacuum")
    connection.execute(f"pragma max_page_count = {connection.execute('pragma page_count').fetchone()[0]}")

    def click() -> None:
        for at in range(2_000):
            with world.store.write() as writing:
                first_delivery(writing, f"click {at}" * 20, START)

    with pytest.raises(StoreError, match="the disk is full. Make room; nothing of this change was written"):
        click()
    assert not connection.in_transaction
    connection.execute("pragma max_page_count = 1000000")
    assert world.state("a") == "acknowledged"
    with world.store.read() as reading:
        assert compare(reading).equal
    world.acknowledge("b")


def test_a_write_inside_a_write_is_refused_and_undone(world: World) -> None:
    def nested() -> None:
        with world.store.write() as connection:
            first_delivery(connection, "outer", START)
            with world.store.write():
                pass

    with pytest.raises(StoreError):
        nested()
    assert world.count("deliveries") == 0
    world.see(verdict("a"))


def test_a_read_inside_a_write_sees_what_was_written(world: World) -> None:
    with world.store.write() as connection:
        first_delivery(connection, "x", START)
        with world.store.read() as reading:
            assert reading.execute("select count(*) from deliveries").fetchone()[0] == 1
        first_delivery(connection, "y", START)
    assert world.count("deliveries") == 2


# -- versions ----------------------------------------------------------------------------------------


def _older(path: Path) -> None:
    """A file as the first version wrote it."""
    from sqlite_utils import Database

    database = Database(sqlite3.connect(path))
    migrations.apply(database, stop_before="m002_held_closings")
    database.execute("insert into targets (name, kind, owner) values ('prod', 'aws', 'payments')")
    database.execute(
        "insert into holds (scope, target, scan, at, started, findings, open_count)"
        " values ('aws/1/global', 'prod', 's', 't', 't', '[]', 3)"
    )
    database.conn.commit()
    database.conn.close()


def test_an_older_file_is_brought_up_to_date_and_keeps_its_rows(tmp_path: Path) -> None:
    _older(tmp_path / "patrol.db")
    store = Store(tmp_path / "patrol.db")
    kept = store.connection.execute("select target, closings from holds").fetchall()
    assert [tuple(row) for row in kept] == [("prod", "{}")]
    assert migrations.pending(store.database) == []
    store.close()


def test_a_store_opens_again_without_migrating_anew(tmp_path: Path) -> None:
    path = seen(tmp_path)
    before = path.read_bytes()
    Store(path).close()
    assert path.read_bytes() == before


def test_eight_that_open_a_new_store_at_once_make_one(tmp_path: Path) -> None:
    errors: list[BaseException] = []
    together = threading.Barrier(8)

    def start() -> None:
        together.wait()
        try:
            Store(tmp_path / "patrol.db").close()
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    store = Store(tmp_path / "patrol.db")
    assert migrations.pending(store.database) == []
    store.close()


def test_durability_and_foreign_keys_are_on_in_every_thread(world: World) -> None:
    found: list[tuple[object, ...]] = []

    def look() -> None:
        connection = world.store.connection
        found.append(
            tuple(
                connection.execute(f"pragma {name}").fetchone()[0]
                for name in ("journal_mode", "synchronous", "foreign_keys")
            )
        )

    look()
    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert found == [("wal", 2, 1)] * 2
