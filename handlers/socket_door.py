"""Slack's commands, clicks and forms over Socket Mode: through several connections, none of which leaves a gap.

A connection that Slack wants replaced serves on until the next one is greeted. One that is lost is replaced by one at
another address. Where Slack refuses the token, or no connection comes about for too long, the door gives up and says
why: then the process has to end, and whoever supervises it starts another.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.domain.errors import StoreUnavailable
from bot.ports import Clock
from handlers.slack_link import SlackLink
from handlers.socket_connection import TOO_MANY, SentAway, SocketConnection
from handlers.trouble import TROUBLE, name_of_trouble

_LOG = logging.getLogger(__name__)

MOST = 10
"""Slack: connections that an app may have, of all its processes together."""

_ACK = 3.0
"""Slack: seconds within which an envelope must be acknowledged; after that it is of no use."""

_PASSING = {"internal_error", "fatal_error", "ratelimited", "request_timeout", "service_unavailable"}
"""What Slack answers when it does not say no: the next attempt may succeed."""

_ADVICE = (
    "What Slack sends to a connection that nobody serves is lost. Look for another program that uses this app-level "
    "token; what a crash or a network left behind ends when Slack replaces its connections, every few hours."
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How long Socket Mode waits, in seconds.

    Attributes:
        attempt: for one connection to come about, from its address to Slack's greeting.
        pause: after an attempt that failed; it doubles with each one after.
        longest_pause: up to which it doubles.
        look: between two looks whether a connection stands.
        linger: for which one that was replaced goes on taking what Slack still sends over it.
        without: any connection, after which the door gives up.
    """

    attempt: float = 10.0
    pause: float = 1.0
    longest_pause: float = 30.0
    look: float = 1.0
    linger: float = 10.0
    without: float = 300.0


class SocketDoor:
    """Keeps connections open until it is closed.

    Attributes:
        given_up: the sentence that says why no connection can be kept, once that is so.

    Args:
        app: what handles the envelopes.
        app_token: the app-level token.
        link: where the state is kept for others to read.
        processes: how many processes of the bot there are, each with as many connections.
        clock: for the state.
        wanted: how many connections.
        pace: how long it waits.
    """

    def __init__(
        self,
        *,
        app: AsyncApp,
        app_token: str,
        link: SlackLink,
        processes: Callable[[], Awaitable[int]],
        clock: Clock,
        wanted: int = 1,
        pace: Pace | None = None,
    ) -> None:
        self.given_up: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._app = app
        self._app_token = app_token
        self._link = link
        self._processes = processes
        self._clock = clock
        self._pace = pace or Pace()
        self._connections: set[SocketConnection] = set()
        self._open: set[SocketConnection] = set()
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._alarm: asyncio.TimerHandle | None = None
        link.wanted = wanted

    async def open(self) -> None:
        """Open the first connection; the others come about by themselves. It goes on trying, so it needs a time-out.

        Raises:
            SlackApiError: Slack refuses the token.
        """
        first = await self._another(None)
        for connection in (first, *[None] * (self._link.wanted - 1)):
            self._start(self._keep(connection))

    async def close(self) -> None:
        """Take nothing more, acknowledge what was taken, and close every connection, so that Slack sees it closed."""
        tasks = tuple(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*(self._hang_up(each) for each in tuple(self._connections)))
        self._stop_alarm()

    async def _keep(self, connection: SocketConnection | None) -> None:
        """Keep one connection open, whichever it is at the moment."""
        try:
            while True:
                if connection is not None:
                    await self._until_over(connection)
                following = await self._another(connection)
                if connection is not None:
                    self._start(self._see_off(connection))
                connection = following
        except SlackApiError as error:
            self._give_up(
                f"Slack does not accept the app-level token any more: {name_of_trouble(error)}. "
                "`vi-bot check` says what to mend."
            )
        except Exception:  # noqa: BLE001 - nobody would hear of it, and one connection fewer would go unseen
            _LOG.exception("a connection to Slack could not be kept up")
            self._give_up("The bot could not keep its connections to Slack up because of a fault of its own.")

    async def _until_over(self, connection: SocketConnection) -> None:
        while not connection.over.is_set():
            await _within(self._pace.look, connection.over.wait())
            await connection.look()
        if connection.lost.is_set():
            _LOG.warning("a connection to Slack was lost; another one is opened")
            self._note(self._open - {connection})

    async def _another(self, old: SocketConnection | None) -> SocketConnection:
        """Open a connection, however many attempts it takes, while the old one, where there is one, still stands.

        Raises:
            SlackApiError: Slack refuses the token.
        """
        pause = self._pace.pause
        while True:
            async with self._turn:
                if old is not None and len(self._open) >= MOST:
                    await self._hang_up(old)  # Slack would send the next one away; the others bridge the gap
                try:
                    return await self._attempt()
                except TROUBLE as error:
                    if _is_refusal(error):
                        raise
                    trouble = name_of_trouble(error)
                except SentAway as error:
                    trouble = str(error) or "it was closed at once"
                    if trouble == TOO_MANY and old is not None:
                        await self._hang_up(old)
            _LOG.warning("no connection to Slack came about (%s); tried again in %g s", trouble, pause)
            if trouble == TOO_MANY:
                _LOG.warning("Slack counts %d connections of this app already. %s", MOST, _ADVICE)
            await asyncio.sleep(pause)
            pause = min(2 * pause, self._pace.longest_pause)

    async def _attempt(self) -> SocketConnection:
        opened = await self._app.client.apps_connections_open(app_token=self._app_token)
        connection = SocketConnection(
            app_token=self._app_token,
            web_client=self._app.client,
            address=opened["url"],
            take=self._take,
            heard=self._heard,
            elsewhere=self._send_elsewhere,
        )
        self._connections.add(connection)
        try:
            async with asyncio.timeout(self._pace.attempt):
                counted = await connection.open()
        except BaseException:
            await self._hang_up(connection)
            raise
        self._note(self._open | {connection})
        await self._count(counted)
        return connection

    async def _see_off(self, connection: SocketConnection) -> None:
        await _within(self._pace.linger, connection.lost.wait())
        await self._hang_up(connection)

    async def _hang_up(self, connection: SocketConnection) -> None:
        self._note(self._open - {connection})
        await connection.hang_up(_ACK)
        self._connections.discard(connection)

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        began = time.time()
        await send_async_response(client, request, await run_async_bolt_app(self._app, request), began)

    async def _send_elsewhere(self, message: str) -> None:
        for connection in tuple(self._open):
            with suppress(ConnectionError):
                await connection.send_here(message)
                return
        _LOG.warning("an envelope could not be acknowledged: its connection was lost, and there is no other one")

    async def _count(self, counted: int) -> None:
        """Compare what Slack counts with what there is."""
        link = self._link
        link.counted = counted
        try:
            others = (await self._processes() - 1) * link.wanted
        except StoreUnavailable as error:
            _LOG.warning("it is not known how many connections to Slack there should be: %s", error)
            return
        link.ghosts = max(0, counted - others - len(self._open))
        if link.ghosts:
            _LOG.warning("Slack counts %d connections, %d more than there are. %s", counted, link.ghosts, _ADVICE)

    def _heard(self) -> None:
        self._link.last_message = self._clock.now()

    def _note(self, connections: set[SocketConnection]) -> None:
        """Keep the state up, and an eye on the time without any connection."""
        if bool(connections) is not bool(self._open):
            self._link.since = self._clock.now()
            self._stop_alarm()
            if not connections:
                sentence = f"There was no connection to Slack for {self._pace.without:g} s."
                self._alarm = asyncio.get_running_loop().call_later(self._pace.without, self._give_up, sentence)
        self._open = connections
        self._link.open = len(connections)

    def _stop_alarm(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()

    def _give_up(self, sentence: str) -> None:
        if not self.given_up.done():
            self.given_up.set_result(sentence)

    def _start(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _within(seconds: float, happening: Awaitable[object]) -> None:
    """Wait for something, or so long."""
    with suppress(TimeoutError):
        await asyncio.wait_for(happening, seconds)


def _is_refusal(error: Exception) -> bool:
    """Whether Slack said no in a word of its own, and would the next time."""
    name = name_of_trouble(error)
    return isinstance(error, SlackApiError) and name.islower() and name not in _PASSING
