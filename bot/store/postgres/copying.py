"""A store moves from a file of SQLite's into a database of PostgreSQL: everything in it, compared afterwards."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

from bot.domain.audit import Receipt, SealedEntry
from bot.domain.errors import StoreUnavailable
from bot.store.checks import STEP, Progress
from bot.store.connection import only_process, prepared
from bot.store.driver import sqlite3
from bot.store.failures import unavailable as unavailable_file
from bot.store.postgres.connection import conninfo, version_fault
from bot.store.postgres.failures import unavailable
from bot.store.postgres.session import address_of, version_in
from bot.store.postgres.verification import verify_connection
from bot.store.postgres.words import without_nul, words_if_read
from bot.store.postgres.writer import LOCKED
from bot.store.verification import Verdict, Verification, verify_file

_CONNECT_TIMEOUT = 10  # seconds
_SESSION = {
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "lock_timeout": "10s",
    "synchronous_commit": "on",
    "default_transaction_read_only": "off",
    "client_encoding": "UTF8",
}

_Row = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class _Table:
    """A table of both stores, and the order of its rows in each; `made` makes a row's further columns."""

    name: str
    columns: tuple[str, ...]
    here: str
    there: str
    further: tuple[str, ...] = ()
    made: Callable[[_Row], _Row] = lambda row: row

    def selected(self, connection: sqlite3.Connection) -> Iterator[_Row]:
        """The rows in the file, as PostgreSQL can hold them."""
        columns = ", ".join(self.columns)
        rows = connection.execute(f"SELECT {columns} FROM {self.name} ORDER BY {self.here}")  # noqa: S608 - constants
        return (tuple(map(_held, row)) for row in rows)


def _held(value: object) -> object:
    return without_nul(value) if isinstance(value, str) else value


def _with_words(row: _Row) -> _Row:
    return (*row, words_if_read(SealedEntry(*row)) or "")


def _with_answer(row: _Row) -> _Row:
    *others, equal = row
    return (*others, bool(equal))


_TABLES = (
    _Table("audit_base", ("seq", "hash"), "seq", "seq"),
    _Table("audit_event", ("seq", "body", "hash"), "seq", "seq", ("words",), _with_words),
    _Table(
        "snapshot",
        ("id", "workflow_id", "workflow_name", "taken_at", "operation_id", "document", "sha256", "copy_id"),
        "rowid",
        "number",
    ),
    _Table("backup_check", ("operation_id", "checked_at", "equal"), "id", "id", made=_with_answer),
    _Table("question", ("id", "state", "person_id", "opened_at", "document"), "rowid", "number"),
    _Table("question_item", ("operation_id", "question_id"), "operation_id", "operation_id"),
    _Table("checkpoint", ("seq", "hash", "at", "origin", "key_id", "signature"), "id", "id"),
    _Table("lock", ("workflow_id", "name", "person_id", "at", "reason"), "rowid", "number"),
    _Table("screen", ("id", "person_id", "state", "shown_at"), "id", "id"),
)


@dataclass(frozen=True, slots=True)
class Copied:
    """What was moved.

    Attributes:
        head: the newest entry of the trail.
        rows: how many rows each table has.
    """

    head: Receipt
    rows: Mapping[str, int]


def copy_store(path: Path, url: str, *, progress: Progress | None = None) -> Copied:
    """Copy a store into an empty database that is prepared for it, in one transaction.

    No bot can use the file meanwhile. Its trail is verified before; afterwards every row is compared with the file's,
    and the trail in the database is verified. Where anything is wrong, the database stays empty. The file is brought up
    to this version, and is otherwise not changed.

    Args:
        path: the file.
        url: the address of the database, for the bot's role.
        progress: is told how far it has come.

    Raises:
        StoreUnavailable: a bot uses the file, the file does not verify, the database is not empty or not prepared, or
            either of them cannot be used.
    """
    path = path.resolve()
    try:
        with Connection.connect(conninfo(url, _SESSION, connect_timeout=_CONNECT_TIMEOUT)) as connection:
            _require_empty(connection, url)
            with _file(path) as file:
                found = _verified(path, progress)
                counts = {table.name: _count(file, table) for table in _TABLES}
                steps = _Steps(progress, found.entries, 2 * (found.entries + sum(counts.values())))
                for table in _TABLES:
                    _copy(table, file, connection, steps)
                for table in _TABLES:
                    _compare(table, file, connection, steps)
            _require_sound(connection, found, steps)
    except psycopg.Error as error:
        raise unavailable(error, f"The database {address_of(url)}") from error
    return Copied(found.head, counts)


@contextmanager
def _file(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a file of this version that no other process can use."""
    try:
        if not path.exists():
            raise StoreUnavailable(f"There is no file {path}.", "Check the path.")
        with only_process(path), prepared(path) as connection:
            connection.execute("PRAGMA query_only = ON")
            yield connection
    except (sqlite3.Error, OSError) as error:
        raise unavailable_file(error, f"The database {path}") from error


def _verified(path: Path, progress: Progress | None) -> Verification:
    found = verify_file(path, progress=progress)
    if found.verdict is not Verdict.SOUND:
        raise StoreUnavailable(
            f"The database {path} does not verify: {found.faults[0]}.",
            "Keep the file as it is, and find out what happened before its trail goes on elsewhere.",
        )
    return found


class _Steps:
    """How far the whole has come: the file is verified, its rows are copied, compared, and verified again."""

    def __init__(self, progress: Progress | None, done: int, total: int) -> None:
        self._progress = progress
        self._done = done
        self._total = total

    def step(self) -> None:
        """One row more is done."""
        self._done += 1
        if self._progress and self._done % STEP == 0:
            self._progress(self._done, self._total)

    def verified(self, entries: int, _all: int) -> None:
        """So many entries were verified, behind everything else."""
        if self._progress:
            self._progress(self._done + entries, self._total)


def _require_empty(connection: "Connection[Any]", url: str) -> None:
    if fault := version_fault(version_in(connection)):
        raise fault
    connection.execute(LOCKED)  # no bot writes from here on
    for name in [*(table.name for table in _TABLES), "lease"]:
        found = connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))).fetchone()
        if found:
            raise StoreUnavailable(
                f"The database {address_of(url)} is not empty: there is something in its table {name}.",
                "Name a new database, prepared with `vi-bot store migrate`, on which no bot has run yet.",
            )


def _count(file: sqlite3.Connection, table: _Table) -> int:
    (count,) = file.execute(f"SELECT count(*) FROM {table.name}").fetchone()  # noqa: S608 - a constant
    return int(count)


def _copy(table: _Table, file: sqlite3.Connection, connection: "Connection[Any]", steps: _Steps) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, (*table.columns, *table.further)))
    statement = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(table.name), columns)
    with connection.cursor() as cursor, cursor.copy(statement) as rows:
        for row in table.selected(file):
            rows.write_row(table.made(row))
            steps.step()


def _compare(table: _Table, file: sqlite3.Connection, connection: "Connection[Any]", steps: _Steps) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
    statement = sql.SQL("SELECT {} FROM {} ORDER BY {}").format(
        columns, sql.Identifier(table.name), sql.Identifier(table.there)
    )
    with connection.cursor(f"compared_{table.name}") as cursor:
        for expected, found in zip_longest(table.selected(file), cursor.execute(statement)):
            if expected != found:
                raise StoreUnavailable(
                    f"The copy differs from the file in its table {table.name}.", "Nothing was kept of it. Try again."
                )
            steps.step()


def _require_sound(connection: "Connection[Any]", original: Verification, steps: _Steps) -> None:
    found = verify_connection(connection, progress=steps.verified)
    if (found.verdict, found.head, found.base) != (Verdict.SOUND, original.head, original.base):
        raise StoreUnavailable(
            f"The copy does not verify: {'; '.join(found.faults[:1])}.",
            "Nothing was kept of it. Verify the database before it is used: `vi-bot audit verify`.",
        )
