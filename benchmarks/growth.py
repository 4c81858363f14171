"""How cost grows with what an organization has, with the trail, and with how many ask at once.

Each curve is measured at powers of ten. Its slope is that of the line through the last three points, both axes
logarithmic: 0 where the cost does not grow, 1 where it grows as what it grows with, 2 with its square. What comes once
for each call, however much there is, flattens a curve's beginning, so its end is what counts.
"""

import asyncio
import json
import math
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from statistics import linear_regression, median

from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan
from benchmarks.entries import PEOPLE, entries
from benchmarks.trail_file import trail_file
from benchmarks.unwired import HeldVi, unwired
from bot.app import SystemClock
from bot.domain.audit import Stage
from bot.operations.index import WorkflowIndex
from bot.ports import TrailQuery
from bot.store.sqlite import SqliteStore

LINEAR = 1.15
"""At most: everything that is listed or verified is looked at once; the rest is the machine's caches and noise."""
_LOGARITHMIC = 0.35
"""At most, where an index finds what is asked for: hardly at all, but for noise and files that outgrow a cache."""
_LAST = 3  # points that the slope is taken of
_MOST = 100_000  # workflows, runs
_CROWD = 1000  # commands at once


@dataclass(frozen=True, slots=True)
class Curve:
    """One cost over what it grows with.

    Attributes:
        steepest: the greatest slope that is good enough.
    """

    name: str
    unit: str
    over: str
    steepest: float

    @property
    def slope(self) -> str:
        """What its slope is called among the quantities."""
        return f"slope of: {self.name}, over {self.over}"

    def point(self, size: int) -> str:
        """What one of its points is called among the quantities."""
        return f"{self.name}, {size:,} {self.over}"


LIST = Curve("/vi list", "ms", "workflows", LINEAR)
TYPED = Curve("suggestions for a key pressed", "ms", "workflows", LINEAR)
INDEX = Curve("memory of the index", "MB", "workflows", LINEAR)
ACTIVE = Curve("/vi list --active", "ms", "active runs", LINEAR)
QUERY = Curve("/vi audit, a person's successes", "ms", "entries", _LOGARITHMIC)
APPEND = Curve("append", "ms", "entries", _LOGARITHMIC)
VERIFY = Curve("verify, hashes and links", "ms", "entries", LINEAR)
CROWD = Curve("all are answered", "ms", "commands at once", LINEAR)
CURVES = (LIST, TYPED, INDEX, ACTIVE, QUERY, APPEND, VERIFY, CROWD)

Points = dict[Curve, dict[int, float]]


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Every point, and the slopes."""
    points: Points = {curve: {} for curve in CURVES}
    with tempfile.TemporaryDirectory(dir=plan.folder) as name:
        folder = Path(name)
        for size in _sizes(100, min(_MOST, 10 * plan.workflows)):
            asyncio.run(_over_workflows(_made(folder / f"workflows-{size}"), plan, size, points))
            asyncio.run(_over_runs(_made(folder / f"runs-{size}"), plan, size, points))
            points[INDEX][size] = _index_memory(size)
        for size in _sizes(100, plan.rows):
            asyncio.run(_over_entries(folder, plan, size, points))
        asyncio.run(_over_crowds(_made(folder / "crowd"), plan, points))
    return quantities(points)


def slope(points: Mapping[int, float]) -> float:
    """Of the line through the last points, by size, both axes logarithmic."""
    last = sorted(points.items())[-_LAST:]
    return linear_regression([math.log(size) for size, _ in last], [math.log(cost) for _, cost in last]).slope


def quantities(points: Points) -> Mapping[str, Measured]:
    """All points, and the slope of each curve."""
    found: dict[str, Measured] = {}
    for curve, costs in points.items():
        found |= {curve.point(size): Measured(curve.unit, [cost]) for size, cost in costs.items()}
        found[curve.slope] = Measured("", [slope(costs)])
    return found


def _sizes(first: int, last: int) -> Sequence[int]:
    """Powers of ten, at least two of them."""
    return [first * 10**power for power in range(max(2, round(math.log10(last / first)) + 1))]


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def _over_workflows(folder: Path, plan: Plan, size: int, points: Points) -> None:
    async with unwired(folder, size) as bot:
        points[LIST][size] = await _median(plan, partial(bot.command, "list"))
        points[TYPED][size] = await _median(plan, partial(bot.typeahead, "weld"))


async def _over_runs(folder: Path, plan: Plan, size: int, points: Points) -> None:
    async with unwired(folder, min(1000, plan.workflows), size) as bot:
        points[ACTIVE][size] = await _median(plan, partial(bot.command, "list --active"))


def _index_memory(size: int) -> float:
    """Megabytes that the index and its workflows keep."""
    tracemalloc.start()
    try:
        index = WorkflowIndex(HeldVi(size), SystemClock())
        asyncio.run(index.refresh())
        return tracemalloc.get_traced_memory()[0] / 1024**2
    finally:
        tracemalloc.stop()


async def _over_entries(folder: Path, plan: Plan, size: int, points: Points) -> None:
    made = trail_file(plan.folder, size)
    points[VERIFY][size] = 1000 * median(_verification(made) for _ in range(max(1, plan.rounds // 3)))
    copy = folder / f"entries-{size}.db"
    shutil.copyfile(made, copy)
    store = await SqliteStore.open(copy)
    try:
        query = TrailQuery(actor=PEOPLE[7], stage=Stage.SUCCEEDED, limit=11)
        points[QUERY][size] = await _median(plan, lambda: store.trail(query))
        more = islice(entries(size + 1000, seed=1), size + 1000)
        points[APPEND][size] = await _median(plan, lambda: store.record(next(more)))
    finally:
        await store.close()
        copy.unlink()


def _verification(path: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.verification_process", "chain", str(path)]
    return float(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)["seconds"])


async def _over_crowds(folder: Path, plan: Plan, points: Points) -> None:
    async with unwired(folder, 20) as bot:
        await bot.command("list")
        for size in _sizes(1, min(_CROWD, 2 * plan.calls)):
            points[CROWD][size] = await _median(plan, partial(bot.command, "list", at_once=size))


async def _median(plan: Plan, ask: Callable[[], Awaitable[object]]) -> float:
    """Milliseconds, as they mostly are; the first call, which warms caches, is not counted."""
    await ask()
    found = []
    for _ in range(max(3, plan.rounds)):
        began = time.perf_counter()
        await ask()
        found.append(1000 * (time.perf_counter() - began))
    return median(found)


BENCHMARK = Benchmark(
    name="growth",
    reference="nothing: slopes on logarithmic axes",
    goals={curve.slope: Goal(curve.steepest, at_least=False, basis=Basis.OURS) for curve in CURVES},
    measure=measure,
)
