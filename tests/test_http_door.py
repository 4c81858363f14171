"""The address that anybody can reach, with clients that are slow, and over a day."""

import asyncio
import time
from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_bolt.async_app import AsyncApp

from handlers.http_door import HttpDoor
from sandbox.slack.http_mode import sign
from tests.operations.stand_ins import StoppedClock

NEW, OLD = "0123456789abcdef", "fedcba9876543210"


@pytest.fixture
def clock() -> StoppedClock:
    return StoppedClock()


@pytest.fixture
async def door(clock: StoppedClock) -> AsyncIterator[HttpDoor]:
    app = AsyncApp(token="xoxb-1", request_verification_enabled=False)
    made = HttpDoor(app, (NEW, OLD), clock.elapsed, body_seconds=0.05, idle_seconds=0.2)
    yield made
    await made.close()


async def said_after(address: str, sent: bytes) -> bytes:
    """Everything that the server says to a client that sends this and waits, until the server hangs up."""
    host, port = address.removeprefix("http://").partition("/")[0].split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    try:
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()


async def test_a_client_that_never_sends_its_body_is_cut(door: HttpDoor) -> None:
    address = await door.open("127.0.0.1", 0)
    said = await said_after(address, b"POST /slack/events HTTP/1.1\r\nHost: bot\r\nContent-Length: 10\r\n\r\nhalf")
    assert said.startswith(b"HTTP/1.1 408 ")


async def test_a_client_that_never_ends_its_headers_is_cut(door: HttpDoor) -> None:
    address = await door.open("127.0.0.1", 0)
    assert await said_after(address, b"POST /slack/events HTTP/1.1\r\nHost: bot\r\n") == b""
    assert await said_after(address, b"") == b""


async def test_that_the_previous_secret_is_in_use_is_said_once_an_hour(
    door: HttpDoor, clock: StoppedClock, caplog: pytest.LogCaptureFixture
) -> None:
    address = await door.open("127.0.0.1", 0)

    async def send(secret: str) -> None:
        body, timestamp = b"ssl_check=1", str(int(time.time()))
        headers = {
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(secret, timestamp, body),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        async with aiohttp.ClientSession() as session, session.post(address, data=body, headers=headers) as response:
            assert response.status == 200

    for seconds, secret, said in ((0, NEW, 0), (0, OLD, 1), (3599, OLD, 1), (1, OLD, 2), (3600, NEW, 2)):
        await clock.sleep(seconds)
        await send(secret)
        assert caplog.text.count("previous signing secret") == said


async def test_it_says_whether_it_is_open_and_that_nobody_came_yet(door: HttpDoor) -> None:
    assert door.state().open == 0
    await door.open("127.0.0.1", 0)
    assert (door.state().open, door.state().silence) == (1, None)
