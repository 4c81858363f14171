"""The page over a live store: without a socket, behind the gate."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
from datasette.app import Datasette

from bot.domain.audit import AuditEntry
from bot.store.sqlite import SqliteStore
from bot.trail_page.gate import Gate
from bot.trail_page.site import trail_site

HOST = "127.0.0.1:8001"


async def write(store: SqliteStore, entries: Iterable[AuditEntry]) -> None:
    """Append entries in their order, many to a transaction."""
    await asyncio.gather(*(store.record(each) for each in entries))


async def rows(page: httpx.AsyncClient, address: str) -> list[dict[str, Any]]:
    """What a list of the page holds."""
    answer = await page.get(f"{address}{'&' if '?' in address else '?'}_shape=array")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file whose name would mean something else in an address."""
    return tmp_path / "our bot? 100%.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    """The store of a bot that runs."""
    opened = await SqliteStore.open(path)
    yield opened
    await opened.close()


@pytest.fixture
async def site(path: Path, store: SqliteStore) -> AsyncIterator[Datasette]:  # noqa: ARG001 - it makes the file
    """Datasette, without the gate before it."""
    made = trail_site(path)
    yield made
    made.executor.shutdown()
    made.get_database("trail").close()


@pytest.fixture
async def page(path: Path, site: Datasette) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the page."""
    transport = httpx.ASGITransport(Gate(site, path, hosts=(HOST,)))
    async with httpx.AsyncClient(transport=transport, base_url=f"http://{HOST}") as client:
        yield client
