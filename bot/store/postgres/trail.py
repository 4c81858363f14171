"""The audit trail in PostgreSQL: append, read, search."""

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from bot.domain.audit import EMPTY, AuditEntry, Receipt, SealedEntry, timestamp
from bot.domain.backup import check_of
from bot.domain.text import shown, storable
from bot.ports import TrailQuery
from bot.store.postgres.connection import Connection
from bot.store.postgres.words import query_for, without_nul, words_of_sealed

_HIGHEST = 2**63 - 1

_CONDITIONS = {
    "words": sql.SQL("words @@ %(words)s::tsquery"),
    "workflow": sql.SQL("(target = %(workflow)s OR target_name = %(workflow)s)"),
    "actor": sql.SQL("actor = %(actor)s"),
    "since": sql.SQL("ts >= %(since)s"),
    "until": sql.SQL("ts < %(until)s"),
    "stage": sql.SQL("stage = %(stage)s"),
    "action": sql.SQL("action = %(action)s"),
    "operation": sql.SQL("op = %(operation)s"),
    "before": sql.SQL("seq < %(before)s"),
}


async def insert(connection: Connection, entry: AuditEntry, sealed: SealedEntry) -> None:
    """Insert an entry in its place. What it says of a copy is kept beside the copy's snapshot too."""
    await connection.execute(
        "INSERT INTO audit_event (seq, body, hash, words) VALUES (%s, %s, %s, %s::tsvector)",
        (sealed.seq, sealed.body, sealed.hash, words_of_sealed(sealed)),
    )
    if check := check_of(entry):
        await connection.execute(
            "INSERT INTO backup_check (operation_id, checked_at, equal) VALUES (%s, %s, %s)",
            (entry.operation_id, timestamp(check.at), check.equal),
        )


async def has(connection: Connection, entry_id: str) -> bool:
    """Whether an entry with this id is in the trail."""
    cursor = await connection.execute("SELECT 1 FROM audit_event WHERE id = %s", (entry_id,))
    return await cursor.fetchone() is not None


async def head(connection: Connection) -> Receipt:
    """The newest entry's number and hash."""
    for table in ("audit_event", "audit_base"):
        newest = sql.SQL("SELECT seq, hash FROM {} ORDER BY seq DESC LIMIT 1").format(sql.Identifier(table))
        row: Any = await (await connection.execute(newest)).fetchone()
        if row is not None:
            return Receipt(*row)
    return EMPTY


async def find(connection: Connection, seq: int) -> SealedEntry | None:
    """One entry, or None."""
    found = await after(connection, seq - 1, 1)
    return found[0] if found and found[0].seq == seq else None


async def after(connection: Connection, seq: int, limit: int) -> list[SealedEntry]:
    """The entries behind number `seq`, oldest first."""
    return await _entries(
        connection,
        sql.SQL("SELECT seq, body, hash FROM audit_event WHERE seq > %(seq)s ORDER BY seq LIMIT %(limit)s"),
        {"seq": max(0, min(seq, _HIGHEST)), "limit": limit},
    )


async def open_operations(connection: Connection) -> list[SealedEntry]:
    """The `started` entry of every operation that has neither succeeded nor failed, oldest first."""
    return await _entries(
        connection, sql.SQL("SELECT seq, body, hash FROM open_operation JOIN audit_event USING (seq) ORDER BY seq"), {}
    )


async def search(connection: Connection, query: TrailQuery) -> list[SealedEntry]:
    """Entries that the query means, newest first."""
    return await _entries(connection, *statement_for(query))


def statement_for(query: TrailQuery) -> tuple[sql.Composed, dict[str, Any]]:
    """The statement that finds the entries a query means, newest first, and what it is given."""
    text = shown(query.text)
    parameters = {
        "words": query_for(text),
        "workflow": _sought(query.workflow),
        "actor": _sought(query.actor),
        "since": query.since and timestamp(query.since),
        "until": query.until and timestamp(query.until),
        "stage": query.stage,
        "action": query.action,
        "operation": _sought(query.operation),
        "before": query.before,
        "limit": query.limit,
    }
    given = [text for name, text in _CONDITIONS.items() if parameters[name] not in (None, "")]
    if text and not parameters["words"]:
        given = [sql.SQL("FALSE")]  # what was asked for has no word in it
    where = sql.SQL(" AND ").join(given) if given else sql.SQL("TRUE")
    statement = sql.SQL("SELECT seq, body, hash FROM audit_event WHERE {} ORDER BY seq DESC LIMIT %(limit)s")
    return statement.format(where), parameters


def _sought(text: str) -> str:
    return without_nul(storable(text))  # as the columns have it


async def _entries(
    connection: Connection, statement: sql.SQL | sql.Composed, parameters: dict[str, Any]
) -> list[SealedEntry]:
    rows: Sequence[Any] = await (await connection.execute(statement, parameters)).fetchall()
    return [SealedEntry(*row) for row in rows]
