"""Slack's requests over HTTP: one address for commands, controls and forms; every request must be signed by Slack.

A signature is looked at before anything else is: v0 HMAC over the raw body, at most five minutes old. While Slack's
signing secret is exchanged, two are valid. Then Bolt finds the listener.
"""

import asyncio
import json
import logging
import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest
from slack_sdk.signature import SignatureVerifier

from bot.ports import DoorState

_LOG = logging.getLogger(__name__)

PATH = "/slack/events"
BODY_BYTES = 1024 * 1024
"""A view holds 250 kB, and a payload little more than a view; what is larger did not come from Slack."""
_ANSWER_SECONDS = 3
"""Slack waits so long for an answer; after that there is nobody to answer any more."""
BODY_SECONDS = 5.0
"""Slack waits 3 s for an answer: a body that takes longer than this is of no use to anybody."""
IDLE_SECONDS = 75.0
"""More than the 60 s for which common load balancers keep a connection that nothing comes over."""
_LINGERING_SECONDS = 1.0  # for the rest of a body that was refused
_REMINDER_SECONDS = 3600.0
_FORM = "application/x-www-form-urlencoded"
_TIMESTAMP = re.compile(r"[0-9]{1,12}")


class HttpDoor:
    """Listens until it is closed.

    Args:
        app: where the listeners are. It must not check signatures itself: Bolt knows one secret only.
        secrets: what a request may be signed with: Slack's signing secret, and the one before it while it is valid.
        elapsed: seconds since some moment in the past.
        body_seconds: for a request's body to arrive.
        idle_seconds: for a request's headers to arrive, and between two requests over one connection.
    """

    def __init__(
        self,
        app: AsyncApp,
        secrets: Sequence[str],
        elapsed: Callable[[], float],
        *,
        body_seconds: float = BODY_SECONDS,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        self._app = app
        self._verifiers = [SignatureVerifier(secret) for secret in secrets]
        self._elapsed = elapsed
        self._body_seconds = body_seconds
        self._heard_at: float | None = None
        self._reminded_at: float | None = None
        application = web.Application(client_max_size=BODY_BYTES)
        application.router.add_post(PATH, self._take)
        self._runner = web.AppRunner(
            application,
            access_log=None,
            keepalive_timeout=idle_seconds,
            lingering_time=_LINGERING_SECONDS,
            shutdown_timeout=_ANSWER_SECONDS,
        )

    async def open(self, host: str, port: int) -> str:
        """Begin to listen; port 0 takes a free one. The address, path included.

        Raises:
            OSError: the address cannot be had.
        """
        await self._runner.setup()
        await web.TCPSite(self._runner, host, port).start()
        return f"http://{host}:{self._runner.addresses[0][1]}{PATH}"

    async def close(self) -> None:
        """Take nothing more; requests that are being answered are."""
        await self._runner.cleanup()

    def state(self) -> DoorState:
        """Whether it is open, and when a signed request last came through."""
        silence = None if self._heard_at is None else self._elapsed() - self._heard_at
        return DoorState("http", int(bool(self._runner.sites)), silence)

    async def _take(self, request: web.Request) -> web.StreamResponse:
        try:
            async with asyncio.timeout(self._body_seconds):
                body = (await request.read()).decode()
        except TimeoutError:
            return web.Response(status=408)  # and hung up on, since the rest of it may still come
        except UnicodeDecodeError:
            return web.Response(status=400)
        if not self._is_signed(request, body):
            return web.Response(status=401)
        try:
            bolt_request = _read(body, request)
        except ValueError:
            return web.Response(status=400)
        return await to_aiohttp_response(await self._app.async_dispatch(bolt_request))

    def _is_signed(self, request: web.Request, body: str) -> bool:
        timestamp = request.headers.get("X-Slack-Request-Timestamp", "")
        signature = request.headers.get("X-Slack-Signature", "")
        if _TIMESTAMP.fullmatch(timestamp) is None or not signature.isascii():
            return False
        for index, verifier in enumerate(self._verifiers):
            if verifier.is_valid(body, timestamp, signature):
                self._heard_at = self._elapsed()
                if index:
                    self._remind(self._heard_at)
                return True
        return False

    def _remind(self, now: float) -> None:
        if self._reminded_at is None or now - self._reminded_at >= _REMINDER_SECONDS:
            self._reminded_at = now
            _LOG.warning(
                "Slack still signs with the previous signing secret: keep VI_BOT_PREVIOUS_SIGNING_SECRET until this "
                "is not said for an hour."
            )


def _read(text: str, request: web.Request) -> AsyncBoltRequest:
    headers: dict[str, str | Sequence[str]] = dict(request.headers)
    fields = dict(parse_qsl(text, keep_blank_values=True)) if request.content_type == _FORM else {}
    if not fields:
        return AsyncBoltRequest(body=text, headers=headers)
    # A form is read here, as a Socket Mode body is: Bolt 1.30 takes one in which the word "payload" stands anywhere for
    # one with a field of that name, and finds nothing in it: `/vi delete payload-detector` would be answered 404. And
    # a payload would be taken apart twice.
    body = json.loads(fields["payload"]) if "payload" in fields else fields
    read = AsyncBoltRequest(body=body, headers=headers, mode="socket_mode")
    read.raw_body, read.mode = text, "http"
    return read
