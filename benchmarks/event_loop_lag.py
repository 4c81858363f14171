"""How long the event loop is held while 8 callers append; a process of its own, so that its disk can be made slow.

Run as `python -m benchmarks.event_loop_lag FOLDER ROUNDS`. It prints JSON: milliseconds for each round, of the store,
of a reference that writes in the event loop itself, and of callers that only wait, which shows how busy the machine
is; and what one append of the store's took.
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from itertools import islice
from pathlib import Path

from benchmarks.comparison import in_turn, percentile
from benchmarks.entries import entries
from benchmarks.raw_sqlite import raw_insert
from bot.domain.audit import EMPTY, AuditEntry, seal
from bot.store.sqlite import SqliteStore

CALLERS = 8
APPENDS = 40  # in a round
TICK = 0.001  # seconds between two looks at the clock


async def main(folder: Path, rounds: int) -> None:
    """Measure in turn, and print what was found."""
    store = await SqliteStore.open(folder / "lag.db")
    written = entries(3 * rounds * APPENDS)
    appends: list[float] = []
    found: dict[str, list[float]] = {"ours": [], "reference": [], "waiting": []}

    async def ours(entry: AuditEntry) -> None:
        began = time.perf_counter()
        await store.record(entry)
        appends.append(1000 * (time.perf_counter() - began))

    async def waiting(_entry: AuditEntry) -> None:
        await asyncio.sleep(percentile(appends, 50) / 1000 if appends else TICK)

    with raw_insert(folder / "lag-raw.db") as insert:

        async def reference(entry: AuditEntry) -> None:
            insert(seal(entry, EMPTY).body)
            await asyncio.sleep(0)  # the others, and the clock, have their turn

        append = {"ours": ours, "reference": reference, "waiting": waiting}
        for number in range(rounds):
            for contestant in (*in_turn(number), "waiting"):
                lags = await _lags(append[contestant], list(islice(written, APPENDS)))
                found[contestant].append(percentile(lags, 99))
    await store.close()
    sys.stdout.write(json.dumps({**found, "append": percentile(appends, 50)}))


async def _lags(append: Callable[[AuditEntry], Awaitable[None]], sample: Sequence[AuditEntry]) -> Sequence[float]:
    """Milliseconds by which the event loop was late, looked at all the time while the callers append."""
    lags = []
    waiting = iter(sample)

    async def call() -> None:
        for entry in waiting:
            await append(entry)

    callers = asyncio.gather(*(call() for _ in range(CALLERS)))
    while not callers.done():
        began = time.perf_counter()
        await asyncio.sleep(TICK)
        lags.append(1000 * (time.perf_counter() - began - TICK))
    await callers
    return lags


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
