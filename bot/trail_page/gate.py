"""What is let through to Datasette: requests that read, for the addresses of the page, under the page's own name."""

import re
from collections.abc import Awaitable, Callable, Collection, Iterable, MutableMapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from datasette.app import Datasette

from bot.trail_page.csv_export import send_csv
from bot.trail_page.database import TABLE
from bot.trail_page.site import DATABASE

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_START = f"/{DATABASE}/{TABLE}"

# Parameters with which Datasette would take SQL, or another table, from whoever asks.
_CLOSED = frozenset({"sql", "_where", "_through", "_fts_table", "_fts_pk", "_searchmode"})

# Scripts run from files of the page only, so that a workflow's name that is a script stays a name. Vega draws with
# style attributes. Nothing is fetched from, framed by or sent to any other host.
_HEADERS = {
    b"content-security-policy": b"default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    b"img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    b"cache-control": b"no-store",
    b"cross-origin-resource-policy": b"same-origin",
    b"referrer-policy": b"no-referrer",
    b"x-content-type-options": b"nosniff",
}


class Gate:
    """An ASGI app in front of Datasette's.

    The `Host` header must name the page itself: else any web site could have its own name resolve to this machine
    and read the trail in the browser of whoever visits it (DNS rebinding).
    """

    def __init__(self, site: Datasette, path: Path, hosts: Collection[str]) -> None:
        self._site = site
        self._app = site.app()
        self._path = path
        self._file = _identity(path)
        self._hosts = {host.encode() for host in hosts}
        self._addresses = re.compile(_addresses(site.metadata("queries", database=DATABASE)))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # Datasette reads the raw path, in which no sign is written in a second way.
        path = scope["raw_path"].decode("latin-1").partition("?")[0]
        send = _with_headers(send)
        if refusal := self._refusal(scope, path):
            await _send_text(send, *refusal)
        elif path == "/":
            await _send_text(send, HTTPStatus.FOUND, "", [(b"location", _START.encode())])
        elif path.endswith(".csv"):
            await send_csv(self._site, path, scope["query_string"].decode("latin-1"), send)
        else:
            await self._app(scope, receive, send)

    def _refusal(self, scope: Scope, path: str) -> tuple[HTTPStatus, str] | None:
        named = [value for name, value in scope["headers"] if name == b"host"]
        if not named or not self._hosts.issuperset(named):
            return HTTPStatus.FORBIDDEN, "The page answers under its own address only; a proxy must send that as Host."
        if scope["method"] not in {"GET", "HEAD"}:
            return HTTPStatus.METHOD_NOT_ALLOWED, "The audit trail is only looked at here."
        if not self._addresses.fullmatch(path):
            return HTTPStatus.NOT_FOUND, "There is no such page."
        if not _CLOSED.isdisjoint(
            name for name, _ in parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        ):
            return HTTPStatus.FORBIDDEN, "The page takes no SQL."
        if _identity(self._path) != self._file:
            return HTTPStatus.SERVICE_UNAVAILABLE, "The trail's file was moved or replaced. Start the page again."
        return None


def _addresses(queries: Iterable[str]) -> str:
    lists = "|".join((TABLE, *queries))
    return (
        rf"/|/{DATABASE}|/{DATABASE}/(?:{lists})(?:\.json|\.csv)?|/{DATABASE}/{TABLE}/[1-9][0-9]{{0,17}}(?:\.json)?"
        r"|/-/dashboards/activity|/trail-page/[a-z]+\.(?:css|js)"
        r"|/-/static-plugins/datasette_dashboards/vega(?:-lite|-embed)?\.min\.js"
    )


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _with_headers(send: Send) -> Send:
    async def send_with_headers(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            kept = [(name, value) for name, value in message["headers"] if name.lower() not in _HEADERS]
            message = {**message, "headers": [*kept, *_HEADERS.items()]}
        await send(message)

    return send_with_headers


async def _send_text(send: Send, status: HTTPStatus, text: str, headers: Iterable[tuple[bytes, bytes]] = ()) -> None:
    content_type = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status.value, "headers": [content_type, *headers]})
    await send({"type": "http.response.body", "body": text.encode()})
