import itertools
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox import scenarios
from sandbox.vi.organization import Organization
from sandbox.vi.server import ViEmulator

SPEC: dict[str, Any] = {"name": "Potholes", "schema": "v1", "tolerations": {}, "settings": {}, "blocks": []}

# Loopback has no TLS, and loading the certificates would take longer than most tests do.
WITHOUT_CERTIFICATES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@dataclass
class ManualClock:
    now: datetime = datetime(2026, 7, 1, 9, tzinfo=UTC)
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.advance(seconds=seconds)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def ids() -> Iterator[str]:
    return (f"id-{number}" for number in itertools.count(1))


@pytest.fixture
def organization(clock: ManualClock, ids: Iterator[str]) -> Organization:
    state = scenarios.load("empty", now=clock())
    return Organization(state, organization_id="org_1", clock=clock, new_id=lambda: next(ids))


@pytest.fixture
async def vi(clock: ManualClock, ids: Iterator[str]) -> AsyncIterator[ViEmulator]:
    async with ViEmulator.start("small-team", clock=clock, new_id=lambda: next(ids), sleep=clock.sleep) as emulator:
        yield emulator


@pytest.fixture
async def client(vi: ViEmulator) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(
        base_url=f"{vi.url}/workspaces/{vi.organization_id}/",
        headers={"Authorization": f"Bearer {vi.secret_key}", "Organization-Id": vi.organization_id},
        verify=WITHOUT_CERTIFICATES,
    ) as opened:
        yield opened


@pytest.fixture
def potholes(vi: ViEmulator) -> str:
    (workflow_id,) = vi.organization.workflow_ids("Potholes")
    return workflow_id


@pytest.fixture
def manholes(vi: ViEmulator) -> str:
    (workflow_id,) = vi.organization.workflow_ids("Manhole covers")
    return workflow_id
