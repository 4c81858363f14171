"""What writes to the database: what shares a transaction, who is told what, and when it ends."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import psycopg
import pytest

from bot.domain.errors import StoreUnavailable
from bot.store.postgres.connection import parameters
from bot.store.postgres.writer import BATCH, Transaction, Writer
from tests.store.postgres.conftest import Connection

SLOW = "SELECT pg_sleep(30)"  # broken off by the time limit
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'vi-bot'"
LOCK = "SELECT pg_advisory_lock(hashtextextended('vi-ops-bot/append', 0))"

Job = Callable[[Transaction], Awaitable[object]]


class Gate:
    """Holds the writer inside a job until it is let go, so that a test knows what waits behind it."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self._open = asyncio.Event()

    async def hold(self, _transaction: Transaction) -> None:
        self.entered.set()
        await self._open.wait()

    def let_go(self) -> None:
        self._open.set()


@pytest.fixture
async def writer(url: str) -> AsyncIterator[Writer]:
    opened = Writer(parameters(url, 60, writes=True), 60)
    await opened.open()
    yield opened
    await opened.close()


def adding(name: str) -> Job:
    async def job(transaction: Transaction) -> str:
        await transaction.connection.execute("INSERT INTO screen VALUES (%s, '', '{}', '')", [name])
        return name

    return job


def executing(statement: str) -> Job:
    async def job(transaction: Transaction) -> None:
        await transaction.connection.execute(statement.encode())

    return job


async def failing(transaction: Transaction) -> None:
    await adding("undone")(transaction)
    raise KeyError("a fault of ours")


async def behind_a_gate(writer: Writer, *jobs: Job) -> list[object]:
    """What came of jobs that waited together for the one before them."""
    gate = Gate()
    held = asyncio.create_task(writer.run(gate.hold))
    await gate.entered.wait()
    waiting = [asyncio.create_task(writer.run(job)) for job in jobs]
    await asyncio.sleep(0)  # each task has put its job in line
    gate.let_go()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    await held
    return results


def names(connection: Connection) -> list[str]:
    return [str(name) for (name,) in connection.execute("SELECT id FROM screen ORDER BY id").fetchall()]


async def test_what_waits_together_is_committed_together(writer: Writer, as_bot: Connection) -> None:
    seen: list[list[str]] = []

    async def look(_transaction: Transaction) -> None:
        seen.append(names(as_bot))

    many = [adding(f"{number:03}") for number in range(BATCH - 1)]
    await behind_a_gate(writer, *many, look, adding("next"), look)
    # Another connection sees nothing of a batch while it is under way, and all of it after.
    assert [len(each) for each in seen] == [0, BATCH - 1]
    assert len(names(as_bot)) == BATCH


async def test_a_job_that_fails_is_undone_alone(writer: Writer, as_bot: Connection) -> None:
    before, failed, taken, after = await behind_a_gate(
        writer, adding("before"), failing, adding("before"), adding("after")
    )
    assert (before, after) == ("before", "after")
    assert isinstance(failed, KeyError)
    assert isinstance(taken, StoreUnavailable)
    assert isinstance(taken.__cause__, psycopg.IntegrityError)
    assert names(as_bot) == ["after", "before"]


async def test_a_job_that_fails_by_itself_is_told_its_fault_and_undone(writer: Writer, as_bot: Connection) -> None:
    with pytest.raises(KeyError):
        await writer.run(failing)
    assert names(as_bot) == []
    assert await writer.run(adding("next")) == "next"


async def test_a_job_whose_caller_gave_up_before_it_began_is_not_carried_out(
    writer: Writer, as_bot: Connection
) -> None:
    gate = Gate()
    held = asyncio.create_task(writer.run(gate.hold))
    await gate.entered.wait()
    given_up = asyncio.create_task(writer.run(adding("given up")))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.wait([given_up])
    gate.let_go()
    await held
    await writer.run(adding("next"))
    assert names(as_bot) == ["next"]


async def test_a_job_whose_time_was_up_while_others_held_the_trail_is_not_carried_out(
    url: str, as_bot: Connection
) -> None:
    as_bot.execute(LOCK)
    writer = Writer(parameters(url, 60, writes=True), 0.1)
    await writer.open()
    with pytest.raises(StoreUnavailable, match=r"did not answer within 0\.1 seconds"):
        await writer.run(adding("late"))
    as_bot.execute("SELECT pg_advisory_unlock_all()")
    writer._time_limit = 60
    await writer.run(adding("next"))
    assert names(as_bot) == ["next"]
    await writer.close()


async def test_others_that_hold_the_trail_for_too_long_are_told_of(url: str, as_bot: Connection) -> None:
    as_bot.execute(LOCK)
    writer = Writer(parameters(url, 0.1, writes=True), 60)
    await writer.open()
    with pytest.raises(StoreUnavailable, match="it took too long"):
        await writer.run(adding("late"))
    as_bot.execute("SELECT pg_advisory_unlock_all()")
    assert await writer.run(adding("next")) == "next"
    await writer.close()


async def test_a_statement_that_takes_too_long_is_broken_off_and_the_next_job_runs(url: str) -> None:
    writer = Writer(parameters(url, 0.1, writes=True), 60)
    await writer.open()
    with pytest.raises(StoreUnavailable, match="it took too long"):
        await writer.run(executing(SLOW))
    assert await writer.run(adding("next")) == "next"
    await writer.close()


async def test_a_server_that_says_nothing_any_more_is_hung_up_on(url: str, owner: Connection) -> None:
    # The server would wait for a minute; the writer waits three times its own limit.
    writer = Writer(parameters(url, 60, writes=True), 0.1)
    await writer.open()

    async def late(transaction: Transaction) -> None:
        await executing("SELECT pg_sleep(1)")(transaction)
        await adding("late")(transaction)

    with pytest.raises(StoreUnavailable, match="did not answer within"):
        await writer.run(late)
    writer._time_limit = 60
    assert await writer.run(adding("next")) == "next"
    assert names(owner) == ["next"]
    await writer.close()


async def test_a_connection_cut_between_two_jobs_is_told_once_and_made_anew(writer: Writer, owner: Connection) -> None:
    await writer.run(adding("before"))
    owner.execute(CUT)
    with pytest.raises(StoreUnavailable, match="its server cannot be reached"):
        await writer.run(adding("lost"))
    assert await writer.run(adding("next")) == "next"
    assert names(owner) == ["before", "next"]


@pytest.mark.parametrize("earlier", [[], [failing]], ids=["together", "one by one"])
async def test_a_connection_cut_in_the_middle_of_a_batch_fails_all_of_it(
    writer: Writer, owner: Connection, earlier: list[Job]
) -> None:
    async def cut(transaction: Transaction) -> None:
        owner.execute(CUT)
        await transaction.connection.execute("SELECT 1")

    if earlier:  # the first time all are undone; then it is cut while each is carried out by itself
        times: list[int] = []
        whole = cut

        async def cut_the_second_time(transaction: Transaction) -> None:
            times.append(1)
            await whole(transaction)

        results = await behind_a_gate(writer, *earlier, adding("lost"), cut_the_second_time, adding("lost too"))
        assert times == [1]
    else:
        results = await behind_a_gate(writer, adding("lost"), cut, adding("lost too"))
    assert {type(each) for each in results} == {StoreUnavailable}
    assert await writer.run(adding("next")) == "next"
    assert names(owner) == ["next"]


async def test_what_waits_at_closing_is_still_written(writer: Writer, as_bot: Connection) -> None:
    gate = Gate()
    held = asyncio.create_task(writer.run(gate.hold))
    await gate.entered.wait()
    waiting = asyncio.create_task(writer.run(adding("one")))
    await asyncio.sleep(0)
    closing = asyncio.create_task(writer.close())
    await asyncio.sleep(0)
    with pytest.raises(StoreUnavailable, match="is closed"):
        await writer.run(adding("two"))
    gate.let_go()
    await asyncio.gather(held, waiting, closing)
    await writer.close()
    assert names(as_bot) == ["one"]


async def test_a_writer_that_dies_fails_who_waits_and_who_comes_later_at_once(writer: Writer) -> None:
    gate = Gate()
    held = asyncio.create_task(writer.run(gate.hold))
    await gate.entered.wait()
    waiting = [asyncio.create_task(writer.run(adding(str(number)))) for number in range(BATCH + 1)]
    await asyncio.sleep(0)
    assert writer._task is not None
    writer._task.cancel()
    results = await asyncio.gather(held, *waiting, return_exceptions=True)
    assert {str(each) for each in results} == {"The bot's own memory is closed."}
    with pytest.raises(StoreUnavailable, match="is closed"):
        await writer.run(adding("later"))


async def test_a_writer_that_was_never_opened_can_be_closed(url: str) -> None:
    await Writer(parameters(url, 1, writes=True), 1).close()


async def test_tables_that_became_another_version_s_are_told_of_at_the_next_connection(
    writer: Writer, owner: Connection
) -> None:
    owner.execute("INSERT INTO schema_version VALUES (99)")
    owner.execute(CUT)
    with pytest.raises(StoreUnavailable):
        await writer.run(adding("cut"))
    with pytest.raises(StoreUnavailable, match="has version 99 of the bot's tables"):
        await writer.run(adding("refused"))
    assert names(owner) == []
