"""Whether a database file still says what the bot wrote: read only, row by row, also while the bot runs.

What can be seen is every change after which chain, schema, indexes or pages do not fit together. What nobody can see by
looking at the file alone: the newest entries cut off, everything rewritten from some entry on, all entries gone,
another whole file in its place. For that, receipts that were noted elsewhere are compared.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path

from bot.domain.audit import EMPTY, Receipt, SealedEntry, chain_faults
from bot.domain.document import digest
from bot.store.connection import reading
from bot.store.driver import sqlite3
from bot.store.failures import error_name, unavailable
from bot.store.schema import is_store, schema_faults

MOST_FAULTS = 100
"""How many faults are spelled out; the rest are counted."""

SHORTEST_HASH = 16
"""Hexadecimal digits that a noted receipt must have: as many as `str(Receipt)` shows."""


class Verdict(StrEnum):
    """What a verification says."""

    SOUND = "sound"
    TAMPERED = "tampered"
    CANNOT_TELL = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Verification:
    """What was found in a file.

    Attributes:
        entries: how many entries of the trail were read.
        head: the newest of them: worth noting elsewhere.
        faults: a sentence each. Where nothing can be told, why not.
    """

    verdict: Verdict
    entries: int
    head: Receipt
    faults: tuple[str, ...]


# Of SQLite's errors, those that say nothing of what stands in the file.
_UNREADABLE = frozenset({"SQLITE_BUSY", "SQLITE_CANTOPEN", "SQLITE_IOERR", "SQLITE_NOTADB", "SQLITE_READONLY"})

# Tables beside the chain that must agree with it, or a search or recovery would pass something over.
_DISAGREEMENTS = (
    """
    WITH unsettled (op, seq) AS (
        SELECT op, min(seq) FROM audit_event AS start
        WHERE stage = 'started' AND NOT EXISTS (
            SELECT 1 FROM audit_event AS settled
            WHERE settled.op = start.op AND settled.seq > start.seq AND settled.stage IN ('succeeded', 'failed')
        ) GROUP BY op
    )
    SELECT 'entry #' || seq || ' is missing from the list of open operations'
    FROM (SELECT op, seq FROM unsettled EXCEPT SELECT op, seq FROM open_operation)
    UNION ALL
    SELECT 'entry #' || seq || ' does not belong in the list of open operations'
    FROM (SELECT op, seq FROM open_operation EXCEPT SELECT op, seq FROM unsettled)
    """,
    """
    SELECT 'entry #' || seq || ' is missing from the search index'
    FROM (SELECT seq FROM audit_event EXCEPT SELECT id FROM audit_search_docsize)
    """,
)


def verify_file(path: Path, *, noted: Iterable[Receipt] = ()) -> Verification:
    """Verify the trail, the schema, the snapshots and the pages of a database file.

    Args:
        path: the file; it is not changed.
        noted: receipts that were kept elsewhere. Each entry must be there with this hash, of which the first
            16 hexadecimal digits are enough.
    """
    entries = _Entries()
    faults = _Faults()
    checks: tuple[Callable[[sqlite3.Connection], Iterable[str]], ...] = (
        schema_faults,
        _page_faults,
        lambda connection: chain_faults(entries.read(connection)),
        _disagreements,
        _snapshot_faults,
        partial(_receipt_faults, noted=noted),
    )
    try:
        with reading(path) as database:
            database.connection.execute("BEGIN")  # one state of the file for all checks
            if not is_store(database.connection):
                return _cannot_tell(f"The file {path} holds no trail of this bot.")
            for check in checks:
                faults.collect(check, database.connection)
    except sqlite3.Error as error:
        if error_name(error) in _UNREADABLE:
            return _cannot_tell(unavailable(error, f"The file {path}").sentence)
        faults.add(_broken_off(error))
    verdict = Verdict.TAMPERED if faults.count else Verdict.SOUND
    return Verification(verdict, entries.count, entries.head, faults.sentences())


class _Entries:
    """Reads the trail in order, one row at a time, and knows how far it came."""

    def __init__(self) -> None:
        self.count = 0
        self.head = EMPTY

    def read(self, connection: sqlite3.Connection) -> Iterator[SealedEntry]:
        # CAST: who can write the file can put anything in a column, and no check may stumble over it.
        rows = connection.execute(
            """
            SELECT seq, coalesce(CAST(body AS TEXT), ''), coalesce(CAST(hash AS TEXT), '')
            FROM audit_event ORDER BY seq
            """
        )
        for row in rows:
            entry = SealedEntry(*row)
            self.count += 1
            self.head = entry.receipt
            yield entry


class _Faults:
    """Collects sentences, and counts those beyond the first `MOST_FAULTS`."""

    def __init__(self) -> None:
        self.count = 0
        self._kept: list[str] = []

    def add(self, sentence: str) -> None:
        self.count += 1
        if self.count <= MOST_FAULTS:
            self._kept.append(sentence)

    def collect(self, check: Callable[[sqlite3.Connection], Iterable[str]], connection: sqlite3.Connection) -> None:
        """Add what a check finds. A check that the damage breaks off is a fault too; the next one still runs."""
        try:
            for sentence in check(connection):
                self.add(sentence)
        except sqlite3.Error as error:
            if error_name(error) in _UNREADABLE:
                raise
            self.add(_broken_off(error))

    def sentences(self) -> tuple[str, ...]:
        more = self.count - len(self._kept)
        return (*self._kept, f"{more} more faults") if more else tuple(self._kept)


def _page_faults(connection: sqlite3.Connection) -> Iterator[str]:
    # Not quick_check: that leaves out whether the indexes, through which everything is searched, have every row.
    for (message,) in connection.execute(f"PRAGMA integrity_check({MOST_FAULTS})"):
        if message != "ok":
            yield f"the file is damaged: {message}"


def _disagreements(connection: sqlite3.Connection) -> Iterator[str]:
    for statement in _DISAGREEMENTS:
        for (sentence,) in connection.execute(statement):
            yield sentence


def _snapshot_faults(connection: sqlite3.Connection) -> Iterator[str]:
    rows = connection.execute("SELECT id, coalesce(CAST(document AS TEXT), ''), sha256 FROM snapshot")
    for snapshot_id, document, sha256 in rows:
        if digest(document) != sha256:
            yield f"snapshot {snapshot_id} was changed: its text does not have its hash"


def _receipt_faults(connection: sqlite3.Connection, noted: Iterable[Receipt]) -> Iterator[str]:
    for receipt in noted:
        row = connection.execute("SELECT hash FROM audit_event WHERE seq = ?", (receipt.seq,)).fetchone()
        if row is None:
            yield f"entry #{receipt.seq} is gone: its receipt was noted elsewhere"
        elif len(receipt.hash) < SHORTEST_HASH or not str(row[0]).startswith(receipt.hash):
            yield f"entry #{receipt.seq} is not the one whose receipt was noted elsewhere"


def _broken_off(error: sqlite3.Error) -> str:
    return f"the file is damaged: a check ended with “{error}”"


def _cannot_tell(reason: str) -> Verification:
    return Verification(Verdict.CANNOT_TELL, 0, EMPTY, (reason,))
