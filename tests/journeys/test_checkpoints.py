"""Checkpoints of the trail, noted where the bot cannot clean them, and what the team hears of them."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from bot.anchors.signing import KeyUnusable
from bot.domain.checkpoint import checkpoints_in
from sandbox.playground import AUDIT_CHANNEL, Playground
from sandbox.slack.workspace import SlackWorkspace
from tests.journeys.conftest import QUICK, Start
from tests.journeys.steps import TurnedClock, asked

OFTEN = replace(QUICK, recovery=0.02)


async def noted_once(play: Playground) -> None:
    """Wait until a checkpoint has been noted."""
    while await play.bot.resources.store.last_checkpoint() is None:
        await play.bot.resources.clock.sleep(0.01)


async def test_a_checkpoint_goes_to_every_place_and_fits_the_trail(start: Start, tmp_path: Path) -> None:
    noted, sent = tmp_path / "checkpoints.txt", tmp_path / "sent.txt"
    elsewhere = await SlackWorkspace.start(Path("manifest.yml"))
    try:
        play = await start(
            timing=OFTEN,
            VI_BOT_CHECKPOINT_FILE=str(noted),
            VI_BOT_CHECKPOINT_COMMAND=f"sh -c 'cat >> {sent}'",
            VI_BOT_CHECKPOINT_WEBHOOK=elsewhere.make_incoming_webhook("ml-ops"),
        )
        message = await elsewhere.user("alice").sees(text="#1 · ", channel="ml-ops")
        await noted_once(play)
    finally:
        await elsewhere.stop()
    first = await play.bot.resources.store.entry(1)
    assert first is not None
    for text in (message.text, noted.read_text(), sent.read_text()):
        (checkpoint,) = checkpoints_in(text)
        assert (checkpoint.receipt, checkpoint.origin) == (first.receipt, play.vi.organization_id)


async def test_a_place_that_fails_is_told_once_and_again_when_it_works(
    start: Start, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, folder = TurnedClock(), tmp_path / "elsewhere"
    play = await start(timing=OFTEN, clock=clock, VI_BOT_CHECKPOINT_FILE=str(folder / "checkpoints.txt"))
    alice = play.slack.user("alice")
    message = await alice.sees(text="A checkpoint of the audit trail could not be noted", channel=AUDIT_CHANNEL)
    assert "The bot keeps trying; this is said once." in message.text
    folder.mkdir()
    clock.ahead = timedelta(minutes=2)
    await alice.sees(text="are noted at", channel=AUDIT_CHANNEL)
    told = [each for each in alice.messages if "could not be noted" in each.text]
    assert len(told) == 1
    assert str(folder) in caplog.text


@pytest.mark.sqlite_only("the file itself is tampered with")
async def test_a_trail_that_was_changed_is_told_and_no_checkpoint_is_noted_of_it(
    start: Start, tmp_path: Path, store: Path
) -> None:
    clock, noted = TurnedClock(), tmp_path / "checkpoints.txt"
    play = await start(timing=OFTEN, clock=clock, VI_BOT_CHECKPOINT_FILE=str(noted))
    alice = play.slack.user("alice")
    await noted_once(play)
    await asked(alice, "/vi whoami")
    with closing(sqlite3.connect(store, isolation_level=None)) as connection:
        connection.execute("DROP TRIGGER audit_event_no_update")
        connection.execute("UPDATE audit_event SET body = replace(body, 'whoami', 'whoever') WHERE seq = 2")
    before = noted.read_text()
    clock.ahead = timedelta(hours=2)
    message = await alice.sees(text="The audit trail does not hold", channel=AUDIT_CHANNEL)
    assert "entry #2 was changed" in message.text
    assert "vi-bot audit verify" in message.text
    assert noted.read_text() == before


async def test_a_signed_checkpoint_needs_its_key_at_the_start(tmp_path: Path, start: Start) -> None:
    with pytest.raises(KeyUnusable, match="cannot be read"):
        await start(VI_BOT_CHECKPOINT_KEY=str(tmp_path / "missing.pem"), VI_BOT_CHECKPOINT_FILE=str(tmp_path / "c"))
