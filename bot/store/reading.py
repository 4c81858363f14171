"""Reading the trail in a file from outside of the bot: read only, also while the bot runs, and on a copy."""

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.domain.audit import SealedEntry
from bot.domain.errors import StoreUnavailable
from bot.store.connection import reading
from bot.store.driver import sqlite3
from bot.store.failures import unavailable
from bot.store.schema import is_store

REPORT_EVERY = 1000
"""After how many entries progress is reported."""

# CAST: who can write the file can put anything in a column, and nothing that reads may stumble over it.
_ENTRY = "SELECT seq, coalesce(CAST(body AS TEXT), ''), coalesce(CAST(hash AS TEXT), '') FROM audit_event"
_HIGHEST = 2**63 - 1  # number that SQLite gives a row

# One edge in each: only then does SQLite look it up instead of reading every entry.
_EDGES = (
    "SELECT min(seq) FROM audit_event WHERE seq BETWEEN ? AND ?",
    "SELECT max(seq) FROM audit_event WHERE seq BETWEEN ? AND ?",
)


@contextmanager
def trail_in(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that sees one state of the trail in this file and cannot write.

    Raises:
        StoreUnavailable: the file cannot be read, or holds no trail.
    """
    try:
        with reading(path) as database:
            database.connection.execute("BEGIN")
            if not is_store(database.connection):
                raise StoreUnavailable(f"The file {path} holds no trail of this bot.", "Check that the path is right.")
            yield database.connection
    except sqlite3.Error as error:
        raise unavailable(error, f"The database {path}") from error


def require_trail(path: Path) -> None:
    """Look whether a file holds a trail that can be read.

    Raises:
        StoreUnavailable: it cannot be read, or holds no trail.
    """
    with trail_in(path):
        pass


def read_entry(path: Path, seq: int) -> SealedEntry | None:
    """One entry of the trail, or None.

    Raises:
        StoreUnavailable: the file cannot be read.
    """
    with trail_in(path) as connection:
        row = connection.execute(f"{_ENTRY} WHERE seq = ?", (seq,)).fetchone()
    return SealedEntry(*row) if row else None


def read_entries(
    path: Path,
    *,
    first: int = 1,
    last: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Generator[SealedEntry, None, None]:
    """The entries of the trail in order, one at a time, all of one state of the file.

    Whoever does not read to the end closes the iterator: until then it keeps that state, and the write-ahead log grows.

    Args:
        path: the file; it is not changed.
        first: the number to begin with.
        last: the number to end with; without it, all are read.
        progress: is told every 1,000 entries and at the end how many are done, and of how many.

    Raises:
        StoreUnavailable: the file cannot be read.
    """
    span = (first, _HIGHEST if last is None else last)
    with trail_in(path) as connection:
        # From the numbers, which have no gaps in a sound trail: counting would read the file twice.
        lowest, highest = (connection.execute(edge, span).fetchone()[0] for edge in _EDGES)
        total = 0 if lowest is None else highest - lowest + 1
        done = 0
        for done, row in enumerate(connection.execute(f"{_ENTRY} WHERE seq BETWEEN ? AND ? ORDER BY seq", span), 1):
            if progress is not None and done % REPORT_EVERY == 0:
                progress(done, total)
            yield SealedEntry(*row)
        if progress is not None:
            progress(done, done)
