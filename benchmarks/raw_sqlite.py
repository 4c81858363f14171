"""The least that SQLite can do for a durable row: one INSERT a commit into two columns, WAL, `synchronous=FULL`."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from bot.store.driver import sqlite3

_INSERT = "INSERT INTO entry (body) VALUES (?)"


@contextmanager
def raw_database(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection to a new file."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("CREATE TABLE entry (seq INTEGER PRIMARY KEY, body TEXT NOT NULL)")
        yield connection


@contextmanager
def raw_insert(path: Path) -> Iterator[Callable[[str], object]]:
    """A function that writes one text durably into a new file."""
    with raw_database(path) as connection:
        yield lambda body: insert(connection, body)


def insert(connection: sqlite3.Connection, body: str) -> object:
    """Write one text."""
    return connection.execute(_INSERT, (body,))
