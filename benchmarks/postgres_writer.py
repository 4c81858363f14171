"""A process that appends when it is told to: `python -m benchmarks.postgres_writer URL`.

Each line of its standard input is a JSON list: the contestant, how many callers at once, and how many entries. It
answers each with the moments at which it began and ended, by the machine's clock that never goes back.
"""

import asyncio
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from uuid import uuid4

import psycopg

from benchmarks.comparison import Contestant
from benchmarks.entries import entries
from bot.domain.audit import EMPTY, AuditEntry, EntryId, seal
from bot.store.postgres.store import PostgresStore
from bot.store.postgres.words import words_of

_MOST = 10_000_000  # entries: more than any benchmark asks for


async def serve(url: str) -> None:
    """Append as each line says, until there is none."""
    written = (replace(each, id=EntryId(str(uuid4()))) for each in entries(_MOST))
    store = await PostgresStore.open(url)
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as plain:
        _say("ready")
        while line := await asyncio.to_thread(sys.stdin.readline):
            contestant, callers, count = _order(line)
            sample = list(islice(written, count))
            if contestant == "ours":
                _say(await _recorded(store, sample, callers))
            else:
                _say(await _inserted(plain, sample))
    await store.close()


def _order(line: str) -> tuple[Contestant, int, int]:
    contestant, callers, count = json.loads(line)
    return contestant, callers, count


async def _recorded(store: PostgresStore, sample: Sequence[AuditEntry], callers: int) -> tuple[float, float]:
    waiting = iter(sample)

    async def call() -> None:
        for entry in waiting:
            await store.record(entry)

    began = time.monotonic()
    await asyncio.gather(*(call() for _ in range(callers)))
    return began, time.monotonic()


async def _inserted(plain: psycopg.AsyncConnection, sample: Sequence[AuditEntry]) -> tuple[float, float]:
    sealed = [(seal(each, EMPTY), words_of(each)) for each in sample]
    rows = [(each.body, each.hash, words) for each, words in sealed]
    began = time.monotonic()
    for row in rows:
        await plain.execute("INSERT INTO plain (body, hash, words) VALUES (%s, %s, %s::tsvector)", row)
    return began, time.monotonic()


def _say(answer: object) -> None:
    sys.stdout.write(f"{json.dumps(answer)}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
