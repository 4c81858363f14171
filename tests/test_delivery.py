"""What the bot does when something that is not Slack answers in its place: a proxy, a sign-in page, half an answer."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bot.app import SystemClock
from bot.domain.errors import FileNotSent, FilePerhapsSent
from bot.domain.people import GroupId, Memberships, PersonId, Standing, TeamId
from handlers.delivery import Delivery, DialogueNotOpened, Posted
from handlers.messages.blocks import Message
from handlers.people import SlackPeople

ANSWERS = {
    "plain text": web.Response(text="Bad gateway", status=502),
    "a page": web.Response(text="<html>", content_type="text/html"),
    "half of a JSON": web.Response(text='{"ok": tr', content_type="application/json"),
    "another JSON": web.Response(text="[]", content_type="application/json"),
    "nothing": web.Response(status=500),
}


@pytest.fixture(params=ANSWERS)
async def client(request: pytest.FixtureRequest) -> AsyncIterator[AsyncWebClient]:
    answer = ANSWERS[request.param]

    async def give(_request: web.Request) -> web.Response:
        return web.Response(text=answer.text, status=answer.status, content_type=answer.content_type)

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", give)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        base = "http://{}:{}/api/".format(*runner.addresses[0])
        yield AsyncWebClient(token="xoxb-test", base_url=base, session=session, retry_handlers=[])
    await runner.cleanup()


async def test_nothing_of_it_escapes(client: AsyncWebClient, caplog: pytest.LogCaptureFixture) -> None:
    assert client.session is not None
    delivery = Delivery(client, client.session)
    people = SlackPeople(client, SystemClock(), team=TeamId("T1"))
    assert await delivery.post("C1", Message("text", [])) is None
    assert await delivery.rewrite("C1", "1.0", Message("text", [])) is False
    assert await delivery.update_modal("V1", {}) is False
    with pytest.raises(FileNotSent, match="The file did not reach Slack"):
        await delivery.upload("a.txt", b"a")
    with pytest.raises(FilePerhapsSent, match="did not say whether"):
        await delivery.share("F1", "a.txt", Posted("D1", "1.0"))
    with pytest.raises(DialogueNotOpened):
        await delivery.open_modal("1", {})
    assert (await people.person(PersonId("U1"), TeamId("T1"))).standing is Standing.UNKNOWN
    assert await people.memberships(PersonId("U1"), [GroupId("S1")]) == Memberships(untold=frozenset({GroupId("S1")}))
    assert all(record.levelno >= logging.WARNING for record in caplog.records)


async def test_an_answer_that_repeats_half_of_a_surrogate_pair_arrives() -> None:
    arrived: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        arrived.append(await request.json())
        return web.Response(text="ok")

    application = web.Application()
    application.router.add_post("/commands/1", take)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        delivery = Delivery(AsyncWebClient(token="xoxb-test", session=session), session)
        address = "http://{}:{}/commands/1".format(*runner.addresses[0])
        assert await delivery.answer(address, Message("lamps \ud83d", [])) is True
    assert [each["text"] for each in arrived] == ["lamps \ud83d"]
    await runner.cleanup()
