"""Connections to the database file: who may open one, what it may do, and whether the file is still the same."""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import StoreUnavailable
from bot.store.driver import sqlite3
from bot.store.failures import unavailable
from bot.store.schema import migrate, schema_faults

BUSY_TIMEOUT = 5.0
"""Seconds that SQLite waits for a lock that another program holds."""

_WAL_LIMIT = 64 * 1024 * 1024  # bytes that a write-ahead log keeps after a checkpoint


class StoreInUse(StoreUnavailable):
    """Another process of the bot writes this file; it can still be read."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"Another process of the bot is using the database {path}.",
            "Stop that one first, or give this one a database of its own.",
        )
        self.path = path


@dataclass(frozen=True, slots=True)
class OpenDatabase:
    """A connection, and a check that raises `StoreUnavailable` where its file was deleted or replaced."""

    connection: sqlite3.Connection
    check: Callable[[], None]


@contextmanager
def writing(path: Path) -> Iterator[OpenDatabase]:
    """The one writing connection to this file, migrated and restricted. Makes the file where there is none.

    Raises:
        StoreUnavailable: the file is in use by another process, cannot be opened, or is not this bot's.
    """
    path = path.resolve()  # each name of the file leads to one lock
    with ExitStack() as stack:
        try:
            stack.enter_context(only_process(path))
            connection = stack.enter_context(prepared(path))
            connection.set_authorizer(_authorize)
        except (sqlite3.Error, OSError) as error:
            raise unavailable(error, f"The database {path}") from error
        yield OpenDatabase(connection, _unchanged(path))
        # What is acknowledged is on the disk already: a checkpoint that fails loses nothing.
        with suppress(sqlite3.Error):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@contextmanager
def prepared(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file, made where there is none and migrated, that may do everything.

    For whoever holds the file's lock.

    Raises:
        StoreUnavailable: the file is not this bot's.
        sqlite3.Error, OSError: it cannot be opened.
    """
    _make(path)
    with closing(_connect(path, "rw")) as connection:
        _prepare(connection, path)
        yield connection


@contextmanager
def reading(path: Path) -> Iterator[OpenDatabase]:
    """A connection that cannot write, beside whoever writes; or to a copy in a folder that may not be written.

    Raises:
        sqlite3.Error: the file cannot be opened.
    """
    path = path.resolve()
    with closing(_connect(path, "ro&immutable=1" if _is_at_rest(path) else "ro")) as connection:
        connection.execute("SELECT 1 FROM sqlite_master").fetchone()  # SQLite opens the file at the first need
        yield OpenDatabase(connection, _unchanged(path))


@contextmanager
def in_memory() -> Iterator[OpenDatabase]:
    """A database that lives as long as this connection."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        _prepare(connection, Path(":memory:"))
        connection.set_authorizer(_authorize)
        yield OpenDatabase(connection, lambda: None)


def _is_at_rest(path: Path) -> bool:
    # To read, too, SQLite makes files beside one that has a write-ahead log (https://sqlite.org/wal.html#readonly).
    # Where it may not, only a file that nobody writes can be read, and without looking for such files.
    return not os.access(path.parent, os.W_OK) and not Path(f"{path}-wal").exists()


def _make(path: Path) -> None:
    # SQLite gives the files beside it the rights of this one. Never opened where it exists: closing a second handle
    # would drop the locks that this process has on the file (POSIX).
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    # `isolation_level=None`: Python starts no transaction of its own.
    address = f"{path.as_uri()}?mode={mode}"
    return sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)


def _prepare(connection: sqlite3.Connection, path: Path) -> None:
    # Before anything is written: the file may be somebody else's.
    if faults := schema_faults(connection):
        raise StoreUnavailable(
            f"The database {path} is not what this version of the bot expects: {'; '.join(faults)}.",
            "Check the path and the version of the bot. If both are right, somebody changed the file: "
            "keep it, and go back to a sound copy.",
        )
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT}")
    migrate(connection)
    # A file that may only be read is opened without a word, and found out at the first write.
    connection.execute("DELETE FROM screen WHERE FALSE")


@contextmanager
def only_process(path: Path) -> Iterator[None]:
    """Keep every other process of the bot off a file; `path` must be its one real name.

    Raises:
        StoreInUse: another process has it.
    """
    handle = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreInUse(path) from error
        yield
    finally:
        # The lock ends with the handle. The file stays: removing it would let two processes lock two files.
        os.close(handle)


def _unchanged(path: Path) -> Callable[[], None]:
    # A file deleted under its connection can still be written, without an error, and is gone afterwards.
    files = [path, Path(f"{path}-wal"), Path(f"{path}-shm")]
    opened = [_identity(file) for file in files]

    def check() -> None:
        if [_identity(file) for file in files] != opened:
            raise StoreUnavailable(
                "The bot's own memory cannot be used: its file was deleted or replaced.",
                "Whoever runs the bot must put the right file in its place and restart the bot.",
            )

    return check


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk: what was made, renamed or removed there."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _identity(file: Path) -> tuple[int, int] | None:
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_dev, status.st_ino


_ALWAYS = frozenset(
    {
        sqlite3.SQLITE_SELECT,
        sqlite3.SQLITE_READ,
        sqlite3.SQLITE_FUNCTION,
        sqlite3.SQLITE_RECURSIVE,
        sqlite3.SQLITE_TRANSACTION,
        sqlite3.SQLITE_SAVEPOINT,
        sqlite3.SQLITE_INSERT,
    }
)
_ALLOWED = {
    # SQLite asks for sqlite_master when it opens the search index; to change it, writable_schema is needed as well.
    sqlite3.SQLITE_UPDATE: frozenset({"question", "sqlite_master"}),
    sqlite3.SQLITE_DELETE: frozenset({"screen", "lock", "question", "question_item"}),
    sqlite3.SQLITE_PRAGMA: frozenset({"wal_checkpoint", "data_version"}),  # FTS5 asks for the latter
}


def _authorize(action: int, name: str | None, _detail: str | None, _database: str | None, trigger: str | None) -> int:
    """What the bot's own statements may do: a second line behind the triggers, which a DROP could take away."""
    if action in _ALWAYS or name in _ALLOWED.get(action, ()) or _is_of_search_index(action, name):
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_DELETE and name == "open_operation" and trigger == "audit_event_closes":
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _is_of_search_index(action: int, table: str | None) -> bool:
    kept_by_sqlite = table is not None and table.startswith("audit_search_")
    return kept_by_sqlite and action in {sqlite3.SQLITE_UPDATE, sqlite3.SQLITE_DELETE}
