"""Ordinary Slack clients that know nothing of an emulator but its address."""

from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from slack_bolt.adapter.socket_mode.async_handler import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.slack.workspace import SlackWorkspace

MANIFEST = Path(__file__).with_name("manifest.yml")


def make_client(slack: SlackWorkspace) -> AsyncWebClient:
    """A client of the Web API with the app's token, that repeats nothing."""
    return AsyncWebClient(token=slack.bot_token, base_url=slack.api_url, retry_handlers=[])


def make_app(slack: SlackWorkspace) -> AsyncApp:
    """A Bolt app that is not connected yet."""
    return AsyncApp(client=make_client(slack), signing_secret=slack.signing_secret)


@asynccontextmanager
async def connected(slack: SlackWorkspace, app: AsyncApp) -> AsyncIterator[AsyncSocketModeHandler]:
    """Connect an app through Socket Mode for as long as the block runs."""
    before = slack.connections
    handler = AsyncSocketModeHandler(app, slack.app_token)
    await handler.connect_async()  # type: ignore[no-untyped-call]  # Bolt gives it no types
    await slack.wait_for_connection(before + 1)
    try:
        yield handler
    finally:
        await handler.close_async()  # type: ignore[no-untyped-call]  # Bolt gives it no types


async def refused(call: Awaitable[Any]) -> str:
    """The error that a call of the Web API is refused with."""
    with pytest.raises(SlackApiError) as caught:
        await call
    return str(caught.value.response["error"])
