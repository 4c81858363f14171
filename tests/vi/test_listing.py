"""Lists: page after page, the next one asked for before this one is decoded, and no list without end."""

import asyncio
import threading
from collections.abc import Sequence
from urllib.parse import parse_qs

import pytest

from bot.domain.errors import ViNotUnderstood, ViUnreachable
from bot.domain.workflow import WorkflowSummary
from bot.vi import wire
from bot.vi.calls import Answer
from bot.vi.client import ViClient
from bot.vi.retries import Limits
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.vi.conftest import KEY, client_of, http_answer, server


async def test_ten_thousand_workflows_come_in_ten_chained_pages_of_a_thousand() -> None:
    async with ViEmulator.start("busy") as vi, ViClient(vi.url, vi.secret_key, vi.organization_id) as client:
        workflows = await client.list_workflows()
        assert [each.id for each in workflows] == vi.organization.workflow_ids()
        assert len(workflows) == 10_000
        pages = vi.requests.matching("GET", "flows")
        assert len(pages) == len({each.query for each in pages}) == 10
        assert all(each.query.startswith("s=1000") for each in pages)


@pytest.mark.parametrize("page_size", [1, 5, 12, 13])
async def test_a_list_is_whole_whatever_a_page_holds(vi: ViEmulator, page_size: int) -> None:
    async with client_of(vi, Limits(page_size=page_size)) as client:
        assert [each.id for each in await client.list_workflows()] == vi.organization.workflow_ids()
    assert vi.requests.count("GET") == -(-12 // page_size)


async def test_an_empty_list_is_empty() -> None:
    async with ViEmulator.start("empty") as vi, ViClient(vi.url, vi.secret_key, vi.organization_id) as client:
        assert len(await client.list_workflows()) == len(await client.list_runs()) == 0


async def test_a_page_token_that_comes_twice_ends_the_listing(vi: ViEmulator) -> None:
    vi.faults.on("GET", "flows", faults.RepeatPageToken(), times=None)
    async with client_of(vi, Limits(page_size=5)) as client:
        with pytest.raises(ViNotUnderstood) as caught:
            await client.list_workflows()
    assert caught.value.trace_id
    assert vi.requests.count("GET") == 2


async def test_more_pages_than_any_list_has_end_the_listing(vi: ViEmulator) -> None:
    async with client_of(vi, Limits(page_size=1, pages=4)) as client:
        with pytest.raises(ViNotUnderstood):
            await client.list_workflows()
    assert vi.requests.count("GET") == 4
    async with client_of(vi, Limits(page_size=3, pages=4)) as client:
        assert len(await client.list_workflows()) == 12


async def test_a_page_in_the_middle_that_fails_fails_the_list(vi: ViEmulator) -> None:
    vi.faults.on("GET", "flows", faults.error(500), after=1, times=None)
    async with client_of(vi, Limits(page_size=5, attempts=1)) as client:
        with pytest.raises(ViUnreachable):
            await client.list_workflows()


async def test_a_page_in_the_middle_is_asked_for_again(vi: ViEmulator) -> None:
    vi.faults.on("GET", "flows", faults.Cut(), after=1)
    async with client_of(vi, Limits(page_size=5, first_pause=0.0)) as client:
        assert len(await client.list_workflows()) == 12
    assert vi.requests.count("GET") == 4


async def test_a_page_that_is_not_understood_leaves_no_request_behind() -> None:
    hung_up = asyncio.Event()

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        page = b'{"items": 7, "nextPage": "2"}'
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
        await reader.readuntil(b"\r\n\r\n")
        # The next page is never given: this waits until the client closes the connection.
        await reader.read()
        hung_up.set()

    async with (
        asyncio.timeout(5),
        server(script) as port,
        ViClient(f"http://127.0.0.1:{port}", KEY, "org_1") as client,
    ):
        with pytest.raises(ViNotUnderstood):
            await client.list_workflows()
        assert not [each for each in asyncio.all_tasks() if "ViClient" in repr(each.get_coro())]
        await hung_up.wait()


async def test_an_item_that_moves_onto_the_next_page_is_listed_once() -> None:
    first = b'{"items": [{"flowId": "c"}, {"flowId": "b"}], "nextPage": "2"}'
    second = b'{"items": [{"flowId": "b"}, {"flowId": "a"}]}'

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        page = second if b"p=2" in await reader.readuntil(b"\r\n\r\n") else first
        writer.write(http_answer(page))
        await writer.drain()

    async with server(script) as port, ViClient(f"http://127.0.0.1:{port}", KEY, "org_1") as client:
        assert [each.id for each in await client.list_workflows()] == ["c", "b", "a"]


async def test_a_page_token_arrives_as_it_was_given() -> None:
    token = "a+b/c=&d %2F?#ü"
    heads: list[bytes] = []

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        page = b'{"items": []}' if len(heads) > 1 else f'{{"items": [], "nextPage": "{token}"}}'.encode()
        writer.write(http_answer(page))
        await writer.drain()

    async with server(script) as port, ViClient(f"http://127.0.0.1:{port}", KEY, "org_1") as client:
        await client.list_workflows()
    query = heads[1].split(b" ")[1].decode().partition("?")[2]
    assert parse_qs(query, strict_parsing=True) == {"s": ["1000"], "p": [token]}


async def test_the_next_page_is_under_way_while_this_one_is_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server has a thread of its own: it must see the second request although decoding holds the event loop."""
    second_arrived = threading.Event()
    stop = threading.Event()
    address: list[int] = []
    listening = threading.Event()

    async def serve() -> None:
        async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            for page in (b'{"items": [], "nextPage": "2"}', b'{"items": []}'):
                if b"p=2" in await reader.readuntil(b"\r\n\r\n"):
                    second_arrived.set()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))
                await writer.drain()

        async with server(script) as port:
            address.append(port)
            listening.set()
            await asyncio.to_thread(stop.wait)

    arrived_before_decoding: list[bool] = []

    def decode(_answer: Answer) -> Sequence[WorkflowSummary]:
        arrived_before_decoding.append(second_arrived.wait(timeout=10))
        return []

    monkeypatch.setattr(wire, "workflows_in", decode)
    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        listening.wait()
        async with ViClient(f"http://127.0.0.1:{address[0]}", KEY, "org_1") as client:
            await client.list_workflows()
    finally:
        stop.set()
        thread.join()
    assert arrived_before_decoding == [True, True]


async def test_independent_lists_go_side_by_side(vi: ViEmulator, client: ViClient) -> None:
    held = vi.faults.on("GET", "flows", faults.Hold())
    workflows = asyncio.create_task(client.list_workflows())
    await held.reached()
    assert len(await client.list_runs()) == len(vi.organization.runs)
    held.release()
    assert len(await workflows) == 12
