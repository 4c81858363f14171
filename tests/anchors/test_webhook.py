"""Checkpoints posted through the emulator's incoming webhooks, and what is done with each way to fail."""

import logging
from collections.abc import AsyncIterator

import aiohttp
import pytest

from bot.anchors.webhook import WebhookAnchor
from bot.domain.checkpoint import checkpoints_in
from bot.domain.errors import AnchorUnavailable
from bot.ports import Anchor
from sandbox.slack.workspace import SlackWorkspace
from tests.anchors.values import CHECKPOINT
from tests.vi.conftest import http_answer, saying, server

MAKE_ANOTHER = "Make a new incoming webhook"


@pytest.fixture
async def slack() -> AsyncIterator[SlackWorkspace]:
    workspace = await SlackWorkspace.start()
    try:
        yield workspace
    finally:
        await workspace.stop()
    workspace.assert_clean()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
def url(slack: SlackWorkspace) -> str:
    return slack.make_incoming_webhook("vi-audit")


@pytest.fixture
def anchor(url: str, session: aiohttp.ClientSession, pauses: list[float]) -> Anchor:
    return anchor_at(url, session, pauses)


def anchor_at(url: str, session: aiohttp.ClientSession, pauses: list[float]) -> Anchor:
    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    return WebhookAnchor(url, session, sleep=sleep)


async def failure(anchor: Anchor) -> AnchorUnavailable:
    with pytest.raises(AnchorUnavailable) as caught:
        await anchor.note(CHECKPOINT)
    return caught.value


async def test_a_checkpoint_stands_in_the_channel_and_can_be_read_out_of_it(
    slack: SlackWorkspace, anchor: Anchor
) -> None:
    await anchor.note(CHECKPOINT)
    message = await slack.user("alice").sees("checkpoint at entry #1234", channel="vi-audit")
    assert list(checkpoints_in(message.text)) == [CHECKPOINT]


async def test_slack_that_asks_for_patience_is_asked_once_more(
    slack: SlackWorkspace, anchor: Anchor, pauses: list[float]
) -> None:
    slack.faults.on("incoming_webhook", status=429, retry_after=30)
    await anchor.note(CHECKPOINT)
    assert pauses == [30.0]
    assert slack.wire.count("incoming_webhook") == 2


@pytest.mark.parametrize(("retry_after", "calls"), [(1, 2), (31, 1), (None, 1)])
async def test_slack_that_asks_for_too_much_patience_or_twice_is_left_alone(
    slack: SlackWorkspace, anchor: Anchor, retry_after: int | None, calls: int
) -> None:
    slack.faults.on("incoming_webhook", status=429, retry_after=retry_after, times=calls)
    error = await failure(anchor)
    assert error.sentence == "The checkpoint was not noted by the Slack webhook: Slack answered 429 ratelimited."
    assert error.advice == "The bot tries again by itself."
    assert slack.wire.count("incoming_webhook") == calls


@pytest.mark.parametrize(
    ("status", "name", "advice"),
    [
        (400, "invalid_payload", "The bot tries again by itself."),
        (403, "action_prohibited", MAKE_ANOTHER),
        (404, "no_service", MAKE_ANOTHER),
        (410, "channel_is_archived", MAKE_ANOTHER),
        (500, "rollup_error", "The bot tries again by itself."),
    ],
)
async def test_a_refusal_is_named_and_not_repeated(
    slack: SlackWorkspace, anchor: Anchor, status: int, name: str, advice: str
) -> None:
    slack.faults.on("incoming_webhook", status=status, error=name)
    error = await failure(anchor)
    assert f"Slack answered {status} {name}." in error.sentence
    assert advice in error.advice
    assert slack.wire.count("incoming_webhook") == 1


@pytest.mark.parametrize("cut", ["before", "after"])
async def test_a_post_whose_answer_was_lost_is_not_repeated(slack: SlackWorkspace, anchor: Anchor, cut: str) -> None:
    slack.faults.on("incoming_webhook", cut=cut)
    assert "the connection was lost before the answer" in (await failure(anchor)).sentence
    assert slack.wire.count("incoming_webhook") == 1


async def test_slack_that_does_not_answer_is_given_up(
    slack: SlackWorkspace, anchor: Anchor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.anchors.webhook._TIME_LIMIT", aiohttp.ClientTimeout(total=0.1))
    slack.faults.on("incoming_webhook", delay=3600)
    assert "no answer came within 0.1 s" in (await failure(anchor)).sentence
    slack.clock.advance(hours=1)


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        ("200 OK", b"<html>Please sign in</html>", "Slack answered 200."),
        ("200 OK", b"\xff\xfe", "Slack answered 200."),
        ("302 Found", b"", "Slack answered 302."),
        ("404 Not Found", b"/services/secret was not found", "Slack answered 404."),
    ],
)
async def test_what_is_not_slack_s_own_ok_is_no_success_and_not_repeated_to_people(
    session: aiohttp.ClientSession, status: str, body: bytes, told: str
) -> None:
    heads: list[bytes] = []
    raw = http_answer(body, status=status, headers="Location: /elsewhere\r\n")
    async with server(saying(raw, heads)) as port:
        error = await failure(anchor_at(f"http://127.0.0.1:{port}/services/secret", session, []))
    assert error.sentence.endswith(told)
    assert len(heads) == 1


async def test_the_address_shows_nowhere(session: aiohttp.ClientSession, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with server(saying(b"")) as port:
        pass
    for address in (f"http://127.0.0.1:{port}/services/secret", "http://[secret", "secret"):
        anchor = anchor_at(address, session, [])
        error = await failure(anchor)
        assert error.__cause__ is None
        assert error.__context__ is None
        assert "secret" not in f"{error} {error.sentence} {error.advice} {anchor!r} {anchor.name} {caplog.text}"
