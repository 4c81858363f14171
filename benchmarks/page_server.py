"""Lists of workflows, served as Vi serves them, at a fixed latency and so leanly that the server is not measured.

It also answers what a bot asks Slack when it starts: who it is.

Run as `python -m benchmarks.page_server COUNT MILLISECONDS` it prints its address, and serves until its standard input
ends. Bodies are made once, of documents that are; what they cost is part of the latency, not added to it.
"""

import asyncio
import gzip
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qs, urlsplit

from benchmarks.flows import flow

_LIST = re.compile(r"/workspaces/[^/]+/(flows|runs|trainingProjects)$")
_USUAL_PAGE = 1000
_LENGTH = re.compile(rb"\r\nContent-Length: *([0-9]+)", re.IGNORECASE)
_WHO = {"ok": True, "team_id": "T05EED0TEAM", "user_id": "U05EED0BOT", "bot_id": "B05EED0BOT"}


@contextmanager
def serving(count: int, milliseconds: float) -> Iterator[str]:
    """The address of such a server in a process of its own, which ends with the block."""
    command = [sys.executable, "-m", "benchmarks.page_server", str(count), str(milliseconds)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        if process.stdin is None or process.stdout is None:
            raise RuntimeError("The server has no pipes.")
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()


class Pages:
    """Answers, made when they are first asked for."""

    def __init__(self, count: int) -> None:
        self._items = [json.dumps(flow(number)).encode() for number in range(count)]
        self._made: dict[tuple[int, int, bool], bytes] = {}
        for begin in range(0, count, _USUAL_PAGE):
            for zipped in (False, True):
                self._page(begin, _USUAL_PAGE, zipped=zipped)

    def answer(self, head: bytes) -> bytes:
        """The whole answer to a request."""
        first, _, headers = head.partition(b"\r\n")
        address = urlsplit(first.split(b" ")[1].decode())
        zipped = b"gzip" in headers.lower().partition(b"accept-encoding:")[2].partition(b"\r\n")[0]
        if address.path.endswith("/auth.test"):
            return _answer(json.dumps(_WHO).encode(), zipped=False)
        listed = _LIST.match(address.path)
        if listed is None:
            return _answer(b"{}", zipped=False)
        if listed[1] != "flows":
            return _answer(b'{"items": [], "nextPage": null}', zipped=False)
        asked = parse_qs(address.query)
        return self._page(int(asked.get("p", ["0"])[0]), int(asked.get("s", ["10"])[0]), zipped=zipped)

    def _page(self, begin: int, size: int, *, zipped: bool) -> bytes:
        if (begin, size, zipped) not in self._made:
            end = begin + size
            token = f'"{end}"' if end < len(self._items) else "null"
            items = b", ".join(self._items[begin:end])
            body = b'{"items": [' + items + f'], "nextPage": {token}, "prevPage": null}}'.encode()
            self._made[begin, size, zipped] = _answer(body, zipped=zipped)
        return self._made[begin, size, zipped]


def _answer(body: bytes, *, zipped: bool) -> bytes:
    content = gzip.compress(body, 6) if zipped else body
    encoding = "Content-Encoding: gzip\r\n" if zipped else ""
    head = f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{encoding}Content-Length: {len(content)}\r\n\r\n"
    return head.encode() + content


class _Connection(asyncio.Protocol):
    def __init__(self, pages: Pages, seconds: float) -> None:
        self._pages = pages
        self._seconds = seconds
        self._transport: asyncio.Transport | None = None
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport if isinstance(transport, asyncio.Transport) else None

    def data_received(self, data: bytes) -> None:
        began = time.perf_counter()
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0 and self._transport is not None:
            head = self._received[:end]
            length = _LENGTH.search(head)
            whole = end + 4 + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            self._received = self._received[whole:]
            answer = self._pages.answer(head)
            wait = max(0.0, self._seconds - (time.perf_counter() - began))
            asyncio.get_running_loop().call_later(wait, self._transport.write, answer)


async def _serve(count: int, milliseconds: float) -> None:
    loop = asyncio.get_running_loop()
    pages = Pages(count)
    server = await loop.create_server(lambda: _Connection(pages, milliseconds / 1000), "127.0.0.1", 0)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
