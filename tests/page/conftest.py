"""A workspace with an ordinary app and an organization of Vi, with the page in front of both."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from sandbox.page.server import PageServer
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.server import ViEmulator
from tests.sandbox_slack.clients import MANIFEST, connected, make_app, make_client

Json = dict[str, Any]


def credentials(vi: ViEmulator) -> dict[str, str]:
    """The headers with which Vi lets a client in."""
    return {"Authorization": f"Bearer {vi.secret_key}", "Organization-Id": vi.organization_id}


@dataclass
class Events:
    """What one browser is told, put together as it would put it together."""

    response: aiohttp.ClientResponse
    parts: dict[str, Json] = field(default_factory=dict)
    put: list[set[str]] = field(default_factory=list)
    """For each update, the parts that it puts on the screen."""
    whole: list[bool] = field(default_factory=list)
    """For each update, whether it says that it is everything."""

    async def next(self) -> Json:
        """The next update."""
        async for line in self.response.content:
            if line.startswith(b"data: "):
                update: Json = json.loads(line.removeprefix(b"data: "))
                if update["all"]:
                    self.parts.clear()
                for key in update["drop"]:
                    del self.parts[key]
                self.parts.update(update["put"])
                self.whole.append(update["all"])
                self.put.append(set(update["put"]))
                return update
        raise EOFError("the server closed the events")

    async def until(self, text: str, kind: str = "") -> Json:
        """Wait until a part says something, and give it."""
        while True:
            for key, part in self.parts.items():
                if key.startswith(kind) and text in str(part):
                    return part
            await self.next()

    async def until_gone(self, key: str) -> None:
        """Wait until a part was taken away."""
        while key in self.parts:
            await self.next()


@dataclass
class Browser:
    """A client of the page that keeps to its address, as the page itself does."""

    session: aiohttp.ClientSession
    url: str
    listening: list[aiohttp.ClientResponse] = field(default_factory=list)

    @property
    def origin(self) -> str:
        """Where the page's own requests come from."""
        return "/".join(self.url.split("/")[:3])

    async def act(self, person: str, do: str, **what: Any) -> Json:
        """Do something, and give the answer."""
        body = {"person": person, "do": do, **what}
        async with self.session.post(f"{self.url}act", json=body, headers={"Origin": self.origin}) as response:
            assert response.status == 200, await response.text()
            answer: Json = await response.json()
            return answer

    async def meddle(self, act: str, subject: str) -> Json:
        """Do something to Vi."""
        return await self.act("", "vi", act=act, subject=subject)

    async def events(self, person: str) -> Events:
        """Listen, and take the first update."""
        response = await self.session.get(f"{self.url}events", params={"person": person})
        self.listening.append(response)
        events = Events(response)
        await events.next()
        return events


@asynccontextmanager
async def opened(page: PageServer) -> AsyncIterator[Browser]:
    """A client of a page, until the block ends."""
    async with aiohttp.ClientSession() as session:
        browser = Browser(session, page.url)
        try:
            yield browser
        finally:
            for response in browser.listening:
                response.close()


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
async def vi() -> AsyncIterator[ViEmulator]:
    """A small team's organization."""
    async with ViEmulator.start() as emulator:
        yield emulator


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
async def server(slack: SlackWorkspace, vi: ViEmulator) -> AsyncIterator[PageServer]:
    """The page's server."""
    async with PageServer.start(slack, vi, roles={slack.user("omar").id: "operator"}, port=0) as started:
        yield started


@pytest.fixture
async def browser(server: PageServer) -> AsyncIterator[Browser]:
    """A client of the page."""
    async with opened(server) as client:
        yield client
