"""The bot between both emulators, over the real wire; what a person would see is what is looked at.

Every journey is made three ways: over a websocket and over HTTP on SQLite, and over a websocket on PostgreSQL. One that
is about the file of SQLite, or about HTTP itself, says so by a marker with the reason, and is made only those ways.

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
from tests.postgres import PostgresServer

QUICK = Timing(patience=5.0, recovery=3600.0, shutdown=5.0, look_back=(0.0, 0.0))

Start = Callable[..., Awaitable[Playground]]


_WAYS = ("socket", "http", "postgres")
_MARKERS = {
    "sqlite_only": (("socket", "http"), "on PostgreSQL this journey has no meaning, for the reason given"),
    "http_only": (("http",), "over a websocket this journey has no meaning, for the reason given"),
}


def pytest_configure(config: pytest.Config) -> None:
    for name, (_ways, meaning) in _MARKERS.items():
        config.addinivalue_line("markers", f"{name}(reason): {meaning}")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "way" in metafunc.fixturenames:
        marked = (ways for name, (ways, _) in _MARKERS.items() if metafunc.definition.get_closest_marker(name))
        metafunc.parametrize("way", next(marked, _WAYS))


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Where a bot on SQLite keeps its memory, and any bot its spool beside it."""
    return tmp_path / "vi-bot.db"


@pytest.fixture
def mode(way: str) -> Mode:
    """How Slack reaches the bot."""
    return "http" if way == "http" else "socket"


@pytest.fixture
def url(way: str, store: Path, request: pytest.FixtureRequest) -> str:
    """The address of the bot's memory."""
    if way != "postgres":
        return str(store)
    server: PostgresServer = request.getfixturevalue("server")
    return server.url(request.getfixturevalue("database"))


@pytest.fixture
async def start(url: str, store: Path, mode: Mode) -> AsyncIterator[Start]:
    """Starts bots, each with emulators of its own, and ends them."""
    async with AsyncExitStack() as stack:

        async def begin(
            scenario: str | StartingState = "small-team", *, timing: Timing = QUICK, **more: Any
        ) -> Playground:
            play = await stack.enter_async_context(
                playground(
                    scenario,
                    mode=mode,
                    store=url,
                    timing=timing,
                    VI_BOT_SPOOL=store.with_name(f"{store.name}.spool"),
                    **more,
                )
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
