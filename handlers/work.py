"""What the listeners have started and not yet finished.

Bolt awaits no listener when the bot is stopped, and keeps no strong reference to one. So whatever goes on after an ack
is kept here, and drained before the process ends.
"""

import asyncio
from collections.abc import Coroutine


class Work:
    """The tasks that are running."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, coroutine: Coroutine[None, None, None]) -> None:
        """Run this beside everything else. It must not raise: nobody would hear it."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def drain(self, seconds: float) -> int:
        """Wait until everything has ended, or this long; then cancel the rest. How many were cancelled."""
        if not self._tasks:
            return 0
        _done, running = await asyncio.wait(self._tasks, timeout=seconds)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        return len(running)
