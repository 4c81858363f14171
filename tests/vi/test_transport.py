"""One request is one request, and whether it was sent is never mistaken."""

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import httpx
import pytest
from httpx_aiohttp import AiohttpTransport

from bot.vi.calls import Answer, Call, Effect
from bot.vi.transport import AnswerLost, NotSent, exchange, open_http
from sandbox.vi import faults
from sandbox.vi.server import ViEmulator
from tests.vi.conftest import http_answer, saying, server


@pytest.fixture
async def http(vi: ViEmulator) -> AsyncIterator[httpx.AsyncClient]:
    headers = {"Authorization": f"Bearer {vi.secret_key}", "Organization-Id": vi.organization_id}
    async with open_http(f"{vi.url}/workspaces/", headers) as opened:
        yield opened


def call(vi: ViEmulator, effect: Effect) -> Call:
    return Call(effect, f"{vi.organization_id}/flows/{vi.organization.workflow_ids()[0]}", "workflow", content=b"")


async def sent(http: httpx.AsyncClient, call: Call) -> Answer:
    return await exchange(http, call, connect=5.0, silence=5.0)


@pytest.mark.parametrize("moment", [faults.BEFORE, faults.AFTER])
@pytest.mark.parametrize("effect", list(Effect))
@pytest.mark.parametrize("warm", [False, True])
async def test_a_request_whose_connection_is_cut_reaches_the_server_once(
    vi: ViEmulator, http: httpx.AsyncClient, effect: Effect, moment: faults.Moment, *, warm: bool
) -> None:
    if warm:
        await sent(http, call(vi, Effect.READS))
        vi.requests.clear()
    vi.faults.on(effect.value, "*", faults.Cut(moment=moment))
    with pytest.raises(AnswerLost):
        await sent(http, call(vi, effect))
    assert vi.requests.count(effect.value) == 1


async def test_the_libraries_by_themselves_send_a_deletion_twice_and_call_it_never_sent(vi: ViEmulator) -> None:
    """The trap that the transport is for: once this fails, `_report_loss` may have had its day."""
    vi.faults.on("DELETE", "*", faults.Cut(), times=2)
    headers = {"Authorization": f"Bearer {vi.secret_key}", "Organization-Id": vi.organization_id}
    bare = AiohttpTransport(client=aiohttp.ClientSession)
    async with httpx.AsyncClient(transport=bare, base_url=f"{vi.url}/workspaces/", headers=headers) as http:
        with pytest.raises(httpx.ConnectTimeout):
            await http.delete(call(vi, Effect.DELETES).path)
    assert vi.requests.count("DELETE") == 2


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"no HTTP at all\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\nContent-Encoding: gzip\r\n\r\nzzzz",
    ],
)
async def test_an_answer_that_does_not_arrive_whole_is_lost_and_never_taken_for_unsent(raw: bytes) -> None:
    async with server(saying(raw)) as port, open_http(f"http://127.0.0.1:{port}/", {}) as http:
        with pytest.raises(AnswerLost):
            await sent(http, Call(Effect.DELETES, "x", "workflow"))


async def test_an_answer_that_stays_away_too_long_is_lost(vi: ViEmulator, http: httpx.AsyncClient) -> None:
    vi.faults.on("DELETE", "*", faults.Hold())
    with pytest.raises(AnswerLost):
        await exchange(http, call(vi, Effect.DELETES), connect=5.0, silence=0.1)


async def test_a_request_that_waits_too_long_for_a_free_connection_is_never_sent(vi: ViEmulator) -> None:
    session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=1))
    held = vi.faults.on("GET", "*", faults.Hold())
    async with open_http(f"{vi.url}/workspaces/", {}) as http:
        # The pool of two hundred is made one, so that one request fills it.
        assert isinstance(http._transport, AiohttpTransport)
        http._transport.client = session
        first = asyncio.create_task(sent(http, call(vi, Effect.READS)))
        await held.reached()
        with pytest.raises(NotSent):
            await exchange(http, call(vi, Effect.DELETES), connect=0.1, silence=5.0)
        held.release()
        assert (await first).status == 401
    assert vi.requests.count("DELETE") == 0


async def test_answers_are_asked_for_compressed_and_given_decompressed(vi: ViEmulator, http: httpx.AsyncClient) -> None:
    http.headers["Accept-Encoding"] = "gzip"
    answer = await sent(http, Call(Effect.READS, f"{vi.organization_id}/flows", "organization"))
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.body) > int(answer.headers["content-length"])
    assert answer.body.startswith(b'{"items":[')


async def test_redirects_are_answers_like_others_and_not_followed(vi: ViEmulator, http: httpx.AsyncClient) -> None:
    vi.faults.on("GET", "*", faults.Answer(307, headers={"Location": f"{vi.url}/elsewhere"}))
    assert (await sent(http, call(vi, Effect.READS))).status == 307
    assert len(vi.requests) == 1


async def test_cookies_of_a_proxy_are_not_sent_back() -> None:
    heads: list[bytes] = []
    raw = http_answer(b"{}", headers="Set-Cookie: seen=1\r\n")
    # By name: libraries that keep cookies keep none of a bare address.
    async with server(saying(raw, heads)) as port, open_http(f"http://localhost:{port}/", {}) as http:
        for _ in range(2):
            await sent(http, Call(Effect.READS, "x", "workflow"))
    assert len(heads) == 2
    assert b"cookie" not in heads[1].lower()
