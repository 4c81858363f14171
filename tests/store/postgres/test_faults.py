"""Reading while the database has its troubles, and a server that is restarted or killed."""

import asyncio
from collections.abc import Iterator

import pytest

from bot.domain.audit import chain_faults
from bot.domain.errors import StoreUnavailable
from bot.ports import TrailQuery
from bot.store.postgres.store import PostgresStore
from bot.store.postgres.verification import verify_database
from bot.store.verification import Verdict
from tests.postgres import PostgresServer, postgres_server
from tests.store.contract.reading import oldest_first
from tests.store.postgres.conftest import Connection
from tests.store.postgres.test_writer import CUT
from tests.store.samples import an_entry


async def test_reading_goes_on_after_its_connections_were_cut(store: PostgresStore, owner: Connection) -> None:
    head = await store.head()
    owner.execute(CUT)
    assert await store.head() == head


async def test_a_search_that_takes_too_long_is_told_and_the_next_one_works(url: str, owner: Connection) -> None:
    store = await PostgresStore.open(url, time_limit=0.2)
    await store.record(an_entry())
    owner.execute("BEGIN")
    owner.execute("LOCK TABLE audit_event")
    with pytest.raises(StoreUnavailable, match="it took too long"):
        await store.trail(TrailQuery(text="delete"))
    owner.execute("ROLLBACK")
    assert len(await store.trail(TrailQuery(text="delete"))) == 1
    await store.close()


async def test_the_connection_of_whom_is_alone_may_be_cut_and_what_was_done_stays_done(
    store: PostgresStore, owner: Connection
) -> None:
    async with store.alone("answering"):
        owner.execute(CUT)
    async with store.alone("answering"):
        pass


async def test_who_is_alone_is_told_when_the_server_cannot_be_asked(store: PostgresStore, owner: Connection) -> None:
    owner.execute("REVOKE EXECUTE ON FUNCTION hashtextextended(text, bigint) FROM PUBLIC")
    with pytest.raises(StoreUnavailable, match="does not allow that"):
        async with store.alone("answering"):
            raise AssertionError("not alone")


async def test_a_store_that_is_closed_says_so(url: str) -> None:
    store = await PostgresStore.open(url)
    await store.close()
    await store.close()
    with pytest.raises(StoreUnavailable):
        await store.head()
    with pytest.raises(StoreUnavailable, match="is closed"):
        await store.record(an_entry())


@pytest.fixture(scope="module")
def frail() -> Iterator[PostgresServer]:
    """A server that flushes to the disk as in production."""
    with postgres_server(durable=True) as server:
        yield server


@pytest.mark.parametrize("way", ["stop", "kill"])
async def test_what_was_acknowledged_outlives_the_server(frail: PostgresServer, way: str) -> None:
    url = frail.url(frail.new_database())
    store = await PostgresStore.open(url)
    acknowledged = []

    async def append() -> None:
        try:
            while True:
                acknowledged.append(await store.record(an_entry()))
        except StoreUnavailable:
            return

    callers = [asyncio.create_task(append()) for _ in range(8)]
    while len(acknowledged) < 40:
        await asyncio.wait(callers, timeout=0.001)
    await asyncio.to_thread(getattr(frail, way))
    await asyncio.gather(*callers)
    with pytest.raises(StoreUnavailable, match="its server cannot be reached"):
        await store.record(an_entry())
    frail.start()
    after = await store.record(an_entry())
    entries = await oldest_first(store)
    assert list(chain_faults(entries)) == []
    assert {each.hash for each in acknowledged} <= {each.hash for each in entries}
    assert entries[-1].receipt == after
    await store.close()
    assert verify_database(url).verdict is Verdict.SOUND
