"""What `vi-bot check` looks at, as emulators on this machine."""

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.app import SystemClock
from bot.checks import run_checks
from bot.checks.check import Check
from bot.checks.manifest import manifest_path
from sandbox.playground import playground_settings
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.server import ViEmulator

Look = Callable[..., Awaitable[dict[str, Check]]]


class ClockApart(SystemClock):
    """The machine's clock, so many seconds ahead of everybody else's."""

    def __init__(self, seconds: float) -> None:
        self._apart = timedelta(seconds=seconds)

    def now(self) -> datetime:
        return super().now() + self._apart


@pytest.fixture
async def slack() -> AsyncIterator[SlackWorkspace]:
    workspace = await SlackWorkspace.start(manifest_path(), rate_limited=False)
    yield workspace
    await workspace.stop()


@pytest.fixture
async def vi() -> AsyncIterator[ViEmulator]:
    async with ViEmulator.start() as emulator:
        yield emulator


@pytest.fixture
def look(slack: SlackWorkspace, vi: ViEmulator, tmp_path: Path) -> Look:
    """Runs the checks of a bot that is set up well, but for what is given; its findings by name."""

    async def run(*, apart: float = 0.0, **more: Any) -> dict[str, Check]:
        store = more.pop("VI_BOT_STORE", str(tmp_path / "vi-bot.db"))
        given = {"SLACK_APP_TOKEN": slack.app_token, **more}
        settings = playground_settings(slack, vi, store, **given)
        return {each.name: each async for each in run_checks(settings, ClockApart(apart))}

    return run
