"""What tests of several parts share: one PostgreSQL server, and a fresh database in it for each test that asks."""

import gc
import os
from collections.abc import Iterator

import certifi
import pytest
from aiohttp.web_app import _cached_build_middleware

from tests.postgres import PostgresServer, postgres_server

_END = "-----END CERTIFICATE-----"


def pytest_collection_finish() -> None:
    """Keep the garbage collector from the thousands of tests, which it would look through again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session", autouse=True)
def _one_certificate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust one authority instead of all: to read them takes a third of the time in which a playground starts."""
    path = tmp_path_factory.mktemp("authorities") / "one.pem"
    path.write_text(certifi.contents().partition(_END)[0] + _END + "\n")
    with pytest.MonkeyPatch.context() as patch:
        if "SSL_CERT_FILE" not in os.environ:
            patch.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(autouse=True)
def _forgotten_emulators() -> Iterator[None]:
    """Let go of what the test has started: aiohttp remembers the last 1,024 handlers, and with them whole emulators."""
    yield
    _cached_build_middleware.cache_clear()


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
