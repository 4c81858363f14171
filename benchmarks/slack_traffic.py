"""What Slack sends to an app, made before it is measured: commands and clicks, over HTTP or over a websocket."""

import asyncio
import json
import time
from collections.abc import Iterable, Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode

from benchmarks.lean_http import LeanConnection
from benchmarks.platforms import HTTP, SIGNING_SECRET, TEAM_ID, Platforms
from handlers import action_ids
from handlers.http_door import PATH
from sandbox.slack.http_mode import FORM, sign

COMMAND = "slash_commands"
CLICK = "interactive"
_PEOPLE = 20

_Prepared = TypeVar("_Prepared")


def payload(kind: str, name: str, response_url: str) -> dict[str, Any]:
    """`/vi list --fresh`, or a click on a button below a list; of one of twenty people."""
    person = f"U05EED{sum(name.encode()) % _PEOPLE:04}"
    shared = {"token": "made-up", "api_app_id": "A05EED0APP", "trigger_id": f"7391845.206.{name}"}
    shared |= {"response_url": response_url}
    if kind == COMMAND:
        return {
            **shared,
            "team_id": TEAM_ID,
            "team_domain": "sandbox",
            "channel_id": "C05EED0OPS",
            "channel_name": "vi-ops",
            "user_id": person,
            "user_name": "somebody",
            "command": "/vi",
            "text": "list --fresh",
            "is_enterprise_install": "false",
        }
    action = {"type": "button", "action_id": action_ids.LIST_NEXT, "block_id": "b", "value": name, "action_ts": "1.0"}
    return {
        **shared,
        "type": "block_actions",
        "team": {"id": TEAM_ID, "domain": "sandbox"},
        "user": {"id": person, "username": "somebody", "name": "somebody", "team_id": TEAM_ID},
        "enterprise": None,
        "is_enterprise_install": False,
        "container": {"type": "message", "message_ts": "1.0", "channel_id": "C05EED0OPS", "is_ephemeral": True},
        "channel": {"id": "C05EED0OPS", "name": "vi-ops"},
        "state": {"values": {}},
        "actions": [action],
    }


class Way(Protocol[_Prepared]):
    """How Slack reaches an app."""

    def prepare(self, kind: str, content: dict[str, Any]) -> _Prepared:
        """What is sent for a payload; for HTTP it is valid for five minutes."""
        ...

    async def send(self, prepared: _Prepared) -> None:
        """Send it; returns once it is acknowledged."""
        ...

    def close(self) -> None:
        """End it."""
        ...


class HttpWay:
    """Signed requests, over connections that are open already: one for each request under way."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._idle: list[LeanConnection] = []

    async def open(self, connections: int) -> "HttpWay":
        """Open so many connections."""
        self._idle = [await LeanConnection.open(self._address) for _ in range(connections)]
        return self

    def close(self) -> None:
        """Close them."""
        for connection in self._idle:
            connection.close()

    def prepare(self, kind: str, content: dict[str, Any]) -> bytes:
        """The request, signed now."""
        body = urlencode(content if kind == COMMAND else {"payload": json.dumps(content)}).encode()
        timestamp = str(int(time.time()))
        head = {
            "Host": "127.0.0.1",
            "User-Agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
            "Accept": "*/*",
            "Content-Type": FORM,
            "Content-Length": len(body),
            "X-Slack-Request-Timestamp": timestamp,
            "X-Slack-Signature": sign(SIGNING_SECRET, timestamp, body),
        }
        lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
        return f"POST {PATH} HTTP/1.1\r\n{lines}\r\n".encode() + body

    async def send(self, prepared: bytes) -> None:
        """Send it over a connection that has nothing to do."""
        connection = self._idle.pop()
        await connection.ask(prepared)
        self._idle.append(connection)


class SocketWay:
    """Envelopes over the one websocket of the app."""

    def __init__(self, platforms: Platforms) -> None:
        self._platforms = platforms
        self._count = 0

    def prepare(self, kind: str, content: dict[str, Any]) -> tuple[str, str]:
        """The envelope's id and text."""
        self._count += 1
        envelope_id = f"e{self._count}"
        envelope = {"envelope_id": envelope_id, "type": kind, "accepts_response_payload": True, "payload": content}
        return envelope_id, json.dumps(envelope)

    async def send(self, prepared: tuple[str, str]) -> None:
        """Send it."""
        await self._platforms.deliver(*prepared)

    def close(self) -> None:
        """Nothing: the websocket is the app's."""


async def way_to(way: str, platforms: Platforms, address: str, at_once: int) -> HttpWay | SocketWay:
    """The way to an app that listens at this address, or opens a websocket to these platforms."""
    if way == HTTP:
        return await HttpWay(address).open(at_once)
    await platforms.connected()
    return SocketWay(platforms)


async def acked(way: Way[Any], prepared: Iterable[Any], at_once: int = 1) -> Sequence[float]:
    """How long each ack took, in seconds, with so many under way."""
    waits = []
    waiting = iter(prepared)

    async def send() -> None:
        for each in waiting:
            began = time.perf_counter()
            await way.send(each)
            waits.append(time.perf_counter() - began)

    await asyncio.gather(*(send() for _ in range(at_once)))
    return waits
