"""How often a command asks Vi: each call is a person's wait and a part of the organization's rate limit.

The index has been read just before, as it mostly has while people work.
"""

import asyncio
import tempfile
from collections.abc import Mapping
from pathlib import Path

from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan
from benchmarks.flows import id_of
from benchmarks.unwired import unwired

_CALLS: Mapping[str, tuple[str, int]] = {
    "/vi list": ("list", 0),  # the index knows
    "/vi list --active": ("list --active", 1),  # runs
    "/vi list --fresh": ("list --fresh", 2),  # workflows, projects
    "/vi show, by id": (f"show {id_of(1)}", 3),  # the workflow, runs, projects
    "/vi runs, by id": (f"runs {id_of(1)}", 2),  # the workflow, runs
    "/vi backups, by id": (f"backups {id_of(1)}", 0),  # the store knows
    "/vi audit": ("audit", 0),
    "/vi whoami": ("whoami", 0),
    "/vi help": ("help", 0),
}


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Calls of Vi for each command."""
    with tempfile.TemporaryDirectory(dir=plan.folder) as name:
        return asyncio.run(_measure(Path(name)))


async def _measure(folder: Path) -> Mapping[str, Measured]:
    found: dict[str, Measured] = {}
    async with unwired(folder, workflows=20) as bot:
        for name, (text, _goal) in _CALLS.items():
            before = bot.vi.asked.total()
            await bot.command(text)
            found[name] = Measured("calls", [bot.vi.asked.total() - before])
    return found


BENCHMARK = Benchmark(
    name="vi_calls",
    reference="nothing: calls are counted",
    goals={name: Goal(most, at_least=False, basis=Basis.OURS) for name, (_text, most) in _CALLS.items()},
    measure=measure,
)
