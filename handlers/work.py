"""What the listeners have started and not yet finished.

Bolt awaits no listener when the bot is stopped, and keeps no strong reference to one. So whatever goes on after an ack
is kept here, and drained before the process ends.
"""

import asyncio
from collections.abc import Coroutine
from typing import Any


class Work:
    """The tasks that are running.

    Attributes:
        broken_off: how many did not end in time when they were to be drained.
    """

    def __init__(self) -> None:
        self.broken_off = 0
        self._tasks: set[asyncio.Task[object]] = set()

    def __len__(self) -> int:
        """How many tasks are running."""
        return len(self._tasks)

    def start(self, coroutine: Coroutine[Any, Any, object]) -> asyncio.Task[object]:
        """Run this beside everything else. It must not raise: nobody would hear it."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def drain(self, seconds: float) -> int:
        """Wait until everything has ended, what it starts included, or this long; then cancel the rest: how many."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + seconds
        while self._tasks and (left := deadline - loop.time()) > 0:
            await asyncio.wait(self._tasks, timeout=left)
        running = tuple(self._tasks)
        self.broken_off += len(running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        return len(running)
