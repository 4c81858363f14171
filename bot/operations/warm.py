"""A list of the platform's that is kept in memory: to be shown, and to choose from while somebody types.

It is for looking and finding, never for deciding about a change: whatever was chosen is read again. So it may be a
minute old, and who asks after that is answered with what there is, and its age, while it is read anew.
"""

import asyncio
import hashlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.domain.errors import ViError
from bot.ports import Clock, Workflows

_KEPT = timedelta(minutes=1)
_SHOWN = 2 * _KEPT
"""A page of a list may be this old: who looks in its second half has it read anew for the next one."""
WAIT_SECONDS = 1.2
"""How long somebody waits for the very first look, and for the look-up of their roles: Slack waits 3 s in all."""
_KEY_LENGTH = 150
"""What the value of an option in Slack holds; an id of the platform's may have 255 characters."""


@dataclass(frozen=True, slots=True)
class Age:
    """Of which moment a list is.

    Attributes:
        read_at: as `WarmList.read_at`.
        trouble: why it could not be read anew, in one sentence; empty where it could.
    """

    read_at: datetime | None
    trouble: str = ""


class WarmList(ABC):
    """What the platform had when it was last looked at.

    Attributes:
        read_at: when it was last read, from the beginning of that; None where it never was.
        looked_at: when that was last tried.
        error: why the last try failed; None where it did not.
    """

    def __init__(self, workflows: Workflows, clock: Clock) -> None:
        self.read_at: datetime | None = None
        self.looked_at: datetime | None = None
        self.error: ViError | None = None
        self._workflows = workflows
        self._clock = clock
        self._outdated = True
        self._lacks_change = True
        self._looking = asyncio.Lock()
        self._looked = asyncio.Event()

    @property
    def is_old(self) -> bool:
        """Whether the last look, also one that failed, is more than a minute ago, or something was changed since."""
        return self._outdated or self.looked_at is None or self._clock.now() - self.looked_at >= _KEPT

    @property
    def is_recent(self) -> bool:
        """Whether it was read within two minutes, and since this process last changed something."""
        return not self._lacks_change and self.read_at is not None and self._clock.now() - self.read_at < _SHOWN

    @property
    def age(self) -> Age:
        """Of which moment what is kept is."""
        return Age(self.read_at, self.error.sentence if self.error is not None else "")

    def outdate(self) -> None:
        """Something was changed: the next look does not wait for a minute to pass."""
        self._outdated = self._lacks_change = True

    async def refresh(self) -> None:
        """Look again if it is old, once however many ask at the same time. Trouble is kept in mind, not raised."""
        async with self._looking:
            if not self.is_old:
                return
            self._outdated, began = False, self._clock.now()
            try:
                await self._read()
            except ViError as error:
                self.error = error.with_traceback(None)  # which would keep what was read so far
            except BaseException:
                self._outdated = True  # a fault, or the bot is being stopped: whoever is next looks again
                raise
            else:
                self.read_at, self.error = began, None
                self._lacks_change = self._outdated  # by a change that was made meanwhile
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
