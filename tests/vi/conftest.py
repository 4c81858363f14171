"""An emulated Vi, a client of it that does not wait, and servers that break the rules of HTTP."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest

from bot.domain.workflow import RunId, WorkflowId
from bot.vi.client import ViClient
from bot.vi.retries import Limits
from sandbox.vi.server import ViEmulator

AT_ONCE = Limits(first_pause=0.0, longest_pause=0.0)
KEY = "dtvi_" + "k" * 98


@pytest.fixture
async def vi() -> AsyncIterator[ViEmulator]:
    async with ViEmulator.start() as emulator:
        yield emulator
        assert emulator.faults.unused() == []


def client_of(vi: ViEmulator, limits: Limits = AT_ONCE) -> ViClient:
    return ViClient(vi.url, vi.secret_key, vi.organization_id, limits=limits)


@pytest.fixture
async def client(vi: ViEmulator) -> AsyncIterator[ViClient]:
    async with client_of(vi) as opened:
        yield opened


@pytest.fixture
def unused(vi: ViEmulator) -> WorkflowId:
    """A workflow without active runs."""
    return WorkflowId(vi.organization.workflow_ids("Manhole covers")[0])


@pytest.fixture
def running(vi: ViEmulator) -> RunId:
    """An active run, of Potholes."""
    (potholes,) = vi.organization.workflow_ids("Potholes")
    return RunId(vi.organization.active_runs_of(potholes)[0])


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that were asked of the event loop, none of which is made."""
    asked: list[float] = []
    sleep = asyncio.sleep

    async def note(seconds: float, result: Any = None) -> Any:
        if seconds:
            asked.append(seconds)
        return await sleep(0, result)

    monkeypatch.setattr(asyncio, "sleep", note)
    return asked


Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def server(script: Script) -> AsyncIterator[int]:
    """A TCP server on 127.0.0.1 that does with each connection what `script` says; its port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await script(reader, writer)
        finally:
            writer.close()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()


def http_answer(body: bytes, *, status: str = "200 OK", headers: str = "") -> bytes:
    """The bytes of a whole answer, after which the connection is closed."""
    return f"HTTP/1.1 {status}\r\nConnection: close\r\n{headers}Content-Length: {len(body)}\r\n\r\n".encode() + body


def saying(raw: bytes, heads: list[bytes] | None = None) -> Script:
    """A script that answers one request with these bytes and closes the connection; request heads go to `heads`."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        if heads is not None:
            heads.append(head)
        writer.write(raw)
        await writer.drain()

    return script
