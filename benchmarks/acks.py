"""From a command or a click to its ack, beside Bolt apps whose listener only acks, behind the same door.

The reference acks in the bot's way (`process_before_response`); Bolt's default looks for the ack in steps of 10 ms, and
is compared apart. All three are processes of their own, and their processor time is what they say of themselves.

Only the path to the ack counts. What a listener of the bot starts after it is a task that ends at once here: the task
is measured, and what is done in it is not (`benchmarks.commands` measures that).
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.children import Child, child
from benchmarks.comparison import Basis, Benchmark, Contestant, Goal, Measured, Plan, Tally, in_turn, percentile
from benchmarks.platforms import HTTP, SOCKET, Platforms, ViPages, pages_of_the_emulator
from benchmarks.slack_traffic import CLICK, COMMAND, Way, acked, payload, way_to

BOT = ("benchmarks.bot_process", "acks")
AT_ONCE = 64
"""How many are under way where processor time is measured."""
_TURNS = 4  # of each in a round

_KINDS = {COMMAND: "command", CLICK: "click"}


@dataclass(frozen=True, slots=True)
class _App:
    child: Child
    way: Way[Any]

    async def waits(self, kind: str, count: int, at_once: int = 1) -> Sequence[float]:
        """Seconds to each ack."""
        unused = "http://127.0.0.1:9/"
        prepared = [self.way.prepare(kind, payload(kind, str(number), unused)) for number in range(count)]
        return await acked(self.way, prepared, at_once)

    async def cpu(self, kind: str, count: int) -> float:
        """Seconds of processor time for so many acks, with many under way."""
        before = await self.child.cpu()
        await self.waits(kind, count, AT_ONCE)
        return await self.child.cpu() - before


def measure(plan: Plan, bot: Sequence[str] = BOT) -> Mapping[str, Measured]:
    """Waiting times and processor time for each way and kind; `bot` is the module that runs, and its arguments."""
    return asyncio.run(_measure(plan, bot))


async def _measure(plan: Plan, bot: Sequence[str]) -> Mapping[str, Measured]:
    tally, pages = Tally(), await pages_of_the_emulator()
    for way in (HTTP, SOCKET):
        async with (
            _app(plan.folder, pages, way, *bot) as ours,
            _app(plan.folder, pages, way, "benchmarks.bolt_process", "fast") as reference,
            _app(plan.folder, pages, way, "benchmarks.bolt_process", "default") as default,
        ):
            apps: _Apps = {"ours": ours, "reference": reference}
            for app in (ours, reference, default):  # what is looked up or made once is, before it is measured
                await app.waits(CLICK, AT_ONCE, AT_ONCE)
            for number in range(plan.rounds):
                for kind in _KINDS:
                    slow = percentile(await default.waits(kind, max(3, plan.calls // 10)), 50)
                    cpu = await _cpu(apps, kind, plan.calls, number)
                    waits = await _waits(apps, kind, plan.calls, number)
                    for contestant in apps:
                        tally.add(contestant, cpu_of(kind, way), "µs", 1e6 * cpu[contestant])
                        tally.add(contestant, latency_of(kind, way), "ms", 1e3 * waits[contestant])
                    tally.add("ours", rate_of(kind, way), "/s", 1 / waits["ours"])
                    tally.add("reference", rate_of(kind, way), "/s", 1 / slow)
    return tally.measured()


_Apps = Mapping[Contestant, _App]


async def _cpu(apps: _Apps, kind: str, calls: int, number: int) -> Mapping[Contestant, float]:
    """Seconds of processor time for an ack: in turns so short that a busy moment of the machine strikes both."""
    spent: dict[Contestant, float] = dict.fromkeys(apps, 0.0)
    for turn in range(_TURNS):
        for contestant in in_turn(number + turn):
            spent[contestant] += await apps[contestant].cpu(kind, calls)
    return {contestant: seconds / (_TURNS * calls) for contestant, seconds in spent.items()}


async def _waits(apps: _Apps, kind: str, calls: int, number: int) -> Mapping[Contestant, float]:
    """Seconds to an ack, the median: one of ours, one of the reference's, and so on."""
    waits: dict[Contestant, list[float]] = {contestant: [] for contestant in apps}
    for turn in range(2 * calls):
        for contestant in in_turn(number + turn):
            waits[contestant] += await apps[contestant].waits(kind, 1)
    return {contestant: percentile(each, 50) for contestant, each in waits.items()}


def cpu_of(kind: str, way: str) -> str:
    """What the processor time for one is called."""
    return f"CPU of {_KINDS[kind]} → ack, {way}"


def latency_of(kind: str, way: str) -> str:
    """What the waiting time for one is called."""
    return f"{_KINDS[kind]} → ack, {way}, p50"


def rate_of(kind: str, way: str) -> str:
    """What the rate of one after the other is called, whose reference is Bolt's default."""
    return f"{_KINDS[kind]}s one after another, {way}, beside Bolt's default"


@asynccontextmanager
async def _app(folder: Path, pages: ViPages, way: str, module: str, *arguments: str) -> AsyncIterator[_App]:
    async with Platforms.start(pages) as platforms:
        with tempfile.TemporaryDirectory(dir=folder) as own:
            settings = platforms.settings(way)
            async with child(module, *arguments, folder=Path(own), settings=settings) as process:
                reached = await way_to(way, platforms, process.address, AT_ONCE)
                try:
                    yield _App(process, reached)
                finally:
                    reached.close()


_PAIRS = [(kind, way) for way in (HTTP, SOCKET) for kind in _KINDS]

BENCHMARK = Benchmark(
    name="acks",
    reference="a Bolt AsyncApp whose listener only acks, by process_before_response, behind the same door",
    goals={
        **{cpu_of(COMMAND, way): Goal(1.15, at_least=False, basis=Basis.RATIO) for way in (HTTP, SOCKET)},
        **{latency_of(*each): Goal(1.25, at_least=False, basis=Basis.RATIO) for each in _PAIRS},
        **{rate_of(*each): Goal(40, at_least=True, basis=Basis.RATIO) for each in _PAIRS},
    },
    measure=measure,
)
