"""No secret of the bot's, and none that a person pastes, shows anywhere: database, log, message, error."""

from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import aiohttp
import pytest

from bot.app import Timing
from bot.logs import configure_logs
from bot.vi.retries import Limits
from sandbox.vi import faults
from tests.journeys.conftest import Start
from tests.journeys.steps import asked, confirm, dialogue, idle
from tests.logging_state import log_restored

PASTED = ("dtvi_" + "c0ffee" * 16 + "ab", "xoxb-1234567890-canarycanary", "Bearer canary.canary.canary")
PREVIOUS = "previous-signing-secret-0123456789"


@pytest.fixture
def log() -> Iterator[StringIO]:
    """The log as the bot writes it."""
    written = StringIO()
    with log_restored():
        configure_logs("INFO", stream=written)
        yield written


async def test_a_canary_sent_through_every_command_and_failure_is_found_nowhere(
    start: Start, store: Path, log: StringIO
) -> None:
    play = await start(
        VI_BOT_PREVIOUS_SIGNING_SECRET=PREVIOUS,
        VI_BOT_HEALTH_PORT=0,
        timing=Timing(patience=5, look_back=(0.0,), vi=Limits(reading=0.5, listing=0.5, deleting=0.5)),
    )
    omar, alice = play.slack.user("omar"), play.slack.user("alice")
    for secret in PASTED:
        for typed in (
            f'/vi "{secret}"',
            f'/vi help "{secret}"',
            "/vi whoami",
            f'/vi list "{secret}"',
            f'/vi show "{secret}"',
            f'/vi backup "{secret}"',
            f'/vi delete "{secret}" --dry-run',
            f'/vi audit "{secret}"',
            f'/vi list --sort "{secret}"',
            f'/vi status "{secret}"',
            "/vi status",
        ):
            await asked(omar, typed)
        workflow_id = idle(play)
        await confirm(await dialogue(omar, f"/vi delete {workflow_id}"), reason=f"key {secret}", back_up=False)
        await omar.sees_modal(text="Deleted “")
        await (await omar.sees_modal()).close()
    for fault in (
        faults.error(401, body={"message": f"bad key {play.vi.secret_key}"}),
        faults.error(500, body={"error": play.vi.secret_key}),
        faults.other_shape({"key": play.vi.secret_key}),
        faults.Answer(200, f"<html>{play.vi.secret_key}</html>".encode(), "text/html"),
    ):
        play.vi.faults.on("GET", "*", fault, times=None)
        await asked(omar, "/vi list --active")
        await asked(omar, f"/vi show {idle(play)}")
        play.vi.faults.clear()
    modal = await dialogue(omar, f"/vi delete {idle(play)}")
    play.vi.faults.on("DELETE", "*", faults.error(409, body={"message": f"no, {play.vi.secret_key}"}))
    await confirm(modal, back_up=False)
    await omar.sees(text="was not deleted", channel="dm")
    messages = "\n".join(
        f"{message.text}\n{message.blocks}\n{message.fallback_text}"
        for who in (omar, alice)
        for message in who.messages
    )
    assert "Vi refused: no, [removed]" in log.getvalue()
    for path in ("/readyz", "/metrics"):
        async with aiohttp.ClientSession() as session, session.get(play.health_address + path) as response:
            messages += await response.text()
    written = b"".join(path.read_bytes() for path in store.parent.iterdir())
    ours = (play.slack.bot_token, play.slack.app_token, play.slack.signing_secret, play.vi.secret_key, PREVIOUS)
    for secret in (*ours, *PASTED):
        assert secret not in log.getvalue()
        assert secret.encode() not in written
    for secret in ours:
        assert secret not in messages
