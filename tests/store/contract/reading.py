"""How the tests of the contract read the trail."""

from collections.abc import Sequence

from bot.domain.audit import (
    SealedEntry,
)
from bot.ports import Store, TrailQuery

WHOLE = TrailQuery(limit=1_000)


async def numbers(store: Store, query: TrailQuery) -> list[int]:
    return [each.seq for each in await store.trail(query)]


async def oldest_first(store: Store) -> Sequence[SealedEntry]:
    return tuple(reversed(await store.trail(WHOLE)))
