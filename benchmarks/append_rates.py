"""How many entries a second the store takes, and what one append waits for, beside raw sqlite3.

Run as `python -m benchmarks.append_rates FOLDER ROUNDS CALLS` it prints JSON: a process of its own, so that its disk
can be made slow.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TypeVar

from benchmarks.comparison import Measured, Tally, in_turn, percentile
from benchmarks.entries import entries
from benchmarks.raw_sqlite import insert, raw_database, raw_insert
from bot.domain.audit import EMPTY, seal
from bot.store.connection import OpenDatabase
from bot.store.sqlite import TIME_LIMIT, SqliteStore
from bot.store.thread import DatabaseThread

_Entry = TypeVar("_Entry")

CALLERS = (1, 8, 64)
"""How many append at once."""


async def rates(folder: Path, rounds: int, calls: int) -> Mapping[str, Measured]:
    """Rates and waiting times for each number of callers."""
    tally = Tally()
    appends = {callers: max(calls, callers * max(2, calls // 15)) for callers in CALLERS}
    written = entries(rounds * sum(appends.values()))
    store = await SqliteStore.open(folder / "ours.db")
    bare = DatabaseThread(partial(_bare, folder / "bare.db"), begin="BEGIN IMMEDIATE", time_limit=TIME_LIMIT)
    await bare.open()
    with raw_insert(folder / "raw.db") as insert_raw:
        for number in range(rounds):
            for callers, count in appends.items():
                sample = list(islice(written, count))
                bodies = [seal(entry, EMPTY).body for entry in sample]
                rate = {}
                for contestant in in_turn(number):
                    began, began_cpu = time.perf_counter(), time.process_time()
                    if contestant == "ours":
                        waits = await _awaited(store.record, sample, callers)
                    else:
                        waits = _inserted(insert_raw, bodies, callers)
                    spent, cpu = time.perf_counter() - began, time.process_time() - began_cpu
                    rate[contestant] = count / spent
                    tally.add(contestant, rate_of(callers), "/s", rate[contestant])
                    each = {"p50": percentile(waits, 50), "p99": percentile(waits, 99), "CPU": cpu / count}
                    for name, seconds in each.items():
                        tally.add(contestant, f"one append, {name}, {callers} at once", "µs", 1e6 * seconds)
                began = time.perf_counter()
                await _awaited(lambda body: bare.run(partial(insert, body=body)), bodies, callers)
                tally.add("ours", bare_rate_of(callers), "/s", count / (time.perf_counter() - began))
                tally.add("reference", bare_rate_of(callers), "/s", rate["reference"])
    await bare.close()
    await store.close()
    return tally.measured()


@contextmanager
def _bare(path: Path) -> Iterator[OpenDatabase]:
    with raw_database(path) as connection:
        yield OpenDatabase(connection, lambda: None)


def rate_of(callers: int) -> str:
    """What the rate of so many callers is called."""
    return f"appends, {callers} at once"


def bare_rate_of(callers: int) -> str:
    """What the rate of so many callers is called who only hand a finished row over to the store's kind of thread."""
    return f"a row handed to a thread, nothing else, {callers} at once"


async def _awaited(
    append: Callable[[_Entry], Awaitable[object]], sample: Sequence[_Entry], callers: int
) -> Sequence[float]:
    """How long each append took, in seconds, with so many callers that append one after the other."""
    waits = []
    waiting = iter(sample)

    async def call() -> None:
        for entry in waiting:
            began = time.perf_counter()
            await append(entry)
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


if __name__ == "__main__":
    found = asyncio.run(rates(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])))
    sys.stdout.write(json.dumps({name: asdict(each) for name, each in found.items()}))
