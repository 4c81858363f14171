"""The door of the page: one address on this machine, for those who know its token.

A browser on this machine visits other sites too, and any of them can send requests to 127.0.0.1. So the address holds
a token that is made anew for each start, and requests that name another host, or come from another page, are refused.
"""

import base64
import hashlib
import json
import re
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any

from aiohttp import hdrs, web
from pydantic import ValidationError

from sandbox.page.acts import ACT, PersonActs
from sandbox.page.html.wire import content_html
from sandbox.page.screens import LiveScreen, Sandbox, Update, ViRequests
from sandbox.page.vi_acts import ViActs
from sandbox.slack.directory import Person
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.server import ViEmulator

HOST = "127.0.0.1"
FIRST_PORT = 8765
_PORTS_TRIED = 100
_SIGN_OF_LIFE_SECONDS = 15
"""A browser that has gone away is noticed when it is written to."""
_RECONNECT_MS = 1000

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _page() -> str:
    return resources.files("sandbox.page").joinpath("page.html").read_text(encoding="utf-8")


def content_security_policy(page: str) -> str:
    """What the page may do: run its own script, wear its own style, and talk to where it came from."""
    sources = []
    for name in ("script", "style"):
        found = re.findall(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
        hashes = (base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in found)
        sources.append(" ".join([f"{name}-src", *(f"'sha256-{each}'" for each in hashes)]))
    return "; ".join(
        [
            "default-src 'none'",
            *sources,
            "connect-src 'self'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        ]
    )


class PageServer:
    """The page, its events and its acts.

    Attributes:
        url: the address to open in a browser.
    """

    def __init__(self, slack: SlackWorkspace, vi: ViEmulator, roles: Mapping[str, str]) -> None:
        self._token = secrets.token_urlsafe(24)
        self._slack = slack
        self._changes = slack.state.changes
        meddling = ViActs(vi)
        self._sandbox = Sandbox(slack, vi, ViRequests(vi, self._changes.notify), meddling, roles)
        self._hands: dict[str, PersonActs] = {}
        self._page = _page()
        self._policy = content_security_policy(self._page)
        self._stopping = False
        self._hosts: frozenset[str] = frozenset()
        self.url = ""

    @classmethod
    @asynccontextmanager
    async def start(
        cls, slack: SlackWorkspace, vi: ViEmulator, *, roles: Mapping[str, str] | None = None, port: int = FIRST_PORT
    ) -> AsyncIterator["PageServer"]:
        """Listen until the block ends.

        Args:
            slack: the workspace.
            vi: the organization.
            roles: what the app lets each person do, in a word, by user id.
            port: where to listen, or the next port that is free; 0 takes any.

        Raises:
            OSError: this port and the hundred after it are taken.
        """
        server = cls(slack, vi, roles or {})
        runner = web.AppRunner(server._application(), access_log=None, shutdown_timeout=1)
        await runner.setup()
        try:
            await _listen(runner, port)
            port = runner.addresses[0][1]
            server._hosts = frozenset({f"{HOST}:{port}", f"localhost:{port}"})
            server.url = f"http://{HOST}:{port}/{server._token}/"
            yield server
        finally:
            server._stopping = True
            server._changes.notify()
            server._sandbox.requests.stop()
            await runner.cleanup()

    def _application(self) -> web.Application:
        application = web.Application(middlewares=[self._guard])
        application.router.add_get("/{token}/", self._show)
        application.router.add_get("/{token}/events", self._tell)
        application.router.add_get(r"/{token}/exchange/{number:\d+}", self._show_exchange)
        application.router.add_post("/{token}/act", self._act)
        application.on_response_prepare.append(self._add_headers)
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        origin = request.headers.get(hdrs.ORIGIN)
        own = {f"http://{host}" for host in self._hosts}
        is_foreign = origin not in own if origin or request.method == hdrs.METH_POST else False
        if request.host not in self._hosts or is_foreign:
            raise web.HTTPForbidden(text="This page answers its own address only.")
        token = request.match_info.get("token", "")
        if not secrets.compare_digest(token.encode(), self._token.encode()):
            raise web.HTTPNotFound(text="Not here. The page's address, with its token, stands in the terminal.")
        return await handler(request)

    async def _add_headers(self, _request: web.Request, response: web.StreamResponse) -> None:
        response.headers.update(
            {
                "Content-Security-Policy": self._policy,
                "X-Content-Type-Options": "nosniff",
                "Referrer-Policy": "no-referrer",
                "Cross-Origin-Opener-Policy": "same-origin",
                "Cross-Origin-Resource-Policy": "same-origin",
                hdrs.CACHE_CONTROL: "no-store",
            }
        )

    async def _show(self, _request: web.Request) -> web.Response:
        return web.Response(text=self._page, content_type="text/html")

    async def _tell(self, request: web.Request) -> web.StreamResponse:
        """Server-sent events: everything the person sees, then each change, until the browser or this server goes."""
        person = self._sandbox.person(request.query.get("person", "")) or self._first_person()
        screen = LiveScreen(self._sandbox, person)
        response = web.StreamResponse(headers={hdrs.CONTENT_TYPE: "text/event-stream"})
        await response.prepare(request)
        await response.write(f"retry: {_RECONNECT_MS}\n\n".encode())
        is_first = True
        while not self._stopping:
            try:
                # Once the server is to stop, an empty update wakes whoever waits here.
                update = await self._changes.wait_for(
                    lambda: screen.update() or (Update({}, ()) if self._stopping else None), _SIGN_OF_LIFE_SECONDS
                )
            except TimeoutError:
                said = ": still here\n\n"
            else:
                content = {"all": is_first, "put": update.put, "drop": update.drop}
                said = f"data: {json.dumps(content)}\n\n"
                is_first = False
            try:
                await response.write(said.encode())
            except ConnectionError:
                break
        return response

    async def _show_exchange(self, request: web.Request) -> web.Response:
        number = int(request.match_info["number"])
        found = next((each for each in self._slack.wire.exchanges() if each.number == number), None)
        if found is None:
            raise web.HTTPNotFound(text="This exchange was forgotten: newer ones have taken its place.")
        return web.Response(text=content_html(found), content_type="text/html")

    async def _act(self, request: web.Request) -> web.Response:
        if request.content_type != "application/json":
            raise web.HTTPUnsupportedMediaType(text="An act is JSON.")
        try:
            posted: dict[str, Any] = dict(await request.json())
            if posted.get("do") == "vi":
                return web.json_response(self._meddle(str(posted.get("act")), str(posted.get("subject"))))
            hands = self._hands_of(str(posted.pop("person", "")))
            act = ACT.validate_python(posted)
        except (ValueError, TypeError, ValidationError) as error:
            raise web.HTTPBadRequest(text=f"This is not an act: {type(error).__name__}.") from error
        if hands is None:
            return web.json_response({"error": "This person cannot be at a screen."})
        return web.json_response(await hands.do(act))

    def _meddle(self, act: str, subject: str) -> dict[str, str]:
        error = self._sandbox.meddling.do(act, subject)
        self._changes.notify()
        return {"error": error} if error else {}

    def _hands_of(self, user_id: str) -> PersonActs | None:
        person = self._sandbox.person(user_id)
        if person is not None and user_id not in self._hands:
            self._hands[user_id] = PersonActs(self._slack, person)
        return self._hands[user_id] if person is not None else None

    def _first_person(self) -> Person:
        return next(each for each in self._slack.state.directory.people.values() if self._sandbox.person(each.id))


async def _listen(runner: web.AppRunner, port: int) -> None:
    last = port + (_PORTS_TRIED if port else 0)
    while True:
        try:
            await web.TCPSite(runner, HOST, port).start()
        except OSError:
            if port >= last:
                raise
            port += 1
        else:
            return
