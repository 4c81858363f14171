"""Every question that `/vi audit` can ask of a long trail, each filter alone and in pairs, through the store.

Pairs are asked of values that go together and of values that never do: then nothing fills the page, and whatever one
of the filters finds has to be looked at. The reference reads the newest page with raw sqlite3, in this thread.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import closing, suppress
from datetime import timedelta
from functools import partial
from itertools import islice
from typing import Any

from benchmarks.comparison import Basis, Benchmark, Goal, Measured, Plan, Tally, in_turn, percentile
from benchmarks.entries import COMMON_WORD, FIRST_DAY, PEOPLE, RARE_WORD, SPAN, WORKFLOWS, entries, name_of
from benchmarks.trail_file import trail_file
from bot.domain.audit import Action, Stage
from bot.domain.errors import StoreUnavailable
from bot.ports import TrailQuery
from bot.store.driver import sqlite3
from bot.store.sqlite import SqliteStore

_MOST = 1.0  # milliseconds, for the median
_PAGE = 11  # entries: those shown, and one that says whether there are more
_ENOUGH = 0.2  # seconds that one question may take in a round: a slow one is asked less often
_NOW = FIRST_DAY + SPAN
_MONTH = timedelta(days=30)

_FILTERS: Mapping[str, Callable[[random.Random, int], dict[str, Any]]] = {
    "newest page": lambda _chance, _rows: {},
    "old page": lambda chance, rows: {"before": chance.randrange(rows // 4, rows // 2)},
    "rare word": lambda _chance, _rows: {"text": RARE_WORD},
    "common word": lambda _chance, _rows: {"text": COMMON_WORD},
    "two common words": lambda _chance, _rows: {"text": f"{COMMON_WORD} detection"},
    "unknown word": lambda _chance, _rows: {"text": "nowhere"},
    "workflow": lambda chance, _rows: {"workflow": chance.choice(WORKFLOWS)},
    "workflow's name": lambda chance, _rows: {"workflow": name_of(chance.randrange(len(WORKFLOWS)))},
    "unknown workflow": lambda _chance, _rows: {"workflow": "nowhere"},
    "day workflow": lambda chance, _rows: {"workflow": name_of(2 * chance.randrange(len(WORKFLOWS) // 2))},
    "person": lambda chance, _rows: {"actor": chance.choice(PEOPLE)},
    "bot": lambda _chance, _rows: {"actor": "vi-ops"},
    "last day": lambda _chance, _rows: {"since": _NOW - timedelta(days=1)},
    "last month": lambda _chance, _rows: {"since": _NOW - _MONTH},
    "last year": lambda _chance, _rows: {"since": _NOW - 12 * _MONTH},
    "until a month ago": lambda _chance, _rows: {"until": _NOW - _MONTH},
    "until the first month's end": lambda _chance, _rows: {"until": FIRST_DAY + _MONTH},
    "succeeded": lambda _chance, _rows: {"stage": Stage.SUCCEEDED},
    "denied": lambda _chance, _rows: {"stage": Stage.DENIED},
    "unknown": lambda _chance, _rows: {"stage": Stage.UNKNOWN},
    "note": lambda _chance, _rows: {"stage": Stage.NOTE},
    "deletions": lambda _chance, _rows: {"action": Action.DELETE},
    "lists": lambda _chance, _rows: {"action": Action.LIST},
    "exports": lambda _chance, _rows: {"action": Action.EXPORT},
    "operation": lambda chance, rows: {
        "operation": next(islice(entries(rows), chance.randrange(99), None)).operation_id
    },
}

_PAIRS: Sequence[tuple[str, str]] = (
    ("person", "succeeded"),
    ("person", "denied"),
    ("person", "note"),
    ("person", "deletions"),
    ("person", "exports"),
    ("person", "workflow"),
    ("person", "common word"),
    ("person", "rare word"),
    ("person", "last month"),
    ("person", "until the first month's end"),
    ("person", "old page"),
    ("bot", "common word"),
    ("bot", "denied"),
    ("workflow", "succeeded"),
    ("workflow", "unknown"),
    ("workflow", "deletions"),
    ("workflow", "last month"),
    ("workflow", "until the first month's end"),
    ("day workflow", "common word"),
    ("lists", "denied"),
    ("lists", "unknown"),
    ("deletions", "unknown"),
    ("deletions", "last month"),
    ("denied", "last month"),
    ("denied", "until the first month's end"),
    ("common word", "unknown"),
    ("common word", "exports"),
    ("common word", "last month"),
    ("common word", "until the first month's end"),
    ("common word", "old page"),
    ("last year", "until a month ago"),
)

_ENTRY = "one entry by its number"
_NAMES = {**{name: (name,) for name in _FILTERS}, **{" + ".join(pair): pair for pair in _PAIRS}}

_Ask = Callable[[], Awaitable[object]]


def measure(plan: Plan) -> Mapping[str, Measured]:
    """What each question takes, in milliseconds."""
    return asyncio.run(_measure(plan))


async def _measure(plan: Plan) -> Mapping[str, Measured]:
    path = trail_file(plan.folder, plan.rows)
    tally = Tally()
    chance = random.Random(0)
    calls = max(1, plan.calls // 10)
    store = await SqliteStore.open(path)
    with closing(sqlite3.connect(path)) as connection:
        for number in range(plan.rounds):
            for name, asked in _asked(store, chance, plan.rows, calls).items():
                for contestant in in_turn(number):
                    found = await _timed(asked if contestant == "ours" else [partial(_newest, connection)] * calls)
                    tally.add(contestant, f"{name}, p50", "ms", percentile(found, 50))
                    tally.add(contestant, f"{name}, p99", "ms", percentile(found, 99))
    await store.close()
    return tally.measured()


def _asked(store: SqliteStore, chance: random.Random, rows: int, calls: int) -> Mapping[str, Sequence[_Ask]]:
    """Each question, asked with so many different values."""
    questions: dict[str, Sequence[_Ask]] = {
        name: [partial(store.trail, _query(filters, chance, rows)) for _ in range(calls)]
        for name, filters in _NAMES.items()
    }
    return {**questions, _ENTRY: [partial(store.entry, chance.randint(1, rows)) for _ in range(calls)]}


def _query(filters: Sequence[str], chance: random.Random, rows: int) -> TrailQuery:
    given: dict[str, Any] = {}
    for name in filters:
        given |= _FILTERS[name](chance, rows)
    return TrailQuery(limit=_PAGE, **given)


async def _newest(connection: sqlite3.Connection) -> object:
    rows = connection.execute("SELECT seq, body, hash FROM audit_event ORDER BY seq DESC LIMIT ?", (_PAGE,))
    return rows.fetchall()


async def _timed(asked: Sequence[_Ask]) -> Sequence[float]:
    """What each answer took, in milliseconds; one that the store gave up counts as long as it took."""
    found: list[float] = []
    for ask in asked:
        began = time.perf_counter()
        with suppress(StoreUnavailable):
            await ask()
        found.append(1000 * (time.perf_counter() - began))
        if sum(found) > 1000 * _ENOUGH:
            break
    return found


BENCHMARK = Benchmark(
    name="audit_queries",
    reference="the newest page, read with raw sqlite3",
    goals={f"{name}, p50": Goal(_MOST, at_least=False, basis=Basis.OURS) for name in (*_NAMES, _ENTRY)},
    measure=measure,
)
