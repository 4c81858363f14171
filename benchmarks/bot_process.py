"""The bot as `vi-bot run` starts it, in a process that measures itself; run by `benchmarks.children`.

With `acks` it does nothing after an ack: whatever a listener starts is a task that ends at once. So the task is
measured, which is part of the ack path, and what is done in it is not.
"""

import asyncio
import inspect
import sys
from collections.abc import Coroutine
from typing import Any

from benchmarks.children import measure_until_told
from bot import app
from bot.logs import configure_logs
from bot.settings import load_settings
from handlers.work import Work


class EmptyWork(Work):
    """Starts a task for everything, and does nothing in it."""

    def start(self, coroutine: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Let go of the coroutine, and of those that it was to await."""
        _close(coroutine)
        return super().start(_nothing())


def _close(coroutine: Coroutine[Any, Any, Any]) -> None:
    for each in inspect.getcoroutinelocals(coroutine).values():
        if inspect.iscoroutine(each):
            _close(each)
    coroutine.close()


async def _nothing() -> None:
    """In place of an answer."""


async def main() -> None:
    """Run until there is no more to measure."""
    settings = load_settings()
    configure_logs(settings.log_level, secrets=settings.secrets)
    async with app.running(settings) as bot:
        app.freeze_start()
        await measure_until_told(bot.address)


if __name__ == "__main__":
    if "acks" in sys.argv[1:]:
        vars(app)["Work"] = EmptyWork  # the one part of the bot that is another
    asyncio.run(main())
