"""One request for everybody who asks the same thing at the same moment."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


@dataclass(slots=True)
class _Read(Generic[_Value]):
    task: asyncio.Task[_Value]
    waiting: int = 0


class Shared(Generic[_Value]):
    """A read that is begun after all those who share it have asked, never before.

    So nobody is answered with what was so before they asked: who comes once it has begun waits for one of their own.
    When many people ask at once, they come in the same turns of the event loop.
    """

    def __init__(self, read: Callable[[], Awaitable[_Value]]) -> None:
        self._read = read
        self._next: _Read[_Value] | None = None

    async def get(self) -> _Value:
        """What is read from now on. Whatever the read raises, everybody who shares it is told."""
        if self._next is None:
            self._next = _Read(asyncio.create_task(self._begin()))
        shared = self._next
        shared.waiting += 1
        try:
            return await asyncio.shield(shared.task)
        finally:
            shared.waiting -= 1
            if not shared.waiting:  # has an effect only where the last one was cancelled
                self._next = None if self._next is shared else self._next
                shared.task.cancel()

    async def _begin(self) -> _Value:
        await asyncio.sleep(0)  # those who ask in this turn of the event loop
        self._next = None
        return await self._read()
