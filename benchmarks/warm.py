"""What the bot itself takes of an answer: `/vi list` and the select's suggestions over a large organization.

Nothing goes over a wire: both look in the index of workflows, which was read before, and an answer ends as the text
that would be sent. The trail is written, durably, as always.
"""

import asyncio
import gc
import random
import tempfile
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan, Tally, percentile
from benchmarks.flows import id_of, name_of
from benchmarks.unwired import Unwired, unwired

_LIST = "/vi list"
_FILTERED = "/vi list with a word"
_TYPED = "suggestions, for each key pressed"


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Milliseconds for each."""
    with tempfile.TemporaryDirectory(dir=plan.folder) as name:
        return asyncio.run(_measure(plan, Path(name)))


async def _measure(plan: Plan, folder: Path) -> Mapping[str, Measured]:
    tally = Tally()
    chance = random.Random(0)
    async with unwired(folder, plan.workflows) as bot:
        await bot.command("list")
        gc.collect()
        gc.freeze()  # as `vi-bot run` does once it has started
        for _ in range(plan.rounds):
            for name, asked in _asked(bot, chance, plan).items():
                cpu = time.process_time()
                found = [await _milliseconds(ask) for ask in asked]
                cpu = time.process_time() - cpu
                tally.add("ours", f"{name}, p50", "ms", percentile(found, 50))
                tally.add("ours", f"{name}, p99", "ms", percentile(found, 99))
                tally.add("ours", f"{name}, CPU", "ms", 1000 * cpu / len(asked))
        gc.unfreeze()
    return tally.measured()


def _asked(bot: Unwired, chance: random.Random, plan: Plan) -> Mapping[str, Sequence[Callable[[], Awaitable[object]]]]:
    commands = max(1, plan.calls // 3)
    typed = [_beginning(chance, plan.workflows) for _ in range(plan.calls)]
    return {
        _LIST: [partial(bot.command, "list")] * commands,
        _FILTERED: [partial(bot.command, "list weld")] * commands,
        _TYPED: [partial(bot.typeahead, each) for each in typed],
    }


def _beginning(chance: random.Random, workflows: int) -> str:
    """What somebody has typed so far of a name or of an id; nothing, when the select opens."""
    number = chance.randrange(workflows)
    return chance.choice((name_of, id_of))(number)[: chance.randrange(8)]


async def _milliseconds(ask: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await ask()
    return 1000 * (time.perf_counter() - began)


BENCHMARK = Benchmark(
    name="warm",
    reference="nothing: 10,000 workflows in memory",
    goals={
        f"{_LIST}, p99": Goal(5, at_least=False, basis=Basis.OURS),
        f"{_TYPED}, p99": Goal(10, at_least=False, basis=Basis.OURS),
    },
    measure=measure,
)
