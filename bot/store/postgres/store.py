"""The store in a PostgreSQL database."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any, Self, TypeVar

import psycopg
from psycopg import sql
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.domain.audit import AuditEntry, OperationId, Receipt, SealedEntry, timestamp
from bot.domain.backup import Snapshot, SnapshotId, SnapshotSummary
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import SETTLED, Confirmation, ConfirmationId, ConfirmationState, Post
from bot.domain.document import canonical
from bot.domain.errors import StoreUnavailable
from bot.domain.lock import Lock
from bot.domain.people import PersonId
from bot.domain.screen import LIFETIME, Screen, ScreenId
from bot.domain.text import storable
from bot.domain.workflow import PREFIX_LENGTH, WorkflowId, is_id
from bot.ports import TrailQuery
from bot.store.confirmations import confirmation_in, document_of
from bot.store.failures import MEMORY
from bot.store.postgres import trail
from bot.store.postgres.connection import Connection, hung_up_after, parameters
from bot.store.postgres.failures import unavailable
from bot.store.postgres.words import without_nul
from bot.store.postgres.writer import Transaction, Writer
from bot.store.snapshots import snapshot_in

TIME_LIMIT = 5.0
"""Seconds after which a call is answered with `StoreUnavailable`."""

_READERS = 8  # connections, opened as they are needed
_Result = TypeVar("_Result")


class PostgresStore:
    """`bot.ports.Store` in PostgreSQL, shared by as many processes as there are.

    One connection writes and a few read. On the server's disk when a method returns (`synchronous_commit = on`).
    A connection that is lost is made anew at the next call.
    """

    def __init__(self, writer: Writer, readers: "AsyncConnectionPool[Connection]", time_limit: float) -> None:
        self._writer = writer
        self._readers = readers
        self._time_limit = time_limit
        self._turns: dict[str, asyncio.Lock] = {}

    @classmethod
    async def open(cls, url: str, *, time_limit: float = TIME_LIMIT) -> Self:
        """Open a database that `vi-bot store migrate` has prepared.

        Raises:
            StoreUnavailable: it cannot be reached, has another version, or the role of the URL owns its tables.
        """
        writer = Writer(parameters(url, time_limit, writes=True), time_limit)
        await writer.open()
        readers: AsyncConnectionPool[Connection] = AsyncConnectionPool(
            parameters(url, time_limit, writes=False),
            min_size=1,
            max_size=_READERS,
            timeout=time_limit,
            kwargs={"autocommit": True},
            check=partial(_check, time_limit=time_limit),  # after a restart of the server, none of them is of use
            name="vi-bot",
            open=False,
        )
        await readers.open()
        return cls(writer, readers, time_limit)

    async def close(self) -> None:
        """Carry out what waits, and close every connection. May be called more than once."""
        await self._writer.close()
        await self._readers.close()

    async def record(self, entry: AuditEntry) -> Receipt:
        """Append one entry to the trail."""
        return await self._writer.run(lambda transaction: transaction.append(entry))

    async def record_once(self, entry: AuditEntry) -> Receipt | None:
        """Append an entry unless one with its id is in the trail; then None."""

        async def job(transaction: Transaction) -> Receipt | None:
            return None if await trail.has(transaction.connection, entry.id) else await transaction.append(entry)

        return await self._writer.run(job)

    async def open_confirmation(self, confirmation: Confirmation, entries: Sequence[AuditEntry]) -> Receipt:
        """Keep a question and append the entries that say it was asked; the last one's receipt."""

        async def job(transaction: Transaction) -> Receipt:
            await transaction.connection.execute(
                "INSERT INTO question (id, state, person_id, opened_at, document) VALUES (%s, %s, %s, %s, %s)",
                (
                    confirmation.id,
                    confirmation.state,
                    confirmation.person_id,
                    timestamp(confirmation.opened_at),
                    document_of(confirmation),
                ),
            )
            for item in confirmation.items:
                await transaction.connection.execute(
                    "INSERT INTO question_item (operation_id, question_id) VALUES (%s, %s)",
                    (item.operation_id, confirmation.id),
                )
            return [await transaction.append(each) for each in entries][-1]

        return await self._writer.run(job)

    async def confirmation(self, confirmation_id: ConfirmationId) -> Confirmation | None:
        """One question, or None."""
        return await self._read(partial(_question, confirmation_id=confirmation_id))

    async def confirmation_of(self, operation_id: OperationId) -> Confirmation | None:
        """The question that this operation was asked in, or None."""
        statement = "SELECT document FROM question JOIN question_item ON question_id = id WHERE operation_id = %s"
        return next(map(_confirmation, await self._rows(sql.SQL(statement), [_text(operation_id)])), None)

    async def confirmations(
        self,
        states: Collection[ConfirmationState],
        person_id: PersonId | None = None,
        since: datetime | None = None,
    ) -> Sequence[Confirmation]:
        """The questions in these states, put to this person or to anybody, opened at `since` or later; oldest first."""
        statement = """
            SELECT document FROM question
            WHERE state = ANY(%s) AND opened_at >= %s AND person_id = coalesce(%s, person_id)
            ORDER BY opened_at, number
        """
        person = _text(person_id) if person_id is not None else None
        asked = [sorted(map(str, states)), timestamp(since) if since else "", person]
        return list(map(_confirmation, await self._rows(sql.SQL(statement), asked)))

    async def advance(
        self, confirmation: Confirmation, *, expected: ConfirmationState, entries: Sequence[AuditEntry] = ()
    ) -> tuple[Receipt, ...] | None:
        """Move a question on if it is in the state `expected`, and append; exactly one caller does."""

        async def job(transaction: Transaction) -> tuple[Receipt, ...] | None:
            kept = await _question(transaction.connection, confirmation.id)
            if kept is None or kept.state is not expected:
                return None
            posts = tuple(dict.fromkeys((*kept.posts, *confirmation.posts)))
            await _replace(transaction.connection, replace(confirmation, posts=posts))
            return tuple([await transaction.append(each) for each in entries])

        return await self._writer.run(job)

    async def keep_posts(self, confirmation_id: ConfirmationId, posts: Sequence[Post]) -> Confirmation | None:
        """Add where a question is shown, whatever its state; the question as it is now, or None."""

        async def job(transaction: Transaction) -> Confirmation | None:
            kept = await _question(transaction.connection, confirmation_id)
            if kept is not None:
                kept = replace(kept, posts=(*kept.posts, *posts))
                await _replace(transaction.connection, kept)
            return kept

        return await self._writer.run(job)

    async def drop_questions(self, before: datetime, limit: int) -> int:
        """Forget settled questions opened before this time and none of whose operations is open; how many it were."""

        async def job(transaction: Transaction) -> int:
            dropped = await transaction.connection.execute(
                """
                WITH dropped AS (
                    DELETE FROM question WHERE id IN (
                        SELECT id FROM question
                        WHERE state = ANY(%s) AND opened_at < %s AND NOT EXISTS (
                            SELECT 1 FROM question_item JOIN open_operation ON op = operation_id WHERE question_id = id
                        )
                        LIMIT %s
                    ) RETURNING id
                ), items AS (
                    DELETE FROM question_item USING dropped WHERE question_id = dropped.id
                )
                SELECT 1 FROM dropped
                """,
                (sorted(map(str, SETTLED)), timestamp(before), limit),
            )
            return dropped.rowcount

        return await self._writer.run(job)

    async def lock(self, lock: Lock, entry: AuditEntry) -> Receipt | None:
        """Keep a lock and append the entry that says so; None where there is one already."""

        async def job(transaction: Transaction) -> Receipt | None:
            added = await transaction.connection.execute(
                "INSERT INTO lock (workflow_id, name, person_id, at, reason) VALUES (%s, %s, %s, %s, %s)"
                " ON CONFLICT (workflow_id) DO NOTHING",
                (lock.workflow_id, _text(lock.name), lock.person_id, timestamp(lock.at), _text(lock.reason)),
            )
            return await transaction.append(entry) if added.rowcount else None

        return await self._writer.run(job)

    async def unlock(self, workflow_id: WorkflowId, entry: AuditEntry) -> Receipt | None:
        """Drop a lock and append the entry that says so; None where there is none."""

        async def job(transaction: Transaction) -> Receipt | None:
            dropped = await transaction.connection.execute(
                "DELETE FROM lock WHERE workflow_id = %s", (_text(workflow_id),)
            )
            return await transaction.append(entry) if dropped.rowcount else None

        return await self._writer.run(job)

    async def locks(self) -> Sequence[Lock]:
        """Every lock, oldest first."""
        statement = sql.SQL("SELECT workflow_id, name, person_id, at, reason FROM lock ORDER BY at, number")
        return [
            Lock(workflow, name, person, datetime.fromisoformat(at), reason)
            for workflow, name, person, at, reason in await self._rows(statement)
        ]

    async def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""

        async def job(transaction: Transaction) -> None:
            await transaction.connection.execute(
                """
                INSERT INTO snapshot
                    (id, workflow_id, workflow_name, taken_at, operation_id, document, sha256, copy_id)
                VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
                """,
                (
                    snapshot.id,
                    snapshot.workflow_id,
                    _text(snapshot.workflow_name),
                    timestamp(snapshot.taken_at),
                    snapshot.operation_id,
                    snapshot.document,
                    snapshot.sha256,
                    snapshot.copy_id,
                ),
            )

        await self._writer.run(job)

    async def snapshots_of(self, workflow_id: WorkflowId) -> Sequence[Snapshot]:
        """The snapshots of a workflow, newest first, each with its newest check.

        Raises:
            StoreUnavailable: also where one does not have its hash.
        """
        return await self._snapshots("workflow_id = %(meant)s", _text(workflow_id))

    async def find_snapshots(self, reference: str, limit: int) -> Sequence[Snapshot]:
        """The snapshots of the workflows or the operation meant; of all without a reference. Newest first."""
        meant_by = ["workflow_id = %(meant)s", "workflow_name = %(meant)s", "snapshot.operation_id = %(meant)s"]
        if len(reference) >= PREFIX_LENGTH and is_id(reference):
            meant_by.append("starts_with(workflow_id, %(meant)s)")
        condition = " OR ".join(meant_by) if reference else "TRUE"
        return await self._snapshots(condition, _text(reference), limit)

    async def newest_snapshots(self, looked_through: int) -> Sequence[SnapshotSummary]:
        """The newest snapshot of each workflow, newest first, among so many newest ones of all workflows."""
        statement = sql.SQL(
            "SELECT id, workflow_id, workflow_name, taken_at FROM snapshot ORDER BY taken_at DESC, number DESC LIMIT %s"
        )
        found: dict[str, SnapshotSummary] = {}
        for snapshot_id, workflow_id, name, taken_at in await self._rows(statement, [looked_through]):
            if workflow_id not in found:
                found[workflow_id] = SnapshotSummary(snapshot_id, workflow_id, name, datetime.fromisoformat(taken_at))
        return list(found.values())

    async def snapshot(self, snapshot_id: SnapshotId) -> Snapshot | None:
        """One snapshot, or None."""
        return next(iter(await self._snapshots("snapshot.id = %(meant)s", _text(snapshot_id))), None)

    async def keep_screen(self, screen: Screen) -> None:
        """Keep what is on somebody's screen; what is older than a day is dropped."""

        async def job(transaction: Transaction) -> None:
            connection = transaction.connection
            await connection.execute("DELETE FROM screen WHERE shown_at < %s", (timestamp(screen.shown_at - LIFETIME),))
            await connection.execute(
                """
                INSERT INTO screen (id, person_id, state, shown_at) VALUES (%s, %s, %s, %s)
                ON CONFLICT (id) DO UPDATE SET (person_id, state, shown_at)
                    = (EXCLUDED.person_id, EXCLUDED.state, EXCLUDED.shown_at)
                """,
                (screen.id, screen.person_id, _text(canonical(screen.state)), timestamp(screen.shown_at)),
            )

        await self._writer.run(job)

    async def screen(self, screen_id: ScreenId) -> Screen | None:
        """What was on the screen, or None."""
        statement = sql.SQL("SELECT id, person_id, state, shown_at FROM screen WHERE id = %s")
        for found_id, person_id, state, shown_at in await self._rows(statement, [_text(screen_id)]):
            return Screen(found_id, person_id, json.loads(state), datetime.fromisoformat(shown_at))
        return None

    async def trail(self, query: TrailQuery) -> Sequence[SealedEntry]:
        """Entries of the trail, newest first."""
        return await self._read(lambda connection: trail.search(connection, query))

    async def entry(self, seq: int) -> SealedEntry | None:
        """One entry of the trail, or None."""
        return await self._read(lambda connection: trail.find(connection, seq))

    async def entries_after(self, seq: int, limit: int) -> Sequence[SealedEntry]:
        """The entries behind number `seq`, oldest first."""
        return await self._read(lambda connection: trail.after(connection, seq, limit))

    async def merge_search(self, *, anew: bool) -> bool:  # noqa: ARG002 - of the Protocol
        """False: the server's own vacuum puts its index of words together."""
        return False

    async def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint that was noted elsewhere."""
        receipt, at = checkpoint.receipt, timestamp(checkpoint.at)

        async def job(transaction: Transaction) -> None:
            await transaction.connection.execute(
                "INSERT INTO checkpoint (seq, hash, at, origin, key_id, signature) VALUES (%s, %s, %s, %s, %s, %s)",
                (receipt.seq, receipt.hash, at, checkpoint.origin, checkpoint.key_id, checkpoint.signature),
            )

        await self._writer.run(job)

    async def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint that was noted elsewhere, or None."""
        statement = "SELECT seq, hash, at, origin, key_id, signature FROM checkpoint ORDER BY id DESC LIMIT 1"
        for seq, sha256, at, origin, key_id, signature in await self._rows(sql.SQL(statement)):
            return Checkpoint(origin, Receipt(seq, sha256), datetime.fromisoformat(at), key_id, signature)
        return None

    async def open_operations(self) -> Sequence[SealedEntry]:
        """The `started` entry of every operation that has neither succeeded nor failed, oldest first."""
        return await self._read(trail.open_operations)

    async def head(self) -> Receipt:
        """The newest entry's number and hash."""
        return await self._read(trail.head)

    async def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Hold a lease from now on for so long, by the server's clock; False while somebody else holds it."""

        async def job(transaction: Transaction) -> bool:
            taken = await transaction.connection.execute(
                """
                INSERT INTO lease (name, holder, until)
                VALUES (%(name)s, %(holder)s, clock_timestamp() + make_interval(secs => %(seconds)s))
                ON CONFLICT (name) DO UPDATE SET (holder, until) = (EXCLUDED.holder, EXCLUDED.until)
                WHERE lease.holder = EXCLUDED.holder OR lease.until <= clock_timestamp()
                """,
                {"name": name, "holder": holder, "seconds": seconds},
            )
            return bool(taken.rowcount)

        return await self._writer.run(job)

    async def drop_lease(self, name: str, holder: str) -> None:
        """Give a lease up; nothing happens where somebody else holds it."""

        async def job(transaction: Transaction) -> None:
            await transaction.connection.execute(
                "DELETE FROM lease WHERE name = %s AND holder = %s OR until < clock_timestamp() - interval '1 day'",
                (name, holder),
            )

        await self._writer.run(job)

    async def is_leased(self, name: str) -> bool:
        """Whether somebody holds a lease at this moment."""
        statement = sql.SQL("SELECT 1 FROM lease WHERE name = %s AND until > clock_timestamp()")
        return bool(await self._rows(statement, [name]))

    async def count_leases(self, prefix: str) -> int:
        """How many leases whose names begin so are held at this moment."""
        statement = sql.SQL("SELECT 1 FROM lease WHERE starts_with(name, %s) AND until > clock_timestamp()")
        return len(await self._rows(statement, [prefix]))

    @asynccontextmanager
    async def alone(self, name: str) -> AsyncIterator[None]:
        """Held by one task at a time, of all processes on this database.

        Raises:
            StoreUnavailable: others held it for too long, or the database cannot be reached.
        """
        turn = self._turns.setdefault(name, asyncio.Lock())
        lock = sql.SQL("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))")
        try:
            async with asyncio.timeout(self._time_limit):
                await turn.acquire()  # of the tasks of this process, one at a time takes up a connection
        except TimeoutError as error:
            raise StoreUnavailable(
                f"{MEMORY} was busy with others for {self._time_limit:g} seconds.", "Try again in a minute."
            ) from error
        try:
            async with self._connection() as connection:
                try:
                    with hung_up_after(2 * self._time_limit, connection):
                        await connection.execute("BEGIN")
                        await connection.execute(lock, [f"vi-ops-bot/{name}"])
                except (psycopg.Error, OSError) as error:
                    raise unavailable(error) from error
                try:
                    yield
                finally:
                    with suppress(psycopg.Error, OSError):  # the lock ends with its connection, too
                        await connection.execute("ROLLBACK")
        finally:
            turn.release()

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[Connection]:
        try:
            taken = await self._readers.getconn()
        except (psycopg.Error, PoolTimeout, OSError) as error:
            raise unavailable(error) from error
        try:
            yield taken
        finally:
            await self._readers.putconn(taken)

    async def _read(self, look: Callable[[Connection], Awaitable[_Result]]) -> _Result:
        async with self._connection() as connection:
            try:
                with hung_up_after(2 * self._time_limit, connection):
                    return await look(connection)
            except (psycopg.Error, OSError) as error:
                raise unavailable(error) from error

    async def _rows(self, statement: sql.SQL | sql.Composed, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        async def look(connection: Connection) -> list[tuple[Any, ...]]:
            rows: list[Any] = await (await connection.execute(statement, values)).fetchall()
            return rows

        return await self._read(look)

    async def _snapshots(self, condition: str, meant: str, limit: int | None = None) -> list[Snapshot]:
        statement = sql.SQL(
            """
            SELECT snapshot.id, workflow_id, workflow_name, taken_at, snapshot.operation_id, document, sha256, copy_id,
                checked_at, equal
            FROM snapshot LEFT JOIN backup_check ON backup_check.id = (
                SELECT max(id) FROM backup_check WHERE operation_id = snapshot.operation_id
            ) WHERE {} ORDER BY taken_at DESC, number DESC LIMIT %(limit)s
            """
        ).format(sql.SQL(condition))

        async def look(connection: Connection) -> list[Snapshot]:
            given: Mapping[str, object] = {"meant": meant, "limit": limit}
            return [snapshot_in(row) for row in await (await connection.execute(statement, given)).fetchall()]

        return await self._read(look)


async def _check(connection: Connection, *, time_limit: float) -> None:
    with hung_up_after(time_limit, connection):
        await AsyncConnectionPool.check_connection(connection)


async def _question(connection: Connection, confirmation_id: ConfirmationId) -> Confirmation | None:
    cursor = await connection.execute("SELECT document FROM question WHERE id = %s", (_text(confirmation_id),))
    row = await cursor.fetchone()
    return _confirmation(row) if row else None


async def _replace(connection: Connection, confirmation: Confirmation) -> None:
    await connection.execute(
        "UPDATE question SET state = %s, document = %s WHERE id = %s",
        (confirmation.state, document_of(confirmation), confirmation.id),
    )


def _confirmation(row: tuple[Any, ...]) -> Confirmation:
    return confirmation_in(row[0])


def _text(text: str) -> str:
    return without_nul(storable(text))
