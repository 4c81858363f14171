"""The thread that owns a connection: what shares a transaction, who is told what, and when it ends."""

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bot.domain.errors import StoreUnavailable
from bot.store.connection import OpenDatabase, in_memory
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.store.thread import BATCH, DatabaseThread

FOREVER = "WITH RECURSIVE number (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT count(*) FROM number"


class Gate:
    """Holds the thread inside a job until it is let go, so that a test knows what waits behind it."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        self._open = threading.Event()

    def hold(self, _connection: sqlite3.Connection) -> None:
        self._loop.call_soon_threadsafe(self.entered.set)
        self._open.wait()

    def let_go(self) -> None:
        self._open.set()


@pytest.fixture
async def thread(path: Path) -> AsyncIterator[DatabaseThread]:
    """The writing thread of a store."""
    store = await SqliteStore.open(path, time_limit=60)
    yield store._writer
    await store.close()


@pytest.fixture
def outside(path: Path, thread: DatabaseThread) -> Iterator[sqlite3.Connection]:  # noqa: ARG001 - it makes the file
    """Another program's connection to the same file."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)
    yield connection
    connection.close()


def add(connection: sqlite3.Connection, name: str = "one") -> str:
    connection.execute("INSERT INTO screen VALUES (?, '', '{}', '')", (name,))
    return name


def wait_in_line(thread: DatabaseThread, *jobs: Callable[[sqlite3.Connection], Any]) -> "list[asyncio.Task[Any]]":
    return [asyncio.create_task(thread.run(job)) for job in jobs]


def names(connection: sqlite3.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT id FROM screen ORDER BY rowid")]


async def test_what_waits_together_is_committed_together(thread: DatabaseThread, outside: sqlite3.Connection) -> None:
    gate = Gate()
    seen: list[list[str]] = []

    def look(_connection: sqlite3.Connection) -> None:
        seen.append(names(outside))

    held = asyncio.create_task(thread.run(gate.hold))
    await gate.entered.wait()
    many = [partial(add, name=str(number)) for number in range(BATCH - 1)]
    waiting = wait_in_line(thread, *many, look, partial(add, name="next"), look)
    await asyncio.sleep(0)  # each task has put its job in line
    gate.let_go()
    await asyncio.gather(held, *waiting)
    # Another connection sees nothing of a batch while it is under way, and all of it after.
    assert [len(each) for each in seen] == [0, BATCH - 1]
    assert len(names(outside)) == BATCH


async def test_a_result_is_told_after_the_commit(thread: DatabaseThread, outside: sqlite3.Connection) -> None:
    assert await thread.run(add) == "one"
    assert names(outside) == ["one"]


async def test_the_write_lock_is_taken_before_the_first_job_reads(
    thread: DatabaseThread, outside: sqlite3.Connection
) -> None:
    def job(connection: sqlite3.Connection) -> None:
        names(connection)
        # Were the transaction a deferred one, this would go through and the job's own write would fail.
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            outside.execute("BEGIN IMMEDIATE")
        add(connection)

    await thread.run(job)
    assert names(outside) == ["one"]


async def test_a_job_that_fails_is_undone_alone(thread: DatabaseThread, outside: sqlite3.Connection) -> None:
    def fail(connection: sqlite3.Connection) -> None:
        add(connection, "undone")
        raise KeyError("a fault of ours")

    gate = Gate()
    held = asyncio.create_task(thread.run(gate.hold))
    await gate.entered.wait()
    once, last = partial(add, name="before"), partial(add, name="after")
    waiting = wait_in_line(thread, once, fail, once, last)
    await asyncio.sleep(0)
    gate.let_go()
    await held
    before, failed, taken, after = await asyncio.gather(*waiting, return_exceptions=True)
    assert (before, after) == ("before", "after")
    assert isinstance(failed, KeyError)
    assert isinstance(taken, StoreUnavailable)
    assert isinstance(taken.__cause__, sqlite3.IntegrityError)
    assert names(outside) == ["before", "after"]


async def test_a_disk_that_fills_while_jobs_are_carried_out_one_by_one_fails_them_all(
    thread: DatabaseThread, outside: sqlite3.Connection
) -> None:
    times: list[int] = []

    def fail(_connection: sqlite3.Connection) -> None:
        raise KeyError

    def full(connection: sqlite3.Connection) -> None:
        times.append(1)
        connection.execute("ROLLBACK")  # as SQLite does by itself when the disk is full
        raise sqlite3.OperationalError("database or disk is full")

    gate = Gate()
    held = asyncio.create_task(thread.run(gate.hold))
    await gate.entered.wait()
    waiting = wait_in_line(thread, fail, partial(add, name="lost"), full)
    await asyncio.sleep(0)
    gate.let_go()
    await held
    assert {type(each) for each in await asyncio.gather(*waiting, return_exceptions=True)} == {StoreUnavailable}
    assert (times, names(outside)) == ([1], [])
    assert await thread.run(partial(add, name="next")) == "next"


async def test_a_job_whose_caller_gave_up_before_it_began_is_not_carried_out(
    thread: DatabaseThread, outside: sqlite3.Connection
) -> None:
    gate = Gate()
    held = asyncio.create_task(thread.run(gate.hold))
    await gate.entered.wait()
    given_up = asyncio.create_task(thread.run(partial(add, name="given up")))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])
    gate.let_go()
    await held
    await thread.run(partial(add, name="next"))
    assert names(outside) == ["next"]


async def test_a_job_whose_time_was_up_before_it_began_is_not_carried_out(
    thread: DatabaseThread, outside: sqlite3.Connection
) -> None:
    outside.execute("BEGIN IMMEDIATE")  # holds up the beginning of the transaction
    thread._time_limit = 0.01
    with pytest.raises(StoreUnavailable, match="did not answer within"):
        await thread.run(partial(add, name="late"))
    thread._time_limit = 60
    outside.execute("COMMIT")
    await thread.run(partial(add, name="next"))
    assert names(outside) == ["next"]


async def test_a_job_that_had_begun_is_written_though_its_caller_gave_up(
    thread: DatabaseThread, outside: sqlite3.Connection
) -> None:
    gate = Gate()

    def job(connection: sqlite3.Connection) -> None:
        gate.hold(connection)
        add(connection, "begun")

    begun = asyncio.create_task(thread.run(job))
    await gate.entered.wait()
    begun.cancel()
    await asyncio.wait([begun])
    gate.let_go()
    await thread.run(partial(add, name="next"))
    assert names(outside) == ["begun", "next"]


async def test_a_statement_that_takes_too_long_is_broken_off_and_the_next_job_runs() -> None:
    thread = DatabaseThread(in_memory, begin="BEGIN IMMEDIATE", time_limit=0.05)
    await thread.open()
    with pytest.raises(StoreUnavailable):
        await thread.run(lambda connection: connection.execute(FOREVER).fetchall())
    thread._time_limit = 60
    assert await thread.run(add) == "one"
    await thread.close()


async def test_who_is_in_one_transaction_with_a_statement_that_undoes_it_is_told(
    thread: DatabaseThread, outside: sqlite3.Connection
) -> None:
    def rolled_back(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")  # as SQLite does by itself on a full disk
        raise sqlite3.OperationalError("database or disk is full")

    gate = Gate()
    held = asyncio.create_task(thread.run(gate.hold))
    await gate.entered.wait()
    waiting = wait_in_line(thread, add, rolled_back, partial(add, name="two"))
    await asyncio.sleep(0)
    gate.let_go()
    await held
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(each) for each in results] == [StoreUnavailable] * 3
    assert names(outside) == []
    assert await thread.run(add) == "one"


async def test_a_thread_that_dies_fails_who_waits_and_who_comes_later_at_once(thread: DatabaseThread) -> None:
    gate = Gate()
    held = asyncio.create_task(thread.run(gate.hold))
    await gate.entered.wait()
    waiting = wait_in_line(thread, sqlite3.Connection.close, *[add] * (BATCH + 1))
    await asyncio.sleep(0)
    gate.let_go()
    await held
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(each) for each in results} == {StoreUnavailable}
    assert str(results[-1]) == "The bot's own memory was closed."
    with pytest.raises(StoreUnavailable, match="is closed") as refused:
        await thread.run(add)
    assert isinstance(refused.value.__cause__, sqlite3.ProgrammingError)


async def test_what_waits_at_closing_is_still_written(thread: DatabaseThread, outside: sqlite3.Connection) -> None:
    gate = Gate()
    held = asyncio.create_task(thread.run(gate.hold))
    await gate.entered.wait()
    waiting = asyncio.create_task(thread.run(add))
    await asyncio.sleep(0)
    closing = asyncio.create_task(thread.close())
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable, match="is closed"):
        await thread.run(add)
    gate.let_go()
    await asyncio.gather(held, waiting, closing)
    await thread.close()
    assert names(outside) == ["one"]


async def test_who_stops_waiting_for_the_opening_leaves_nothing_open() -> None:
    gate = Gate()
    closed = asyncio.Event()
    loop = asyncio.get_running_loop()

    @contextmanager
    def slow() -> Iterator[OpenDatabase]:
        with in_memory() as database:
            gate.hold(database.connection)
            yield database
        loop.call_soon_threadsafe(closed.set)

    thread = DatabaseThread(slow, begin="BEGIN", time_limit=60)
    opening = asyncio.create_task(thread.open())
    await gate.entered.wait()
    opening.cancel()
    await asyncio.wait([opening])
    gate.let_go()
    await closed.wait()
