import asyncio
from collections.abc import AsyncIterator, Iterator

import pytest

from bot.store.postgres.store import PostgresStore
from tests.postgres import PostgresServer, postgres_server, prepare


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as found:
        asyncio.run(prepare(found))
        yield found


@pytest.fixture
def database(server: PostgresServer) -> Iterator[str]:
    name = server.new_database()
    yield name
    server.drop(name)


@pytest.fixture
async def store(server: PostgresServer, database: str) -> AsyncIterator[PostgresStore]:
    opened = await PostgresStore.open(server.url(database))
    yield opened
    await opened.close()
