"""A hundred people at once, at random, while Vi is slow and breaks: what must hold, holds.

The seed is in the test's name; `MODEL_SEED=123 pytest tests/model` chooses it. The order in which answers come is not
in the seed's power, so a seed makes a failure likely again, not certain.
"""

import asyncio
import logging
import os
import random
from datetime import timedelta
from pathlib import Path

import pytest

from handlers.context import Context
from sandbox.slack.driver.page import Page
from sandbox.slack.driver.view import ModalHandle
from sandbox.slack.elements import Element
from tests.model.company import Company, company
from tests.model.crowd import Member, controls, press
from tests.model.invariants import Watch, faults_at_rest
from tests.model.weather import Weather

ACTS = 10
"""How many things each person does before the bot is killed, and after."""
PRESSED = 160
"""How many of the controls that are left are pressed at the end, of each kind alike."""
UNEXPECTED = "because of a fault of its own"
TOO_LATE = {"expired_trigger_id", "late_acknowledgement", "not_acknowledged"}
"""Slack gives 3 s. A hundred people on a busy machine can take longer; that the bot acks first is shown elsewhere."""

SEED = int(os.environ.get("MODEL_SEED", random.SystemRandom().randrange(1_000_000)))


async def crowd_works(played: Company, chance: random.Random) -> None:
    """Everybody at once."""
    members = [Member(played, user, random.Random(chance.random())) for user in played.people]
    await asyncio.gather(*(each.act(ACTS) for each in members))


def screens(played: Company) -> list[Page]:
    """Everything that anybody still sees, each once."""
    pages: dict[tuple[str, str], Page] = {}
    for user in played.people:
        for message in user.messages:
            pages.setdefault((message.channel_id, message.ts), message)
    return [*pages.values(), *(user.modal for user in played.people if user.modal is not None)]


def is_still_there(page: Page, element: Element) -> bool:
    """Whether a person could still press this."""
    if isinstance(page, ModalHandle) and not page._view.is_open:
        return False
    return any(each.json == element.json for each in controls(page))


async def press_everything(played: Company, bot: Context, chance: random.Random) -> list[str]:
    """Press what is left on the screens, kind by kind; what pressing it did not lead to anything."""
    kinds: dict[str, list[tuple[Page, Element]]] = {}
    for page in screens(played):
        for element in controls(page):
            kinds.setdefault(element.json["action_id"], []).append((page, element))
    state, dead = played.slack.state, []
    for kind, presses in kinds.items():
        for page, element in chance.sample(presses, min(len(presses), PRESSED // len(kinds))):
            if not is_still_there(page, element):
                continue  # what was pressed before has closed that dialogue, or shows something else in it
            before = state.messages.last_number(), state.views.last_number()
            await press(page, element, chance)
            assert await bot.work.drain(20) == 0
            if before == (state.messages.last_number(), state.views.last_number()):
                dead.append(kind)
    return dead


def said(played: Company, text: str) -> list[str]:
    """Every message and dialogue, gone ones too, that says this."""
    shown = [f"{each.text} {each.blocks}" for each in played.slack.state.messages._messages.values()]
    shown += [str(each.blocks) for each in played.slack.state.views._views.values()]
    return [each for each in shown if text in each]


@pytest.mark.parametrize("seed", [SEED])
async def test_whatever_a_crowd_does_what_must_hold_holds(
    tmp_path: Path, seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    chance = random.Random(seed)
    async with company(tmp_path / "vi-bot.db") as played:
        watch, weather = Watch(played), Weather(played, chance)
        async with played.bot():
            await crowd_works(played, chance)
        # Whatever was running is broken off, and people meet a bot that remembers.
        async with played.bot() as bot:
            await crowd_works(played, chance)
            weather.clear()
            assert await bot.work.drain(60) == 0
            dead = await press_everything(played, bot, chance)
            played.clock.ahead = timedelta(hours=1)
            await played.clock.rounds(3)
            assert await bot.work.drain(60) == 0
        faults = [*watch.breaches, *faults_at_rest(played)]
        faults += [f"pressing {each} led to nothing" for each in dead]
        faults += [f"somebody was told: {each[:300]}" for each in said(played, UNEXPECTED)]
        faults += [each.getMessage() for each in caplog.records if each.levelno >= logging.ERROR]
        faults += [f"{each.code}: {each.sentence}" for each in played.slack.violations if each.code not in TOO_LATE]
        assert not faults, "\n".join([f"seed {seed}", *faults])
        assert watch.seen >= 3, "the crowd did not come to delete anything"
