"""What tests of several parts share: one PostgreSQL server, and a fresh database in it for each test that asks."""

from collections.abc import Iterator

import pytest

from tests.postgres import PostgresServer, postgres_server


@pytest.fixture(scope="session")
def server() -> Iterator[PostgresServer]:
    with postgres_server() as found:
        yield found


@pytest.fixture
def database(server: PostgresServer) -> Iterator[str]:
    """The name of a database that the bot can use."""
    name = server.new_database()
    yield name
    server.drop(name)
