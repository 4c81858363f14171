"""The bot between both emulators, over the real wire; what a person would see is what is looked at.

Each test ends with the question whether anything went wrong that nobody expected: a rule of Slack's that was broken, a
fault that never struck, an error in the log.
"""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from bot.app import Timing
from sandbox.playground import Mode, Playground, playground
from sandbox.scenarios import StartingState

QUICK = Timing(patience=5.0, recovery=3600.0, shutdown=5.0, look_back=(0.0, 0.0))

Start = Callable[..., Awaitable[Playground]]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where the bot of this test keeps its memory."""
    return tmp_path / "vi-bot.db"


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> Mode:
    """How Slack reaches the bot: every journey is made both ways."""
    return "socket" if request.param == "socket" else "http"


@pytest.fixture
async def start(store: Path, mode: Mode) -> AsyncIterator[Start]:
    """Starts bots, each with emulators of its own, and ends them."""
    async with AsyncExitStack() as stack:

        async def begin(
            scenario: str | StartingState = "small-team", *, timing: Timing = QUICK, **more: Any
        ) -> Playground:
            play = await stack.enter_async_context(
                playground(scenario, mode=mode, store=str(store), timing=timing, **more)
            )
            stack.callback(_assert_nothing_was_wrong, play)
            return play

        yield begin


@pytest.fixture
async def play(start: Start, no_errors: None) -> Playground:  # noqa: ARG001 - asked for its teardown
    """The bot of a small team."""
    return await start()


@pytest.fixture
def no_errors(caplog: pytest.LogCaptureFixture) -> Any:
    """No line of the log may be an error."""
    yield
    errors = [record.getMessage() for record in caplog.get_records("call") if record.levelno >= logging.ERROR]
    assert errors == []


def _assert_nothing_was_wrong(play: Playground) -> None:
    play.slack.assert_clean()
    assert play.vi.faults.unused() == []
