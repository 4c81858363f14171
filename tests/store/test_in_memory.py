from collections.abc import AsyncIterator

import pytest

from bot.ports import Store
from bot.store import open_store
from tests.store.contract import StoreContract


class TestInMemory(StoreContract):
    @pytest.fixture
    async def store(self) -> AsyncIterator[Store]:
        opened = await open_store(":memory:")
        store: Store = opened  # the type checker shows that nothing is missing
        yield store
        await opened.close()
