"""A list of the platform's that is kept in memory, for choosing from while somebody types.

It is for finding a name, never for deciding about a change: whatever was chosen is read again. So it may be a minute
old, and who asks is answered with what there is while it is read anew.
"""

import asyncio
import hashlib
from abc import ABC, abstractmethod
from datetime import datetime, timedelta

from bot.domain.errors import ViError
from bot.ports import Clock, Workflows

_KEPT = timedelta(minutes=1)
WAIT_SECONDS = 1.2
"""How long somebody waits for the very first look, and for the look-up of their roles: Slack waits 3 s in all."""
_KEY_LENGTH = 150
"""What the value of an option in Slack holds; an id of the platform's may have 255 characters."""


class WarmList(ABC):
    """What the platform had when it was last looked at.

    Attributes:
        read_at: when it was last read, from the beginning of that; None where it never was.
        looked_at: when that was last tried.
        trouble: why the last try failed, in one sentence; empty where it did not.
    """

    def __init__(self, workflows: Workflows, clock: Clock) -> None:
        self.read_at: datetime | None = None
        self.looked_at: datetime | None = None
        self.trouble = ""
        self._workflows = workflows
        self._clock = clock
        self._outdated = True
        self._looking = asyncio.Lock()
        self._looked = asyncio.Event()

    @property
    def is_old(self) -> bool:
        """Whether the last look, also one that failed, is more than a minute ago, or something was changed since."""
        return self._outdated or self.looked_at is None or self._clock.now() - self.looked_at >= _KEPT

    def outdate(self) -> None:
        """Something was changed: the next look does not wait for a minute to pass."""
        self._outdated = True

    async def refresh(self) -> None:
        """Look again if it is old, once however many ask at the same time. Trouble is kept in mind, not raised."""
        async with self._looking:
            if not self.is_old:
                return
            self._outdated, began = False, self._clock.now()
            try:
                await self._read()
            except ViError as error:
                self.trouble = error.sentence
            else:
                self.read_at, self.trouble = began, ""
            finally:
                self.looked_at = began
                self._looked.set()

    async def first_look(self, patience: float = WAIT_SECONDS) -> None:
        """Wait until there was a look at all, for a moment at most."""
        try:
            async with asyncio.timeout(patience):
                await self._looked.wait()
        except TimeoutError:
            pass  # There is nothing to offer yet, and `looked_at` says so.

    @abstractmethod
    async def _read(self) -> None:
        """Put what the platform has now in the place of what is kept.

        Raises:
            ViError: it could not be read; what is kept stays.
        """


def key_of(identifier: str) -> str:
    """The id itself where an option of Slack's can hold it, else what stands for it."""
    return identifier if len(identifier) <= _KEY_LENGTH else hashlib.sha256(identifier.encode()).hexdigest()
