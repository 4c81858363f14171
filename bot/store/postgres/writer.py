"""What writes to the database: what waits at the moment shares one transaction, and so one wait for the disk."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import psycopg

from bot.domain.audit import AuditEntry, Receipt, seal
from bot.domain.errors import StoreUnavailable
from bot.store.answer import Answer
from bot.store.failures import MEMORY
from bot.store.postgres import trail
from bot.store.postgres.connection import Connection, check_database, connected, hung_up_after
from bot.store.postgres.failures import unavailable

Result = TypeVar("Result")

BATCH = 256
"""The most jobs in one transaction."""

LOCKED = "SELECT pg_advisory_xact_lock(hashtextextended('vi-ops-bot/append', 0))"
"""Keeps every other process from writing until the transaction ends."""

_PATIENCE = 3  # times the time limit, which each statement has by itself


class Transaction:
    """What a job may use: the connection, and the one way to append to the trail."""

    def __init__(self, connection: Connection, head: Receipt) -> None:
        self.connection = connection
        self.head = head
        """The newest entry."""

    async def append(self, entry: AuditEntry) -> Receipt:
        """Append an entry behind the newest one."""
        sealed = seal(entry, self.head)
        await trail.insert(self.connection, entry, sealed)
        self.head = sealed.receipt
        return sealed.receipt


Job = Callable[[Transaction], Awaitable[Result]]


@dataclass(frozen=True, slots=True)
class _Call(Generic[Result]):
    job: Job[Result]
    future: asyncio.Future[Result]


class Writer:
    """Carries out jobs in order, whatever waits at the moment in one transaction.

    A job that fails is undone by itself; the others of its transaction stay. A job may be carried out twice, the first
    time undone, so it must do nothing but talk to the database. Callers get their results after the commit.

    Who stops waiting (time limit, cancellation) before the job's transaction has its turn to append can be sure that it
    is never carried out. After that it may still be written although the caller was told otherwise.
    """

    def __init__(self, conninfo: str, time_limit: float) -> None:
        self._conninfo = conninfo
        self._time_limit = time_limit
        self._waiting: deque[_Call[Any]] = deque()
        self._under_way: list[_Call[Any]] = []
        self._changed = asyncio.Event()
        self._accepting = True
        self._connection: Connection | None = None
        self._task: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Connect, and begin to take jobs.

        Raises:
            StoreUnavailable: there is no connection, or the database is not one for this bot.
        """
        try:
            await self._connected()
        except (psycopg.Error, OSError) as error:
            raise unavailable(error) from error
        self._task = asyncio.get_running_loop().create_task(self._carry_out_all())

    async def run(self, job: Job[Result]) -> Result:
        """Carry out a job and wait for its commit.

        Raises:
            StoreUnavailable: it was not carried out, or not confirmed within the time limit.
        """
        if not self._accepting:
            raise _closed()
        call: _Call[Result] = _Call(job, asyncio.get_running_loop().create_future())
        self._waiting.append(call)
        self._changed.set()
        try:
            async with asyncio.timeout(self._time_limit):
                return await call.future
        except TimeoutError as error:
            raise StoreUnavailable(
                f"{MEMORY} did not answer within {self._time_limit:g} seconds.",
                "Try again; if it stays so, whoever runs the bot must look at its database.",
            ) from error

    async def close(self) -> None:
        """Carry out what waits, take no more, close the connection. May be called more than once."""
        self._accepting = False
        self._changed.set()
        if self._task is not None:
            await asyncio.wait([self._task])
        await self._disconnect()

    async def _carry_out_all(self) -> None:
        try:
            while self._waiting or self._accepting:
                if not self._waiting:
                    self._changed.clear()
                    await self._changed.wait()
                    continue
                self._under_way = [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH))]
                for answer in await self._carried_out(self._under_way):
                    answer.tell()
        finally:  # also where this task is cancelled: nobody is left waiting
            self._accepting = False
            for answer in _failing([*self._under_way, *self._waiting], _closed()):
                answer.tell()

    async def _carried_out(self, calls: list[_Call[Any]]) -> list[Answer]:
        try:
            async with asyncio.timeout(_PATIENCE * self._time_limit):
                connection = await self._connected()
            # A statement is broken off by the server; this is for a server that is gone without a word.
            with hung_up_after(_PATIENCE * self._time_limit, connection):
                return await self._together(connection, calls) or await self._one_by_one(connection, calls)
        except Exception as error:  # noqa: BLE001 - whatever it is, each caller is told
            await self._disconnect()
            return _failing(calls, unavailable(error))

    async def _together(self, connection: Connection, calls: list[_Call[Any]]) -> list[Answer]:
        """Carry out all jobs in one transaction; none, where one of several fails: then each by itself."""
        answers: list[Answer] = []
        async with connection.transaction():
            transaction = Transaction(connection, await _locked(connection))
            wanted = _wanted(calls)
            for call in wanted:
                try:
                    answers.append(Answer(call.future, await call.job(transaction)))
                except Exception as error:
                    if connection.broken:
                        raise
                    answers = _failing(wanted, error) if len(wanted) == 1 else []
                    raise psycopg.Rollback from error
        return answers

    async def _one_by_one(self, connection: Connection, calls: list[_Call[Any]]) -> list[Answer]:
        answers: list[Answer] = []
        async with connection.transaction():
            head = await _locked(connection)
            for call in _wanted(calls):
                transaction = Transaction(connection, head)
                try:
                    async with connection.transaction():
                        answers.append(Answer(call.future, await call.job(transaction)))
                except Exception as error:
                    if connection.broken:
                        raise
                    answers += _failing([call], error)
                else:
                    head = transaction.head
        return answers

    async def _connected(self) -> Connection:
        if self._connection is None:
            connection = await connected(self._conninfo)
            try:
                with hung_up_after(self._time_limit, connection):
                    await check_database(connection)
            except BaseException:
                await connection.close()
                raise
            self._connection = connection
        return self._connection

    async def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error, OSError):
                await connection.close()


async def _locked(connection: Connection) -> Receipt:
    """The newest entry, after every other process has been kept from appending until this transaction ends.

    Two statements: one that did both would see the database as it was before it had the lock.
    """
    await connection.execute(LOCKED)
    return await trail.head(connection)


def _wanted(calls: list[_Call[Any]]) -> list[_Call[Any]]:
    """Those whose callers have not given up."""
    return [call for call in calls if not call.future.cancelled()]


def _closed() -> StoreUnavailable:
    return StoreUnavailable(f"{MEMORY} is closed.", "Try again in a minute.")


def _failing(calls: list[_Call[Any]], error: Exception) -> list[Answer]:
    told = unavailable(error) if isinstance(error, psycopg.Error | TimeoutError | OSError) else error
    return [Answer(call.future, error=told) for call in calls]
