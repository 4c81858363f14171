from collections.abc import AsyncIterator, Iterator
from typing import Any

import psycopg
import pytest

from bot.store.postgres.store import PostgresStore
from tests.postgres import PostgresServer

Connection = psycopg.Connection[tuple[Any, ...]]


@pytest.fixture
def url(server: PostgresServer, database: str) -> str:
    """The address of the database for the bot."""
    return server.url(database)


@pytest.fixture
async def store(url: str) -> AsyncIterator[PostgresStore]:
    opened = await PostgresStore.open(url)
    yield opened
    await opened.close()


@pytest.fixture
def owner(server: PostgresServer, database: str) -> Iterator[Connection]:
    """A connection of the owner's, who is a superuser too."""
    with psycopg.connect(server.url(database, "postgres"), autocommit=True) as connection:
        yield connection


@pytest.fixture
def as_bot(url: str) -> Iterator[Connection]:
    """A connection of whoever has the bot's password."""
    with psycopg.connect(url, autocommit=True) as connection:
        yield connection
