from collections.abc import AsyncIterator

import pytest

from bot.ports import Store
from bot.store import open_store
from tests.postgres import PostgresServer
from tests.store.contract import StoreContract


class TestInPostgres(StoreContract):
    @pytest.fixture
    async def store(self, server: PostgresServer, database: str) -> AsyncIterator[Store]:
        opened = await open_store(server.url(database))
        yield opened
        await opened.close()
