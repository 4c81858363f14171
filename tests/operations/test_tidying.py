"""The search index over the years: put together once a day, in steps, and just as good as before."""

from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.domain.policy import Policy
from bot.operations.tidying import merge_search
from bot.ports import Resources, TrailQuery
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore
from bot.store.verification import verify_file
from tests.operations.stand_ins import CountedIds, StoppedClock
from tests.store.samples import an_entry


class Counting(SqliteStore):
    """Counts the steps."""

    steps: list[bool]

    async def merge_search(self, *, anew: bool) -> bool:
        self.steps.append(anew)
        return await super().merge_search(anew=anew)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Counting]:
    store = await Counting.open(tmp_path / "vi.db")
    store.steps = []
    yield store
    await store.close()


def resources(store: SqliteStore) -> Resources:
    nobody: Any = None
    return Resources(nobody, nobody, store, nobody, Policy(), StoppedClock(), CountedIds())


def pieces(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        (count,) = connection.execute("SELECT count(DISTINCT segid) FROM audit_search_idx").fetchone()
        return int(count)


async def write(store: SqliteStore, count: int) -> None:
    for number in range(count):
        words = " ".join(f"word{number * each}" for each in range(60))
        await store.record(an_entry(details={"reason": f"nightly {words}"}))


async def test_the_index_is_put_together_once_a_day_in_steps_and_finds_the_same(
    store: Counting, tmp_path: Path
) -> None:
    around = resources(store)
    path, query = tmp_path / "vi.db", TrailQuery(text="nightly word6", limit=999)
    await write(store, 203)
    before = await store.trail(query)
    assert pieces(path) > 1
    await merge_search(around)
    assert pieces(path) == 1
    assert store.steps[:2] == [True, False]
    assert True not in store.steps[1:]
    assert await store.trail(query) == before != []
    await write(store, 3)
    await merge_search(around)
    assert pieces(path) > 1, "a day has not passed"
    await store.close()
    assert verify_file(path).faults == ()


async def test_an_index_in_one_piece_is_left_alone(store: Counting) -> None:
    await write(store, 1)
    await merge_search(resources(store))
    assert store.steps == [True]
