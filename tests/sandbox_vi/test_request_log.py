import asyncio

import httpx

from sandbox.vi import faults
from sandbox.vi.faults import Hold
from sandbox.vi.request_log import ReceivedRequest
from sandbox.vi.server import ViEmulator
from tests.sandbox_vi.conftest import ManualClock


async def test_every_request_is_entered_with_its_status_whatever_became_of_it(
    client: httpx.AsyncClient, vi: ViEmulator, clock: ManualClock, manholes: str
) -> None:
    vi.faults.on("GET", "runs", faults.error(503))
    await client.get("flows", params={"s": 5})
    await client.get("runs")
    await client.delete(f"flows/{manholes}")
    await client.get("nowhere", headers={"Authorization": "Bearer wrong"})
    prefix = f"/workspaces/{vi.organization_id}"
    assert [(each.method, each.path.removeprefix(prefix), each.query, each.status) for each in vi.requests] == [
        ("GET", "/flows", "s=5", 200),
        ("GET", "/runs", "", 503),
        ("DELETE", f"/flows/{manholes}", "", 204),
        ("GET", "/nowhere", "", 401),
    ]
    assert {each.when for each in vi.requests} == {clock()}


async def test_a_test_can_count_what_reached_the_platform(
    client: httpx.AsyncClient, vi: ViEmulator, manholes: str, potholes: str
) -> None:
    await client.delete(f"flows/{manholes}")
    await client.delete(f"flows/{potholes}")
    await client.get("flows")
    assert vi.requests.count("DELETE") == 2
    assert vi.requests.count("DELETE", f"flows/{potholes}") == 1
    assert vi.requests.count("*", "flows") == 1
    assert len(vi.requests) == 3
    vi.requests.clear()
    assert vi.requests.count("*") == 0


async def test_a_subscriber_hears_of_the_arrival_and_of_the_end_until_it_leaves(
    client: httpx.AsyncClient, vi: ViEmulator
) -> None:
    heard: list[tuple[str, int | None]] = []

    def hear(request: ReceivedRequest) -> None:
        heard.append((request.method, request.status))

    leave = vi.requests.subscribe(hear)
    await client.get("flows")
    leave()
    await client.get("flows")
    assert heard == [("GET", None), ("GET", 200)]


async def test_waiting_for_requests_ends_when_enough_have_arrived_even_before_they_are_answered(
    client: httpx.AsyncClient, vi: ViEmulator
) -> None:
    await client.get("flows")
    hold = vi.faults.on("GET", "flows", Hold())
    waiting = asyncio.create_task(vi.requests.wait_for("GET", "flows", count=2))
    await client.get("runs")
    second = asyncio.create_task(client.get("flows"))
    first_seen, second_seen = await waiting
    assert (first_seen.status, second_seen.status) == (200, None)
    hold.release()
    await second
    assert await vi.requests.wait_for("GET", "flows") == [first_seen, second_seen]
