"""Bots that share a store: in this process, where a test looks inside, or each in a process that can be killed."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg

import bot
from bot.app import Timing, running
from bot.domain.audit import Action, AuditEntry, content_of
from bot.ports import TrailQuery
from bot.store.postgres.store import PostgresStore
from handlers.context import Context
from sandbox.playground import playground_settings, playground_values
from sandbox.slack.workspace import SlackWorkspace
from sandbox.vi.server import ViEmulator
from tests.journeys.steps import TurnedClock
from tests.postgres import PostgresServer

TIMING = Timing(patience=5.0, recovery=3600.0, shutdown=5.0, look_back=(0.0, 0.0))


class ReplicaClock(TurnedClock):
    """A clock of one process, which counts its rounds; `paused` seconds have gone by without it."""

    def __init__(self, round_seconds: float) -> None:
        super().__init__()
        self.paused = 0.0
        self._round_seconds = round_seconds
        self._round = asyncio.Condition()
        self._rounds = 0

    async def sleep(self, seconds: float) -> None:
        """Wait; the pause between two rounds ends one."""
        if seconds == self._round_seconds:
            async with self._round:
                self._rounds += 1
                self._round.notify_all()
        await super().sleep(seconds)

    async def rounds(self, count: int) -> None:
        """Wait until so many whole rounds have ended from now on."""
        async with self._round:
            last = self._rounds + count + 1  # the one that is under way may have begun before
            await self._round.wait_for(lambda: self._rounds >= last)

    def elapsed(self) -> float:
        """Seconds, those included in which the process was paused."""
        return super().elapsed() + self.paused


@dataclass
class Replica:
    """A bot in this process; `close` stops it in order."""

    bot: Context
    clock: ReplicaClock
    stack: AsyncExitStack

    @property
    def process(self) -> str:
        """Its id among the bots on its store."""
        return self.bot.resources.presence.process

    async def close(self) -> None:
        """Stop it as SIGTERM does."""
        await self.stack.aclose()


@dataclass
class Fleet:
    """One Slack, one Vi, one database, and the bots between them, in the order in which they were started."""

    slack: SlackWorkspace
    vi: ViEmulator
    server: PostgresServer
    database: str
    spool: Path
    settings: Mapping[str, Any] = field(default_factory=dict)
    replicas: list[Replica] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The store that they share."""
        return self.server.url(self.database)

    async def start(self, timing: Timing = TIMING, **more: Any) -> Replica:
        """One more bot, connected."""
        clock, stack = ReplicaClock(timing.recovery), AsyncExitStack()
        settings = playground_settings(
            self.slack,
            self.vi,
            self.url,
            **{
                "SLACK_APP_TOKEN": self.slack.app_token,
                "VI_BOT_SPOOL": self.spool / f"{len(self.replicas)}.spool",
                **self.settings,
                **more,
            },
        )
        before = self.slack.connections
        opened = await stack.enter_async_context(running(settings, timing, clock))
        await self.slack.wait_for_connection(before + 1)
        await opened.context.index.first_look()
        self.replicas.append(Replica(opened.context, clock, stack))
        return self.replicas[-1]

    def next_goes_to(self, number: int) -> None:
        """Have Slack send the next thing to this bot, and what comes after to the others in turn."""
        # Slack goes round its connections; where it is, nothing but this test needs to know.
        self.slack._socket_mode._deliveries = number - 1

    def turn(self, minutes: float) -> None:
        """Turn every bot's clock."""
        for each in self.replicas:
            each.clock.ahead = timedelta(minutes=minutes)

    async def rounds(self, count: int) -> None:
        """Wait until every bot has done so many whole rounds of what it does again and again."""
        await asyncio.gather(*(each.clock.rounds(count) for each in self.replicas))

    async def expire(self, replica: Replica) -> None:
        """Have a bot's lease run out, as if it had given no sign of life for so long."""
        async with await psycopg.AsyncConnection.connect(
            self.server.url(self.database, "postgres"), autocommit=True
        ) as connection:
            await connection.execute(
                "UPDATE lease SET until = now() - interval '1 second' WHERE name = %s", [f"process/{replica.process}"]
            )

    @asynccontextmanager
    async def cut_off(self) -> AsyncIterator[None]:
        """The database cannot be reached by anybody; afterwards it can again."""
        await self._on_the_server(f"ALTER DATABASE {self.database} WITH ALLOW_CONNECTIONS false")
        await self._on_the_server(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.database}'"  # noqa: S608 - a name of the tests' own
        )
        try:
            yield
        finally:
            await self._on_the_server(f"ALTER DATABASE {self.database} WITH ALLOW_CONNECTIONS true")

    async def _on_the_server(self, statement: str) -> None:
        async with await psycopg.AsyncConnection.connect(self.server.address, autocommit=True) as connection:
            await connection.execute(statement.encode())

    async def entries(self, action: Action | None = None) -> list[AuditEntry]:
        """The trail, oldest first."""
        store = await PostgresStore.open(self.url)
        try:
            found = await store.trail(TrailQuery(action=action, limit=10_000))
        finally:
            await store.close()
        return [content_of(each) for each in reversed(found)]

    async def stages(self, action: Action = Action.DELETE) -> list[str]:
        """What the trail says of an action, oldest first, each with its code."""
        return [said_by(each) for each in await self.entries(action)]

    async def drain(self) -> None:
        """Wait until no bot has anything to do any more."""
        for each in self.replicas:
            assert await each.bot.work.drain(30) == 0


def said_by(entry: AuditEntry) -> str:
    """What an entry says of its operation: the stage and the code."""
    return f"{entry.stage} {entry.outcome.code if entry.outcome else ''}".strip()


@asynccontextmanager
async def fleet(server: PostgresServer, database: str, spool: Path, **settings: Any) -> AsyncIterator[Fleet]:
    """Without any bot yet; those that a test starts are stopped at the end."""
    slack = await SlackWorkspace.start("manifest.yml", rate_limited=False)
    try:
        async with ViEmulator.start() as vi:
            started = Fleet(slack, vi, server, database, spool, settings)
            try:
                yield started
            finally:
                for each in started.replicas:
                    await each.close()
    finally:
        await slack.stop()


class ReplicaProcess:
    """The bot in a process of its own: `tests.replicas.process`, with short leases, or `vi-bot run` as it is."""

    def __init__(self, started: Fleet, name: str, module: str = "tests.replicas.process", **more: Any) -> None:
        values = playground_values(
            started.slack,
            started.vi,
            started.url,
            **{
                "SLACK_APP_TOKEN": started.slack.app_token,
                "VI_BOT_SPOOL": str(started.spool / f"{name}.spool"),
                **started.settings,
                **more,
            },
        )
        self.name = name
        self._command = (sys.executable, "-m", module, *(["run"] if module == "bot" else []))
        self._slack = started.slack
        self._log = started.spool / f"{name}.log"
        self._environment = _environment(values)
        self._process: asyncio.subprocess.Process | None = None

    @property
    def log(self) -> str:
        """What it has written to its standard error so far, every time it was started."""
        return self._log.read_text("utf-8") if self._log.exists() else ""

    @property
    def pid(self) -> int:
        """Its number on this machine, when it was last started; 0 before that."""
        return self._process.pid if self._process is not None else 0

    async def start(self) -> None:
        """Start it, and wait until Slack has one more connection."""
        before = self._slack.connections
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(*self._command, env=self._environment, stderr=log)
        await self._slack.wait_for_connection(before + 1, seconds=30)

    async def stop(self, number: int = signal.SIGKILL) -> int:
        """Send a signal, and wait until it is gone; its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return await self._process.wait()

    async def end(self) -> None:
        """Stop it in order, if it is running."""
        if self._process is not None and self._process.returncode is None:
            assert await self.stop(signal.SIGTERM) == 0, self.log


def _environment(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(bot.__file__).parents[1]),  # the bot that is tested, wherever one is installed
        **{name: value for name, value in os.environ.items() if name.startswith("COV")},
        **{name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()},
    }
