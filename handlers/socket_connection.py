"""One connection of Socket Mode, from its address to its end.

Slack's SDK speaks the protocol. Its client would also open the next connection by itself, and is kept from that: it
closes the old one first, tries an address that has expired for ever, and is silent about a token that is refused.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress

from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest
from slack_sdk.web.async_client import AsyncWebClient

TOO_MANY = "too_many_websockets"
"""Slack's reason for sending the eleventh connection of an app away."""

_GOODBYE = 1.0
"""Seconds for the other side to agree to a close. Slack is known not to, now and then."""

Take = Callable[[AsyncBaseSocketModeClient, SocketModeRequest], Awaitable[None]]


class SentAway(Exception):
    """The connection ended before Slack had greeted it; the reason is Slack's, or empty."""


class SocketConnection(SocketModeClient):
    """A connection that is not opened again once it is over, but another one in its place.

    Attributes:
        over: set once it is lost, or Slack has asked for another one in its place.
        lost: set once nothing comes over it any more.
        welcome: how many connections Slack counted when it greeted this one.

    Args:
        app_token: the app-level token.
        web_client: for the proxy and the certificates of Slack's Web API.
        address: where to connect to, for this once.
        take: handles an envelope, the acknowledgement included.
        heard: told of each message of Slack's.
        elsewhere: sends an acknowledgement over another connection.
    """

    def __init__(
        self,
        *,
        app_token: str,
        web_client: AsyncWebClient,
        address: str,
        take: Take,
        heard: Callable[[], None],
        elsewhere: Callable[[str], Awaitable[None]],
    ) -> None:
        super().__init__(app_token, web_client=web_client, ping_interval=10)
        self.wss_uri = address
        self.socket_mode_request_listeners.append(take)
        self.over = asyncio.Event()
        self.lost = asyncio.Event()
        self.welcome: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._heard = heard
        self._elsewhere = elsewhere
        self._taking = True
        self._answering: set[asyncio.Task[None]] = set()

    async def open(self) -> int:
        """Connect, and wait for Slack's greeting: how many connections it counts.

        Goes on for ever where the address cannot be connected to, so it needs a time-out.

        Raises:
            SentAway: Slack does not want it.
        """
        await self.connect()  # type: ignore[no-untyped-call] # the SDK gives it no types
        return await self.welcome

    async def look(self) -> None:
        """Notice that the other side is gone, where it went without a word."""
        if not await self.is_connected():
            self._end("")

    async def hang_up(self, seconds: float) -> None:
        """Take nothing more, acknowledge what was taken, for so many seconds at most, and close. May be repeated."""
        self._taking = False
        self.welcome.cancel()
        if self._answering:
            await asyncio.wait(self._answering, timeout=seconds)
        with suppress(TimeoutError):
            async with asyncio.timeout(_GOODBYE):
                await self.disconnect()  # type: ignore[no-untyped-call] # the SDK gives it no types
        await self.close()  # type: ignore[no-untyped-call] # the SDK gives it no types

    async def connect_to_new_endpoint(self, force: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002 - the SDK's
        """Where the SDK would connect anew."""
        self._end("")

    async def enqueue_message(self, message: str) -> None:
        """Handle one message of Slack's as it comes.

        The SDK would queue it: then the end of a connection overtakes the reason for it, and at the end nobody knows
        what is still to be acknowledged.
        """
        self._heard()
        content = json.loads(message)
        match content.get("type"):
            case "hello":
                with suppress(asyncio.InvalidStateError):
                    self.welcome.set_result(content.get("num_connections", 0))
            case "disconnect":
                self._end(content.get("reason", "no reason given"))
            case _ if self._taking:
                task = asyncio.create_task(self.run_message_listeners(content, message))
                self._answering.add(task)
                task.add_done_callback(self._answering.discard)

    async def send_message(self, message: str) -> None:
        """Send an acknowledgement: over the connection by which the envelope came, or else over another.

        Assumed: Slack lets it count there.
        """
        try:
            await self.send_here(message)
        except ConnectionError:
            await self._elsewhere(message)

    async def send_here(self, message: str) -> None:
        """Send an acknowledgement over this connection.

        Raises:
            ConnectionError: it is closed.
        """
        await super().send_message(message)

    def _end(self, reason: str) -> None:
        with suppress(asyncio.InvalidStateError):
            self.welcome.set_exception(SentAway(reason))
        if not reason:
            self.lost.set()
        self.over.set()
