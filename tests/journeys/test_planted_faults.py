"""The ways in which a bot most often goes wrong on Slack, planted into this one: each is seen by the emulator."""

from collections.abc import Mapping
from typing import Any

import pytest
from slack_bolt.async_app import AsyncAck

from handlers.context import Context
from handlers.messages.blocks import Message, framed, plain, section
from sandbox.playground import Playground
from tests.journeys.conftest import Start
from tests.journeys.steps import idle


def _seen(play: Playground, code: str) -> None:
    """The emulator complains of exactly this; from then on it is expected."""
    with pytest.raises(AssertionError, match=code):
        play.slack.assert_clean()
    for violation in play.slack.violations:
        play.slack.expect_violation(violation.code)


async def test_an_exception_right_after_ack(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async def raising(_context: Context, ack: AsyncAck, _body: Mapping[str, Any]) -> None:
        await ack()
        raise RuntimeError("planted")

    monkeypatch.setattr("handlers.handle_vi_command", raising)
    play = await start()
    reply = await _command(play)
    assert reply is not None
    _seen(play, "not_acknowledged|non_2xx")


async def test_a_listener_that_never_acks(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async def silent(_context: Context, _ack: AsyncAck, _body: Mapping[str, Any]) -> None: ...

    monkeypatch.setattr("handlers.handle_vi_command", silent)
    play = await start()
    assert await _command(play) is not None
    _seen(play, "not_acknowledged|non_2xx")


async def test_a_message_of_fifty_one_blocks(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    async def long(context: Context, *_more: object) -> Message:
        return framed(context.frame, "long", [section(plain("x"))] * 50)

    monkeypatch.setattr("handlers.answers.list_answer", long)
    play = await start()
    await _command(play)
    await play.bot.work.drain(5)
    _seen(play, "invalid_blocks")


async def test_a_trigger_that_is_used_twice(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    play = await start()
    delivery = play.bot.delivery
    open_modal = type(delivery).open_modal

    async def twice(self: Any, trigger_id: str, view: Any) -> str:
        await open_modal(self, trigger_id, view)
        return await open_modal(self, trigger_id, view)

    monkeypatch.setattr(type(delivery), "open_modal", twice)
    await play.slack.user("omar").command(f"/vi delete {idle(play)}", "ml-ops")
    await play.bot.work.drain(5)
    _seen(play, "exchanged_trigger_id")


async def _command(play: Playground) -> str | None:
    """Type a command; what Slack tells the person if the bot does not answer within its three seconds."""
    reply = await play.slack.user("vera").command("/vi list", "ml-ops")
    return reply.error
