"""The store in one SQLite file, or in memory."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Self

from bot.domain.audit import AuditEntry, OperationId, Receipt, SealedEntry
from bot.domain.backup import Snapshot, SnapshotId, SnapshotSummary
from bot.domain.checkpoint import Checkpoint
from bot.domain.confirmation import Confirmation, ConfirmationId, ConfirmationState, Post
from bot.domain.lock import Lock
from bot.domain.people import PersonId
from bot.domain.screen import Screen, ScreenId
from bot.domain.workflow import WorkflowId
from bot.ports import TrailQuery
from bot.store import checkpoints, confirmations, locks, screens, snapshots, trail
from bot.store.connection import in_memory, reading, writing
from bot.store.driver import sqlite3
from bot.store.leases import Leases
from bot.store.thread import DatabaseThread

TIME_LIMIT = 5.0
"""Seconds after which a call is answered with `StoreUnavailable`: a disk that hangs refuses, it does not stall."""


class SqliteStore:
    """`bot.ports.Store` in SQLite.

    One thread writes and one reads, so that a long search never delays an entry of the trail. On the disk when a
    method returns: WAL with `synchronous=FULL`.

    A caller that is told `StoreUnavailable`, or is cancelled, before its transaction began can be sure that
    nothing was or will be written. If the disk hangs in the middle of the transaction, it may still be
    written: a claim is then answered and its operation has `started` without an outcome, though its caller
    gave up and sent nothing. Recovery finds it among `open_operations` and settles it by asking the platform.
    """

    def __init__(self, writer: DatabaseThread, reader: DatabaseThread, time_limit: float = TIME_LIMIT) -> None:
        self._writer = writer
        self._reader = reader
        self._time_limit = time_limit
        self._leases = Leases()

    @classmethod
    async def open(cls, path: Path | None, *, time_limit: float = TIME_LIMIT) -> Self:
        """Open a file, made where there is none; None is a database in memory.

        Raises:
            StoreUnavailable: the file cannot be opened, is in use by another process, or is not this bot's.
        """
        if path is None:
            writer = DatabaseThread(in_memory, begin="BEGIN IMMEDIATE", time_limit=time_limit)
            await writer.open()
            return cls(writer, writer, time_limit)
        # IMMEDIATE: the write lock is waited for before the head of the trail is read, not after.
        writer = DatabaseThread(partial(writing, path), begin="BEGIN IMMEDIATE", time_limit=time_limit)
        await writer.open()
        reader = DatabaseThread(partial(reading, path), begin="BEGIN", time_limit=time_limit)
        store = cls(writer, reader, time_limit)
        try:
            await reader.open()
        except BaseException:
            await store.close()
            raise
        return store

    @classmethod
    async def open_to_read(cls, path: Path, *, time_limit: float = TIME_LIMIT) -> Self:
        """Open a file beside the process that writes it; what would write ends with `StoreUnavailable`.

        Raises:
            StoreUnavailable: the file cannot be opened.
        """
        reader = DatabaseThread(partial(reading, path), begin="BEGIN", time_limit=time_limit)
        await reader.open()
        return cls(reader, reader)

    async def close(self) -> None:
        """Carry out what waits, move everything into the main file, close it. May be called more than once."""
        await self._reader.close()
        await self._writer.close()

    async def record(self, entry: AuditEntry) -> Receipt:
        """Append one entry to the trail."""
        return await self._writer.run(lambda connection: trail.append(connection, entry))

    async def record_once(self, entry: AuditEntry) -> Receipt | None:
        """Append an entry unless one with its id is in the trail; then None."""
        return await self._writer.run(lambda connection: trail.append_once(connection, entry))

    async def open_confirmation(self, confirmation: Confirmation, entries: Sequence[AuditEntry]) -> Receipt:
        """Keep a question and append the entries that say it was asked; the last one's receipt."""

        def job(connection: sqlite3.Connection) -> Receipt:
            confirmations.add(connection, confirmation)
            return [trail.append(connection, each) for each in entries][-1]

        return await self._writer.run(job)

    async def confirmation(self, confirmation_id: ConfirmationId) -> Confirmation | None:
        """One question, or None."""
        return await self._reader.run(lambda connection: confirmations.find(connection, confirmation_id))

    async def confirmation_of(self, operation_id: OperationId) -> Confirmation | None:
        """The question that this operation was asked in, or None."""
        return await self._reader.run(lambda connection: confirmations.of_operation(connection, operation_id))

    async def confirmations(
        self,
        states: Collection[ConfirmationState],
        person_id: PersonId | None = None,
        since: datetime | None = None,
    ) -> Sequence[Confirmation]:
        """The questions in these states, put to this person or to anybody, opened at `since` or later; oldest first."""
        return await self._reader.run(lambda connection: confirmations.in_states(connection, states, person_id, since))

    async def advance(
        self, confirmation: Confirmation, *, expected: ConfirmationState, entries: Sequence[AuditEntry] = ()
    ) -> tuple[Receipt, ...] | None:
        """Move a question on if it is in the state `expected`, and append; exactly one caller does."""
        return await self._writer.run(
            lambda connection: confirmations.advance(connection, confirmation, expected, entries)
        )

    async def keep_posts(self, confirmation_id: ConfirmationId, posts: Sequence[Post]) -> Confirmation | None:
        """Add where a question is shown, whatever its state; the question as it is now, or None."""
        return await self._writer.run(lambda connection: confirmations.add_posts(connection, confirmation_id, posts))

    async def drop_questions(self, before: datetime, limit: int) -> int:
        """Forget settled questions that were opened before this time, at most `limit` of them; how many it were."""
        return await self._writer.run(lambda connection: confirmations.drop_settled(connection, before, limit))

    async def lock(self, lock: Lock, entry: AuditEntry) -> Receipt | None:
        """Keep a lock and append the entry that says so; None where there is one already."""
        return await self._writer.run(
            lambda connection: trail.append(connection, entry) if locks.add(connection, lock) else None
        )

    async def unlock(self, workflow_id: WorkflowId, entry: AuditEntry) -> Receipt | None:
        """Drop a lock and append the entry that says so; None where there is none."""
        return await self._writer.run(
            lambda connection: trail.append(connection, entry) if locks.drop(connection, workflow_id) else None
        )

    async def locks(self) -> Sequence[Lock]:
        """Every lock, oldest first."""
        return await self._reader.run(locks.every)

    async def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep a snapshot."""
        await self._writer.run(lambda connection: snapshots.add(connection, snapshot))

    async def snapshots_of(self, workflow_id: WorkflowId) -> Sequence[Snapshot]:
        """The snapshots of a workflow, newest first, each with its newest check.

        Raises:
            StoreUnavailable: also where one does not have its hash.
        """
        return await self._reader.run(lambda connection: snapshots.of_workflow(connection, workflow_id))

    async def find_snapshots(self, reference: str, limit: int) -> Sequence[Snapshot]:
        """The snapshots of the workflows or the operation meant; of all without a reference. Newest first."""
        return await self._reader.run(lambda connection: snapshots.meant(connection, reference, limit))

    async def newest_snapshots(self, looked_through: int) -> Sequence[SnapshotSummary]:
        """The newest snapshot of each workflow, newest first, among so many newest ones of all workflows."""
        return await self._reader.run(lambda connection: snapshots.newest(connection, looked_through))

    async def snapshot(self, snapshot_id: SnapshotId) -> Snapshot | None:
        """One snapshot, or None."""
        return await self._reader.run(lambda connection: snapshots.find(connection, snapshot_id))

    async def keep_screen(self, screen: Screen) -> None:
        """Keep what is on somebody's screen; what is older than a day is dropped."""
        await self._writer.run(lambda connection: screens.keep(connection, screen))

    async def screen(self, screen_id: ScreenId) -> Screen | None:
        """What was on the screen, or None."""
        return await self._reader.run(lambda connection: screens.find(connection, screen_id))

    async def trail(self, query: TrailQuery) -> Sequence[SealedEntry]:
        """Entries of the trail, newest first."""
        return await self._reader.run(lambda connection: trail.search(connection, query))

    async def entry(self, seq: int) -> SealedEntry | None:
        """One entry of the trail, or None."""
        return await self._reader.run(lambda connection: trail.find(connection, seq))

    async def entries_after(self, seq: int, limit: int) -> Sequence[SealedEntry]:
        """The entries behind number `seq`, oldest first."""
        return await self._reader.run(lambda connection: trail.after(connection, seq, limit))

    async def merge_search(self, *, anew: bool) -> bool:
        """Put a little of the search index together; whether more is left to do."""
        return await self._writer.run(lambda connection: trail.merge_search(connection, anew=anew))

    async def keep_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Keep a checkpoint that was noted elsewhere."""
        await self._writer.run(lambda connection: checkpoints.add(connection, checkpoint))

    async def last_checkpoint(self) -> Checkpoint | None:
        """The newest checkpoint that was noted elsewhere, or None."""
        return await self._reader.run(checkpoints.newest)

    async def open_operations(self) -> Sequence[SealedEntry]:
        """The `started` entry of every operation that has neither succeeded nor failed, oldest first."""
        return await self._reader.run(trail.open_operations)

    async def head(self) -> Receipt:
        """The newest entry's number and hash."""
        return await self._reader.run(trail.head)

    async def take_lease(self, name: str, holder: str, seconds: float) -> bool:
        """Hold a lease from now on for so long; False while somebody else holds it."""
        return self._leases.take(name, holder, seconds)

    async def drop_lease(self, name: str, holder: str) -> None:
        """Give a lease up; nothing happens where somebody else holds it."""
        self._leases.drop(name, holder)

    async def is_leased(self, name: str) -> bool:
        """Whether somebody holds a lease at this moment."""
        return self._leases.is_held(name)

    async def count_leases(self, prefix: str) -> int:
        """How many leases whose names begin so are held at this moment."""
        return self._leases.count(prefix)

    def alone(self, name: str) -> AbstractAsyncContextManager[None]:
        """Held by one task at a time: no other process can use this file."""
        return self._leases.turn(name, self._time_limit)
