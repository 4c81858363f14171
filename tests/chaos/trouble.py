"""What goes wrong every few seconds."""

import asyncio
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg

from sandbox.vi import faults
from tests.chaos.commands import Commands
from tests.postgres import PostgresServer
from tests.replicas.fleet import Fleet, ReplicaProcess

_VI = (
    lambda: faults.error(500),
    lambda: faults.error(503, retry_after=0),
    lambda: faults.error(502, moment=faults.AFTER),
    lambda: faults.Cut(moment=faults.AFTER),
    faults.Cut,
)
_STRUCK = (("GET", "*"), ("DELETE", "flows/*"), ("DELETE", "flows/*"), ("PUT", "flows/*"))
_PATIENCE = 5.0
"""Seconds to wait for somebody to delete something."""
_LONGEST_AWAY = 1.5
"""Seconds for which the database is away at most."""


@dataclass
class Trouble:
    """Chooses by chance, and counts what it did."""

    fleet: Fleet
    server: PostgresServer
    processes: Sequence[ReplicaProcess]
    commands: Commands
    chance: random.Random
    counts: Counter[str] = field(default_factory=Counter)

    async def make(self, seconds: float, pause: float) -> None:
        """One trouble after the other for so long, `pause` seconds apart on average."""
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        while loop.time() < end:
            await asyncio.sleep(pause * self.chance.uniform(0.5, 1.5))
            name, act = self.chance.choice(_TROUBLES)
            self.counts[name] += 1
            await act(self)

    def calm(self) -> None:
        """Nothing goes wrong any more."""
        self.fleet.vi.faults.clear()

    async def _kill(self) -> None:
        process = self.chance.choice(self.processes)
        await process.stop()
        self.commands.excuse_unanswered()
        await process.start()

    async def _kill_in_a_deletion(self) -> None:
        # Whose it is stands in the trail. Nobody may be deleting anything at the moment.
        hold = self.fleet.vi.faults.on("DELETE", "flows/*", faults.Hold(moment=self.chance.choice(list(faults.Moment))))
        with suppress(TimeoutError, StopIteration, psycopg.Error):
            async with asyncio.timeout(_PATIENCE):
                await hold.reached()
            pids = await self._pids_of_open_operations()
            process = next(each for each in self.processes if each.pid in pids)
            await process.stop()
            self.counts["of them in the middle of a deletion"] += 1
            self.commands.excuse_unanswered()
            hold.cut()
            await process.start()
        hold.cut()

    async def _pids_of_open_operations(self) -> set[int]:
        async with await psycopg.AsyncConnection.connect(self.fleet.url, autocommit=True) as connection:
            found = await connection.execute("SELECT body FROM audit_event JOIN open_operation USING (seq)")
            return {int(json.loads(body)["host"]["pid"]) for (body,) in await found.fetchall()}

    async def _drop_socket(self) -> None:
        # As a load balancer does that is restarted: no close frame.
        sockets = self.fleet.slack._socket_mode._sockets
        if sockets:
            request = self.chance.choice(sockets)._req
            if request is not None and request.transport is not None:
                request.transport.abort()

    async def _restart_database(self) -> None:
        await asyncio.to_thread(self.server.cut)
        await asyncio.sleep(self.chance.uniform(0, _LONGEST_AWAY))
        await asyncio.to_thread(self.server.start)

    async def _vi(self) -> None:
        for _ in range(3):
            self.fleet.vi.faults.on(*self.chance.choice(_STRUCK), self.chance.choice(_VI)())


_TROUBLES: Sequence[tuple[str, Callable[[Trouble], Awaitable[None]]]] = (
    ("processes killed", Trouble._kill),
    ("processes killed", Trouble._kill_in_a_deletion),
    ("processes killed", Trouble._kill_in_a_deletion),
    ("sockets dropped", Trouble._drop_socket),
    ("database restarts", Trouble._restart_database),
    ("times that Vi failed or lost an answer", Trouble._vi),
    ("times that Vi failed or lost an answer", Trouble._vi),
)
