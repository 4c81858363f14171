"""Leases and turns where one process has the store to itself: in memory, gone with the process that held them."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.domain.errors import StoreUnavailable
from bot.store.failures import MEMORY


class Leases:
    """Who holds which lease until when, and whose turn it is."""

    def __init__(self) -> None:
        self._held: dict[str, tuple[str, float]] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    def take(self, name: str, holder: str, seconds: float) -> bool:
        """Hold a lease from now on for so long; False while somebody else holds it."""
        if self.is_held(name) and self._held[name][0] != holder:
            return False
        self._held[name] = holder, time.monotonic() + seconds
        return True

    def drop(self, name: str, holder: str) -> None:
        """Give a lease up; nothing happens where somebody else holds it."""
        if name in self._held and self._held[name][0] == holder:
            del self._held[name]

    def is_held(self, name: str) -> bool:
        """Whether somebody holds a lease."""
        return name in self._held and time.monotonic() < self._held[name][1]

    def count(self, prefix: str) -> int:
        """How many leases whose names begin so somebody holds."""
        return sum(name.startswith(prefix) and self.is_held(name) for name in self._held)

    @asynccontextmanager
    async def turn(self, name: str, time_limit: float) -> AsyncIterator[None]:
        """Held by one task at a time.

        Raises:
            StoreUnavailable: others held it for so long.
        """
        turn = self._turns.setdefault(name, asyncio.Lock())
        try:
            async with asyncio.timeout(time_limit):
                await turn.acquire()
        except TimeoutError as error:
            raise StoreUnavailable(
                f"{MEMORY} was busy with others for {time_limit:g} seconds.", "Try again in a minute."
            ) from error
        try:
            yield
        finally:
            turn.release()
