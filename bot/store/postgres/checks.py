"""What a verification looks at in a database of PostgreSQL: one table of checks, each by itself."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, LiteralString

from psycopg import Connection

from bot.domain.audit import EMPTY, Receipt, SealedEntry, chain_faults
from bot.domain.document import digest
from bot.store.checks import STEP, Progress, is_same, receipt_faults
from bot.store.postgres.reading import pages
from bot.store.postgres.schema import schema_faults
from bot.store.postgres.words import words_if_read

_DOCUMENTS = 50  # snapshots that are held at a time
_LOWEST = -(2**63)  # below every number but this one, which no trigger and no chain lets in


@dataclass(slots=True)
class PostgresTrail:
    """What the checks of one database share.

    Attributes:
        noted: receipts that were kept elsewhere.
        warn: takes a sentence about what is odd and no fault.
        base: the entry after which the trail begins.
        start: the entry behind which the trail is read.
        newest: the entry that was read last.
        entries: how many were read.
    """

    connection: "Connection[Any]"
    noted: Iterable[Receipt]
    warn: Callable[[str], None]
    progress: Progress | None = None
    base: Receipt = EMPTY
    start: Receipt = EMPTY
    newest: Receipt | SealedEntry = EMPTY
    entries: int = 0

    def begin(self, after: Receipt | None) -> None:
        """Look where the trail begins. With `after`, it is read behind that entry, if it is there."""
        if self._has("audit_base"):
            row = self.connection.execute("SELECT seq, hash FROM audit_base ORDER BY seq LIMIT 1").fetchone()
            self.base = self.start = self.newest = Receipt(*row) if row else EMPTY
        if after:
            self.noted = (after, *self.noted)
            stored = self.stored(after.seq) if self._has("audit_event") else None
            if stored and is_same(stored, after):
                self.start = self.newest = stored

    def stored(self, seq: int) -> Receipt | None:
        """The number and hash of an entry, or of the base; None where there is none."""
        if seq == self.base.seq:
            return self.base
        row = self.connection.execute("SELECT hash FROM audit_event WHERE seq = %s", [seq]).fetchone()
        return Receipt(seq, row[0]) if row else None

    def pages(self) -> Iterator[list[SealedEntry]]:
        """The trail behind `start`, in order, some entries at a time."""
        # All of it, unless part of it is known to be good: nothing may hide at or before the base.
        return pages(self.connection, self.start.seq if self.start != self.base else _LOWEST)

    def read(self) -> Iterator[SealedEntry]:
        """The trail behind `start`, in order, one entry at a time."""
        (last,) = self.connection.execute("SELECT coalesce(max(seq), 0) FROM audit_event").fetchone() or (0,)
        total = max(last - self.start.seq, 0)
        for page in self.pages():
            for entry in page:
                self.newest = entry
                self.entries += 1
                if self.progress and self.entries % STEP == 0:
                    self.progress(self.entries, total)
                yield entry
        if self.progress:
            self.progress(self.entries, total)

    def _has(self, table: str) -> bool:
        # One that is missing is a fault of the schema.
        return self.connection.execute("SELECT to_regclass(%s)", [table]).fetchone() != (None,)


Check = Callable[[PostgresTrail], Iterable[str]]


def _base_faults(trail: PostgresTrail) -> Iterator[str]:
    # A trigger allows one.
    (bases,) = trail.connection.execute("SELECT count(*) FROM audit_base").fetchone() or (0,)
    if bases > 1:
        yield f"the database says {bases} times after which entry the trail begins"


def _word_faults(trail: PostgresTrail) -> Iterator[str]:
    for page in trail.pages():
        expected = {entry.seq: words for entry in page if (words := words_if_read(entry)) is not None}
        rows = trail.connection.execute(
            """
            SELECT seq FROM unnest(%s::bigint[], %s::text[]) AS expected (seq, vector) JOIN audit_event USING (seq)
            WHERE words <> vector::tsvector ORDER BY seq
            """,
            [list(expected), list(expected.values())],
        )
        yield from (f"entry #{seq} is searched by other words than it has" for (seq,) in rows.fetchall())


def _snapshot_faults(trail: PostgresTrail) -> Iterator[str]:
    with trail.connection.cursor("snapshots") as cursor:
        cursor.itersize = _DOCUMENTS
        for snapshot_id, document, sha256 in cursor.execute(
            "SELECT id, document, sha256 FROM snapshot ORDER BY number"
        ):
            if digest(document) != sha256:
                yield f"snapshot {snapshot_id} was changed: its text does not have its hash"


def _checkpoint_faults(trail: PostgresTrail) -> Iterator[str]:
    for row in trail.connection.execute("SELECT seq, hash FROM checkpoint ORDER BY id").fetchall():
        checkpoint = Receipt(*row)
        # One that lies before the base came along from the file before this trail.
        if checkpoint.seq >= trail.base.seq and trail.stored(checkpoint.seq) != checkpoint:
            yield f"entry #{checkpoint.seq} is not the one of which a checkpoint was kept"


def _sentences_of(statement: LiteralString) -> Check:
    return lambda trail: [sentence for (sentence,) in trail.connection.execute(statement).fetchall()]


# Nobody can write these columns, but whoever can change a function or a table can have had them computed otherwise.
_COLUMNS = r"""
    SELECT 'entry #' || seq || ' stands under other values than its text has'
    FROM audit_event, LATERAL (
        SELECT CASE WHEN strpos(body, '\u0000') = 0 THEN body
            ELSE regexp_replace(body, '(?<!\\)((?:\\\\)*)\\u0000', '\1\\uFFFD', 'g') END::jsonb AS text
    ) AS read
    WHERE (id, op, ts, stage, action, actor, target, target_name) IS DISTINCT FROM (
        text ->> 'id', text ->> 'op', text ->> 'ts', text ->> 'stage', text ->> 'action', text #>> '{actor,id}',
        text #>> '{target,id}', text #>> '{target,name}'
    ) ORDER BY seq
"""

_OPEN = """
    WITH expected AS (
        SELECT min(seq) AS seq, op FROM audit_event AS start
        WHERE stage = 'started' AND NOT EXISTS (
            SELECT 1 FROM audit_event AS settled
            WHERE settled.op = start.op AND settled.seq > start.seq AND settled.stage IN ('succeeded', 'failed')
        ) GROUP BY op
    )
    SELECT 'entry #' || seq || ' is missing from the list of open operations'
    FROM (SELECT seq, op FROM expected EXCEPT SELECT seq, op FROM open_operation) AS missing
    UNION ALL
    SELECT 'entry #' || seq || ' does not belong in the list of open operations'
    FROM (SELECT seq, op FROM open_operation EXCEPT SELECT seq, op FROM expected) AS added
"""

# The check of a copy made before this trail began came along with its snapshot.
_FALSE_CHECKS = """
    SELECT 'the copy of operation ' || operation_id || ' is said to be equal, which no entry says'
    FROM backup_check
    WHERE equal
        AND NOT EXISTS (SELECT 1 FROM audit_event WHERE op = operation_id AND stage = 'succeeded')
        AND (EXISTS (SELECT 1 FROM audit_event WHERE op = operation_id) OR NOT EXISTS (SELECT 1 FROM audit_base))
"""

CHECKS: Mapping[str, Check] = {
    "schema": lambda trail: schema_faults(trail.connection),
    "chain": lambda trail: chain_faults(trail.read(), after=trail.start, warn=trail.warn),
    "base": _base_faults,
    "columns": _sentences_of(_COLUMNS),
    "words": _word_faults,
    "open operations": _sentences_of(_OPEN),
    "snapshots": _snapshot_faults,
    "backup checks": _sentences_of(_FALSE_CHECKS),
    "checkpoints": _checkpoint_faults,
    "receipts": lambda trail: receipt_faults(trail.noted, trail.stored, trail.base, trail.warn),
}
"""Every check of a database. For each there is an act that no other sees."""
