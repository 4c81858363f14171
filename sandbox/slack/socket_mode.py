"""Socket Mode: the websockets of the app at `/link`, and the envelopes that go over them.

Slack: apis/events-api/using-socket-mode.
"""

import asyncio
import contextlib
import json
import uuid
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from sandbox.slack.delivery import Answer, Delivery, Outcome, Receipt, answer_in_time, note_late, settle
from sandbox.slack.misbehaviour import ConnectionCutError, cut_connection, misbehaviour
from sandbox.slack.state import WorkspaceState
from sandbox.slack.wire import Exchange, Kind

MAX_CONNECTIONS = 10
CONNECTION_SECONDS = 18060
"""What Slack's `hello` states as `approximate_connection_time`; five hours and a minute."""
CLOSED_AFTER_SECONDS = 10
"""Slack warns about ten seconds before it closes a connection. Assumed: for every reason."""
CLOSE_SECONDS = 1
"""How long the emulator waits for the other side to agree to a close."""
HOST = "applink-sandbox"
TICKET_SECONDS = 30
"""How long an address can be connected to. Slack does not say; assumed."""
RETRY_REASONS = {Outcome.LATE: "timeout", Outcome.UNREACHABLE: "timeout"}
"""Slack: apis/events-api/using-socket-mode, e.g. `timeout`. Assumed: for both."""


@dataclass
class Pending:
    """An envelope that waits for its acknowledgement."""

    delivery: Delivery
    exchange: Exchange
    answer: "asyncio.Future[Answer | None]"


class SocketMode:
    """The app's open connections.

    Attributes:
        ghosts: connections that Slack still counts and sends to although nobody is behind them any more.
    """

    def __init__(self, state: WorkspaceState) -> None:
        self.ghosts = 0
        self._state = state
        self._sockets: list[web.WebSocketResponse] = []
        self._leaving: list[web.WebSocketResponse] = []
        self._requests: dict[web.WebSocketResponse, web.Request] = {}
        self._pending: dict[str, Pending] = {}
        self._deliveries = 0

    @property
    def connections(self) -> int:
        """How many connections envelopes can go to."""
        return len(self._sockets)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Serve one websocket, for as long as it is open."""
        try:
            async with misbehaviour(self._state, "link", request.query) as fault:
                if fault is not None:
                    return web.Response(status=fault.status)
        except ConnectionCutError:
            return cut_connection(request)
        ticket = request.query.get("ticket", "")
        issued_at = self._state.tickets.pop(ticket, None)
        if issued_at is None or self._state.clock.now() > issued_at + timedelta(seconds=TICKET_SECONDS):
            self._state.complain("invalid_ticket", "A websocket address is for one connection, once, and soon.")
            return web.Response(status=403)
        socket = web.WebSocketResponse(timeout=CLOSE_SECONDS)
        await socket.prepare(request)
        if self._counted >= MAX_CONNECTIONS:
            self._state.complain("too_many_websockets", f"An app may have {MAX_CONNECTIONS} connections.")
            await self._send_disconnect(socket, "too_many_websockets")
            await socket.close()
            return socket
        self._requests[socket] = request
        try:
            await self._serve(socket)
        finally:
            del self._requests[socket]
        return socket

    async def deliver(self, delivery: Delivery) -> Receipt:
        """Send an envelope to one of the connections, each in its turn."""
        exchange = self._state.wire.start(delivery.kind, delivery.name, delivery.payload, from_app=False)
        # Assumed: a connection that was told to go is still sent to, for as long as there is no other.
        sockets = self._sockets or self._leaving
        if not sockets:
            return settle(self._state, delivery, exchange, Answer(failure="no websocket was open."), RETRY_REASONS)
        envelope_id = str(uuid.uuid4())
        pending = Pending(delivery, exchange, asyncio.get_running_loop().create_future())
        self._pending[envelope_id] = pending
        self._deliveries += 1
        turn = self._deliveries % (len(sockets) + self.ghosts)
        # A connection that breaks at this moment swallows the envelope, as it does at Slack; and so does a ghost.
        with contextlib.suppress(ConnectionError):
            if turn < len(sockets):
                await sockets[turn].send_json(_envelope(envelope_id, delivery))
        answer = await answer_in_time(self._state.clock, pending.answer)
        return settle(self._state, delivery, exchange, answer, RETRY_REASONS)

    async def disconnect(self, reason: str, count: int | None = None) -> None:
        """Tell connections to go, as Slack does now and then; they are closed soon after if they do not.

        Args:
            reason: `warning`, `refresh_requested` or `link_disabled`.
            count: How many of them, oldest first; all unless given.
        """
        count = len(self._sockets) if count is None else count
        leaving, self._sockets = self._sockets[:count], self._sockets[count:]
        self._leaving += leaving
        self._state.changes.notify()
        for socket in leaving:
            await self._send_disconnect(socket, reason)
            self._state.clock.call_later(CLOSED_AFTER_SECONDS, partial(self._close, socket))

    def drop(self) -> None:
        """Break every connection without a word, as a network does."""
        for request in tuple(self._requests.values()):
            cut_connection(request)

    async def stop(self) -> None:
        """Close every connection."""
        open_sockets = (*self._sockets, *self._leaving)
        await asyncio.gather(*(socket.close(code=WSCloseCode.GOING_AWAY) for socket in open_sockets))

    @property
    def _counted(self) -> int:
        # Assumed: one that was told to go counts until it is closed.
        return len(self._sockets) + len(self._leaving) + self.ghosts

    async def _serve(self, socket: web.WebSocketResponse) -> None:
        hello = {
            "type": "hello",
            "num_connections": self._counted + 1,
            "debug_info": {"host": HOST, "build_number": 1, "approximate_connection_time": CONNECTION_SECONDS},
            "connection_info": {"app_id": self._state.app_id},
        }
        try:
            await self._send(socket, hello)
            self._sockets.append(socket)
            self._state.changes.notify()
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(message.data)
        finally:
            for sockets in (self._sockets, self._leaving):
                if socket in sockets:
                    sockets.remove(socket)
            self._state.changes.notify()

    def _receive(self, text: str) -> None:
        # Assumed: an acknowledgement counts on whichever connection it comes.
        try:
            message = json.loads(text)
            pending = self._pending.pop(message["envelope_id"])
        except (ValueError, KeyError, TypeError):
            self._state.complain("unknown_envelope", f"The app acknowledged what it was not sent: {text[:200]}")
            return
        answer = Answer(message.get("payload"))
        if pending.answer.done():
            note_late(self._state, pending.delivery, pending.exchange, answer)
        else:
            pending.answer.set_result(answer)

    async def _send_disconnect(self, socket: web.WebSocketResponse, reason: str) -> None:
        await self._send(socket, {"type": "disconnect", "reason": reason, "debug_info": {"host": HOST}})

    async def _send(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        exchange = self._state.wire.start(Kind.SOCKET, message["type"], message, from_app=False)
        await socket.send_json(message)
        self._state.wire.finish(exchange, None, answered=False)

    def _close(self, socket: web.WebSocketResponse) -> None:
        self._state.background.start(socket.close(code=WSCloseCode.GOING_AWAY))


def _envelope(envelope_id: str, delivery: Delivery) -> dict[str, Any]:
    envelope = {
        "envelope_id": envelope_id,
        "type": str(delivery.kind),
        "accepts_response_payload": delivery.kind is not Kind.EVENT,
        "payload": delivery.payload,
    }
    if delivery.kind is Kind.EVENT:
        envelope |= {"retry_attempt": delivery.retry_attempt, "retry_reason": delivery.retry_reason}
    return envelope
