"""Appending to the trail: the whole store beside the least that SQLite can do, and whether the event loop stays free.

The reference is a plain loop without any handing over. With several callers in line, each of its callers waits for the
commits of those before it: it is the limit of writing without sharing commits.

Each rate is measured twice: on the disk as it is, and with every sync some milliseconds longer, as disks have it that
are reached over a network or hold no capacitor. On a disk that confirms at once the processor decides.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import preload
from benchmarks.append_rates import rate_of, rates
from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan

_LEAST = {1: 0.45, 8: 0.85, 64: 1.2}  # share of the reference's rate that so many callers at once must reach
SLOW = 3  # milliseconds that each sync takes longer, where rates are measured
DELAY = 30  # milliseconds that each sync takes longer, where the event loop is watched
LAG = f"event-loop lag p99, 8 callers, fsync + {DELAY} ms"


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Rates and waiting times for each number of callers; what needs a slow disk, where there is a C compiler."""
    with tempfile.TemporaryDirectory(dir=plan.folder) as name:
        folder = Path(name)
        found = asyncio.run(rates(folder, plan.rounds, plan.calls))
        if not preload.available():
            return found
        shim = preload.compiled(Path(__file__).with_name("slow_fsync.c"), folder)
        return {**found, **_slow_rates(plan, folder, shim), **_lag(plan, folder, shim)}


def _slow_rates(plan: Plan, folder: Path, shim: Path) -> Mapping[str, Measured]:
    calls = max(1, plan.calls // 5)
    (folder / "slow").mkdir()
    found = _printed(shim, SLOW, "append_rates", folder / "slow", plan.rounds, calls)
    slowest = min(found[rate_of(1)]["reference"])
    if slowest > 1000 / SLOW:
        raise RuntimeError(f"{slowest:.0f} syncs a second: the disk was not made slow, the rates say nothing.")
    return {_slowly(name): Measured(**each) for name, each in found.items()}


def _slowly(name: str) -> str:
    return f"{name}, fsync + {SLOW} ms"


def _lag(plan: Plan, folder: Path, shim: Path) -> Mapping[str, Measured]:
    found = _printed(shim, DELAY, "event_loop_lag", folder, plan.rounds)
    if found["append"] < DELAY:
        raise RuntimeError(
            f"An append took {found['append']:.1f} ms: the disk was not made slow, the lag says nothing."
        )
    waiting = Measured("ms", found["waiting"], found["reference"])
    return {LAG: Measured("ms", found["ours"], found["reference"]), "the same, 8 callers that only wait": waiting}


def _printed(shim: Path, delay: int, module: str, *arguments: object) -> Any:
    """The JSON that a module of this package prints when each sync takes so many milliseconds longer."""
    command = [sys.executable, "-m", f"benchmarks.{module}", *map(str, arguments)]
    environment = preload.environment(shim, FSYNC_DELAY_MS=delay)
    return json.loads(subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout)


_RATES = {rate_of(callers): Goal(least, at_least=True, basis=Basis.RATIO) for callers, least in _LEAST.items()}

BENCHMARK = Benchmark(
    name="audit_append",
    reference="raw sqlite3 (WAL, FULL, one INSERT a commit, two columns); for the lag, the same in the event loop",
    goals={
        **_RATES,
        **{_slowly(name): goal for name, goal in _RATES.items()},
        LAG: Goal(5, at_least=False, basis=Basis.OURS),
    },
    measure=measure,
)
