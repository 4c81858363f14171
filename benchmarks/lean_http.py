"""HTTP/1.1 with no more than a measurement needs, so that what stands around the bot costs little itself.

One request at a time on a connection, bodies of a stated length, no encryption; nothing here is fit for a network.
"""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_HEAD_END = b"\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request is answered with, after so many seconds."""

    body: bytes = b'{"ok":true}'
    seconds: float = 0.0


@dataclass(slots=True)
class LeanServer:
    """Answers by path, and counts what it took.

    Attributes:
        reply: called with a path, its query included, and a body.
        accepted, served: connections and requests taken since the start.
    """

    reply: Callable[[str, bytes], Reply]
    accepted: int = 0
    served: int = 0
    open_transports: set[asyncio.WriteTransport] = field(default_factory=set, init=False)
    _server: asyncio.Server | None = field(default=None, init=False)

    async def open(self) -> str:
        """Begin to listen on a free port of this machine; the address."""
        self._server = await asyncio.get_running_loop().create_server(
            lambda: _Serving(self), "127.0.0.1", 0, backlog=2048
        )
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def close(self) -> None:
        """Take no more connections, and break those that are open."""
        if self._server is not None:
            self._server.close()
        for transport in self.open_transports:
            transport.abort()
        await asyncio.sleep(0)  # an aborted connection is closed in the next turn of the event loop


class LeanConnection(asyncio.Protocol):
    """One connection to a server, for one request after another."""

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._received = b""
        self._answer: asyncio.Future[bytes] | None = None

    @classmethod
    async def open(cls, address: str) -> "LeanConnection":
        """Connect to the host and port of an address."""
        host, port = address.split("/")[2].split(":")
        _transport, connection = await asyncio.get_running_loop().create_connection(cls, host, int(port))
        return connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep what to write to."""
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - for the type: it is a stream's
        self._transport = transport

    async def ask(self, request: bytes) -> bytes:
        """Send a whole request; the body of its answer.

        Raises:
            ConnectionError: it was answered otherwise than 200, or not at all.
        """
        if self._transport is None or self._transport.is_closing():
            raise ConnectionError("The connection is closed.")
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return await self._answer

    def data_received(self, data: bytes) -> None:
        """Read on, and hand over the answer once it is whole."""
        self._received += data
        message = _whole(self._received)
        if message is None or self._answer is None:
            return
        head, body, self._received = message
        if head.startswith(b"HTTP/1.1 200 "):
            self._answer.set_result(body)
        else:
            self._answer.set_exception(ConnectionError(head.decode("latin-1")))

    def connection_lost(self, error: Exception | None) -> None:
        """Whoever waits for an answer will not get one."""
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(ConnectionError(f"The connection was lost: {error}"))

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()


class _Serving(asyncio.Protocol):
    def __init__(self, server: LeanServer) -> None:
        self._server = server
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.WriteTransport)  # noqa: S101 - for the type: it is a stream's
        self._transport = transport
        self._server.accepted += 1
        self._server.open_transports.add(transport)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002 - the signature is asyncio's
        self._server.open_transports.discard(self._transport)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if (message := _whole(self._received)) is None:
            return
        head, body, self._received = message
        self._server.served += 1
        reply = self._server.reply(head.split(b" ", 2)[1].decode("latin-1"), body)
        if reply.seconds:
            asyncio.get_running_loop().call_later(reply.seconds, self._answer, reply.body)
        else:
            self._answer(reply.body)

    def _answer(self, body: bytes) -> None:
        if not self._transport.is_closing():
            self._transport.write(
                b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)
            )


def _whole(received: bytes) -> tuple[bytes, bytes, bytes] | None:
    """Head, body and what comes after them; None until they are there."""
    end = received.find(_HEAD_END)
    if end < 0:
        return None
    length = _LENGTH.search(received, 0, end)
    begin = end + len(_HEAD_END)
    after = begin + (int(length[1]) if length else 0)
    return (received[:end], received[begin:after], received[after:]) if len(received) >= after else None
