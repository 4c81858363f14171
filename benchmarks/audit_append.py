"""Appending to the trail: the whole store beside the least that SQLite can do, and whether the event loop stays free.

The reference is a plain loop without any handing over. With several callers in line, each of its callers waits for the
commits of those before it: it is the limit of writing without sharing commits.
"""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import islice
from pathlib import Path

from benchmarks import preload
from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan, Tally, in_turn, percentile
from benchmarks.entries import entries
from benchmarks.raw_sqlite import raw_insert
from bot.domain.audit import EMPTY, AuditEntry, seal
from bot.store.sqlite import SqliteStore

_LEAST = {1: 0.45, 8: 0.85, 64: 1.2}  # share of the reference's rate that so many callers at once must reach
DELAY = 30  # milliseconds that each sync of the slow disk takes longer
LAG = f"event-loop lag p99, 8 callers, fsync + {DELAY} ms"


def measure(plan: Plan) -> Mapping[str, Measured]:
    """Rates and waiting times for each number of callers; the event loop's lag where there is a C compiler."""
    with tempfile.TemporaryDirectory(dir=plan.folder) as folder:
        rates = asyncio.run(_rates(plan, Path(folder)))
        return {**rates, **_lag(plan, Path(folder))}


async def _rates(plan: Plan, folder: Path) -> Mapping[str, Measured]:
    tally = Tally()
    appends = {callers: max(plan.calls, callers * max(2, plan.calls // 15)) for callers in _LEAST}
    written = entries(plan.rounds * sum(appends.values()))
    store = await SqliteStore.open(folder / "ours.db")
    with raw_insert(folder / "raw.db") as insert:
        for number in range(plan.rounds):
            for callers, count in appends.items():
                sample = list(islice(written, count))
                bodies = [seal(entry, EMPTY).body for entry in sample]
                for contestant in in_turn(number):
                    began, began_cpu = time.perf_counter(), time.process_time()
                    if contestant == "ours":
                        waits = await _recorded(store, sample, callers)
                    else:
                        waits = _inserted(insert, bodies, callers)
                    spent, cpu = time.perf_counter() - began, time.process_time() - began_cpu
                    tally.add(contestant, _rate_of(callers), "/s", count / spent)
                    each = {"p50": percentile(waits, 50), "p99": percentile(waits, 99), "CPU": cpu / count}
                    for name, seconds in each.items():
                        tally.add(contestant, f"one append, {name}, {callers} at once", "µs", 1e6 * seconds)
    await store.close()
    return tally.measured()


def _rate_of(callers: int) -> str:
    return f"appends, {callers} at once"


async def _recorded(store: SqliteStore, sample: Sequence[AuditEntry], callers: int) -> Sequence[float]:
    """How long each append took, in seconds, with so many callers that append one after the other."""
    waits = []
    waiting = iter(sample)

    async def call() -> None:
        for entry in waiting:
            began = time.perf_counter()
            await store.record(entry)
            waits.append(time.perf_counter() - began)

    await asyncio.gather(*(call() for _ in range(callers)))
    return waits


def _inserted(insert: Callable[[str], object], bodies: Sequence[str], callers: int) -> Sequence[float]:
    """How long so many callers in line would wait for each commit, in seconds: their own, after all the others'."""
    ends = [time.perf_counter()]
    for body in bodies:
        insert(body)
        ends.append(time.perf_counter())
    return [end - began for began, end in zip(ends, ends[callers:], strict=False)]


def _lag(plan: Plan, folder: Path) -> Mapping[str, Measured]:
    if not preload.available():
        return {}
    shim = preload.compiled(Path(__file__).with_name("slow_fsync.c"), folder)
    command = [sys.executable, "-m", "benchmarks.event_loop_lag", str(folder), str(plan.rounds)]
    environment = preload.environment(shim, FSYNC_DELAY_MS=DELAY)
    printed = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE).stdout
    found = json.loads(printed)
    if found["append"] < DELAY:
        raise RuntimeError(
            f"An append took {found['append']:.1f} ms: the disk was not made slow, the lag says nothing."
        )
    waiting = Measured("ms", found["waiting"], found["reference"])
    return {LAG: Measured("ms", found["ours"], found["reference"]), "the same, 8 callers that only wait": waiting}


BENCHMARK = Benchmark(
    name="audit_append",
    reference="raw sqlite3 (WAL, FULL, one INSERT a commit, two columns); for the lag, the same in the event loop",
    goals={
        **{_rate_of(callers): Goal(least, at_least=True, basis=Basis.RATIO) for callers, least in _LEAST.items()},
        LAG: Goal(5, at_least=False, basis=Basis.OURS),
    },
    measure=measure,
)
