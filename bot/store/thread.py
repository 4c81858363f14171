"""One thread owns one connection. Jobs of many callers share one transaction, and so one wait for the disk."""

import asyncio
import math
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from bot.domain.errors import StoreUnavailable
from bot.store.answer import Answer
from bot.store.connection import OpenDatabase
from bot.store.driver import sqlite3
from bot.store.failures import MEMORY, unavailable

Result = TypeVar("Result")

BATCH = 256
"""The most jobs in one transaction."""

_STEPS = 10_000  # of SQLite's virtual machine between two looks at the clock: about a millisecond


@dataclass(frozen=True, slots=True)
class _Call(Generic[Result]):
    job: Callable[[sqlite3.Connection], Result]
    future: asyncio.Future[Result]


class DatabaseThread:
    """Carries out jobs in order, whatever waits at the moment in one transaction.

    A job that fails is undone by itself; the others of its transaction stay. A job may be carried out twice, the first
    time undone, so it must do nothing but talk to the database. Callers get their results after the
    commit, which means after the disk has confirmed it.

    Who stops waiting (time limit, cancellation) before the job's transaction began can be sure that it is never
    carried out. After that it may still be written although the caller was told otherwise.
    """

    def __init__(
        self, connect: Callable[[], AbstractContextManager[OpenDatabase]], *, begin: str, time_limit: float
    ) -> None:
        self._connect = connect
        self._begin = begin
        self._time_limit = time_limit
        self._deadline = math.inf
        self._waiting: deque[_Call[Any]] = deque()
        self._changed = threading.Condition()
        self._accepting = True
        self._cause_of_end: Exception | None = None
        self._opened: Future[None] = _promise()
        self._ended: Future[None] = _promise()

    async def open(self) -> None:
        """Start the thread and wait for its connection.

        Raises:
            StoreUnavailable: it could not be opened.
        """
        # A daemon, so that a process that forgot to close can end; what was acknowledged is on the disk.
        threading.Thread(target=self._run, name="vi-ops-store", daemon=True).start()
        try:
            await asyncio.wrap_future(self._opened)
        except BaseException:
            self._stop_accepting()
            raise

    async def run(self, job: Callable[[sqlite3.Connection], Result]) -> Result:
        """Carry out a job in the thread and wait for its commit.

        Raises:
            StoreUnavailable: it was not carried out, or not confirmed within the time limit.
        """
        call: _Call[Result] = _Call(job, asyncio.get_running_loop().create_future())
        with self._changed:
            if not self._accepting:
                raise StoreUnavailable(f"{MEMORY} is closed.", "Try again in a minute.") from self._cause_of_end
            self._waiting.append(call)
            self._changed.notify()
        try:
            async with asyncio.timeout(self._time_limit):
                return await call.future
        except TimeoutError as error:
            raise StoreUnavailable(
                f"{MEMORY} did not answer within {self._time_limit:g} seconds.",
                "Try again; if it stays so, whoever runs the bot must look at its disk.",
            ) from error

    async def close(self) -> None:
        """Carry out what waits, take no more, close the connection. May be called more than once."""
        self._stop_accepting()
        await asyncio.wrap_future(self._ended)

    def _stop_accepting(self) -> None:
        with self._changed:
            self._accepting = False
            self._changed.notify()

    def _run(self) -> None:
        try:
            with self._connect() as database:
                self._opened.set_result(None)
                self._carry_out_all(database)
        except Exception as error:  # noqa: BLE001 - told to whoever opens or calls; a thread has nobody else
            self._cause_of_end = error
            if not self._opened.done():
                self._opened.set_exception(unavailable(error))
        finally:
            self._ended.set_result(None)

    def _carry_out_all(self, database: OpenDatabase) -> None:
        database.connection.set_progress_handler(self._is_late, _STEPS)
        try:
            while batch := self._next_batch():
                self._carry_out(database, batch)
        except Exception as error:
            self._cause_of_end = error  # before anybody can ask why it ended
            raise
        finally:
            # Before the connection is closed, which may take long: nobody is left waiting.
            self._stop_accepting()
            _tell(_failing(list(self._waiting), StoreUnavailable(f"{MEMORY} was closed.", "Try again in a minute.")))

    def _is_late(self) -> bool:
        return time.monotonic() > self._deadline

    def _next_batch(self) -> list[_Call[Any]]:
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or not self._accepting)
            return [self._waiting.popleft() for _ in range(min(len(self._waiting), BATCH))]

    def _carry_out(self, database: OpenDatabase, batch: list[_Call[Any]]) -> None:
        connection = database.connection
        try:
            database.check()
            connection.execute(self._begin)
            # Who has given up is passed over; from here on nobody can withdraw.
            batch = [call for call in batch if not call.future.cancelled()]
            answers = self._all_together(connection, batch) or [self._by_itself(connection, call) for call in batch]
            self._deadline = math.inf
            connection.execute("COMMIT")
        except Exception as error:  # noqa: BLE001 - whatever it is, each caller is told
            _tell(_failing(batch, unavailable(error)))
            connection.rollback()
        else:
            _tell(answers)

    def _all_together(self, connection: sqlite3.Connection, calls: list[_Call[Any]]) -> list[Answer]:
        """Carry out all jobs; none, where one of them fails: then each has to be carried out by itself.

        Nearly always none fails, and a savepoint has SQLite copy each page before it is changed.
        """
        try:
            return [Answer(call.future, self._result(connection, call)) for call in calls]
        except Exception as error:
            self._deadline = math.inf
            if not connection.in_transaction:  # SQLite undid all of it: disk full, interrupted, …
                raise
            connection.execute("ROLLBACK")
            connection.execute(self._begin)
            return [] if len(calls) > 1 else _failing(calls, error)

    def _by_itself(self, connection: sqlite3.Connection, call: _Call[Any]) -> Answer:
        """Carry out one job."""
        connection.execute("SAVEPOINT job")
        try:
            answer = Answer(call.future, self._result(connection, call))
        except Exception as error:
            if not connection.in_transaction:
                raise
            self._deadline = math.inf
            connection.execute("ROLLBACK TO job")
            (answer,) = _failing([call], error)
        connection.execute("RELEASE job")
        return answer

    def _result(self, connection: sqlite3.Connection, call: _Call[Result]) -> Result:
        self._deadline = time.monotonic() + self._time_limit
        return call.job(connection)


def _failing(calls: list[_Call[Any]], error: Exception) -> list[Answer]:
    told = unavailable(error) if isinstance(error, sqlite3.Error) else error
    return [Answer(call.future, error=told) for call in calls]


def _tell(answers: list[Answer]) -> None:
    """Give each caller its answer, and wake each event loop once for all of its own."""
    loops: dict[asyncio.AbstractEventLoop, list[Answer]] = {}
    for answer in answers:
        loops.setdefault(answer.future.get_loop(), []).append(answer)
    for loop, own in loops.items():
        with suppress(RuntimeError):  # its loop was closed: nobody waits
            loop.call_soon_threadsafe(_tell_each, own)


def _tell_each(answers: list[Answer]) -> None:
    for answer in answers:
        answer.tell()


def _promise() -> Future[None]:
    """A future that nobody who waits for it can cancel."""
    future: Future[None] = Future()
    future.set_running_or_notify_cancel()
    return future
