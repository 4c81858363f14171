"""Several processes on one database: here several stores, which share nothing but that."""

import asyncio
from collections.abc import AsyncIterator
from itertools import cycle

import pytest

from bot.domain.audit import Action, Stage, chain_faults
from bot.domain.confirmation import ConfirmationState
from bot.domain.errors import StoreUnavailable
from bot.store.postgres.store import PostgresStore
from tests.store.contract.reading import oldest_first
from tests.store.samples import a_confirmation, a_lock, an_entry, answered


@pytest.fixture(params=[2, 3])
async def stores(request: pytest.FixtureRequest, url: str) -> AsyncIterator[list[PostgresStore]]:
    opened = [await PostgresStore.open(url) for _ in range(request.param)]
    yield opened
    for each in opened:
        await each.close()


async def test_their_entries_stand_in_one_chain(stores: list[PostgresStore]) -> None:
    receipts = await asyncio.gather(*(store.record(an_entry()) for store, _ in zip(cycle(stores), range(90))))
    entries = await oldest_first(stores[0])
    assert list(chain_faults(entries)) == []
    assert sorted(receipts, key=lambda each: each.seq) == [each.receipt for each in entries]


async def test_each_question_is_claimed_by_one_of_them(stores: list[PostgresStore]) -> None:
    questions = [a_confirmation() for _ in range(10)]
    for question in questions:
        await stores[0].open_confirmation(question, [an_entry(Stage.REQUESTED)])
    for question in questions:
        claims = await asyncio.gather(
            *(
                store.advance(answered(question), expected=ConfirmationState.OPEN, entries=[an_entry(Stage.STARTED)])
                for store in stores
            )
        )
        assert len([each for each in claims if each]) == 1
    assert len([each for each in await oldest_first(stores[-1]) if '"started"' in each.body]) == len(questions)


async def test_each_lock_is_set_by_one_of_them_and_dropped_by_one(stores: list[PostgresStore]) -> None:
    set_by = await asyncio.gather(*(each.lock(a_lock(), an_entry(action=Action.LOCK)) for each in stores))
    assert len([each for each in set_by if each]) == 1
    dropped_by = await asyncio.gather(
        *(each.unlock(a_lock().workflow_id, an_entry(action=Action.UNLOCK)) for each in stores)
    )
    assert len([each for each in dropped_by if each]) == 1
    assert (await stores[0].head()).seq == 2


async def test_an_entry_that_several_bring_in_is_written_once(stores: list[PostgresStore]) -> None:
    entry = an_entry()
    written = await asyncio.gather(*(each.record_once(entry) for each in stores))
    assert len([each for each in written if each]) == 1
    assert (await stores[0].head()).seq == 1


async def test_a_lease_is_held_by_one_of_them(stores: list[PostgresStore]) -> None:
    taken = await asyncio.gather(*(each.take_lease("duties", str(n), 60) for n, each in enumerate(stores)))
    assert taken.count(True) == 1
    assert all([await each.is_leased("duties") for each in stores])


async def test_one_of_all_their_tasks_is_alone(stores: list[PostgresStore]) -> None:
    inside = 0

    async def work(store: PostgresStore) -> None:
        nonlocal inside
        async with store.alone("answering"):
            inside += 1
            assert inside == 1
            await store.head()
            inside -= 1

    await asyncio.gather(*(work(store) for store in stores for _ in range(5)))


async def test_who_waits_too_long_to_be_alone_is_told_and_has_a_turn_later(url: str) -> None:
    first, second = await PostgresStore.open(url), await PostgresStore.open(url, time_limit=0.2)
    async with first.alone("answering"):
        with pytest.raises(StoreUnavailable, match="it took too long"):
            async with second.alone("answering"):
                raise AssertionError("not alone")
    async with second.alone("answering"):
        with pytest.raises(StoreUnavailable, match=r"busy with others for 0\.2 seconds"):
            async with second.alone("answering"):
                raise AssertionError("not alone")
    await first.close()
    await second.close()
