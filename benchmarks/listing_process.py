"""One listing in a process of its own, so that its memory and its hold on the event loop can be told from others'.

Run as `python -m benchmarks.listing_process ours|chain|sdk|documented ADDRESS PAGES`. It prints JSON: seconds, how many
items, the longest hold of the event loop in milliseconds, and the megabytes by which memory grew at the peak. Imports,
the first connection and its TLS context are over before the clock starts. `chain` and `documented` end after so many
pages.
"""

import asyncio
import gzip
import json
import sys
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from itertools import islice

from benchmarks import memory

_TICK = 0.001  # seconds between two looks at the clock
_KEY = "dtvi_" + "k" * 98
_ORGANIZATION = "org_benchmark"
LARGEST_PAGE = 1000  # items that Vi sends at once at most
DEFAULT_PAGE = 10  # items that vi-sdk asks for unless it is told otherwise

_List = Callable[[], Awaitable[Sequence[object]]]


async def ours(address: str, _pages: int) -> Mapping[str, float]:
    """The bot's client, with all the rest of the bot in memory beside it."""
    from bot.app import freeze_start
    from bot.vi.client import ViClient

    freeze_start()
    async with ViClient(address, _KEY, _ORGANIZATION) as client:
        await client.ping()
        return await _watched(client.list_workflows)


async def chain(address: str, pages: int) -> Mapping[str, float]:
    """The limit: one page after the other is received and unpacked, since the next one's token stands at its end."""
    host, port = address.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=2**24)

    async def listing() -> Sequence[object]:
        for number in range(pages):
            path = f"/workspaces/{_ORGANIZATION}/flows?s={LARGEST_PAGE}&p={number * LARGEST_PAGE}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: gzip\r\n\r\n".encode())
            head = await reader.readuntil(b"\r\n\r\n")
            gzip.decompress(await reader.readexactly(int(head.rpartition(b"Content-Length: ")[2])))
        return range(pages)

    found = await _watched(listing)
    writer.close()
    await writer.wait_closed()
    return found


async def sdk(address: str, _pages: int) -> Mapping[str, float]:
    """vi-sdk with the largest pages, in a thread."""
    import vi  # type: ignore[import-untyped] # it has no types

    with vi.Client(secret_key=_KEY, organization_id=_ORGANIZATION, endpoint=address) as client:
        client.flows.list(pagination={"page_size": 1})
        return await _watched(
            lambda: asyncio.to_thread(
                lambda: list(client.flows.list(pagination={"page_size": LARGEST_PAGE}).all_items())
            )
        )


async def documented(address: str, pages: int) -> Mapping[str, float]:
    """vi-sdk as its documentation shows it: all items, without a word about pages; no more than so many pages."""
    import vi

    with vi.Client(secret_key=_KEY, organization_id=_ORGANIZATION, endpoint=address) as client:
        client.flows.list(pagination={"page_size": 1})
        count = pages * DEFAULT_PAGE
        return await _watched(lambda: asyncio.to_thread(lambda: list(islice(client.flows.list().all_items(), count))))


async def _watched(listing: _List) -> Mapping[str, float]:
    before = 0.0
    if memory.available():
        memory.forget_peak()
        before = memory.resident()
    watch = asyncio.create_task(_longest_hold())
    await asyncio.sleep(0)
    began = time.perf_counter()
    items = await listing()
    seconds = time.perf_counter() - began
    await asyncio.sleep(2 * _TICK)  # what held the loop at the very end is seen too
    watch.cancel()
    found = {"seconds": seconds, "hold": 1000 * await watch, "items": len(items)}
    return {**found, "peak": memory.grown_since(before)} if memory.available() else found


async def _longest_hold() -> float:
    longest = 0.0
    try:
        while True:
            began = time.perf_counter()
            await asyncio.sleep(_TICK)
            longest = max(longest, time.perf_counter() - began - _TICK)
    except asyncio.CancelledError:
        return longest


KINDS: Mapping[str, Callable[[str, int], Awaitable[Mapping[str, float]]]] = {
    each.__name__: each for each in (ours, chain, sdk, documented)
}


async def _main(kind: str, address: str, pages: int) -> None:
    sys.stdout.write(json.dumps(await KINDS[kind](address, pages)))


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
