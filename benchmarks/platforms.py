"""A Slack and a Vi that cost little: what the bot needs of both to answer a list, over the wire of the emulators.

The emulators check everything that the bot sends, which takes longer than the bot's own work: as a load generator they
would be what is measured. What Vi answers here was taken from its emulator, byte by byte.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import aiohttp
from aiohttp import WSMsgType, web

from benchmarks.lean_http import LeanServer, Reply
from sandbox.vi.server import ViEmulator

HTTP = "HTTP"
SOCKET = "Socket Mode"
_APP_TOKEN = "xapp-1-A05EED0APP-1-made-up"  # noqa: S105 - made up
_BOT_TOKEN = "xoxb-made-up"  # noqa: S105 - made up
SIGNING_SECRET = "5ca1ab1e5ca1ab1e5ca1ab1e5ca1ab1e"  # noqa: S105 - made up
TEAM_ID = "T05EED0TEAM"
_COLLECTIONS = ("flows", "trainingProjects", "runs")


@dataclass(frozen=True, slots=True)
class ViPages:
    """What Vi's emulator answered when its collections were asked for, by their names; and how to get in.

    Attributes:
        newest: the id of the workflow that a list shows first.
    """

    bodies: Mapping[str, bytes]
    newest: str
    secret_key: str
    organization_id: str


async def pages_of_the_emulator() -> ViPages:
    """Ask it."""
    async with ViEmulator.start(scenario="small-team") as vi, aiohttp.ClientSession() as session:
        headers = {
            "Authorization": f"Bearer {vi.secret_key}",
            "Organization-Id": vi.organization_id,
            "Content-Type": "application/json",
        }
        bodies = {}
        for name in _COLLECTIONS:
            url = f"{vi.url}/workspaces/{vi.organization_id}/{name}?s=1000"
            async with session.get(url, headers=headers) as response:
                response.raise_for_status()
                bodies[name] = await response.read()
        newest = max(json.loads(bodies["flows"])["items"], key=lambda each: each["metadata"]["lastUpdated"])
        return ViPages(bodies, newest["flowId"], vi.secret_key, vi.organization_id)


class Platforms:
    """Both platforms, and what they saw of the bot.

    Attributes:
        vi_seconds: how long Vi takes for each request.
        slack, vi: where they are served.
    """

    def __init__(self, pages: ViPages) -> None:
        self.vi_seconds = 0.0
        self.slack, self.vi = LeanServer(self._slack_reply), LeanServer(self._vi_reply)
        self.slack_url = self.vi_url = ""
        self._pages, self._shown = pages, pages.newest.encode()
        self._awaited: dict[str, asyncio.Future[float]] = {}
        self._socket_address = ""
        self._socket: asyncio.Future[web.WebSocketResponse] = asyncio.get_running_loop().create_future()
        self._acks: dict[str, asyncio.Future[None]] = {}

    @classmethod
    @asynccontextmanager
    async def start(cls, pages: ViPages) -> AsyncIterator["Platforms"]:
        """Both, until the block ends."""
        platforms = cls(pages)
        socket_mode = web.Application()
        socket_mode.router.add_get("/link", platforms._link)
        runner = web.AppRunner(socket_mode, access_log=None, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        platforms._socket_address = f"ws://127.0.0.1:{runner.addresses[0][1]}/link"
        platforms.slack_url, platforms.vi_url = await platforms.slack.open(), await platforms.vi.open()
        try:
            yield platforms
        finally:
            await platforms.slack.close()
            await platforms.vi.close()
            await runner.cleanup()

    def settings(self, way: str, **more: str) -> dict[str, str]:
        """The environment in which the bot finds both; everybody may look."""
        reached = {"SLACK_APP_TOKEN": _APP_TOKEN} if way == SOCKET else {"VI_BOT_HTTP_PORT": "0"}
        return {
            "SLACK_BOT_TOKEN": _BOT_TOKEN,
            "SLACK_SIGNING_SECRET": SIGNING_SECRET,
            "SLACK_API_URL": f"{self.slack_url}/api/",
            "DATATURE_VI_SECRET_KEY": self._pages.secret_key,
            "DATATURE_VI_ORGANIZATION_ID": self._pages.organization_id,
            "DATATURE_VI_API_ENDPOINT": self.vi_url,
            "VI_BOT_STORE": "vi-bot.db",
            "VI_BOT_DEFAULT_ROLE": "viewer",
            **reached,
            **more,
        }

    def response_url(self, name: str) -> str:
        """Where the answer to the command of this name goes; it counts once it shows the list."""
        return f"{self.slack_url}/commands/{name}"

    def answer(self, name: str) -> asyncio.Future[float]:
        """When the answer to this command will have come, on `time.perf_counter`."""
        awaited = self._awaited[name] = asyncio.get_running_loop().create_future()
        return awaited

    async def connected(self) -> None:
        """Wait until the bot has opened its websocket."""
        await self._socket

    async def deliver(self, envelope_id: str, envelope: str) -> None:
        """Send an envelope over the websocket; returns once it is acknowledged."""
        acked = self._acks[envelope_id] = asyncio.get_running_loop().create_future()
        await self._socket.result().send_str(envelope)
        await acked

    async def _link(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        await socket.send_json({"type": "hello", "num_connections": 1})
        self._socket.set_result(socket)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                self._acks.pop(json.loads(message.data)["envelope_id"]).set_result(None)
        self._socket = asyncio.get_running_loop().create_future()
        return socket

    def _slack_reply(self, path: str, body: bytes) -> Reply:
        if path.startswith("/commands/"):
            self._take_answer(path.rpartition("/")[2], body)
            return Reply(b"ok")
        return Reply(json.dumps({"ok": True, **self._told(path, body)}).encode())

    def _take_answer(self, name: str, body: bytes) -> None:
        # Before it, the bot may have said that it takes longer.
        if name in self._awaited and self._shown in body:
            self._awaited.pop(name).set_result(time.perf_counter())

    def _told(self, path: str, body: bytes) -> dict[str, object]:
        address = urlsplit(path)
        match address.path.rpartition("/")[2]:
            case "auth.test":
                return {"team_id": TEAM_ID, "user_id": "U05EED0BOT", "bot_id": "B05EED0BOT", "team": "T", "user": "vi"}
            case "apps.connections.open":
                return {"url": self._socket_address}
            case "users.info":
                asked = {**parse_qs(address.query), **parse_qs(body.decode())}
                return {"user": {"id": asked["user"][0], "team_id": TEAM_ID, "real_name": "Somebody"}}
            case method:
                raise ValueError(f"The bot asked Slack for {method}, which a list does not need.")

    def _vi_reply(self, path: str, _body: bytes) -> Reply:
        return Reply(self._pages.bodies[urlsplit(path).path.rpartition("/")[2]], self.vi_seconds)
