import asyncio

import pytest

from bot.vi.sharing import Shared


class Reads:
    def __init__(self) -> None:
        self.begun = 0
        self.cancelled = 0
        self.may_end = asyncio.Event()
        self.has_begun = asyncio.Event()

    async def read(self) -> int:
        self.begun += 1
        number = self.begun
        self.has_begun.set()
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        return number


@pytest.fixture
async def reads() -> Reads:
    return Reads()


async def test_those_who_ask_at_the_same_moment_share_one_read(reads: Reads) -> None:
    shared = Shared(reads.read)
    reads.may_end.set()
    assert await asyncio.gather(*(shared.get() for _ in range(100))) == [1] * 100


async def test_who_asks_once_a_read_has_begun_is_answered_by_a_later_one(reads: Reads) -> None:
    shared = Shared(reads.read)
    first = asyncio.create_task(shared.get())
    await reads.has_begun.wait()
    second = asyncio.create_task(shared.get())
    reads.may_end.set()
    assert (await first, await second) == (1, 2)


async def test_everybody_who_shares_a_read_is_told_what_went_wrong() -> None:
    async def fail() -> int:
        raise LookupError

    shared = Shared(fail)
    found = await asyncio.gather(shared.get(), shared.get(), return_exceptions=True)
    assert [type(each) for each in found] == [LookupError, LookupError]


async def test_a_read_goes_on_until_the_last_who_waits_for_it_is_cancelled(reads: Reads) -> None:
    shared = Shared(reads.read)
    both = [asyncio.create_task(shared.get()) for _ in range(2)]
    await reads.has_begun.wait()
    both[0].cancel()
    await asyncio.wait(both[:1])
    assert reads.cancelled == 0
    both[1].cancel()
    await asyncio.wait(both)
    await asyncio.sleep(0)
    assert reads.cancelled == 1


async def test_who_asks_after_all_were_cancelled_before_it_began_gets_a_read_of_their_own(reads: Reads) -> None:
    shared = Shared(reads.read)
    first = asyncio.create_task(shared.get())
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.wait([first])
    reads.may_end.set()
    assert (await shared.get(), reads.begun) == (1, 1)
