"""Waiting until the workspace has come to some state, by being told of each change: nothing polls or sleeps."""

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Changes:
    """Wakes those who wait each time something in the workspace has changed."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def notify(self) -> None:
        """Say that something changed."""
        for event in self._waiting:
            event.set()

    async def wait_for(self, find: Callable[[], T | None], seconds: float) -> T:
        """Return what `find` finds, now or after a change to come.

        Args:
            find: Called once at first and after every change; None means "not yet".
            seconds: How long to wait at most, in real time: what is waited for is the app's own work.

        Raises:
            TimeoutError: Nothing was found in time.
        """
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            async with asyncio.timeout(seconds):
                while (found := find()) is None:
                    # No change can fall between `find` and here: neither awaits.
                    event.clear()
                    await event.wait()
                return found
        finally:
            self._waiting.discard(event)
