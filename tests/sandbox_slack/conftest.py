"""A workspace, and an ordinary Bolt app that is connected to it."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.workspace import SlackWorkspace
from tests.sandbox_slack.clients import MANIFEST, connected, make_app, make_client


@pytest.fixture
async def slack() -> AsyncIterator[SlackWorkspace]:
    """A workspace that must be clean when the test is over."""
    workspace = await SlackWorkspace.start(MANIFEST)
    try:
        yield workspace
    finally:
        await workspace.stop()
    workspace.assert_clean()


@pytest.fixture
async def app(slack: SlackWorkspace) -> AsyncIterator[AsyncApp]:
    """A Bolt app, connected; listeners can be added at any time."""
    bolt = make_app(slack)
    async with connected(slack, bolt):
        yield bolt


@pytest.fixture
def client(slack: SlackWorkspace) -> AsyncWebClient:
    """A client of the Web API with the app's token."""
    return make_client(slack)


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    """Plain HTTP, for calls that no SDK would make."""
    async with aiohttp.ClientSession() as session:
        yield session
