"""The doors for the content of files: `/upload/{id}` takes it from the app, `/files/{id}` gives it to people.

Slack: reference/methods/files.getUploadURLExternal. Assumed, where that page is silent: an upload address is good for
one upload of the announced size, and every status and body below other than 200.
"""

import hmac
from urllib.parse import quote

from aiohttp import BodyPartReader, web

from sandbox.slack.directory import Person
from sandbox.slack.misbehaviour import ConnectionCutError, cut_connection, fault_answer, misbehaviour
from sandbox.slack.state import WorkspaceState
from sandbox.slack.wire import Exchange, Kind

SESSION_COOKIE = "d"
"""The cookie of Slack's own clients; a person's browser sends it with every request."""


class FileTransfer:
    """Takes and gives the content of files."""

    def __init__(self, state: WorkspaceState) -> None:
        self._state = state

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answer one POST to `/upload/{id}`: raw bytes, or a form that holds one file."""
        exchange = self._state.wire.start(Kind.FILE, "upload", {}, from_app=True)
        try:
            async with misbehaviour(self._state, "upload", {}) as fault:
                if fault is None:
                    status, text = await self._store(request, exchange)
                else:
                    status, text = fault_answer(fault)[0], "failed"
        except ConnectionCutError:
            self._state.wire.finish(exchange, None, answered=False)
            return cut_connection(request)
        self._state.wire.finish(exchange, text, status)
        return web.Response(status=status, text=text)

    async def send(self, request: web.Request) -> web.StreamResponse:
        """Answer one GET of `/files/{id}`: a person may have a file out of any message on their screen.

        An app may have it too, at Slack, with the scope files:read; none is emulated that asks for it.
        """
        person = self._person(request)
        if person is None:
            return web.Response(status=403)
        file = self._state.files.get(request.match_info["id"])
        shared = {each["id"] for message in self._state.messages.visible_to(person) for each in message.files}
        if file is None or file.id not in shared:
            return web.Response(status=404)
        disposition = f"attachment; filename*=UTF-8''{quote(file.name, safe='')}"
        return web.Response(body=file.content, headers={"Content-Disposition": disposition})

    async def _store(self, request: web.Request, exchange: Exchange) -> tuple[int, str]:
        content = await _read_content(request)
        exchange.sent = {"bytes": len(content)}
        file = self._state.files.awaited(request.match_info["id"])
        if file is None:
            self._state.complain("unknown_upload", "An upload address is for one upload, once.", exchange)
            return 404, "not found"
        if len(content) != file.length:
            sentence = f"{file.name} was announced with {file.length} bytes; {len(content)} came."
            self._state.complain("upload_size", sentence, exchange)
            return 400, "wrong size"
        file.content = content
        return 200, f"OK - {len(content)}"

    def _person(self, request: web.Request) -> Person | None:
        cookie = request.cookies.get(SESSION_COOKIE, "").encode()
        for person in self._state.directory.people.values():
            session = self._state.credentials.session_of(person.id).encode()
            if person.signed_in and not person.is_bot and hmac.compare_digest(session, cookie):
                return person
        return None


async def _read_content(request: web.Request) -> bytes:
    # Read from the stream, not with `request.read()`: aiohttp's limit for that is one megabyte, Slack's is none of it.
    if request.content_type != "multipart/form-data":
        return await request.content.read()
    async for part in await request.multipart():
        if isinstance(part, BodyPartReader) and part.filename:
            return bytes(await part.read())
    return b""
