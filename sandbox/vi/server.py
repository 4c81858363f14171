"""The emulator as a whole: the API of one organization, listening on 127.0.0.1."""

import asyncio
import gc
import gzip
import secrets
import uuid
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

from aiohttp import hdrs, web

from sandbox import scenarios
from sandbox.scenarios import StartingState
from sandbox.vi.endpoints import Endpoints, Handler, ListPage
from sandbox.vi.faults import AFTER, BEFORE, ConnectionCutError, Exchange, Faults, Sleep
from sandbox.vi.organization import Organization
from sandbox.vi.request_log import RequestLog

_HOST = "127.0.0.1"
_WORTH_COMPRESSING = 1024
_COMPRESSED_PAGES_KEPT = 64
# How long `stop` waits for requests that are still being delayed.
_PATIENCE_SECONDS = 0.5


def new_secret_key() -> str:
    """A secret key of the form that vi-sdk insists on: `dtvi_`, and 103 characters in all."""
    return "dtvi_" + secrets.token_hex(49)


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
    # Looking for garbage again and again among 40,000 documents that are all in use takes longer than making them.
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _new_uuid() -> str:
    return str(uuid.uuid4())


class ViEmulator:
    """A running Vi with one organization.

    Attributes:
        url: where it listens; empty before it does.
        secret_key: the key that clients must show; made anew for each emulator.
        organization_id: the organization's id; made anew for each emulator.
        organization: the state, to look at and to change behind the bot's back.
        faults: what goes wrong.
        requests: what arrived.

    Args:
        scenario: the name of a starting state of `sandbox.scenarios`, or a starting state.
        port: where to listen; 0 takes a free one.
        clock: gives the present, aware.
        new_id: gives an id that was never used.
        sleep: what a delay waits with.
    """

    def __init__(
        self,
        *,
        scenario: str | StartingState = "small-team",
        port: int = 0,
        clock: Callable[[], datetime] = _utc_now,
        new_id: Callable[[], str] = _new_uuid,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self.url = ""
        self.secret_key = new_secret_key()
        self.organization_id = f"org_{new_id()}"
        with _garbage_collection_paused():
            self.organization = Organization(
                scenarios.load(scenario, now=clock()) if isinstance(scenario, str) else scenario,
                organization_id=self.organization_id,
                clock=clock,
                new_id=new_id,
            )
        self.faults = Faults()
        self.requests = RequestLog(clock)
        self._port = port
        self._sleep = sleep
        self._compressed: dict[tuple[str, int], bytes] = {}
        self._runner: web.AppRunner | None = None

    @classmethod
    def start(
        cls,
        scenario: str | StartingState = "small-team",
        port: int = 0,
        *,
        clock: Callable[[], datetime] = _utc_now,
        new_id: Callable[[], str] = _new_uuid,
        sleep: Sleep = asyncio.sleep,
    ) -> "Starting":
        """Start one: `vi = await ViEmulator.start(…)` and later `await vi.stop()`, or `async with … as vi`."""
        return Starting(cls(scenario=scenario, port=port, clock=clock, new_id=new_id, sleep=sleep))

    async def listen(self) -> Self:
        """Begin to listen.

        Raises:
            OSError: the port is taken.
        """
        endpoints = Endpoints(self.organization, self.secret_key)
        application = web.Application(
            middlewares=[self._record, self._compress, self._disturb, endpoints.refuse],
            client_max_size=0,
        )
        application.add_routes(endpoints.routes())
        application.on_response_prepare.append(_add_trace)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_PATIENCE_SECONDS)
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, _HOST, self._port).start()
        except OSError:
            await self._runner.cleanup()
            raise
        self.url = "http://{}:{}".format(*self._runner.addresses[0])
        return self

    async def stop(self) -> None:
        """Stop listening, and cut every request that is being held; what was recorded stays to be looked at."""
        self.faults.cut_held()
        if self._runner is not None:
            await self._runner.cleanup()

    @web.middleware
    async def _record(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        entry = self.requests.arrived(request.method, request.path, request.query_string)
        try:
            answer = await handler(request)
        except ConnectionCutError:
            if request.transport is not None:
                request.transport.abort()
            self.requests.ended(entry, None)
            # aiohttp wants an answer from every handler; this one has nowhere to go.
            return web.Response()
        self.requests.ended(entry, answer.status)
        return answer

    @web.middleware
    async def _compress(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        answer = await handler(request)
        if "gzip" not in request.headers.get(hdrs.ACCEPT_ENCODING, "").lower():
            return answer
        if not isinstance(answer, web.Response) or not isinstance(answer.body, bytes):
            return answer
        if len(answer.body) >= _WORTH_COMPRESSING:
            answer.body = await self._gzipped(answer, answer.body)
            answer.headers[hdrs.CONTENT_ENCODING] = "gzip"
        return answer

    async def _gzipped(self, answer: web.Response, body: bytes) -> bytes:
        # A page of a thousand workflows takes longer to compress than to make: off the event loop, and once.
        key = (answer.url, answer.revision) if isinstance(answer, ListPage) else None
        if key is not None and key in self._compressed:
            return self._compressed[key]
        packed = await asyncio.to_thread(gzip.compress, body, 1)
        if key is not None:
            self._compressed[key] = packed
            if len(self._compressed) > _COMPRESSED_PAGES_KEPT:
                del self._compressed[next(iter(self._compressed))]
        return packed

    @web.middleware
    async def _disturb(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        # The whole request comes in first: what a client said before it died has been said.
        try:
            await request.read()
        except ConnectionResetError:
            raise ConnectionCutError from None
        exchange = Exchange(request, self.organization, self._sleep)
        early = await self.faults.strike(BEFORE, exchange)
        if early is not None:
            return early
        answer = await handler(request)
        exchange.answer = answer if isinstance(answer, web.Response) else None
        late = await self.faults.strike(AFTER, exchange)
        return answer if late is None else late


class Starting:
    """An emulator that is about to start: await it, or enter it with `async with`."""

    def __init__(self, emulator: ViEmulator) -> None:
        self._emulator = emulator

    def __await__(self) -> Generator[object, None, ViEmulator]:
        return self._emulator.listen().__await__()

    async def __aenter__(self) -> ViEmulator:
        return await self._emulator.listen()

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        await self._emulator.stop()


async def _add_trace(_request: web.Request, response: web.StreamResponse) -> None:
    # The form of Google Cloud's header: a trace, then a span and whether it is sampled.
    response.headers["x-cloud-trace-context"] = f"{secrets.token_hex(16)}/{secrets.randbits(63)};o=1"
