"""What only HTTP has: signatures, forms, and an address that anybody can reach."""

import time
from collections.abc import AsyncIterator
from io import BytesIO
from urllib.parse import urlencode

import aiohttp
import pytest

from bot.app import SlackNotConnected, running
from bot.ports import TrailQuery
from handlers.http_door import PATH
from sandbox.playground import Playground, playground_settings
from sandbox.slack.http_mode import FORM, Forgery, sign
from sandbox.slack.wire import Kind
from tests.journeys.conftest import Start
from tests.journeys.steps import asked, idle

pytestmark = pytest.mark.http_only("it is about requests, signatures and forms")


def signed(secret: str, body: bytes, *, ago: int = 0) -> dict[str, str]:
    """The headers of a request that was signed with this secret, so many seconds ago."""
    timestamp = str(int(time.time()) - ago)
    signature = sign(secret, timestamp, body)
    return {"X-Slack-Request-Timestamp": timestamp, "X-Slack-Signature": signature, "Content-Type": FORM}


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
        ({"X-Slack-Request-Timestamp": "9" * 5_000}, b"text=x", 401),
        ({"X-Slack-Request-Timestamp": "1"}, b"payload={", 401),
        ({"X-Slack-Request-Timestamp": "1"}, b"x" * (1024 * 1024 + 1), 413),
    ],
)
async def test_what_is_no_request_of_slacks_is_turned_away(
    play: Playground, session: aiohttp.ClientSession, headers: dict[str, str], body: bytes, status: int
) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded", **headers}
    async with session.post(play.address, data=BytesIO(body), headers=form) as response:
        assert response.status == status


async def test_a_body_of_unknown_length_that_is_too_large_is_turned_away(
    play: Playground, session: aiohttp.ClientSession
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(17):
            yield b"x" * 65_536

    async with session.post(play.address, data=endless()) as response:
        assert response.status == 413


async def test_what_is_signed_and_cannot_be_read_is_turned_away(
    play: Playground, session: aiohttp.ClientSession
) -> None:
    body = b"payload={"
    async with session.post(play.address, data=body, headers=signed(play.slack.signing_secret, body)) as response:
        assert response.status == 400


async def test_a_signature_of_other_letters_is_refused(play: Playground, session: aiohttp.ClientSession) -> None:
    headers = {**signed(play.slack.signing_secret, b"text=x"), "X-Slack-Signature": "v0=\u00fc"}
    async with session.post(play.address, data=b"text=x", headers=headers) as response:
        assert response.status == 401


async def test_two_signing_secrets_are_valid_while_one_takes_the_place_of_the_other(
    start: Start, session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture
) -> None:
    previous = "0123456789abcdef"
    play = await start(VI_BOT_PREVIOUS_SIGNING_SECRET=previous)
    await asked(play.slack.user("vera"), "/vi whoami")
    assert "previous signing secret" not in caplog.text
    body = b"ssl_check=1&token=x"
    for secret, status in ((previous, 200), (previous, 200), ("another-secret-of-nobody", 401)):
        async with session.post(play.address, data=body, headers=signed(secret, body)) as response:
            assert response.status == status
    assert caplog.text.count("Slack still signs with the previous signing secret") == 1


async def test_what_is_no_text_is_turned_away_whoever_sent_it(play: Playground, session: aiohttp.ClientSession) -> None:
    async with session.post(play.address, data=b"\xff\xfe", headers={"X-Slack-Request-Timestamp": "1"}) as response:
        assert response.status == 400


async def test_a_request_with_an_old_timestamp_is_refused_under_either_secret(
    start: Start, session: aiohttp.ClientSession
) -> None:
    play = await start(VI_BOT_PREVIOUS_SIGNING_SECRET="0123456789abcdef")
    for secret in (play.slack.signing_secret, "0123456789abcdef"):
        headers = signed(secret, b"ssl_check=1", ago=301)
        async with session.post(play.address, data=b"ssl_check=1", headers=headers) as response:
            assert response.status == 401


async def replay(play: Playground, session: aiohttp.ClientSession, words: str) -> None:
    """Deliver the first command that begins with these words once more."""
    commands = (each.sent for each in play.slack.wire.exchanges() if each.kind is Kind.COMMAND)
    body = urlencode(next(each for each in commands if each["text"].startswith(words))).encode()
    async with session.post(play.address, data=body, headers=signed(play.slack.signing_secret, body)) as response:
        assert response.status == 200
    await play.bot.work.drain(5)


async def test_a_backup_that_is_replayed_is_made_once(play: Playground, session: aiohttp.ClientSession) -> None:
    before = len(play.vi.organization.workflow_ids())
    await asked(play.slack.user("omar"), f"/vi backup {idle(play)}")
    await replay(play, session, "backup ")
    assert len(play.vi.organization.workflow_ids()) == before + 1
    assert [each.body for each in await play.bot.resources.store.trail(TrailQuery(text="repeated"))]


async def test_locks_that_are_replayed_are_neither_set_nor_dropped_again(
    play: Playground, session: aiohttp.ClientSession
) -> None:
    store, workflow_id = play.bot.resources.store, idle(play)
    alice = play.slack.user("alice")
    await asked(alice, f"/vi lock {workflow_id} --reason x")
    await asked(alice, f"/vi unlock {workflow_id}")
    await replay(play, session, "lock ")
    assert await store.locks() == []
    await asked(alice, f"/vi lock {workflow_id} --reason y")
    await replay(play, session, "unlock ")
    assert [each.reason for each in await store.locks()] == ["y"]


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
