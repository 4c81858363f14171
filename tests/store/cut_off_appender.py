"""Appends to a trail with 16 callers until the process is killed; prints each receipt that a caller is given.

Run as `python -m tests.store.cut_off_appender PATH FULL|NORMAL`: with NORMAL, a commit does not wait for the disk.
"""

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from bot.store.connection import OpenDatabase, writing
from bot.store.sqlite import TIME_LIMIT, SqliteStore
from bot.store.thread import DatabaseThread
from tests.store.samples import an_entry

CALLERS = 16


@contextmanager
def without_waiting_for_the_disk(path: Path) -> Iterator[OpenDatabase]:
    with writing(path) as database:
        database.connection.set_authorizer(None)
        database.connection.execute("PRAGMA synchronous = NORMAL")
        yield database


async def opened(path: Path, synchronous: str) -> SqliteStore:
    if synchronous == "FULL":
        return await SqliteStore.open(path)
    connect = partial(without_waiting_for_the_disk, path)
    writer = DatabaseThread(connect, begin="BEGIN IMMEDIATE", time_limit=TIME_LIMIT)
    await writer.open()
    return SqliteStore(writer, writer)


async def main(path: Path, synchronous: str) -> None:
    store = await opened(path, synchronous)

    async def append() -> None:
        while True:
            receipt = await store.record(an_entry())
            sys.stdout.write(f"{receipt.seq} {receipt.hash}\n")
            sys.stdout.flush()

    await asyncio.gather(*(append() for _ in range(CALLERS)))


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
