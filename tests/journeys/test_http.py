"""What only HTTP has: signatures, forms, and an address that anybody can reach."""

from collections.abc import AsyncIterator
from io import BytesIO

import aiohttp
import pytest

from bot.app import SlackNotConnected, running
from handlers.http_door import PATH
from sandbox.playground import Playground, playground_settings
from sandbox.slack.http_mode import Forgery
from tests.journeys.steps import asked

pytestmark = pytest.mark.http_only("it is about requests, signatures and forms")


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


async def test_the_word_payload_in_a_command_is_a_word_like_any_other(play: Playground) -> None:
    vera = play.slack.user("vera")
    assert (
        "No workflow has the id or the name “payload-detector”" in (await asked(vera, "/vi show payload-detector")).text
    )
    assert "with “payload={}”" in (await asked(vera, '/vi list "payload={}"')).text


@pytest.mark.parametrize("forgery", list(Forgery))
async def test_what_slack_did_not_sign_is_refused_and_not_read(
    play: Playground, forgery: Forgery, caplog: pytest.LogCaptureFixture
) -> None:
    before = len(play.vi.requests)  # the bot's first look at the workflows
    assert await play.slack.forge_command("/vi list", forgery) == 401
    assert await play.slack.forge_command("/vi show payload", forgery) == 401
    assert len(play.vi.requests) == before
    assert "/vi" not in caplog.text
    assert (await play.bot.resources.store.head()).seq == 1  # the bot's start


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({}, b"text=x", 401),
        ({"X-Slack-Request-Timestamp": "soon"}, b"text=x", 401),
        ({"X-Slack-Request-Timestamp": "1"}, b"payload={", 400),
        ({"X-Slack-Request-Timestamp": "1"}, b"x" * (1024 * 1024 + 1), 413),
    ],
)
async def test_what_is_no_request_of_slacks_is_turned_away(
    play: Playground, session: aiohttp.ClientSession, headers: dict[str, str], body: bytes, status: int
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    async with session.post(play.address, data=BytesIO(body), headers=form) as response:
        assert response.status == status


async def test_nothing_else_is_served(play: Playground, session: aiohttp.ClientSession) -> None:
    async with session.get(play.address) as response:
        assert response.status == 405
    async with session.post(play.address.replace(PATH, "/"), data=b"") as response:
        assert response.status == 404


async def test_an_address_that_is_taken_ends_the_start(play: Playground) -> None:
    port = play.address.removesuffix(PATH).rpartition(":")[2]
    settings = playground_settings(play.slack, play.vi, ":memory:", VI_BOT_HTTP_PORT=port)
    with pytest.raises(SlackNotConnected, match="cannot be had"):
        async with running(settings):
            pass
