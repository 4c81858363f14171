"""Slack's requests over HTTP: one address for commands, controls and forms; every request must be signed by Slack.

Bolt checks the signature (v0 HMAC over the raw body, at most five minutes old) and finds the listener.
"""

from collections.abc import Sequence
from urllib.parse import parse_qsl

from aiohttp import web
from slack_bolt.adapter.aiohttp import to_aiohttp_response
from slack_bolt.async_app import AsyncApp
from slack_bolt.request.async_request import AsyncBoltRequest

PATH = "/slack/events"
_BODY_BYTES = 1024 * 1024
"""A view holds 250 kB, and a payload little more than a view; what is larger did not come from Slack."""
_ANSWER_SECONDS = 3
"""Slack waits so long for an answer; after that there is nobody to answer any more."""
_FORM = "application/x-www-form-urlencoded"


class HttpDoor:
    """Listens until it is closed."""

    def __init__(self, app: AsyncApp) -> None:
        self._app = app
        application = web.Application(client_max_size=_BODY_BYTES)
        application.router.add_post(PATH, self._take)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=_ANSWER_SECONDS)

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

    async def _take(self, request: web.Request) -> web.Response:
        # Bolt turns a timestamp that is no number into an error of its own instead of a refusal.
        if not request.headers.get("X-Slack-Request-Timestamp", "").isdecimal():
            return web.Response(status=401)
        try:
            bolt_request = _read(await request.text(), request)
        except ValueError:
            return web.Response(status=400)
        return await to_aiohttp_response(await self._app.async_dispatch(bolt_request))


def _read(text: str, request: web.Request) -> AsyncBoltRequest:
    headers: dict[str, str | Sequence[str]] = dict(request.headers)
    fields = dict(parse_qsl(text, keep_blank_values=True)) if request.content_type == _FORM else {}
    if not fields or "payload" in fields:
        return AsyncBoltRequest(body=text, headers=headers)
    # Bolt 1.30 takes a form in which the word "payload" stands anywhere for one with a field of that name, and finds
    # nothing in it: `/vi delete payload-detector` would be answered 404. So a command's form is read here, as a
    # Socket Mode body is; with the raw text and the mode put back, the signature is checked as for any other.
    command = AsyncBoltRequest(body=fields, headers=headers, mode="socket_mode")
    command.raw_body, command.mode = text, "http"
    return command
