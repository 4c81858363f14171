"""Leases, and turns where one task of all has the store to itself."""

import asyncio

import pytest

from bot.domain.audit import EMPTY
from bot.ports import Store


class LeasesContract:
    async def test_a_lease_is_held_by_one_until_it_is_given_up(self, store: Store) -> None:
        assert not await store.is_leased("duties")
        assert await store.take_lease("duties", "first", 60)
        assert await store.is_leased("duties")
        assert not await store.take_lease("duties", "second", 60)
        await store.drop_lease("duties", "first")
        assert not await store.is_leased("duties")
        assert await store.take_lease("duties", "second", 60)

    async def test_a_holder_takes_its_lease_again(self, store: Store) -> None:
        assert await store.take_lease("duties", "first", 60)
        assert await store.take_lease("duties", "first", 60)
        assert not await store.take_lease("duties", "second", 60)

    async def test_a_lease_that_ran_out_is_held_by_nobody(self, store: Store) -> None:
        assert await store.take_lease("duties", "first", 60)
        assert await store.take_lease("duties", "first", 0)
        assert not await store.is_leased("duties")
        assert await store.take_lease("duties", "second", 60)

    async def test_nobody_gives_up_the_lease_of_another(self, store: Store) -> None:
        assert await store.take_lease("duties", "first", 60)
        await store.drop_lease("duties", "second")
        await store.drop_lease("never taken", "second")
        assert await store.is_leased("duties")

    async def test_leases_of_several_names_have_nothing_to_do_with_each_other(self, store: Store) -> None:
        assert await store.take_lease("one", "first", 60)
        assert await store.take_lease("two", "second", 60)
        await store.drop_lease("one", "first")
        assert await store.is_leased("two")

    async def test_of_many_that_ask_at_once_one_gets_the_lease(self, store: Store) -> None:
        taken = await asyncio.gather(*(store.take_lease("duties", str(number), 60) for number in range(20)))
        assert taken.count(True) == 1

    async def test_one_task_at_a_time_is_alone(self, store: Store) -> None:
        inside = 0

        async def work() -> None:
            nonlocal inside
            async with store.alone("answering"):
                inside += 1
                assert inside == 1
                await store.head()
                inside -= 1

        await asyncio.gather(*(work() for _ in range(10)))

    async def test_who_is_alone_leaves_other_names_to_others(self, store: Store) -> None:
        async with store.alone("one"), store.alone("two"):
            assert await store.head() == EMPTY

    async def test_who_fails_while_alone_lets_the_next_one_in(self, store: Store) -> None:
        for _ in range(2):
            with pytest.raises(KeyError):
                async with store.alone("answering"):
                    raise KeyError
