"""What a verification looks at in a database file: one table of checks, each by itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from bot.domain.audit import EMPTY, Receipt, SealedEntry, chain_faults
from bot.domain.document import digest
from bot.store.driver import sqlite3
from bot.store.schema import LATE, schema_faults

MOST_FAULTS = 100
"""How many faults are spelled out; the rest are counted."""

SHORTEST_HASH = 16
"""Hexadecimal digits that a noted receipt must have: as many as `str(Receipt)` shows."""

Progress = Callable[[int, int], None]
"""Is told how many entries were read and how many there are, now and then."""

STEP = 10_000
"""Entries between two calls of it."""

_LOWEST = -(2**63)  # below every number but this one, which no trigger and no chain lets in


@dataclass(slots=True)
class DatabaseFile:
    """What the checks of one file share.

    Attributes:
        tables: the names of those that are there: a file that an older version made lacks the newer ones.
        base: the entry after which the file begins.
        start: the entry behind which the trail is read.
        noted: receipts that were kept elsewhere.
        warn: takes a sentence about what is odd and no fault.
        newest: the entry that was read last.
        entries: how many were read.
    """

    connection: sqlite3.Connection
    tables: frozenset[str]
    base: Receipt
    start: Receipt
    noted: Iterable[Receipt]
    warn: Callable[[str], None]
    progress: Progress | None
    newest: Receipt | SealedEntry
    entries: int = 0

    @classmethod
    def open(
        cls,
        connection: sqlite3.Connection,
        *,
        noted: Iterable[Receipt],
        after: Receipt | None,
        warn: Callable[[str], None],
        progress: Progress | None,
    ) -> "DatabaseFile":
        """Look where the file begins. With `after`, the trail is read behind that entry, if it is there."""
        tables = frozenset(name for (name,) in connection.execute("SELECT name FROM sqlite_master"))
        base = base_of(connection)
        file = cls(connection, tables, base, base, noted, warn, progress, base)
        if after:
            file.noted = (after, *noted)
            stored = file.stored(after.seq)
            if stored and is_same(stored, after):
                file.start = file.newest = stored
        return file

    def stored(self, seq: int) -> Receipt | None:
        """The number and hash of an entry, or of the base; None where there is none."""
        if seq == self.base.seq:
            return self.base
        row = self.connection.execute("SELECT CAST(hash AS TEXT) FROM audit_event WHERE seq = ?", (seq,)).fetchone()
        return Receipt(seq, str(row[0])) if row else None

    def read(self) -> Iterator[SealedEntry]:
        """The trail behind `start`, in order, one row at a time."""
        total = max(last_number(self.connection) - self.start.seq, 0)
        # All of it, unless part of it is known to be good: nothing may hide at or before the base.
        begin = self.start.seq if self.start != self.base else _LOWEST
        # CAST: who can write the file can put anything in a column, and no check may stumble over it.
        rows = self.connection.execute(
            """
            SELECT seq, coalesce(CAST(body AS TEXT), ''), coalesce(CAST(hash AS TEXT), '')
            FROM audit_event WHERE seq > ? ORDER BY seq
            """,
            (begin,),
        )
        for row in rows:
            self.newest = entry = SealedEntry(*row)
            self.entries += 1
            if self.progress and self.entries % STEP == 0:
                self.progress(self.entries, total)
            yield entry
        if self.progress:
            self.progress(self.entries, total)


def base_of(connection: sqlite3.Connection) -> Receipt:
    """The entry after which a file begins, whatever somebody put there."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit_base'").fetchone():
        return EMPTY
    row = connection.execute(
        "SELECT seq, coalesce(CAST(hash AS TEXT), '') FROM audit_base ORDER BY seq LIMIT 1"
    ).fetchone()
    return Receipt(*row) if row else EMPTY


def last_number(connection: sqlite3.Connection) -> int:
    """The highest number of an entry; 0 where there is none."""
    (last,) = connection.execute("SELECT coalesce(max(seq), 0) FROM audit_event").fetchone()
    return int(last)


def is_same(stored: Receipt, noted: Receipt) -> bool:
    """Whether a receipt that was noted elsewhere, perhaps only its first digits, is of this entry."""
    return len(noted.hash) >= SHORTEST_HASH and stored.hash.startswith(noted.hash)


def receipt_faults(
    noted: Iterable[Receipt],
    stored: Callable[[int], Receipt | None],
    base: Receipt,
    warn: Callable[[str], None],
) -> Iterator[str]:
    """Where receipts that were noted elsewhere disagree with what is stored under their numbers."""
    for receipt in noted:
        if receipt.seq < base.seq:
            warn(f"receipt #{receipt.seq} was not compared: this file begins after #{base.seq}")
        elif (found := stored(receipt.seq)) is None:
            yield f"entry #{receipt.seq} is gone: its receipt was noted elsewhere"
        elif not is_same(found, receipt):
            yield f"entry #{receipt.seq} is not the one whose receipt was noted elsewhere"


Check = Callable[[DatabaseFile], Iterable[str]]


def _page_faults(file: DatabaseFile) -> Iterator[str]:
    # quick_check leaves out whether the indexes, through which everything is searched, have every row.
    pragma = "integrity_check" if file.start == file.base else "quick_check"
    for (message,) in file.connection.execute(f"PRAGMA {pragma}({MOST_FAULTS})"):
        if message != "ok":
            yield f"the file is damaged: {message}"


def _base_faults(file: DatabaseFile) -> Iterator[str]:
    # A trigger allows one; a CHECK would not help: on a connection that may only read, integrity_check passes it over.
    (bases,) = file.connection.execute("SELECT count(*) FROM audit_base").fetchone()
    if bases > 1:
        yield f"the file says {bases} times after which entry it begins"


def _snapshot_faults(file: DatabaseFile) -> Iterator[str]:
    rows = file.connection.execute("SELECT id, coalesce(CAST(document AS TEXT), ''), sha256 FROM snapshot")
    for snapshot_id, document, sha256 in rows:
        if digest(document) != sha256:
            yield f"snapshot {snapshot_id} was changed: its text does not have its hash"


def _checkpoint_faults(file: DatabaseFile) -> Iterator[str]:
    rows = file.connection.execute(
        "SELECT coalesce(CAST(seq AS INTEGER), 0), coalesce(CAST(hash AS TEXT), '') FROM checkpoint ORDER BY id"
    )
    for row in rows:
        checkpoint = Receipt(*row)
        # One that lies before the base came along from the file before this one.
        if checkpoint.seq >= file.base.seq and file.stored(checkpoint.seq) != checkpoint:
            yield f"entry #{checkpoint.seq} is not the one of which a checkpoint was kept"


def _sentences_of(statement: str) -> Check:
    return lambda file: (sentence for (sentence,) in file.connection.execute(statement))


def _if_there(table: str, check: Check) -> Check:
    # Where the table should be there, its absence is a fault of the schema.
    return lambda file: check(file) if table in file.tables else ()


def _list_faults(name: str, expected: str, found: str) -> Check:
    """Where a list beside the chain, by which something is looked up, does not have what the entries say."""
    return _sentences_of(
        f"""
        WITH expected AS ({expected}), found AS ({found})
        SELECT 'entry #' || seq || ' is missing from the {name}'
        FROM (SELECT * FROM expected EXCEPT SELECT * FROM found)
        UNION ALL
        SELECT 'entry #' || seq || ' does not belong in the {name}'
        FROM (SELECT * FROM found EXCEPT SELECT * FROM expected)
        """  # noqa: S608 - put together from the constants below
    )


# `+stage`: looked up by the operation, of which each has a few entries, never by the stage, which a third of all have.
_UNSETTLED = """
    SELECT min(seq) AS seq, op FROM audit_event AS start
    WHERE stage = 'started' AND NOT EXISTS (
        SELECT 1 FROM audit_event AS settled
        WHERE settled.op = start.op AND settled.seq > start.seq AND +settled.stage IN ('succeeded', 'failed')
    ) GROUP BY op
"""

# The check of a copy made before this file began came along with its snapshot.
_FALSE_CHECKS = """
    SELECT 'the copy of operation ' || operation_id || ' is said to be equal, which no entry says'
    FROM backup_check
    WHERE equal <> 0
        AND NOT EXISTS (SELECT 1 FROM audit_event WHERE op = operation_id AND +stage = 'succeeded')
        AND (EXISTS (SELECT 1 FROM audit_event WHERE op = operation_id) OR NOT EXISTS (SELECT 1 FROM audit_base))
"""

CHECKS: Mapping[str, Check] = {
    "schema": lambda file: schema_faults(file.connection),
    "pages": _page_faults,
    "chain": lambda file: chain_faults(file.read(), after=file.start, warn=file.warn),
    "base": _if_there("audit_base", _base_faults),
    "open operations": _list_faults("list of open operations", _UNSETTLED, "SELECT seq, op FROM open_operation"),
    "search": _list_faults("search index", "SELECT seq FROM audit_event", "SELECT id AS seq FROM audit_search_docsize"),
    "times": _if_there("audit_late", _list_faults("list of times", LATE, "SELECT seq, ts FROM audit_late")),
    "snapshots": _snapshot_faults,
    "backup checks": _if_there("backup_check", _sentences_of(_FALSE_CHECKS)),
    "checkpoints": _if_there("checkpoint", _checkpoint_faults),
    "receipts": lambda file: receipt_faults(file.noted, file.stored, file.base, file.warn),
}
"""Every check of a file. For each there is an act that no other sees."""
