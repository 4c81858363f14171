from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.postgres import PostgresServer
from tests.replicas.fleet import Fleet, fleet


@pytest.fixture
async def company(server: PostgresServer, database: str, tmp_path: Path) -> AsyncIterator[Fleet]:
    """One Slack, one Vi and one database; no bot yet."""
    async with fleet(server, database, tmp_path) as started:
        yield started
        started.slack.assert_clean()
        assert started.vi.faults.unused() == []


@pytest.fixture
async def three(company: Fleet) -> Fleet:
    """Three bots between them."""
    for _ in range(3):
        await company.start()
    return company
