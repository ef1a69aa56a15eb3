"""Opens the SQLite file, brings its schema up to date, and hands out transactions.

One connection per thread. Every write goes through `Store.write`: BEGIN IMMEDIATE, commit or roll back.
`sqlite_utils.Database.atomic` begins deferred; with eight writers most of their rows were lost to
SQLITE_BUSY in spite of a busy time-out, because a deferred read cannot be upgraded.
"""

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scanners.errors import StoreError

if TYPE_CHECKING:
    from sqlite_utils import Database

BUSY_TIMEOUT_S = 15.0


class Store:
    """One SQLite file. Safe to share between threads; each thread gets a connection of its own."""

    def __init__(
        self, path: Path | str, *, read_only: bool = False, busy_timeout_s: float = BUSY_TIMEOUT_S
    ) -> None:
        """Open (and create and migrate, unless `read_only`) the store at `path`.

        `busy_timeout_s` is how long a write waits for another process's before it gives up.
        Raises StoreError for a locked, corrupt, read-only or too new file, with the mend.
        """
        self.path = Path(path)
        self.read_only = read_only
        self._busy_timeout_s = busy_timeout_s
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        with translated(self.path):
            self._prepare()

    def _prepare(self) -> None:
        if not self.read_only and not self.path.parent.is_dir():
            raise StoreError(f"{self.path}: the folder {self.path.parent} does not exist. Create it first.")
        self.connection  # noqa: B018  # opened here, so that a bad file is told at once
        if self.read_only:
            return
        from storage.migrations import migrations

        known = {migration.name for migration in migrations._migrations}
        database = self.database
        newer = [m.name for m in migrations.applied(database) if m.name not in known]
        if newer:
            raise StoreError(
                f"{self.path} was written by a newer Patrol (it has {newer[0]}). Upgrade patrol-bot, "
                "or open the backup that was taken before the upgrade."
            )
        if migrations.pending(database):
            # Two processes may start at once: the loser waits here, then finds nothing pending.
            with self.write():
                self._refuse_a_stranger(migrations.applied(database))
                migrations.apply(database)

    def _refuse_a_stranger(self, applied: list[Any]) -> None:
        """A file with tables and none of Patrol's is somebody else's: nothing is added to it."""
        tables = self.connection.execute("select count(*) from sqlite_master where type = 'table'").fetchone()
        if tables[0] and not applied:
            raise StoreError(f"The store {self.path}: this is not a Patrol store. Name another file.")

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, opened on first use."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._connect()
            self._local.connection = found
            with self._guard:
                self._opened.append(found)
        return found

    @property
    def database(self) -> "Database":
        """This thread's connection as a sqlite-utils Database."""
        from sqlite_utils import Database

        return Database(self.connection)

    def _connect(self) -> sqlite3.Connection:
        if self.read_only and not self.path.exists():
            raise StoreError(f"{self.path}: there is no store here yet. `patrol scan NAME` makes one.")
        mode = "ro" if self.read_only else "rwc"
        connection = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode={mode}",
            uri=True,
            timeout=self._busy_timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )
        connection.row_factory = sqlite3.Row
        if not self.read_only:
            self._to_wal(connection)
        # FULL: what a person did must survive a power cut, and the ledger is small beside a scan.
        connection.execute("pragma synchronous = full")
        connection.execute("pragma foreign_keys = on")
        connection.execute("pragma cache_size = -32000")
        return connection

    def _to_wal(self, connection: sqlite3.Connection) -> None:
        """Turn the file to WAL. SQLite does not wait for others here, whatever the busy time-out; so we do."""
        until = time.monotonic() + self._busy_timeout_s
        while True:
            try:
                connection.execute("pragma journal_mode = wal")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > until:
                    raise
                time.sleep(0.01)

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """A write transaction: all of it or nothing. May not be nested.

        Raises StoreError where the file is locked for longer than 15 s, full, read-only or corrupt.
        """
        with translated(self.path):
            connection = self.connection
            connection.execute("begin immediate")
            try:
                yield connection
                connection.execute("commit")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("rollback")
                raise

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent picture of the store, whoever writes meanwhile. May be used inside `write`."""
        with translated(self.path):
            connection = self.connection
            nested = connection.in_transaction
            if not nested:
                connection.execute("begin")
            try:
                yield connection
            finally:
                if not nested and connection.in_transaction:
                    connection.execute("commit")

    def backup(self, destination: Path) -> None:
        """Copy the store to `destination` by SQLite's online backup, while others write.

        Raises StoreError where `destination` exists or cannot be written.
        """
        if destination.exists():
            raise StoreError(f"{destination} exists already. Name a new file; a backup replaces nothing.")
        partial = destination.with_name(destination.name + ".partial")
        with translated(destination):
            try:
                target = sqlite3.connect(partial)
                try:
                    self.connection.backup(target)
                finally:
                    target.close()
                partial.replace(destination)
            finally:
                partial.unlink(missing_ok=True)  # half a backup is worse than none

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for connection in self._opened:
                connection.close()
            self._opened.clear()
        self._local = threading.local()


_MENDS: tuple[tuple[str, str], ...] = (
    ("locked", "another process holds it. End the other `patrol`, or wait and try again"),
    ("readonly", "it cannot be written. Check the file's and its folder's permissions"),
    ("disk is full", "the disk is full. Make room; nothing of this change was written"),
    ("disk I/O", "the disk failed. Check it; nothing of this change was written"),
    ("unable to open", "it cannot be opened. Check that the folder exists and may be written"),
    ("malformed", "the file is damaged. Restore a backup made by `patrol store backup`"),
    ("not a database", "this is not a Patrol store. Name another file with --store"),
)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """SQLite's errors in the words of a person, with the mend."""
    try:
        yield
    except sqlite3.IntegrityError:
        raise
    except (sqlite3.DatabaseError, sqlite3.NotSupportedError) as error:
        text = str(error)
        for sign, mend in _MENDS:
            if sign in text:
                raise StoreError(f"The store {path}: {mend}.") from error
        if "no such table" in text:
            raise StoreError(f"The store {path}: this is not a Patrol store. Name another file.") from error
        raise StoreError(f"The store {path}: SQLite says {text!r}. Run `patrol doctor`.") from error
    except PermissionError as error:
        raise StoreError(f"The store {path}: {error.strerror}. Check the permissions.") from error
    except OSError as error:
        raise StoreError(f"The store {path}: {error.strerror}. Check the disk and the folder.") from error


def rows(connection: sqlite3.Connection, sql: str, *parameters: Any) -> list[sqlite3.Row]:
    """All rows of a query; a list so that a caller may write while it walks them."""
    return connection.execute(sql, parameters).fetchall()
