"""Appends to the trail of the file named on the command line until it is killed; prints each receipt it is given.

Run as `python -m tests.store.appender PATH`.
"""

import asyncio
import sys
from pathlib import Path

from bot.store.sqlite import SqliteStore
from tests.store.samples import an_entry

WORKERS = 8


async def main() -> None:
    store = await SqliteStore.open(Path(sys.argv[1]))

    async def work() -> None:
        while True:
            receipt = await store.record(an_entry())
            sys.stdout.write(f"{receipt.seq} {receipt.hash}\n")
            sys.stdout.flush()

    await asyncio.gather(*(work() for _ in range(WORKERS)))


if __name__ == "__main__":
    asyncio.run(main())
