"""Reading the trail in a database from outside of the bot: read only, also while bots run."""

from collections.abc import Generator, Iterator
from typing import Any

from psycopg import Connection

from bot.domain.audit import SealedEntry
from bot.ports import TrailQuery
from bot.store.checks import Progress
from bot.store.postgres.session import looking, require_trail
from bot.store.postgres.trail import statement_for

PAGE = 1000
"""Entries that are held at a time."""

_HIGHEST = 2**63 - 1


def pages(connection: "Connection[Any]", after: int, last: int = _HIGHEST) -> Iterator[list[SealedEntry]]:
    """The entries behind number `after` up to `last`, in order, `PAGE` of them at a time."""
    while rows := connection.execute(
        "SELECT seq, body, hash FROM audit_event WHERE seq > %s AND seq <= %s ORDER BY seq LIMIT %s",
        [after, last, PAGE],
    ).fetchall():
        yield [SealedEntry(*row) for row in rows]
        after = rows[-1][0]


def search(url: str, query: TrailQuery) -> list[SealedEntry]:
    """Entries of the trail, newest first.

    Raises:
        StoreUnavailable: the database cannot be read, or holds no trail.
    """
    with looking(url) as connection:
        require_trail(connection, url)
        return [SealedEntry(*row) for row in connection.execute(*statement_for(query))]


def read_entry(url: str, seq: int) -> SealedEntry | None:
    """One entry of the trail, or None.

    Raises:
        StoreUnavailable: the database cannot be read, or holds no trail.
    """
    with looking(url) as connection:
        require_trail(connection, url)
        return next((page[0] for page in pages(connection, seq - 1, seq)), None)


def read_entries(
    url: str, *, first: int = 1, last: int | None = None, progress: Progress | None = None
) -> Generator[SealedEntry, None, None]:
    """The entries of the trail in order, one at a time, all of one state of the database.

    Args:
        url: the address of the database.
        first: the number to begin with.
        last: the number to end with; without it, all are read.
        progress: is told every `PAGE` entries and at the end how many are done, and of how many.

    Raises:
        StoreUnavailable: the database cannot be read, or holds no trail.
    """
    highest = _HIGHEST if last is None else last
    with looking(url) as connection:
        require_trail(connection, url)
        span = "SELECT coalesce(max(seq) - min(seq) + 1, 0) FROM audit_event WHERE seq BETWEEN %s AND %s"
        (total,) = connection.execute(span, [first, highest]).fetchone() or (0,)
        done = 0
        for page in pages(connection, first - 1, highest):
            yield from page
            done += len(page)
            if progress is not None:
                progress(done, total)
