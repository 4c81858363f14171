"""Whole commands: `/vi list --fresh` from Slack's request to the answer at its response URL, Vi taking 50 ms a request.

One after the other beside what Vi takes by itself, asked over a connection that is open; and two hundred at once beside
the same handler written with vi-sdk in threads (`benchmarks.sdk_process`). Over HTTP, and with nothing left out: roles,
the trail on the disk, the screen's memory.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.children import Child, child
from benchmarks.comparison import Basis, Benchmark, Contestant, Goal, Measured, Plan, Tally, in_turn, percentile
from benchmarks.lean_http import LeanConnection
from benchmarks.platforms import HTTP, Platforms, ViPages, pages_of_the_emulator
from benchmarks.slack_traffic import COMMAND, HttpWay, payload

VI_SECONDS = 0.05
AT_ONCE = 200
WHOLE, RATE, CPU = "one command, p50", f"commands, {AT_ONCE} at once", f"CPU of a command, {AT_ONCE} at once"
CONNECTIONS = "requests to Slack and Vi for each new connection"

_LONGEST = 60.0  # seconds for a round; without an end by then, something is lost


@dataclass(frozen=True, slots=True)
class _App:
    platforms: Platforms
    child: Child
    way: HttpWay

    async def carry_out(self, count: int, at_once: int) -> Sequence[float]:
        """Seconds from each command to its answer, with so many under way."""
        names = [str(number) for number in range(count)]
        prepared = {
            name: self.way.prepare(COMMAND, payload(COMMAND, name, self.platforms.response_url(name))) for name in names
        }
        waits, waiting = [], iter(names)

        async def command() -> None:
            for name in waiting:
                answer = self.platforms.answer(name)
                began = time.perf_counter()
                await self.way.send(prepared[name])
                waits.append(await answer - began)

        async with asyncio.timeout(_LONGEST):
            await asyncio.gather(*(command() for _ in range(at_once)))
        return waits

    @property
    def connections(self) -> int:
        """How many it has opened to both platforms."""
        return self.platforms.slack.accepted + self.platforms.vi.accepted

    @property
    def requests(self) -> int:
        """How many it has sent to both."""
        return self.platforms.slack.served + self.platforms.vi.served


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Waiting times, rates, processor time and connections."""
    return asyncio.run(_measure(plan))


async def _measure(plan: Plan) -> Mapping[str, Measured]:
    tally, pages = Tally(), await pages_of_the_emulator()
    async with (
        _app(plan.folder, pages, "benchmarks.bot_process") as ours,
        _app(plan.folder, pages, "benchmarks.sdk_process") as reference,
    ):
        for app in (ours, reference):  # what is looked up, made or connected once is, before it is measured
            await app.carry_out(AT_ONCE, AT_ONCE)
        for number in range(plan.rounds):
            await _one_after_the_other(tally, ours, max(4, plan.calls // 10), number)
        for number in range(max(1, plan.rounds // 3)):
            for contestant in in_turn(number):
                await _at_once(tally, contestant, ours if contestant == "ours" else reference)
    return tally.measured()


async def _one_after_the_other(tally: Tally, app: _App, count: int, number: int) -> None:
    alone = await LeanConnection.open(app.platforms.vi_url)
    for contestant in in_turn(number):
        if contestant == "ours":
            waits = await app.carry_out(count, 1)
        else:
            waits = [await _asked(alone) for _ in range(count)]
        tally.add(contestant, WHOLE, "ms", 1e3 * percentile(waits, 50))
    alone.close()


async def _at_once(tally: Tally, contestant: Contestant, app: _App) -> None:
    connections, requests = app.connections, app.requests
    cpu, began = await app.child.cpu(), time.perf_counter()
    await app.carry_out(AT_ONCE, AT_ONCE)
    tally.add(contestant, RATE, "/s", AT_ONCE / (time.perf_counter() - began))
    tally.add(contestant, CPU, "µs", 1e6 * (await app.child.cpu() - cpu) / AT_ONCE)
    tally.add(contestant, CONNECTIONS, "", (app.requests - requests) / max(1, app.connections - connections))


async def _asked(vi: LeanConnection) -> float:
    began = time.perf_counter()
    await vi.ask(b"GET /flows HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    return time.perf_counter() - began


@asynccontextmanager
async def _app(folder: Path, pages: ViPages, module: str) -> AsyncIterator[_App]:
    with tempfile.TemporaryDirectory(dir=folder) as own:
        async with (
            Platforms.start(pages) as platforms,
            child(module, folder=Path(own), settings=platforms.settings(HTTP)) as process,
        ):
            platforms.vi_seconds = VI_SECONDS
            way = await HttpWay(process.address).open(AT_ONCE)
            yield _App(platforms, process, way)
            way.close()


BENCHMARK = Benchmark(
    name="commands",
    reference="Vi's own 50 ms; for what is at once, the same handler with vi-sdk in threads",
    goals={
        WHOLE: Goal(1.10, at_least=False, basis=Basis.RATIO),
        RATE: Goal(12, at_least=True, basis=Basis.RATIO),
        CPU: Goal(1 / 6, at_least=False, basis=Basis.RATIO),
        CONNECTIONS: Goal(100, at_least=True, basis=Basis.OURS),
    },
    measure=measure,
)
