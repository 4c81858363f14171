"""Five hundred commands at once, each of which needs 200 ms of Vi, to the bot as a process of its own.

Each command is a `/vi list --fresh`: two requests to Vi, side by side, and the answer to its response URL. Nothing is
left out: roles, the trail on the disk, the screen's memory. The load and both platforms are this process
(`benchmarks.platforms`); what it costs itself is in the table, since it shares the machine's cores with the bot.
"""

import asyncio
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from benchmarks.children import Child, child
from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan, Tally, percentile
from benchmarks.platforms import HTTP, SOCKET, Platforms, ViPages, pages_of_the_emulator
from benchmarks.slack_traffic import COMMAND, HttpWay, SocketWay, acked, payload, way_to

AT_ONCE = 500
VI_SECONDS = 0.2
LATE = 3.0
"""Seconds after which Slack gives a command up."""

_WARM = 100  # commands before the first round: what is looked up or connected once is, as in a bot that has run a while
_LONGEST = 60.0  # seconds for a round; without an end by then, something is lost


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Waiting times for acks and answers, over either way; there are a third as many rounds as planned."""
    return asyncio.run(_measure(plan))


async def _measure(plan: Plan) -> Mapping[str, Measured]:
    tally, pages = Tally(), await pages_of_the_emulator()
    for way in (HTTP, SOCKET):
        await _measure_way(plan, pages, way, tally)
    return tally.measured()


async def _measure_way(plan: Plan, pages: ViPages, way: str, tally: Tally) -> None:
    with tempfile.TemporaryDirectory(dir=plan.folder) as folder:
        async with (
            Platforms.start(pages) as platforms,
            child("benchmarks.bot_process", folder=Path(folder), settings=platforms.settings(way)) as bot,
        ):
            reached = await way_to(way, platforms, bot.address, AT_ONCE)
            platforms.vi_seconds = VI_SECONDS
            await _wave(platforms, bot, reached, _WARM)
            for _ in range(max(1, plan.rounds // 3)):
                for name, (unit, value) in (await _wave(platforms, bot, reached, AT_ONCE)).items():
                    tally.add("ours", f"{name}, {way}", unit, value)
            reached.close()


async def _wave(
    platforms: Platforms, bot: Child, way: HttpWay | SocketWay, count: int
) -> Mapping[str, tuple[str, float]]:
    names = [f"{number}" for number in range(count)]
    prepared = [way.prepare(COMMAND, payload(COMMAND, name, platforms.response_url(name))) for name in names]
    answers = [platforms.answer(name) for name in names]
    bot_cpu, own_cpu, began = await bot.cpu(), time.process_time(), time.perf_counter()
    waits = await acked(way, prepared, at_once=count)
    async with asyncio.timeout(_LONGEST):
        answered = [at - began for at in await asyncio.gather(*answers)]
    own_cpu = time.process_time() - own_cpu
    bot_cpu = await bot.cpu() - bot_cpu
    return {
        ACKED: ("%", 100 * sum(wait <= LATE for wait in waits) / count),
        ACK_P99: ("ms", 1e3 * percentile(waits, 99)),
        "ack p50": ("ms", 1e3 * percentile(waits, 50)),
        ANSWERED: ("ms", 1e3 * max(answered)),
        "answered, p50": ("ms", 1e3 * percentile(answered, 50)),
        "CPU of the bot for all": ("ms", 1e3 * bot_cpu),
        "CPU of the load for all": ("ms", 1e3 * own_cpu),
    }


ACKED, ACK_P99, ANSWERED = f"acked within {LATE:g} s", "ack p99", "all answered"

_GOALS = {
    ACKED: Goal(100, at_least=True, basis=Basis.OURS),
    ACK_P99: Goal(100, at_least=False, basis=Basis.OURS),
    ANSWERED: Goal(1e3 * (VI_SECONDS + 1), at_least=False, basis=Basis.OURS),
}

BENCHMARK = Benchmark(
    name="load",
    reference=f"no other bot: {AT_ONCE} commands at once, Vi takes {1e3 * VI_SECONDS:g} ms for each request",
    goals={f"{name}, {way}": goal for way in (HTTP, SOCKET) for name, goal in _GOALS.items()},
    measure=measure,
)
