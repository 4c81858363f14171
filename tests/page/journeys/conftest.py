"""The bot between both emulators with the page in front, in one browser for all journeys.

Each journey ends with the question whether anything went wrong that nobody expected: on a page, a rule of Slack's that
was broken, a fault that never struck, an error in the log.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from sandbox.demo import roles
from sandbox.page.server import PageServer
from sandbox.playground import Mode, playground
from sandbox.screenshots import headless
from tests.journeys.conftest import QUICK
from tests.page.journeys.steps import Journey

Begin = Callable[..., Awaitable[Journey]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """The browser of all journeys."""
    async with headless() as browser:
        yield browser


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """How Slack reaches the bot: every journey is made both ways."""
    return "socket" if request.param == "socket" else "http"


@pytest_asyncio.fixture(loop_scope="session")
async def begin(chromium: Browser, mode: Mode, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Begin]:
    """Starts a bot with emulators and a page of its own, and ends it."""
    async with AsyncExitStack() as stack:

        async def start(**more: Any) -> Journey:
            play = await stack.enter_async_context(playground(mode=mode, timing=QUICK, **more))
            server = await stack.enter_async_context(PageServer.start(play.slack, play.vi, roles=roles(play), port=0))
            windows = await stack.enter_async_context(AsyncExitStack())
            journey = Journey(play, server.url, chromium, windows)
            stack.callback(_assert_nothing_was_wrong, journey)
            return journey

        yield start
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert errors == []


@pytest_asyncio.fixture(loop_scope="session")
async def journey(begin: Begin) -> Journey:
    """The bot of a small team."""
    return await begin()


def _assert_nothing_was_wrong(journey: Journey) -> None:
    for each in journey.pages:
        each.assert_nothing_was_wrong()
    journey.play.slack.assert_clean()
    assert journey.play.vi.faults.unused() == []
